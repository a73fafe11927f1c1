"""Annotations for other programs: JSON, Audacity labels, Praat TextGrid, WebVTT. Pure text; reading is next door.

Times in the files are seconds; annotations carry whole ms. JSON keeps everything, Audacity everything but who and when.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from qaapp.calls.annotation_labels import sign_text, write_label
from qaapp.calls.annotations import AnnotationRow, KindRow

FORMATS = ("json", "audacity", "textgrid", "vtt")
SUFFIXES = {"json": ".json", "audacity": ".txt", "textgrid": ".TextGrid", "vtt": ".vtt"}
SIGN_WORDS = {1: "plus", -1: "minus"}
VTT_POINT_MS = 1  # a cue needs a length; so short a one still says that it is a point


def to_document(rows: Sequence[AnnotationRow], kinds: Sequence[KindRow]) -> list[dict[str, Any]]:
    """What ``annotations CALL --format json`` prints. ``checkpoint`` is its code, ``sign`` plus, minus or null."""
    by_id = {kind.id: kind for kind in kinds}
    return [
        {
            "id": row.id,
            "kind": by_id[row.kind_id].code,
            "kind_name": by_id[row.kind_id].name,
            "start_ms": row.start_ms,
            "end_ms": row.end_ms,
            "sign": SIGN_WORDS.get(row.sign or 0),
            "text": row.text,
            "said": row.said,
            "should_have_said": row.should_have_said,
            "checkpoint_id": row.checkpoint_id,
            "checkpoint": row.checkpoint_code or None,
            "author": row.author,
            "created_at": row.created_at.isoformat(),
            "updated_at": row.updated_at.isoformat(),
        }
        for row in rows
    ]


def to_json(rows: Sequence[AnnotationRow], kinds: Sequence[KindRow]) -> str:
    return json.dumps(to_document(rows, kinds), ensure_ascii=False, indent=1) + "\n"


def to_audacity(rows: Sequence[AnnotationRow], kinds: Sequence[KindRow]) -> str:
    """One label a line: start, end (seconds, six decimals), text, by tabs; a point has end = start.

    The text is ``checkpoint code | kind | text`` (``annotation_labels``), so that nothing is lost on the way back.
    """
    names = _names(kinds)
    lines = []
    for row in rows:
        end_ms = row.start_ms if row.end_ms is None else row.end_ms
        lines.append(
            f"{row.start_ms / 1000:.6f}\t{end_ms / 1000:.6f}\t{write_label(row, names[row.kind_id])}\n"
        )
    return "".join(lines)


def to_textgrid(
    rows: Sequence[AnnotationRow], kinds: Sequence[KindRow], duration_ms: int | None = None
) -> str:
    """Praat's long text form: an interval tier per kind and author for regions, a point tier for points.

    The author stands in a tier's name where there are several. Intervals of one tier may not overlap; a region that
    overlaps goes to a further tier ("Stage 2").
    """
    longest = max((row.end_ms or row.start_ms for row in rows), default=0)
    total = max(duration_ms or 0, longest, 1)
    tiers: list[str] = []
    several = len({row.author for row in rows}) > 1
    for kind in kinds:
        for author in sorted({row.author for row in rows if row.kind_id == kind.id}):
            own = [row for row in rows if row.kind_id == kind.id and row.author == author]
            title = f"{kind.name} ({author or '?'})" if several else kind.name
            for number, layer in enumerate(_layers([row for row in own if row.end_ms is not None]), start=1):
                tiers.append(_interval_tier(title if number == 1 else f"{title} {number}", layer, total))
            points = [row for row in own if row.end_ms is None]
            if points:
                tiers.append(_point_tier(f"{title} •", points, total))
    head = [
        'File type = "ooTextFile"', 'Object class = "TextGrid"', "",
        "xmin = 0", f"xmax = {_s(total)}", "tiers? <exists>", f"size = {len(tiers)}", "item []:",
    ]  # fmt: skip
    items = [f"    item [{number}]:\n{tier}" for number, tier in enumerate(tiers, start=1)]
    return "\n".join([*head, *items]) + "\n"


def to_vtt(rows: Sequence[AnnotationRow], kinds: Sequence[KindRow]) -> str:
    """WebVTT cues in time order, a point one ms long. Text is escaped, one cue an annotation."""
    names = _names(kinds)
    cues = ["WEBVTT\n"]
    for row in sorted(rows, key=lambda row: (row.start_ms, row.id)):
        end_ms = row.start_ms + VTT_POINT_MS if row.end_ms is None else row.end_ms
        text = "\n".join(line for line in _label(row, names).splitlines() if line.strip())
        cues.append(f"{_vtt_time(row.start_ms)} --> {_vtt_time(end_ms)}\n{html.escape(text, quote=False)}\n")
    return "\n".join(cues)


def render(
    name: str, rows: Sequence[AnnotationRow], kinds: Sequence[KindRow], duration_ms: int | None = None
) -> str:
    """The text of one of ``FORMATS``."""
    if name == "textgrid":
        return to_textgrid(rows, kinds, duration_ms)
    writers = {"json": to_json, "audacity": to_audacity, "vtt": to_vtt}
    return writers[name](rows, kinds)


def _names(kinds: Sequence[KindRow]) -> Mapping[int, str]:
    return {kind.id: kind.name for kind in kinds}


def _label(row: AnnotationRow, names: Mapping[int, str]) -> str:
    parts = [f"{sign_text(row.sign)} {names[row.kind_id]}".strip()]
    if row.text:
        parts.append(row.text)
    if row.said or row.should_have_said:
        parts.append(f"«{row.said}» → «{row.should_have_said}»")
    return ": ".join(parts)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _s(ms: int) -> str:
    """Seconds exact to the ms, as short as they go."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")


