"""Texts of calls: WebVTT, SubRip and JSON with times become phrases. Damage is told by line, the rest is taken.

JSON is understood in its common shapes: a list of phrases; ``{"segments": […]}`` (with or without words),
``{"utterances": […]}``, ``{"results": …}`` of recognisers, ``{"result": [words], "text": …}``. Times are seconds (or
milliseconds where the name says so). A side is told by ``speaker`` or ``channel`` or by a voice tag of WebVTT; the words
*manager* and *customer* are known in both languages, and channels 0 and 1 are the manager's and the customer's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qaapp.errors import SourceError
from qaapp.i18n import N_, _
from qaapp.sources.records import PhraseRecord, TranscriptRecord
from qaapp.words import Lane

SUFFIXES = (".vtt", ".srt", ".json")
MOST_BYTES = 32 << 20
MOST_PHRASES = 50_000
PAUSE_MS = 1200  # words further apart begin another phrase
LONGEST_MS = 15_000
_TIME = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})")
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^>]+)>")
_TAG = re.compile(r"</?[a-z0-9][^>]*>", re.I)
_SPEAKER = re.compile(r"^\s*(?:[-–—]\s*)?([\w .]{1,40}):\s+(?=\S)")
_MANAGER = ("manager", "agent", "operator", "менеджер", "оператор", "сотрудник", "left")
_CUSTOMER = ("customer", "client", "caller", "клиент", "абонент", "покупатель", "right")


@dataclass(frozen=True)
class Read:
    """``refused``: (line or number of the entry, reason)."""

    record: TranscriptRecord
    refused: tuple[tuple[int, str], ...] = ()


def beside(recording: Path) -> list[tuple[Path, Lane | None]]:
    """Text files that belong to a recording: of the same name, or ``<name>.manager.vtt`` and ``<name>.customer.vtt``."""
    found: list[tuple[Path, Lane | None]] = []
    for lane in (None, Lane.MANAGER, Lane.CUSTOMER):
        stem = recording.stem if lane is None else f"{recording.stem}.{lane.value}"
        for suffix in SUFFIXES:
            path = recording.with_name(stem + suffix)
            if path.is_file():
                found.append((path, lane))
                break
    return found


def read_transcript(path: Path, lane: Lane | None = None) -> Read:
    """The phrases of a file. ``lane``: all of it is this side. Raises ``SourceError`` for what is no transcript at all."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SourceError(
                N_("{path} is larger than {megabytes} MB."),
                kind="format",
                path=path,
                megabytes=MOST_BYTES >> 20,
            )
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise SourceError(
            N_("{path} cannot be read: {reason}."), kind="network", path=path, reason=error.strerror or error
        ) from error
    refused: list[tuple[int, str]] = []
    suffix = path.suffix.lower()
    phrases = list(_json(text, path, refused) if suffix == ".json" else _cues(text, refused))
    if lane is not None:
        phrases = [replace(phrase, lane=lane) for phrase in phrases]
    phrases = sorted((each for each in phrases if each.text), key=lambda each: (each.start_ms, each.end_ms))
    if not phrases:
        raise SourceError(
            N_("{path} holds no phrases with times."), hint=N_("WebVTT, SRT and JSON with times are understood."),
            kind="format", path=path,
        )  # fmt: skip
    return Read(TranscriptRecord(path.name, suffix[1:], tuple(phrases[:MOST_PHRASES])), tuple(refused))


def read_vtt(text: str, name: str) -> TranscriptRecord | None:
    """The phrases of a WebVTT text that came over the network; None where there are none."""
    refused: list[tuple[int, str]] = []
    phrases = sorted(
        (each for each in _cues(text, refused) if each.text), key=lambda each: (each.start_ms, each.end_ms)
    )
    return TranscriptRecord(name, "vtt", tuple(phrases[:MOST_PHRASES])) if phrases else None


def lane_of(speaker: str | None) -> Lane | None:
    """Whose side a speaker's name means, None where it does not say."""
    if speaker is None:
        return None
    name = speaker.strip().casefold()
    if any(word in name for word in _MANAGER) or name in ("0", "channel 0", "speaker_00", "ch_0"):
        return Lane.MANAGER
    if any(word in name for word in _CUSTOMER) or name in ("1", "channel 1", "speaker_01", "ch_1"):
        return Lane.CUSTOMER
    return None


# --- WebVTT and SubRip -----------------------------------------------------------------------------------------------


def _cues(text: str, refused: list[tuple[int, str]]) -> Iterator[PhraseRecord]:
    times: tuple[int, int] | None = None
    lines: list[str] = []
    skipping = False
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if "-->" in line:
            if times is not None:
                yield from _cue(times, lines)
            found = _TIME.findall(line)
            times, lines, skipping = None, [], False
            if len(found) < 2:
                refused.append((number, _("The times of this phrase cannot be read.")))
                skipping = True
                continue
            start, end = _ms(found[0]), _ms(found[1])
            if end < start:
                refused.append((number, _("This phrase ends before it begins.")))
                skipping = True
                continue
            times = (start, end)
        elif not line.strip():
            if times is not None:
                yield from _cue(times, lines)
            times, lines = None, []
        elif times is not None and not skipping:
            lines.append(line.strip())


def _cue(times: tuple[int, int], lines: list[str]) -> Iterator[PhraseRecord]:
    text = " ".join(lines)
    voice = _VOICE.search(text)
    speaker = voice.group(1).strip() if voice else None
    plain = _TAG.sub("", _VOICE.sub("", text)).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    if speaker is None and (named := _SPEAKER.match(plain)) and lane_of(named.group(1)) is not None:
        speaker, plain = named.group(1).strip(), plain[named.end() :]
    plain = " ".join(plain.split())
    if plain:
        yield PhraseRecord(times[0], times[1], plain, lane_of(speaker), speaker)


