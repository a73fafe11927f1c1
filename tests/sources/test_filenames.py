"""Names of recordings: every system's own, the customer's, and anything at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qaapp.errors import UsageError
from qaapp.sources.filenames import PATTERNS, check_pattern, parse_name
from qaapp.words import Direction, Lane

IN, OUT, INNER, ANY = Direction.INBOUND, Direction.OUTBOUND, Direction.INTERNAL, Direction.UNKNOWN
LOCAL = "local"

# name, pattern, started at, zone hint, direction, extension, number
NAMES = [
    ("2014_03_17_10_18_29_123", "underscored", "2014-03-17 10:18:29", LOCAL, ANY, "123", None),
    ("2014_03_16_17_39_32", "underscored", "2014-03-16 17:39:32", LOCAL, ANY, None, None),
    ("2014_03_16_17_39_32.mp3", "underscored", "2014-03-16 17:39:32", LOCAL, ANY, None, None),
    ("2014_04_16_10_28_11_0F6_(В)", "underscored", "2014-04-16 10:28:11", LOCAL, IN, "0F6", None),  # Cyrillic
    ("2014_04_16_10_28_11_0F6_(B).wav", "underscored", "2014-04-16 10:28:11", LOCAL, IN, "0F6", None),  # Latin
    ("2014_04_16_10_28_11_0F6_(И).wav", "underscored", "2014-04-16 10:28:11", LOCAL, OUT, "0F6", None),
    ("2014_04_16_10_28_11_0F6_(И\u0306).wav", "underscored", "2014-04-16 10:28:11", LOCAL, ANY, "0F6", None),
    (
        "out-79161234567-201-20250314-120005-1741942805.77.wav", "freepbx", "2025-03-14 12:00:05", LOCAL, OUT, "201",
        "79161234567",
    ),
    (
        "external-201-89161234567-20250314-120005-1741942805.77.WAV", "freepbx", "2025-03-14 12:00:05", LOCAL, IN,
        "201", "79161234567",
    ),
    (
        "internal-202-201-20250314-120005-1741942805.77.wav", "freepbx", "2025-03-14 12:00:05", LOCAL, INNER, "201",
        "202",
    ),
    (
        "q-600-79161234567-20250314-120005-1741942805.77.gsm", "freepbx", "2025-03-14 12:00:05", LOCAL, IN, None,
        "79161234567",
    ),
    (
        "rg-601-+79161234567-20250314-120005-1741942805.77.mp3", "freepbx", "2025-03-14 12:00:05", LOCAL, IN, None,
        "79161234567",
    ),
    (
        "in-74951230000-79161234567-20250314-120005-1741942805.77.wav", "freepbx", "2025-03-14 12:00:05", LOCAL, IN,
        None, "79161234567",
    ),
    (
        "in-74951230000-unknown-20250314-120005-1741942805.77.wav", "freepbx", "2025-03-14 12:00:05", LOCAL, IN, None,
        None,
    ),
    (
        "q-600-79161234567-20250314-120005-office-1741942805.77.wav", "freepbx", "2025-03-14 12:00:05", LOCAL, IN, None,
        "79161234567",
    ),
    (
        "force-08211234567-3201-20250327-092517-1743042317.12206.wav", "freepbx", "2025-03-27 09:25:17", LOCAL, OUT,
        "3201", "08211234567",
    ),
    (
        "800-800-201-20250314-120005-1741942805.77.wav", "freepbx-conference", "2025-03-14 12:00:05", LOCAL, INNER,
        "201", None,
    ),
    ("mikopbx-1706262120.58959_3VE285.mp3", "mikopbx", "2024-01-26 09:42:00", "utc", ANY, None, None),
    ("pickup_mikopbx-1706262120.58959.webm", "mikopbx", "2024-01-26 09:42:00", "utc", ANY, None, None),
    (
        "call_79161234567_to_201_2025-03-14_12-00-05.mp3", "mikopbx-download", "2025-03-14 12:00:05", LOCAL, IN, "201",
        "79161234567",
    ),
    (
        "call_201_to_79161234567_2025-03-14_12-00-05.mp3", "mikopbx-download", "2025-03-14 12:00:05", LOCAL, OUT, "201",
        "79161234567",
    ),
    ("101-102-20250115-103045-1705315845.1.mp3", "mikopbx-doc", "2025-01-15 10:30:45", LOCAL, INNER, "101", "102"),
    (
        "[Anna Volkova]_4166-01550000553_20260514131342(3644).wav", "3cx", "2026-05-14 13:13:42", LOCAL, OUT, "4166",
        "01550000553",
    ),
    (
        "[Ivanov, Petr]_79010000610-124_20250603202223(152).wav", "3cx", "2025-06-03 20:22:23", LOCAL, IN, "124",
        "79010000610",
    ),
    ("ua0_-1731315881.12669683.wav", "ringostat", "2024-11-11 09:04:41", "utc", ANY, None, None),
    ("1731315881.12669683.ogg", "unique-id", "2024-11-11 09:04:41", "utc", ANY, None, None),
    ("20200921_1600675211.10033.1.mp3", "simotel", "2020-09-21 08:00:11", "utc", ANY, None, None),
    (
        "3843658_100118_145801_AO_001OPERATOR_94837583_001_4B4F46C2_C0A80541.mp3", "telesis", "2010-01-18 14:58:01",
        LOCAL, ANY, "3843658", "94837583",
    ),
    ("20110203104522_2.mp3", "miarec", "2011-02-03 10:45:22", LOCAL, ANY, None, None),
    ("206636195.mp3", "id", None, "", ANY, None, None),
    ("MToxMDAwNDYyOTo1.mp3", "id", None, "", ANY, None, None),
    (
        "Auto0_GUID_000_AGENT_ChrisL_DT_2025-02-19T06-01-22_Mono.wav", "call-analytics", "2025-02-19 06:01:22", LOCAL,
        ANY, None, None,
    ),
    ("alex_all-2012-02-27-10-38-31.289011.wav", "generic", "2012-02-27 10:38:31", LOCAL, ANY, None, None),
    ("ms_Travel_20240413072810.wav", "generic", "2024-04-13 07:28:10", LOCAL, ANY, None, None),
    (
        "2025-03-14 12-00-05 +7 (916) 123-45-67 101 вх.mp3", "generic", "2025-03-14 12:00:05", LOCAL, IN, "101",
        "79161234567",
    ),
    ("17.03.2014 10.18 исходящий 89161234567.mp3", "generic", "2014-03-17 10:18:00", LOCAL, OUT, None, "79161234567"),
    ("azure_callCenterRecording.mp3", "none", None, "", ANY, None, None),
    ("2014_13_45_99_99_99_123.wav", "none", None, "", ANY, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "pattern", "started", "hint", "direction", "extension", "number"), NAMES)
def test_what_a_name_says(
    name: str,
    pattern: str,
    started: str | None,
    hint: str,
    direction: Direction,
    extension: str | None,
    number: str | None,
) -> None:
    found = parse_name(name)
    assert found.pattern == pattern
    expected = (
        datetime.fromisoformat(started).replace(tzinfo=UTC if hint == "utc" else None) if started else None
    )
    assert (found.started_at, found.zone_hint) == (expected, hint)
    assert (found.direction, found.extension, found.number) == (direction, extension, number)


@pytest.mark.parametrize(
    ("name", "side", "stem"),
    [
        ("mikopbx-1706262120.58959_3VE285_in.wav", Lane.CUSTOMER, "mikopbx-1706262120.58959_3VE285"),
        ("mikopbx-1706262120.58959_out.wav48", Lane.MANAGER, "mikopbx-1706262120.58959"),
        ("call-in.wav", Lane.CUSTOMER, "call"),
        ("2014_03_17_10_18_29_123_L.wav", Lane.MANAGER, "2014_03_17_10_18_29_123"),
        ("lca40_agent.wav", Lane.MANAGER, "lca40"),
        ("lca40_customer.wav", Lane.CUSTOMER, "lca40"),
        ("звонок_клиент.wav", Lane.CUSTOMER, "звонок"),
        ("out-79161234567-201-20250314-120005-1741942805.77_caller.wav", Lane.MANAGER, None),
        ("q-600-79161234567-20250314-120005-1741942805.77_caller.wav", Lane.CUSTOMER, None),
        ("plain.wav", None, "plain"),
    ],
)
def test_sides(name: str, side: Lane | None, stem: str | None) -> None:
    found = parse_name(name)
    assert found.side == side
    assert stem is None or found.side_stem == stem


def test_the_employee_and_ids() -> None:
    assert parse_name("[Anna Volkova]_4166-01550000553_20260514131342(3644).wav").employee == "Anna Volkova"
    assert parse_name("ua0_-1731315881.12669683.wav").call_id == "ua0_-1731315881.12669683"
    assert parse_name("in-74951230000-x-20250314-120005-1741942805.77.wav").line == "74951230000"
    assert parse_name("2014_03_17_10_18_29_123 (1).wav").extension == "123"


def test_own_templates() -> None:
    found = parse_name(
        "Anna#20250314#1205#8(916)1234567#вх.mp3", "{name}#{date}#{time}#{phone}#{direction}.mp3"
    )
    assert found.started_at == datetime(2025, 3, 14, 12, 5)  # noqa: DTZ001
    assert (found.employee, found.number, found.direction) == ("Anna", "79161234567", IN)
    found = parse_name("79161234567-201@14-03-2025@12-05-09", "{from}-{to}@{date}@{time}")
    assert (found.number, found.extension, found.direction) == ("79161234567", "201", IN)
    assert found.started_at == datetime(2025, 3, 14, 12, 5, 9)  # noqa: DTZ001
    assert (
        parse_name("2014_03_16_17_39_32", "{ext}-{id}").pattern == "underscored"
    )  # it does not fit: as without
    assert parse_name("20110203104522_2", "miarec").pattern == "miarec"


def test_templates_say_how_dates_are_written() -> None:
    found = parse_name(
        "26.11.2026_14-05_201_79161234567.mp3", "{date:%d.%m.%Y}_{time:%H-%M}_{extension}_{customer}.mp3"
    )
    assert found.started_at == datetime(2026, 11, 26, 14, 5)  # noqa: DTZ001
    assert (found.extension, found.number, found.has_time) == ("201", "79161234567", True)
    found = parse_name("112614 (05-09) Anna", "{date:%m%d%y} ({time:%M-%S}) {manager}")
    assert (found.started_at, found.has_time) == (datetime(2014, 11, 26), False)  # noqa: DTZ001
    found = parse_name("20261126140509x", "{datetime:%Y%m%d%H%M%S}x")
    assert found.started_at == datetime(2026, 11, 26, 14, 5, 9)  # noqa: DTZ001
    mixed = parse_name("2026-11-26 14h05", "{date} {time:%Hh%M}")
    assert mixed.started_at == datetime(2026, 11, 26, 14, 5)  # noqa: DTZ001
    assert parse_name("99.99.2026_x", "{date:%d.%m.%Y}_{id}").started_at is None


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001
    st.permutations(["{date:%Y-%m-%d}", "{time:%H-%M-%S}", "{extension}", "{customer}"]),
    st.sampled_from(["_", " ", "__", "#", ".~"]),
)
def test_a_name_made_by_a_template_is_read_by_it(moment: datetime, parts: list[str], between: str) -> None:
    template = between.join(parts)
    name = template.replace("{extension}", "201").replace("{customer}", "79161234567")
    for form in ("%Y-%m-%d", "%H-%M-%S"):
        name = name.replace("{date:" + form + "}", moment.strftime(form)).replace(
            "{time:" + form + "}", moment.strftime(form)
        )
    found = parse_name(name, template)
    assert (found.started_at, found.extension, found.number) == (
        moment.replace(microsecond=0), "201", "79161234567")  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("nonsense", "no file name pattern"), ("{when}", "{when}"), ("{ext}{ext}", "twice"),
        ("{date:%Y}{date:%Y}", "twice"), ("{date:%Q}_x", "%Q"), ("{time:%Y}", "%Y"), ("{customer:%Y}", "%Y"),
        ("{date", "not closed"), ("{date}}", "behind “{date}”"), ("{date:}", "says nothing"), ("{date:%}", "%"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_in_a_pattern_is_named(pattern: str, said: str) -> None:
    with pytest.raises(UsageError) as told:
        check_pattern(pattern)
    assert said in told.value.sentence()


def test_patterns_are_checked() -> None:
    for pattern in (*PATTERNS, "{date}_{time}_{ext}", "{date:%d%%%m%Y}"):
        check_pattern(pattern)


@given(
    st.text(),
    st.sampled_from([None, *PATTERNS, "{date}{any}{time}_{ext}", "{epoch}.{id}", "{from}_{to}_{datetime}"]),
)
def test_any_text_is_read_without_an_error(name: str, pattern: str | None) -> None:
    found = parse_name(name, pattern)
    assert 0 <= found.confidence <= 1


@given(
    st.from_regex(r"\A[0-9_\-.() \[\]a-z]{1,60}\Z"),
    st.sampled_from(["", "_in", "-out", "_L", "_agent", ".wav", "_in.mp3", "(1).wav"]),
)
def test_names_made_of_what_names_are_made_of(name: str, tail: str) -> None:
    parse_name(name + tail)
