"""Intervals for small samples, without scipy. Formulas and published values: see the tests.

Floats here are for intervals only; scores and bands stay exact integers (``scorecards.scoring``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

Z95 = 1.959963984540054  # normal quantile of 97.5 %


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float] | None:
    """Wilson's score interval of a share 0…1 (Wilson 1927; Newcombe 1998, method 3). None for n = 0.

    ``n`` and ``successes`` may be fractional (an effective number of calls).
    """
    if n <= 0:
        return None
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes <= 0 else max(0.0, centre - half)
    high = 1.0 if successes >= n else min(1.0, centre + half)
    return low, high


def newcombe(first: tuple[int, int], second: tuple[int, int], z: float = Z95) -> tuple[float, float] | None:
    """Interval of the difference of two shares (k₁/n₁ − k₂/n₂), Newcombe 1998, hybrid score. None without data."""
    left, right = wilson(*first, z), wilson(*second, z)
    if left is None or right is None:
        return None
    p1, p2 = first[0] / first[1], second[0] / second[1]
    d = p1 - p2
    low = d - math.sqrt((p1 - left[0]) ** 2 + (right[1] - p2) ** 2)
    high = d + math.sqrt((left[1] - p1) ** 2 + (p2 - right[0]) ** 2)
    return low, high


# --- Student's t -------------------------------------------------------------------------------------------------


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function Iₓ(a, b), by its continued fraction (Lentz's method)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 + term * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + term / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def t_cdf(t: float, df: float) -> float:
    """P(T ≤ t) of Student's t with ``df`` degrees of freedom (they may be fractional)."""
    tail = incomplete_beta(df / (df + t * t), df / 2, 0.5) / 2
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """The t below which lies the probability ``p`` (0 < p < 1), by bisection to the last bits."""
    if not 0 < p < 1 or df <= 0:
        raise ValueError("a quantile needs 0 < p < 1 and df > 0")
    if p == 0.5:
        return 0.0
    if p < 0.5:
        return -t_quantile(1 - p, df)
    low, high = 0.0, 1.0
    while t_cdf(high, df) < p:
        low, high = high, high * 2
    for _step in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if t_cdf(middle, df) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


# --- call scores -------------------------------------------------------------------------------------------------


def moments(scores: Sequence[tuple[Fraction, int]]) -> tuple[int, Fraction, Fraction]:
    """Count, exact mean and exact sample variance (n − 1) of scores with multiplicities; variance 0 for one."""
    n = sum(times for _score, times in scores)
    if n == 0:
        raise ValueError("no scores")
    # A common denominator keeps this in integers: sums of unlike fractions grow their denominators at every step.
    common = math.lcm(*(score.denominator for score, _times in scores))
    units = [(score.numerator * (common // score.denominator), times) for score, times in scores]
    total = sum(value * times for value, times in units)
    squares = sum(value * value * times for value, times in units)
    mean = Fraction(total, n * common)
    if n == 1:
        return n, mean, Fraction()
    return n, mean, Fraction(n * squares - total * total, n * (n - 1) * common * common)


def mean_interval(scores: Sequence[Fraction]) -> tuple[float, float] | None:
    """95 % interval of the mean of call scores 0…1, with t; the calls are the units.

    One call has none. Equal scores show no spread, which does not mean that there is none: then Wilson's interval
    for that share of the number of calls. Clipped to 0…1.
    """
    return interval_of([(score, 1) for score in scores])


def interval_of(
    scores: Sequence[tuple[Fraction, int]], p: float = 0.975, z: float = Z95
) -> tuple[float, float] | None:
    """``mean_interval`` of scores with multiplicities; ``p`` and the matching ``z`` choose another width."""
    if not scores:
        return None
    n, mean, variance = moments(scores)
    if n < 2:
        return None
    if variance == 0:
        return wilson(float(mean * n), n, z)
    half = t_quantile(p, n - 1) * math.sqrt(variance / n)
    return max(0.0, float(mean) - half), min(1.0, float(mean) + half)


def pooled_interval(
    calls: Sequence[tuple[Fraction, Fraction, int]], p: float = 0.975, z: float = Z95
) -> tuple[float, float] | None:
    """95 % interval of Σpassed/Σapplicable over calls (passed, applicable, times): ratio estimate with t.

    Checkpoints inside a call are not independent, so calls are the units:
    var = Σ(xᵢ − p·mᵢ)² / (N(N−1)·m̄²), N − 1 degrees of freedom.
    """
    n = sum(times for _passed, _applicable, times in calls)
    if n < 2:
        return None
    passed = sum((x * times for x, _m, times in calls), Fraction())
    applicable = sum((m * times for _x, m, times in calls), Fraction())
    share = passed / applicable
    spread = sum(((x - share * m) ** 2 * times for x, m, times in calls), Fraction())
    if spread == 0:
        return wilson(float(share * n), n, z)
    variance = spread * n / ((n - 1) * applicable * applicable)
    half = t_quantile(p, n - 1) * math.sqrt(variance)
    return max(0.0, float(share) - half), min(1.0, float(share) + half)


def welch(
    now: Sequence[tuple[Fraction, int]], before: Sequence[tuple[Fraction, int]], p: float = 0.975
) -> tuple[float, float] | None:
    """Interval of the difference of two means (now − before), Welch's t. None below two calls on a side.

    Where neither side varies there is nothing to estimate a spread from: None too.
    """
    if not now or not before:
        return None
    n1, mean1, variance1 = moments(now)
    n2, mean2, variance2 = moments(before)
    if n1 < 2 or n2 < 2:
        return None
    a, b = float(variance1) / n1, float(variance2) / n2
    if a + b == 0:
        return None
    df = (a + b) ** 2 / (a * a / (n1 - 1) + b * b / (n2 - 1))
    half = t_quantile(p, df) * math.sqrt(a + b)
    difference = float(mean1 - mean2)
    return difference - half, difference + half
