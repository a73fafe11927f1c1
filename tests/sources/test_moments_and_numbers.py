"""Dates, lengths and telephone numbers as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qaapp.errors import UsageError
from qaapp.sources import call_words
from qaapp.sources.moments import parse_clock, parse_length, parse_moment, to_utc, zone_of
from qaapp.sources.numbers import parse
from qaapp.words import Direction, Disposition

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2025-03-14 12:00:05", "2025-03-14T12:00:05"), ("2025-03-14T12:00:05.120", "2025-03-14T12:00:05.120"),
        ("14.03.2025 12:00", "2025-03-14T12:00:00"), ("14.03.25, 9:05:07", "2025-03-14T09:05:07"),
        ("14/03/2025 12:00:05", "2025-03-14T12:00:05"), ("3/14/2025 1:05 PM", "2025-03-14T13:05:00"),
        ("20250314120005", "2025-03-14T12:00:05"), ("14.03.2025", "2025-03-14T00:00:00"),
        (45730.5, "2025-03-14T12:00:00"), ("45730.5", "2025-03-14T12:00:00"),
        (date(2025, 3, 14), "2025-03-14T00:00:00"),
        (datetime(2025, 3, 14, 12), "2025-03-14T12:00:00"),  # noqa: DTZ001
        ("2019-06-02T09:30:47+0300", "2019-06-02T09:30:47+03:00"), ("1741942805", "2025-03-14T09:00:05+00:00"),
        ("1741942805000", "2025-03-14T09:00:05+00:00"), (1741942805.0, "2025-03-14T09:00:05+00:00"),
    ],
)  # fmt: skip
def test_moments(cell: object, expected: str) -> None:
    assert parse_moment(cell) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "cell", ["32.13.2024", "29.02.2025", "вчера", "", "12", 12.5, True, "0001-01-01 00:00:00", None]
)
def test_what_is_no_moment(cell: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        parse_moment(cell)


def test_hours_that_come_twice_and_hours_that_do_not_come() -> None:
    twice = datetime(2025, 10, 26, 2, 30)  # noqa: DTZ001
    first, second = datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
    assert to_utc(twice, BERLIN) == first
    assert to_utc(twice, BERLIN, int(second.timestamp()) - 40) == second
    assert to_utc(datetime(2025, 3, 30, 2, 30), BERLIN) == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)  # noqa: DTZ001
    with pytest.raises(UsageError, match="Mars"):
        zone_of("Mars/Olympus")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("65", 65), (65.4, 65), ("1:05", 65), ("0:01:05", 65), ("01:01:05", 3665), ("1 мин 5 сек", 65), ("5 с", 5),
        ("1 ч 2 м", 3720), (timedelta(seconds=65), 65), (time(0, 1, 5), 65), ("", None), (None, None), ("–", None),
        ("65,5", 66), ("0", 0), ("2h 3m 4s", 7384), ("-6", 0), (-6.0, 0),
    ],
)  # fmt: skip
def test_lengths(cell: object, expected: int | None) -> None:
    assert parse_length(cell) == expected


@pytest.mark.parametrize("cell", ["долго", "1:xx", True, "12 июля"])
def test_what_is_no_length(cell: object) -> None:
    with pytest.raises(ValueError):
        parse_length(cell)


def test_clocks() -> None:
    assert parse_clock("9:05") == time(9, 5)
    assert parse_clock(0.5) == time(12)
    assert parse_clock(timedelta(hours=3)) == time(3)


@pytest.mark.parametrize(
    ("text", "digits", "name"),
    [
        ("8 (916) 123-45-67", "79161234567", None), ("+7 916 123-45-67", "79161234567", None),
        ("9161234567", "79161234567", None), ("sip:79161234567@pbx.example", "79161234567", None),
        ('"Анна" <101>', "101", "Анна"), ("Anna <sip:101@pbx>", "101", "Anna"), ("0F6", "0F6", None),
        ("anonymous", None, None), ("", None, None), ("+34798400122", "34798400122", None),
        ("00498912345678", "498912345678", None),
        ("&quot;Анна&quot; &lt;101&gt;", "101", "Анна"), ("79161234567.0", "79161234567", None), ("8800", "8800", None),
    ],
)  # fmt: skip
def test_numbers(text: str, digits: str | None, name: str | None) -> None:
    assert parse(text) == (digits, name)


def test_the_eight_is_seven_only_in_russia() -> None:
    assert parse("89161234567", "49").digits == "89161234567"
    assert parse("89161234567", "7").digits == "79161234567"
    assert parse("+89161234567", "7").digits == "89161234567"  # said with a plus: another country


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    parse(text)
    call_words.direction(text)
    call_words.disposition(text, Direction.INBOUND)
    for reader in (parse_moment, parse_length, parse_clock):
        try:
            reader(text)
        except (ValueError, OverflowError, OSError):
            pass


@pytest.mark.parametrize(
    ("text", "way", "expected"),
    [
        ("ANSWERED", Direction.INBOUND, Disposition.ANSWERED), ("NO ANSWER", Direction.INBOUND, Disposition.MISSED),
        ("NO ANSWER", Direction.OUTBOUND, Disposition.NO_ANSWER),
        ("Пропущенный", Direction.INBOUND, Disposition.MISSED),
        ("Пропущен", Direction.OUTBOUND, Disposition.NO_ANSWER), ("Занято", Direction.OUTBOUND, Disposition.BUSY),
        ("PROPER", Direction.INBOUND, Disposition.ANSWERED), ("CONGESTION", Direction.OUTBOUND, Disposition.FAILED),
        ("Отвеченный звонок", Direction.INBOUND, Disposition.ANSWERED), ("???", Direction.INBOUND, Disposition.UNKNOWN),
    ],
)  # fmt: skip
def test_words_of_status(text: str, way: Direction, expected: Disposition) -> None:
    assert call_words.disposition(text, way) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Входящий", "inbound"), ("вх.", "inbound"), ("Исходящий звонок", "outbound"), ("INTERNAL", "internal"),
     ("2", "outbound"), ("callback", "callback"), ("прочее", "unknown"), ("Звонок входящий", "inbound")],
)  # fmt: skip
def test_words_of_direction(text: str, expected: str) -> None:
    assert call_words.direction(text) == expected