def _ms(parts: tuple[str, str, str, str]) -> int:
    hours, minutes, seconds, rest = parts
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest.ljust(3, "0"))


# --- JSON --------------------------------------------------------------------------------------------------------------


def _json(text: str, path: Path, refused: list[tuple[int, str]]) -> Iterator[PhraseRecord]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(
            N_("{path} is not JSON: {reason}."), kind="format", path=path, reason=error
        ) from error
    for number, entry in enumerate(_entries(document), 1):
        if not isinstance(entry, dict):
            refused.append((number, _("This entry is no phrase.")))
            continue
        try:
            phrase = _phrase(entry)
        except (ValueError, TypeError, OverflowError):
            phrase = None
        if phrase is None:
            refused.append((number, _("This entry has no times or no text.")))
        elif len(phrase.words) > 1 and phrase.end_ms - phrase.start_ms > 2 * LONGEST_MS:
            yield from _split(phrase)
        else:
            yield phrase


def _entries(document: Any) -> Iterable[Any]:
    """The list of phrases (or of words, as one phrase) inside a document."""
    if isinstance(document, list):
        if document and isinstance(document[0], dict) and "result" in document[0]:  # one result after another
            return [entry for part in document for entry in _entries(part)]
        return _joined(document) if _are_words(document) else document
    if not isinstance(document, dict):
        return ()
    for name in ("segments", "utterances", "phrases", "monologues", "transcript", "items", "data"):
        if isinstance(document.get(name), list):
            return _entries(document[name])
    results = document.get("results")
    if isinstance(results, dict):
        if isinstance(results.get("utterances"), list):
            return _entries(results["utterances"])
        channels = results.get("channels")
        if isinstance(channels, list):
            return [
                {"channel": index, "words": words}
                for index, channel in enumerate(channels)
                if isinstance(channel, dict)
                for words in [_first_words(channel)]
                if words
            ]
        return _entries(results)
    for name in ("results", "result", "words"):
        if isinstance(document.get(name), list):
            words = document[name]
            return [{**document, "words": words}] if _are_words(words) else _entries(words)
    return ()


def _first_words(channel: dict[str, Any]) -> list[Any]:
    choices = channel.get("alternatives")
    first = choices[0] if isinstance(choices, list) and choices else {}
    words = first.get("words") if isinstance(first, dict) else None
    return words if isinstance(words, list) else []


def _are_words(entries: list[Any]) -> bool:
    return bool(entries) and all(isinstance(each, dict) and ("word" in each) for each in entries[:5])


def _joined(words: list[Any]) -> list[dict[str, Any]]:
    return [{"words": words}]


def _phrase(entry: dict[str, Any]) -> PhraseRecord | None:
    words = tuple(_words(entry.get("words") or entry.get("result") or ()))
    start, end = _time(entry, "start", "begin", "from", "offset"), _time(entry, "end", "to", "stop")
    if end is None and start is not None and (length := _time(entry, "duration")) is not None:
        end = start + length
    start = words[0][0] if start is None and words else start
    end = words[-1][1] if end is None and words else end
    text = next(
        (str(entry[name]) for name in ("text", "transcript", "value", "sentence") if entry.get(name)), ""
    )
    text = " ".join((text or " ".join(word for _start, _end, word in words)).split())
    if start is None or end is None or end < start or start < 0 or not text:
        return None
    told = next(
        (
            entry[name]
            for name in ("speaker", "channel", "channel_tag", "role", "side")
            if entry.get(name) is not None
        ),
        None,
    )
    speaker = None if told is None else str(told.get("name", "") if isinstance(told, dict) else told)
    return PhraseRecord(start, end, text, lane_of(speaker), speaker, words)


def _words(entries: Any) -> Iterator[tuple[int, int, str]]:
    for each in entries if isinstance(entries, (list, tuple)) else ():
        if not isinstance(each, dict):
            continue
        start, end = _time(each, "start", "from"), _time(each, "end", "to")
        text = str(each.get("punctuated_word") or each.get("word") or each.get("text") or "").strip()
        if start is not None and end is not None and text:
            yield start, end, text


def _time(entry: dict[str, Any], *names: str) -> int | None:
    """Milliseconds of the first of these fields: seconds by default, milliseconds where the name ends so."""
    for name in names:
        for key, factor in (
            (f"{name}_ms", 1),
            (f"{name}Ms", 1),
            (f"{name}_s", 1000),
            (f"{name}_sec", 1000),
            (name, 1000),
        ):
            value = entry.get(key)
            if isinstance(value, bool) or value is None:
                continue
            number = float(value)
            if number == number and abs(number) < 1e9:
                return round(number * factor)
    return None


def _split(phrase: PhraseRecord) -> Iterator[PhraseRecord]:
    """A long run of words into phrases at its pauses."""
    part: list[tuple[int, int, str]] = []
    for word in phrase.words:
        if part and (word[0] - part[-1][1] > PAUSE_MS or word[1] - part[0][0] > LONGEST_MS):
            yield _of_words(phrase, part)
            part = []
        part.append(word)
    if part:
        yield _of_words(phrase, part)


def _of_words(phrase: PhraseRecord, words: list[tuple[int, int, str]]) -> PhraseRecord:
    text = " ".join(word for _start, _end, word in words)
    return PhraseRecord(words[0][0], words[-1][1], text, phrase.lane, phrase.speaker, tuple(words))
