"""An evaluation as plain text for a messenger, in the current language."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp import i18n
from qaapp.i18n import _
from qaapp.scorecards.cards import load_card
from qaapp.scorecards.records import EvaluationRow, MarkRow, load
from qaapp.scorecards.scoring import Limits, call_band, percent_text
from qaapp.store.rules import read_rules
from qaapp.store.schema import Call, Manager, Outcome
from qaapp.words import Band

LIGHTS = {Band.GREEN: "🟢", Band.YELLOW: "🟡", Band.RED: "🔴", Band.GREY: "⚪"}


def as_text(session: Session, evaluation_id: int) -> str:
    """Call, score, sections with what failed, said / should have said, pluses, minuses, outcome.

    The customer's number is left out: the text leaves the app.
    """
    row = load(session, evaluation_id)
    rules = read_rules(session)
    lines = [_heading(session, row)]
    if row.revision_id is not None:
        card = load_card(session, row.revision_id)
        limits = card.limits(rules)
        lines.append(_score_line(row, card.name, limits))
        for section in card.sections:
            lines += _section_lines(
                row, section.name, [(point.id or 0, point.text) for point in section.checkpoints]
            )
    notes = [
        (_("Pluses"), row.pluses),
        (_("Minuses"), row.minuses),
        (_("Comment"), row.comment),
        (_("Outcome"), session.scalar(select(Outcome.name).where(Outcome.id == row.outcome_id)) or ""),
    ]
    written = [f"{title}: {text}" for title, text in notes if text]
    if written:
        lines += ["", *written]
    return "\n".join(lines) + "\n"


def _heading(session: Session, row: EvaluationRow) -> str:
    started_at, direction, talk_s, manager = session.execute(
        select(Call.started_at, Call.direction, Call.talk_s, Manager.name)
        .outerjoin(Manager, Manager.id == Call.manager_id)
        .where(Call.id == row.call_id)
    ).one()
    zone = read_rules(session).zone
    parts = [manager or _("Not assigned"), i18n.moment(started_at, zone)]
    if direction != "unknown":
        parts.append(i18n.word(direction))
    if talk_s is not None:
        parts.append(i18n.duration(talk_s))
    return " · ".join(parts)


def _score_line(row: EvaluationRow, card: str, limits: Limits) -> str:
    score = row.score
    if not score.applicable:
        return f"{card}: {_('no score, everything is N/A')}"
    light = LIGHTS[call_band(score, limits)]
    text = f"{light} {card}: {percent_text(score.fraction, limits)}, " + _("{passed} of {applicable}").format(
        passed=score.passed, applicable=score.applicable
    )
    if score.critical_failed:
        failed = score.critical_failed
        text += ", " + i18n.ngettext("{n} critical failed", "{n} critical failed", failed).format(n=failed)
    return text


def _section_lines(row: EvaluationRow, name: str, points: list[tuple[int, str]]) -> list[str]:
    marks = {point_id: row.marks[point_id] for point_id, _text in points if point_id in row.marks}
    values = [mark.value for mark in marks.values() if mark.is_marked and mark.value is not None]
    if values:
        count = _("{passed} of {applicable}").format(passed=sum(values), applicable=len(values))
    else:
        count = _("N/A")
    lines = ["", f"{name} — {count}"]
    for point_id, text in points:
        mark = marks.get(point_id)
        if mark is None:
            continue
        failed = mark.is_marked and mark.value == 0
        if failed or mark.said or mark.should_have_said:
            sign = "✗" if failed else "✓" if mark.value == 1 else "–"
            lines.append(f"{sign} {text}{_when(mark)}")
            if mark.said:
                lines.append("   " + _("Said: “{phrase}”").format(phrase=mark.said))
            if mark.should_have_said:
                lines.append("   " + _("Should have said: “{phrase}”").format(phrase=mark.should_have_said))
    return lines


def _when(mark: MarkRow) -> str:
    return "" if mark.at_ms is None else f" ({i18n.duration(mark.at_ms / 1000)})"
