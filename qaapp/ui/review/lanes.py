"""Annotations and marks of a call as the timeline shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from qaapp.calls.annotation_labels import sign_text
from qaapp.calls.annotations import AnnotationRow, KindRow
from qaapp.i18n import _
from qaapp.scorecards.evaluations import MarkRow
from qaapp.scorecards.model import Card
from qaapp.ui.review.annotation_model import full_text, told
from qaapp.ui.timeline.items import CardMark, LaneTitle, TimelineItem

RARE_LANES = {"personal_data"}  # shown only where something lies in them


def lane_title(code: str, kinds: Iterable[KindRow]) -> str:
    """The name of a group of kinds: a kind that stands alone gives its own name, other groups are the user's words."""
    known = {
        "stage": _("Stages"),
        "objection": _("Objections"),
        "error": _("Errors"),
        "good": _("Well done"),
        "personal_data": _("Personal data"),
    }
    return known.get(code) or next((kind.name for kind in kinds if kind.lane == code == kind.code), code)


def lanes_of(
    kinds: Iterable[KindRow], rows: Iterable[AnnotationRow], *, only_used: bool = False
) -> list[LaneTitle]:
    """One lane per group of kinds in the order of the kinds; unused ones may be left out for room."""
    kinds = list(kinds)
    lane_of = {kind.id: kind.lane for kind in kinds}
    used = {lane_of.get(row.kind_id) for row in rows}
    codes: list[str] = []
    for kind in kinds:
        is_hidden = (only_used or kind.lane in RARE_LANES or not kind.active) and kind.lane not in used
        if kind.lane not in codes and not is_hidden:
            codes.append(kind.lane)
    return [LaneTitle(code, lane_title(code, kinds)) for code in codes]


def items_of(
    rows: Iterable[AnnotationRow], kinds: Iterable[KindRow], zone: ZoneInfo | None = None
) -> list[TimelineItem]:
    """The annotations for the lanes; the label is the sign and what was written, else the kind."""
    by_id = {kind.id: kind for kind in kinds}
    items: list[TimelineItem] = []
    for row in rows:
        kind = by_id.get(row.kind_id)
        if kind is None:
            continue
        text, sign = full_text(row), sign_text(row.sign)
        items.append(
            TimelineItem(
                row.id, kind.lane, row.start_ms, row.end_ms, f"{sign} {text or kind.name}".strip(), kind.color,
                told(row, kind, zone), row.sign, row.checkpoint_id,
            )
        )  # fmt: skip
    return items


def marks_of(card: Card | None, marks: Mapping[int, MarkRow]) -> list[CardMark]:
    """Marks with a second, as flags; N/A has no place in the call."""
    out: list[CardMark] = []
    for point in card.checkpoints if card is not None else ():
        mark = marks.get(point.id or 0)
        if mark is None or not mark.is_marked or mark.value is None or mark.at_ms is None:
            continue
        out.append(CardMark(mark.checkpoint_id, mark.value, mark.at_ms, point.text))
    return out
