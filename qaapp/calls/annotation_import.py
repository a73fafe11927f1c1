"""Annotations from files of other programs: Audacity labels and our own JSON, back onto a call.

A bad line is refused by its number and the rest is taken; what is there already is not taken twice; what came in can be
taken out again as one step.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from qaapp.calls import annotations as store
from qaapp.calls.annotation_formats import SIGN_WORDS
from qaapp.calls.annotation_labels import read_label
from qaapp.calls.annotations import AnnotationRow, KindRow, New
from qaapp.errors import SheetError
from qaapp.i18n import N_, _, ngettext
from qaapp.sheets import read_text
from qaapp.store.schema import Checkpoint, Evaluation, User

MOST_BYTES = 20 << 20
MOST_LABELS = 5000  # more in one call is another sort of file
MOST_MS = 24 * 3600 * 1000
LATE_MS = 1000  # a label may lie so much behind the end: other programs pad the sound


@dataclass(frozen=True)
class Draft:
    """One annotation as a file tells it. ``kind`` and ``checkpoint`` are names or codes; ``line`` is where it stands."""

    line: int
    start_ms: int
    end_ms: int | None
    text: str = ""
    kind: str = ""
    sign: int | None = None
    said: str = ""
    should_have_said: str = ""
    checkpoint: str = ""
    author: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True)
class Refused:
    """A line (or the n-th annotation of a JSON file) that was not taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Imported:
    """``added`` in the order of the file; ``there`` were on the call already; ``without_checkpoint`` lost their link."""

    added: tuple[AnnotationRow, ...]
    there: int
    refused: tuple[Refused, ...]
    without_checkpoint: int = 0


# --- reading a file ----------------------------------------------------------------------------------------------


def read_file(path: Path) -> tuple[list[Draft], list[Refused]]:
    """The annotations of a label file; JSON is known by its first character. Raises ``SheetError``."""
    text = read_text(path, MOST_BYTES)
    drafts, refused = read_json(text, path.name) if text.lstrip()[:1] in ("[", "{") else read_audacity(text)
    if len(drafts) > MOST_LABELS:
        raise SheetError(
            N_("{path} holds {n} labels; one call takes at most {most} at once."), kind="format", path=path.name,
            n=len(drafts), most=MOST_LABELS,
        )  # fmt: skip
    if not drafts and (len(refused) > 3 or not text.strip()):
        raise SheetError(
            N_("{path} holds no labels of Audacity and no annotations in JSON."),
            kind="format",
            path=path.name,
        )
    return drafts, refused


def read_audacity(text: str) -> tuple[list[Draft], list[Refused]]:
    """Lines of start, end (seconds) and text by tabs; lines beginning with a backslash (frequencies) are skipped."""
    drafts: list[Draft] = []
    refused: list[Refused] = []
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = raw.removesuffix("\r")
        if not line.strip() or line.startswith("\\"):
            continue
        cells = line.split("\t", 2)
        start = _ms(cells[0])
        end = _ms(cells[1]) if len(cells) > 1 else None
        if start is None or end is None:
            refused.append(Refused(number, _("it does not begin with two times in seconds")))
        elif end < start:
            refused.append(Refused(number, _("it ends before it starts")))
        else:
            label = read_label(cells[2] if len(cells) > 2 else "")
            drafts.append(
                Draft(
                    number, start, end if end > start else None, label.text, label.kind, label.sign, label.said,
                    label.should_have_said, label.code,
                )
            )  # fmt: skip
    return drafts, refused


def _ms(text: str) -> int | None:
    try:
        seconds = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    if not math.isfinite(seconds) or not 0 <= seconds * 1000 <= MOST_MS:
        return None
    return round(seconds * 1000)


