"""How figures and words are written in both languages."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qaapp import i18n, words


def test_russian_figures() -> None:
    i18n.set_language("ru")
    assert i18n.percent(Fraction(250, 3)) == "83\u202f%"
    assert i18n.decimal(12.8) == "12,8"
    assert i18n.decimal(-0.4, sign=True) == "−0,4"
    assert i18n.decimal(2.5, sign=True) == "+2,5"
    assert i18n.group_digits(1240) == "1\u202f240"
    assert i18n.duration(127.44, tenths=True) == "2:07,4"


def test_english_figures() -> None:
    assert i18n.percent(Fraction(250, 3)) == "83%"
    assert i18n.decimal(12.8) == "12.8"
    assert i18n.duration(3727) == "1:02:07"
    assert i18n.duration(None) == "–"


def test_zero_has_no_sign() -> None:
    assert i18n.decimal(-0.001, sign=True) == "0.0"


@given(st.fractions(min_value=0, max_value=100))
def test_percents_are_rounded_half_up_exactly(value: Fraction) -> None:
    shown = int(i18n.percent(value).rstrip("%"))
    assert abs(shown - value) <= Fraction(1, 2)
    if value - int(value) == Fraction(1, 2):
        assert shown == int(value) + 1


def test_periods_are_as_short_as_they_can_be() -> None:
    i18n.set_language("ru")
    assert i18n.period(date(2026, 3, 10), date(2026, 3, 17)) == "10–17 марта 2026"
    assert i18n.period(date(2026, 2, 28), date(2026, 3, 3)) == "28 февраля – 3 марта 2026"
    assert i18n.period(date(2025, 12, 30), date(2026, 1, 2)) == "30 декабря 2025 – 2 января 2026"


def test_phones_are_readable_and_can_be_hidden() -> None:
    assert i18n.phone("79000001452") == "+7 900 000-14-52"
    assert i18n.mask_phone("79000001452") == "+• ••• •••-••-52"
    assert i18n.phone("101") == "101"
    assert i18n.phone(None) == "–"


@pytest.mark.parametrize(
    "kind",
    [
        words.Direction,
        words.EndKind,
        words.RecordingState,
        words.Disposition,
        words.Band,
        words.Origin,
        words.EvaluationState,
        words.Target,
        words.Role,
    ],
)
def test_every_word_has_both_languages(kind: type) -> None:
    for value in kind:
        english = i18n.word(value)
        i18n.set_language("ru")
        russian = i18n.word(value)
        i18n.set_language("en")
        assert any("а" <= letter <= "я" or letter == "ё" for letter in russian), value
        assert not any("а" <= letter <= "я" for letter in english), value


def test_an_unknown_language_is_english() -> None:
    i18n.set_language("xx")
    assert i18n.language() == "en"
