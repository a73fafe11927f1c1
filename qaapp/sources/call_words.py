"""Words of call logs for direction, status and the rest, Russian and English."""

from __future__ import annotations

import re

from qaapp.words import Direction, Disposition, EndSide, Target

_DIRECTIONS = {
    Direction.INBOUND: "in|inbound|incoming|входящий|входящие|вх|входящий звонок|входящий вызов|1|in call|"
    "incoming call",
    Direction.OUTBOUND: "out|outbound|outgoing|исходящий|исходящие|исх|исходящий звонок|исходящий вызов|2|"
    "outgoing call|dial",
    Direction.INTERNAL: "internal|inner|local|внутренний|внутренние|внутр|внутренний звонок|3",
    Direction.CALLBACK: "callback|call back|обратный|обратный звонок|перезвон|заказ звонка|обратный вызов|4",
}
_DISPOSITIONS = {
    Disposition.ANSWERED: "answered|answer|success|successful|completed|proper|repeated|ok|talked|connected|принят|"
    "принятый|"
    "отвечен|отвеченный|успешный|успешно|состоялся|разговор|обработан|да|дозвонились|соединен|завершен|ответил|"
    "разговор состоялся|целевой|yes|true",
    Disposition.MISSED: "missed|lost|abandoned|no forward|пропущен|пропущенный|пропущено|потерян|потерянный|"
    "не принят|"
    "непринятый|без ответа оператора",
    Disposition.NO_ANSWER: "no answer|noanswer|no-answer|not answered|unanswered|cancel|canceled|cancelled|"
    "нет ответа|"
    "без ответа|не отвечен|не ответил|не отвечает|недозвон|не дозвонились|неуспешный|"
    "не состоялся|нет|no|false|отменен",
    Disposition.BUSY: "busy|занято|занят|line busy|17",
    Disposition.REJECTED: "rejected|declined|отклонен|отклоненный|отказ|сброшен|сброс",
    Disposition.FAILED: "failed|fail|error|congestion|chanunavail|ошибка|сбой|недоступен|неудачный|не удался",
    Disposition.VOICEMAIL: "voicemail|voice mail|голосовая почта|автоответчик",
    Disposition.BLOCKED: "blocked|blacklist|spam|заблокирован|черный список|спам",
}
_TARGETS = {
    Target.TARGET: "target|proper|1|yes|true|да|целевой|целевая|качественный|лид",
    Target.NON_TARGET: "non target|non-target|not target|0|no|false|нет|нецелевой|нецелевая|не целевой|"
    "некачественный",
    Target.JUNK: "junk|spam|спам|мусор|мусорный|реклама",
}
_ENDS = {
    EndSide.CUSTOMER: "customer|client|caller|клиент|абонент|visitor",
    EndSide.MANAGER: "manager|agent|operator|employee|менеджер|оператор|сотрудник",
    EndSide.SYSTEM: "system|pbx|система|атс",
}


def _turned(
    table: dict[Direction, str] | dict[Disposition, str] | dict[Target, str] | dict[EndSide, str],
) -> dict[str, str]:
    return {word: str(value) for value, words in table.items() for word in words.split("|")}


_DIRECTION, _DISPOSITION = _turned(_DIRECTIONS), _turned(_DISPOSITIONS)
_OUTCOMES = {
    "won": "won|win|success|successful|closed won|paid|sold|142|выиграна|выиграно|успех|успешно|успешно реализовано|"
    "сделка успешна|продажа|продано|оплачено|да|s",
    "lost": "lost|fail|failed|failure|closed lost|143|проиграна|проиграно|провал|отказ|закрыто и не реализовано|"
    "неуспех|не реализовано|нет|f",
    "open": "open|active|in progress|process|в работе|открыта|открыто|активна|новая|p",
}
_OUTCOME = {word: value for value, words in _OUTCOMES.items() for word in words.split("|")}
_TARGET, _END = _turned(_TARGETS), _turned(_ENDS)


def _plain(text: str) -> str:
    return re.sub(r"[\s_.]+", " ", text.casefold().replace("ё", "е")).strip()


def direction(text: str) -> Direction:
    """``Входящий`` → inbound; a phrase is understood by its first known word; unknown otherwise."""
    word = _plain(text)
    if word.endswith(" 0"):
        word = word[:-2]
    found = _DIRECTION.get(word)
    if found is None:
        found = next(
            (
                _DIRECTION[part]
                for part in re.split(r"[^\w]+", word)
                if part in _DIRECTION and not part.isdigit()
            ),
            None,
        )
    return Direction(found) if found else Direction.UNKNOWN


def disposition(text: str, way: Direction) -> Disposition:
    """``NO ANSWER`` of an incoming call is missed, of ours no answer. A phrase counts by its longest known start."""
    word = _plain(text)
    found = _DISPOSITION.get(word)
    if found is None:
        known = [part for part in _DISPOSITION if len(part) > 3 and word.startswith(part)]
        found = _DISPOSITION[max(known, key=len)] if known else None
    if found is None:
        return Disposition.UNKNOWN
    if found == Disposition.NO_ANSWER and way == Direction.INBOUND:
        return Disposition.MISSED
    if found == Disposition.MISSED and way == Direction.OUTBOUND:
        return Disposition.NO_ANSWER
    return Disposition(found)


def target(text: str) -> str | None:
    """The stored value of "target or not", None when the word is not known."""
    return _TARGET.get(_plain(text))


def deal_outcome(text: str) -> str | None:
    """``open``, ``won`` or ``lost``; None when the word is not known."""
    return _OUTCOME.get(_plain(text))


def end_side(text: str) -> str | None:
    word = _plain(text)
    return _END.get(word) or next((value for known, value in _END.items() if known in word), None)
