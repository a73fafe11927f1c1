"""Score and band of a call, on exact integers.

``score = passed / applicable`` over the marks by weight; N/A counts in neither. A light is decided by integer
comparison (green ⇔ 100·passed > green_above·applicable, red ⇔ 100·passed < red_below·applicable, else yellow), never on
a float and never on the rounded percent that is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from qaapp import i18n
from qaapp.words import Band


@dataclass(frozen=True)
class Limits:
    """Whole percents: above ``green_above`` is green, below ``red_below`` is red; both ends are yellow."""

    green_above: int = 80
    red_below: int = 60


@dataclass(frozen=True)
class Item:
    """One checkpoint with its mark: 1, 0 or None (N/A or not marked yet)."""

    value: int | None
    weight: int = 1
    critical: bool = False


@dataclass(frozen=True)
class Score:
    """``passed`` of ``applicable`` weight units and how many critical checkpoints failed."""

    passed: int
    applicable: int
    critical_failed: int = 0

    @property
    def fraction(self) -> Fraction | None:
        """The exact share 0…1; None when everything is N/A."""
        return Fraction(self.passed, self.applicable) if self.applicable else None

    @property
    def percent(self) -> Fraction | None:
        """The exact percent 0…100; None when everything is N/A."""
        return None if self.fraction is None else self.fraction * 100


def score(items: Iterable[Item]) -> Score:
    """Score of one filled card. A critical checkpoint fails by a 0 even when its weight is 0; N/A never fails."""
    passed = applicable = critical_failed = 0
    for item in items:
        if item.value is None:
            continue
        if item.value not in (0, 1):
            raise ValueError(f"a mark is 1, 0 or N/A, not {item.value!r}")
        if item.weight < 0:
            raise ValueError("a weight is not negative")
        passed += item.weight * item.value
        applicable += item.weight
        critical_failed += item.critical and item.value == 0
    return Score(passed, applicable, critical_failed)


def band(share: Fraction | None, limits: Limits) -> Band:
    """The light of an exact share 0…1; grey when there is none."""
    if share is None:
        return Band.GREY
    if 100 * share.numerator > limits.green_above * share.denominator:
        return Band.GREEN
    if 100 * share.numerator < limits.red_below * share.denominator:
        return Band.RED
    return Band.YELLOW


def call_band(result: Score, limits: Limits) -> Band:
    """The light of a call: a failed critical checkpoint makes it red, with its percent still shown."""
    if result.critical_failed:
        return Band.RED
    return band(result.fraction, limits)


def percent_text(share: Fraction | None, limits: Limits) -> str:
    """The percent as it is shown: whole, or with one decimal where rounding would hide the side of a limit.

    One decimal is taken when the whole percent would lie in another band than the exact share or on a limit the share
    is not on; so 80.4 and 59.6 keep it, 80 and 83.3 do not. Where one decimal still hides it, more are shown (at most
    3).
    """
    if share is None:
        return "–"
    exact = share * 100
    for digits in range(4):
        scale = 10**digits
        shown = Fraction(int(exact * scale + Fraction(1, 2)), scale)
        same_side = all(
            (shown > limit) == (exact > limit) and (shown < limit) == (exact < limit)
            for limit in (limits.green_above, limits.red_below)
        )
        if same_side:
            break
    return i18n.percent(exact, digits)