def read_json(text: str, name: str = "JSON") -> tuple[list[Draft], list[Refused]]:
    """What ``annotation_formats.to_json`` wrote; entries are counted from 1. Raises ``SheetError``."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SheetError(
            N_("{path} is not JSON: {reason}."), kind="format", path=name, reason=str(error)[:200]
        ) from error
    if isinstance(document, dict):
        document = document.get("annotations")
    if not isinstance(document, list):
        raise SheetError(N_("{path} is not a list of annotations."), kind="format", path=name)
    drafts: list[Draft] = []
    refused: list[Refused] = []
    for number, entry in enumerate(document, start=1):
        draft = _entry(number, entry) if isinstance(entry, dict) else _("it is not an annotation")
        if isinstance(draft, Draft):
            drafts.append(draft)
        else:
            refused.append(Refused(number, draft))
    return drafts, refused


def _entry(number: int, entry: Mapping[str, Any]) -> Draft | str:
    start: Any = entry.get("start_ms")
    end: Any = entry.get("end_ms")
    if not _is_ms(start) or not (end is None or _is_ms(end)):
        return _("its times are not whole milliseconds of a call")
    if end is not None and end < start:
        return _("it ends before it starts")
    sign = entry.get("sign")
    signs: dict[Any, int | None] = {word: value for value, word in SIGN_WORDS.items()} | {None: None}
    if not isinstance(sign, (str, type(None))) or sign not in signs:
        return _("its sign is neither plus nor minus")
    texts = {
        name: entry.get(name) or "" for name in ("text", "said", "should_have_said", "kind", "checkpoint")
    }
    if not all(isinstance(text, str) for text in texts.values()):
        return _("one of its texts is not a text")
    author, made = entry.get("author"), entry.get("created_at")
    return Draft(
        number, start, end if end != start else None, sign=signs[sign], author=author if isinstance(author, str) else "",
        created_at=_moment(made), **texts,
    )  # fmt: skip


def _is_ms(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_MS


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


# --- onto a call -------------------------------------------------------------------------------------------------


def add_drafts(
    session: Session, call_id: int, drafts: Sequence[Draft], refused: Sequence[Refused] = (), *,
    default_kind_id: int | None = None, duration_ms: int | None = None, user_id: int | None = None,
) -> Imported:  # fmt: skip
    """Add what is not there yet, in one transaction of the caller.

    A kind that is not known becomes ``default_kind_id`` (else the first in use) with its name kept in the text;
    ``duration_ms`` (of the sound) refuses labels behind it. An author who is a user here stays the author.
    """
    kinds = store.list_kinds(session)
    by_name = {kind.name.casefold(): kind for kind in reversed(kinds)} | {kind.code: kind for kind in kinds}
    default = next((kind for kind in kinds if kind.id == default_kind_id), None) or _usual(kinds)
    points = checkpoint_ids(session, call_id)
    users = {name: known for known, name in session.execute(select(User.id, User.name))}
    seen = {_same(row) for row in store.list_annotations(session, call_id)}
    wanted: list[New] = []
    told = list(refused)
    there = lost = 0
    for draft in drafts:
        if duration_ms and draft.start_ms > duration_ms + LATE_MS:
            told.append(Refused(draft.line, _("it lies behind the end of the call")))
            continue
        point = points.get(draft.checkpoint)
        lost += bool(draft.checkpoint) and point is None
        kind, text = by_name.get(draft.kind) or by_name.get(draft.kind.casefold()), draft.text
        if not draft.kind and text.casefold() in by_name:  # a label that only names a kind
            kind, text = by_name[text.casefold()], ""
        elif kind is None:
            unknown = draft.checkpoint if point is None else ""
            kind, text = default, " | ".join(part for part in (unknown, draft.kind, text) if part)
        key = (
            kind.id, draft.start_ms, draft.end_ms, text.strip(), draft.said.strip(), draft.should_have_said.strip(),
            draft.checkpoint if point is not None else "", draft.sign,
        )  # fmt: skip
        if key in seen:
            there += 1
            continue
        seen.add(key)
        wanted.append(
            New(
                kind.id, draft.start_ms, draft.end_ms, text, draft.said, draft.should_have_said, point,
                users.get(draft.author, user_id), draft.sign, draft.created_at,
            )
        )  # fmt: skip
    added = store.add_many(session, call_id, wanted, user_id)
    told.sort(key=lambda one: one.line)
    return Imported(tuple(added), there, tuple(told), lost)


def _usual(kinds: Sequence[KindRow]) -> KindRow:
    """The first kind in use that is not a stage: what a plain label most likely is."""
    return next((kind for kind in kinds if kind.active and kind.lane != "stage"), kinds[0])


def _same(row: AnnotationRow) -> tuple[object, ...]:
    return (
        row.kind_id, row.start_ms, row.end_ms, row.text, row.said, row.should_have_said, row.checkpoint_code, row.sign
    )  # fmt: skip


def sentence(done: Imported) -> str:
    """What an import did, for a message."""
    count = len(done.added)
    parts = [ngettext("{n} annotation added", "{n} annotations added", count).format(n=count)]
    if done.there:
        parts.append(
            ngettext("{n} is there already", "{n} are there already", done.there).format(n=done.there)
        )
    if done.refused:
        many = len(done.refused)
        parts.append(ngettext("{n} line not taken", "{n} lines not taken", many).format(n=many))
    if done.without_checkpoint:
        lost = done.without_checkpoint
        parts.append(
            ngettext("{n} without its checkpoint", "{n} without their checkpoints", lost).format(n=lost)
        )
    return ", ".join(parts)


def checkpoint_ids(session: Session, call_id: int) -> dict[str, int]:
    """Checkpoint code → id: of the call's newest evaluation, else of the newest revision that has the code."""
    revision = session.scalar(
        select(Evaluation.revision_id)
        .where(Evaluation.call_id == call_id, Evaluation.revision_id.is_not(None))
        .order_by(Evaluation.id.desc())
        .limit(1)
    )
    own = Checkpoint.revision_id == revision
    query = select(Checkpoint.code, Checkpoint.id).order_by(case((own, 1), else_=0), Checkpoint.id)
    found: dict[str, int] = dict(iter(session.execute(query)))
    return found
