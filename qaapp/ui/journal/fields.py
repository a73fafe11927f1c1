"""What can be filtered by: one entry per filter, its words, its choices, and how it reads and writes a ``Filter``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qaapp import i18n
from qaapp.calls.annotations import list_kinds
from qaapp.i18n import N_, _
from qaapp.journal.filters import Filter
from qaapp.journal.pages import choices
from qaapp.words import Band, Direction, Disposition, EndKind, Target

Session = Any  # the database's; handed on to the rooms below, never used here
Choices = list[tuple[Any, str, int | None]]
NOBODY = "nobody"


@dataclass(frozen=True)
class Field:
    """``attribute`` of the filter that holds a set of chosen values."""

    name: str
    title: str
    attribute: str
    choices: Callable[[Session], Choices]

    def chosen(self, filter: Filter) -> frozenset[Any]:
        if self.name == "manager" and filter.unassigned:
            return filter.manager_ids | {NOBODY}
        if self.name in FLAGS:
            value = getattr(filter, self.attribute)
            return frozenset() if value is None else frozenset([value])
        return frozenset(getattr(filter, self.attribute))

    def choose(self, filter: Filter, values: frozenset[Any]) -> Filter:
        """``filter`` with other values; both sides of a yes-or-no question are the same as none."""
        if self.name == "manager":
            return replace(
                filter,
                manager_ids=frozenset(values - {NOBODY}),
                unassigned=True if NOBODY in values else None,
            )
        if self.name in FLAGS:
            kept: Any = next(iter(values)) if len(values) == 1 else None
        else:
            kept = frozenset(values)
        changed: dict[str, Any] = {self.attribute: kept}
        return replace(filter, **changed)


def _words(kind: Any) -> Callable[[Session], Choices]:
    return lambda _session: [(value.value, i18n.word(value), None) for value in kind]


def _stored(column: str) -> Callable[[Session], Choices]:
    def read(session: Session) -> Choices:
        return [(choice.value, choice.label, choice.count) for choice in choices(session, column)]

    return read


def _managers(session: Session) -> Choices:
    found: Choices = [(NOBODY, _("Not assigned"), None)]
    return found + [(item.value, item.label, item.count) for item in choices(session, "manager")]


def _flag(yes: str, no: str) -> Callable[[Session], Choices]:
    return lambda _session: [(True, _(yes), None), (False, _(no), None)]


def _targets(_session: Session) -> Choices:
    return [*((value.value, i18n.word(value), None) for value in Target), ("", _("not judged"), None)]


def _kinds(session: Session) -> Choices:
    return [(kind.id, kind.name, None) for kind in list_kinds(session)]


def _outcomes(_session: Session) -> Choices:
    return [("open", _("open"), None), ("won", _("won"), None), ("lost", _("lost"), None)]


FLAGS = {"reviewed", "recording"}
FIELDS = (
    Field("direction", N_("Direction"), "directions", _words(Direction)),
    Field("disposition", N_("Status"), "dispositions", _words(Disposition)),
    Field("manager", N_("Manager"), "manager_ids", _managers),
    Field("group", N_("Group"), "group_ids", _stored("group")),
    Field("tag", N_("Tag"), "tag_ids", _stored("tag")),
    Field("band", N_("Zone"), "bands", _words(Band)),
    Field("reviewed", N_("Reviewed"), "reviewed", _flag(N_("reviewed"), N_("not reviewed"))),
    Field(
        "recording",
        N_("Recording"),
        "has_recording",
        _flag(N_("with a recording"), N_("without a recording")),
    ),
    Field("target", N_("Target"), "targets", _targets),
    Field("annotation", N_("Annotation"), "annotation_kind_ids", _kinds),
    Field("line", N_("Line"), "lines", _stored("line")),
    Field("source", N_("Source"), "source_ids", _stored("source")),
    Field("campaign", N_("Campaign"), "campaigns", _stored("campaign")),
    Field("end_reason", N_("End reason"), "end_reasons", _stored("end_reason")),
    Field("end_kind", N_("How it ended"), "end_kinds", _words(EndKind)),
    Field("rating", N_("Customer's rating"), "ratings", _stored("rating")),
    Field("deal_outcome", N_("Outcome of the deal"), "deal_outcomes", _outcomes),
    Field("deal_stage", N_("Stage of the deal"), "deal_stages", _stored("deal_stage")),
)
TALK = "talk"  # minimum and maximum of the talk, asked by two fields


def active(filter: Filter) -> Sequence[Field]:
    """Fields that narrow ``filter``."""
    return [field for field in FIELDS if field.chosen(filter)]


def has_talk(filter: Filter) -> bool:
    return filter.talk_min_s is not None or filter.talk_max_s is not None


def talk_words(filter: Filter) -> str:
    """“from 0:30”, “up to 5:00”, “0:30–5:00”."""
    low, high = filter.talk_min_s, filter.talk_max_s
    if low is not None and high is not None:
        return f"{i18n.duration(low)}–{i18n.duration(high)}"
    if low is not None:
        return _("from {time}").format(time=i18n.duration(low))
    return _("up to {time}").format(time=i18n.duration(high))