def _layers(regions: Sequence[AnnotationRow]) -> list[list[AnnotationRow]]:
    """Regions shared out so that none overlap within a layer: each goes to the first layer that is free."""
    layers: list[list[AnnotationRow]] = []
    for row in sorted(regions, key=lambda row: (row.start_ms, row.id)):
        for layer in layers:
            if (layer[-1].end_ms or 0) <= row.start_ms:
                layer.append(row)
                break
        else:
            layers.append([row])
    return layers


def _interval_tier(name: str, regions: Sequence[AnnotationRow], total: int) -> str:
    """Praat wants the tier filled from 0 to the end: gaps are empty intervals."""
    intervals: list[tuple[int, int, str]] = []
    at = 0
    for row in regions:
        end_ms = row.end_ms or row.start_ms
        if row.start_ms > at:
            intervals.append((at, row.start_ms, ""))
        intervals.append((row.start_ms, end_ms, _spoken(row)))
        at = end_ms
    if at < total:
        intervals.append((at, total, ""))
    lines = _tier_head("IntervalTier", name, total, "intervals", len(intervals))
    for number, (start, end, text) in enumerate(intervals, start=1):
        lines += [
            f"        intervals [{number}]:", f"            xmin = {_s(start)}", f"            xmax = {_s(end)}",
            f"            text = {_quoted(text)}",
        ]  # fmt: skip
    return "\n".join(lines)


def _point_tier(name: str, points: Sequence[AnnotationRow], total: int) -> str:
    """Two points of one moment are joined: a tier has each time once."""
    joined: dict[int, str] = {}
    for row in sorted(points, key=lambda row: (row.start_ms, row.id)):
        text = _spoken(row)
        joined[row.start_ms] = f"{joined[row.start_ms]}; {text}" if row.start_ms in joined else text
    lines = _tier_head("TextTier", name, total, "points", len(joined))
    for number, (at, text) in enumerate(joined.items(), start=1):
        lines += [
            f"        points [{number}]:", f"            number = {_s(at)}", f"            mark = {_quoted(text)}"
        ]  # fmt: skip
    return "\n".join(lines)


def _tier_head(kind: str, name: str, total: int, items: str, size: int) -> list[str]:
    return [
        f'        class = "{kind}"', f"        name = {_quoted(name)}", "        xmin = 0",
        f"        xmax = {_s(total)}", f"        {items}: size = {size}",
    ]  # fmt: skip


def _spoken(row: AnnotationRow) -> str:
    phrases = f"«{row.said}» → «{row.should_have_said}»" if row.said or row.should_have_said else ""
    return _one_line(" ".join(part for part in (sign_text(row.sign), row.text, phrases) if part)) or "·"


def _quoted(text: str) -> str:
    return '"' + _one_line(text).replace('"', '""') + '"'


def _vtt_time(ms: int) -> str:
    seconds, part = divmod(ms, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}.{part:03}"
