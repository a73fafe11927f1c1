"""Intervals against published values, and the laws they keep."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qaapp.ratings import statistics

# R binom (statsmodels results_proportion), Newcombe 1998 Table I method 3, and values calculated from the formula.
WILSON = [
    (81, 263, 0.255289, 0.366210), (15, 148, 0.062386, 0.160487), (0, 20, 0, 0.161125), (1, 29, 0.006113, 0.171755),
    (18, 20, 0.698966, 0.972134), (4, 20, 0.080658, 0.416017), (8, 10, 0.490162, 0.943318),
    (9, 10, 0.595850, 0.982124), (10, 10, 0.722467, 1), (0, 1, 0, 0.793451), (1, 1, 0.206549, 1),
    (3, 3, 0.438503, 1), (7, 9, 0.452589, 0.936775), (16, 20, 0.583983, 0.919342), (24, 30, 0.626943, 0.904949),
    (45, 50, 0.786398, 0.956524), (80, 100, 0.711171, 0.866633), (160, 200, 0.739145, 0.849548), (2, 2, 0.342380, 1),
    (100, 101, 0.946033, 0.998250),
]  # fmt: skip


@pytest.mark.parametrize(("k", "n", "low", "high"), WILSON)
def test_wilson(k: int, n: int, low: float, high: float) -> None:
    assert statistics.wilson(k, n) == pytest.approx((low, high), abs=6e-7)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (1, 11, 0.016231752262825982, 0.3773646254862038),
        (10, 11, 0.622635374514, 0.983768247737),
        (10, 100, 0.055228541613, 0.174367304368),
        (75, 100, 0.6569535362992417, 0.8245490599627573),
        (0, 1, 0, 0.7934567085261071),
    ],
)
def test_wilson_with_the_rounded_z_of_the_published_code(k: int, n: int, low: float, high: float) -> None:
    assert statistics.wilson(k, n, 1.96) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998b, Stat Med 17:873, Table II
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((9, 10), (7, 10), -0.1598, 0.5141),
        ((45, 50), (35, 50), 0.0426, 0.3487),
    ],
)
def test_newcombe(first: tuple[int, int], second: tuple[int, int], low: float, high: float) -> None:
    assert statistics.newcombe(first, second) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("p", "df", "expected"),
    [  # tables of Student's t
        (0.975, 1, 12.706204736), (0.975, 2, 4.302652730), (0.975, 4, 2.776445105), (0.975, 9, 2.262157163),
        (0.975, 30, 2.042272456), (0.975, 120, 1.979930405), (0.95, 10, 1.812461123), (0.9, 5, 1.475884049),
        (0.995, 20, 2.845339710), (0.975, 1e7, 1.959964), (0.5, 3, 0.0), (0.025, 9, -2.262157163),
    ],
)  # fmt: skip
def test_quantiles_of_student(p: float, df: float, expected: float) -> None:
    assert statistics.t_quantile(p, df) == pytest.approx(expected, abs=2e-6)


PASSED = [9, 7, 10, 5, 8, 9, 6, 10, 8, 7]
OF = [10, 10, 12, 9, 10, 10, 8, 12, 10, 9]


def test_pooled_share_with_calls_as_units() -> None:
    calls = [(Fraction(x), Fraction(m), 1) for x, m in zip(PASSED, OF, strict=True)]
    assert statistics.pooled_interval(calls) == pytest.approx((0.7211, 0.8589), abs=6e-5)


def test_mean_of_call_scores() -> None:
    scores = [Fraction(x, m) for x, m in zip(PASSED, OF, strict=True)]
    n, mean, variance = statistics.moments([(score, 1) for score in scores])
    assert (n, float(mean)) == (10, pytest.approx(0.7850, abs=6e-5))
    assert float(variance) ** 0.5 == pytest.approx(0.101499, abs=6e-7)
    assert statistics.mean_interval(scores) == pytest.approx((0.7124, 0.8576), abs=6e-5)


def test_edges() -> None:
    assert statistics.wilson(0, 0) is None
    assert statistics.mean_interval([]) is None
    assert statistics.mean_interval([Fraction(1, 2)]) is None
    assert statistics.mean_interval([Fraction(1)] * 5) == statistics.wilson(5, 5)
    assert statistics.mean_interval([Fraction(4, 5)] * 10) == pytest.approx((0.490162, 0.943318), abs=6e-7)
    assert statistics.mean_interval([Fraction(1), Fraction(0)]) == (0.0, 1.0)
    assert statistics.pooled_interval([(Fraction(4), Fraction(5), 1)]) is None
    assert statistics.welch([(Fraction(1), 5)], [(Fraction(0), 5)]) is None
    with pytest.raises(ValueError, match="quantile"):
        statistics.t_quantile(1.0, 3)


def test_welch_satterthwaite() -> None:
    """Two samples of unequal variance, with the degrees of freedom computed by hand."""
    first = [Fraction(x, 1000) for x in (275, 210, 190, 236, 230, 247, 243, 246, 268, 217, 205, 219)]
    second = [Fraction(x, 1000) for x in (228, 220, 198, 232, 237, 247, 228, 253, 242, 229, 221, 200)]
    found = statistics.welch([(x, 1) for x in first], [(x, 1) for x in second])
    low, high = found
    middle = (sum(first) - sum(second)) / 12
    assert (low + high) / 2 == pytest.approx(float(middle))
    # by hand: variances /12 added, Welch–Satterthwaite degrees of freedom, the t of that many
    v1, v2 = (float(statistics.moments([(x, 1) for x in side])[2]) / 12 for side in (first, second))
    df = (v1 + v2) ** 2 / (v1**2 / 11 + v2**2 / 11)
    assert 11 < df < 22
    assert high - low == pytest.approx(2 * statistics.t_quantile(0.975, df) * (v1 + v2) ** 0.5)


shares = st.builds(lambda n, k: Fraction(min(k, n), n), st.integers(1, 40), st.integers(0, 40))


@given(st.lists(shares, min_size=2, max_size=30), st.randoms())
def test_an_interval_holds_its_mean_and_knows_no_order(scores: list[Fraction], random) -> None:
    low, high = statistics.mean_interval(scores)
    mean = float(sum(scores) / len(scores))
    assert 0 <= low <= mean + 1e-12
    assert mean - 1e-12 <= high <= 1
    shuffled = scores[:]
    random.shuffle(shuffled)
    assert statistics.mean_interval(shuffled) == (low, high)


@given(st.lists(shares, min_size=2, max_size=20), st.integers(2, 6))
def test_more_of_the_same_calls_narrow_the_interval(scores: list[Fraction], times: int) -> None:
    once = statistics.mean_interval(scores)
    more = statistics.interval_of([(score, times) for score in scores])
    assert more[1] - more[0] <= once[1] - once[0] + 1e-12
    assert statistics.interval_of([(score, 1) for score in scores * times]) == more


@given(st.lists(shares, min_size=1, max_size=20))
def test_moments_are_exact(scores: list[Fraction]) -> None:
    n, mean, variance = statistics.moments([(score, 1) for score in scores])
    assert mean == sum(scores) / n
    if n > 1:
        assert variance == sum((score - mean) ** 2 for score in scores) / (n - 1)


@given(st.integers(0, 50), st.integers(1, 50))
def test_wilson_is_symmetric_and_grows_with_successes(k: int, n: int) -> None:
    k = min(k, n)
    low, high = statistics.wilson(k, n)
    mirror = statistics.wilson(n - k, n)
    assert (1 - high, 1 - low) == pytest.approx(mirror, abs=1e-12)
    if k < n:
        assert statistics.wilson(k + 1, n)[0] >= low
