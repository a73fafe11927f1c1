"""What a provider said of a call beside its route: who took part, the deal, where its recording is. Words for panels."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from qaapp import i18n
from qaapp.i18n import _
from qaapp.journal.details import CallDetails, DealRow, ParticipantRow, RemoteRow
from qaapp.words import RecordingState


def participant_words(person: ParticipantRow) -> str:
    """“Vera Ilina, ext. 103, 2:48” and what he was in the call."""
    parts = [person.name or _("unknown")]
    if person.extension:
        parts.append(_("ext. {number}").format(number=person.extension))
    if person.group:
        parts.append(person.group)
    if person.talk_s:
        parts.append(i18n.duration(person.talk_s))
    elif person.answered is False:
        parts.append(_("did not answer"))
    role = {"supervisor": _("listens in"), "transfer": _("took the call over"), "robot": _("robot")}.get(
        person.role
    )
    return ", ".join(parts) + (f" ({role})" if role else "")


def deal_words(deal: DealRow) -> list[tuple[str, str]]:
    """What is known of a deal, name and value; nothing is made up."""
    outcome = {"open": _("open"), "won": _("won"), "lost": _("lost")}.get(
        deal.outcome or "", deal.outcome or ""
    )
    facts = [
        (_("Deal"), deal.external_id), (_("Stage of the deal"), deal.stage), (_("Outcome of the deal"), outcome),
        (_("Amount"), amount_words(deal)), (_("Responsible"), deal.responsible),
    ]  # fmt: skip
    return [(name, value) for name, value in facts if value]


def amount_words(deal: DealRow) -> str:
    """“48 500,50 RUB”: the digits as they came, grouped."""
    if not deal.amount:
        return ""
    whole, _point, rest = deal.amount.partition(".")
    try:
        text = i18n.group_digits(int(whole))
    except ValueError:
        return deal.amount
    if rest.strip("0"):
        text += ("," if i18n.language() == "ru" else ".") + rest
    return f"{text} {deal.currency}" if deal.currency else text


def remote_words(remote: RemoteRow, zone: ZoneInfo, now: datetime) -> str:
    """Where a recording is, as a sentence; "" once it is here."""
    match remote.state:
        case RecordingState.AVAILABLE:
            return ""
        case RecordingState.DOWNLOADING:
            return _("the recording is being downloaded")
        case RecordingState.WAITING if remote.on_demand:
            return _("the recording stays at the provider until it is needed")
        case RecordingState.WAITING:
            text = _("waiting for the recording")
            if remote.next_try_at is not None and remote.next_try_at > now:
                text += ", " + _("next try {moment}").format(moment=i18n.moment(remote.next_try_at, zone))
            return f"{text}. {remote.error}" if remote.error else text
        case RecordingState.EXPIRED:
            return _("removed by your rule for keeping") if not remote.error else remote.error
        case RecordingState.ABSENT:
            return _("the provider has no recording")
    return remote.error or _("the recording could not be downloaded")


def can_download(details: CallDetails) -> bool:
    """Whether *Download now* makes sense: something is not here, and its connection is."""
    gone = (RecordingState.AVAILABLE, RecordingState.DOWNLOADING, RecordingState.ABSENT)
    return details.can_fetch and any(remote.state not in gone for remote in details.remote)
