"""How a connection is, in a shape, a word and a sentence. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from qaapp import i18n
from qaapp.i18n import _, ngettext
from qaapp.intake.connections import STOPPED, ConnectionRow
from qaapp.progress import Progress
from qaapp.ui.sources.check_panel import when_words


@dataclass(frozen=True)
class Look:
    """``icon`` is the shape ("red" is the ■ of an error), ``tone`` its colour token, ``word`` stands beside it."""

    icon: str
    tone: str
    word: str


def look_of(row: ConnectionRow, *, pulling: bool, failures: int = 0) -> Look:
    """The state that a person must know first."""
    if pulling:
        return Look("refresh-cw", "ring", _("pulling"))
    if row.state == STOPPED:
        return Look("red", "red", _("stopped"))
    if not row.enabled:
        return Look("pause", "ink_2", _("paused"))
    if failures or row.last_error:
        return Look("clock-alert", "warn_text", _("trying again"))
    if row.last_ok_at is None:
        return Look("loader", "ink_2", _("not pulled yet"))
    return Look("check", "green", _("works"))


def subtitle(row: ConnectionRow, look: Look, progress: Progress | None = None) -> str:
    """The second line in the list: the state's word first where it is not the usual one."""
    if progress is not None:
        text = progress.phase or look.word
        if progress.total:
            text += " " + _("{done} of {total}").format(
                done=i18n.group_digits(progress.done), total=i18n.group_digits(progress.total)
            )
        return text
    if not row.calls:
        return look.word
    calls = ngettext("{n} call", "{n} calls", row.calls).format(n=i18n.group_digits(row.calls))
    return f"{look.word}, {calls}"


def last_words(row: ConnectionRow, zone: ZoneInfo, now: datetime) -> str:
    """When it was last pulled to the end."""
    return when_words(row.last_ok_at, zone, now) if row.last_ok_at is not None else _("not yet")


def next_words(planned: datetime | None, row: ConnectionRow, zone: ZoneInfo, now: datetime) -> str:
    """When it is pulled next, or why it is not."""
    if row.state == STOPPED:
        return _("when the access is mended")
    if not row.enabled:
        return _("when you resume it")
    if planned is None:
        return _("when pulling by the clock is resumed")
    minutes = round((planned - now).total_seconds() / 60)
    if minutes <= 0:
        return _("now")
    if minutes < 60:
        return ngettext("in {n} min", "in {n} min", minutes).format(n=minutes)
    return when_words(planned, zone, now)


def run_words(state: str) -> str:
    """State of a pull in the log."""
    return {
        "running": _("runs"), "done": _("done"), "stopped": _("stopped by a person"), "failed": _("failed"),
    }.get(state, state)  # fmt: skip
