"""Ranges, stretching, the renderer and its map: exact, endless, aligned."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qaapp.audio.detecting import Segment
from qaapp.audio.pcm import resample
from qaapp.player.clock import PlayheadClock
from qaapp.player.mixing import Listen, gains, mix_matrix
from qaapp.player.ranges import Plan, Range, out_frames, skips_of, without
from qaapp.player.rates import RateConverter
from qaapp.player.renderer import Piece, Renderer, SourceMap
from qaapp.player.stretch import wsola
from qaapp.words import Lane

RATE = 8000
SIDES = (Lane.MANAGER, Lane.CUSTOMER)


def noise(frames: int, lanes: int = 1, level: int = 9000) -> np.ndarray:
    return np.random.default_rng(4).integers(-level, level, (lanes, frames)).astype(np.int16)


def everything(renderer: Renderer, piece: int = 700) -> tuple[np.ndarray, SourceMap]:
    """All of a finite plan, taken in uneven pieces."""
    found, source = [], SourceMap()
    while not renderer.is_finished:
        rendered = renderer.take(piece)
        found.append(rendered.samples[0])
        source.add(rendered.pieces)
    return np.concatenate(found), source


skips = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 60)), max_size=6).map(
    lambda pairs: tuple(
        Range(start, end)
        for start, end in zip(*(iter(sorted({x for a, b in pairs for x in (a, a + b)})),) * 2, strict=False)
    )
)


@given(start=st.integers(0, 1000), end=st.integers(0, 1000), skips=skips)
def test_what_is_played_is_what_is_not_skipped(start: int, end: int, skips: tuple[Range, ...]) -> None:
    played = [i for part in without(Range(start, end), skips) for i in range(part.start, part.end)]
    assert played == [i for i in range(start, end) if not any(skip.start <= i < skip.end for skip in skips)]


@given(start=st.integers(0, 300), loop=st.tuples(st.integers(0, 299), st.integers(1, 100)), skips=skips)
def test_a_loop_never_plays_a_sample_past_its_end(
    start: int, loop: tuple[int, int], skips: tuple[Range, ...]
) -> None:
    around = Range(loop[0], min(300, loop[0] + loop[1]))
    plan = Plan(start, 300, around, skips)
    parts = list(islice(plan.ranges(), 12))
    assert plan.is_endless == (start < around.end)
    if plan.is_endless:
        assert len(parts) == 12
        assert all(part.end <= around.end and part.length > 0 for part in parts)
        assert all(part.start >= around.start for part in parts if part.start < start)


def test_a_skipped_pause_keeps_its_edges() -> None:
    (skip,) = skips_of([Segment(2000, 4000), Segment(5000, 5600)], RATE, 80_000)
    assert (skip.start, skip.end) == (2300 * 8, 3700 * 8)


@pytest.mark.parametrize("start", [0, 1, 12_345])
def test_at_normal_speed_the_output_is_the_recording(start: int) -> None:
    samples = noise(20_000)
    out, source = everything(Renderer(samples, RATE, Plan(start, 20_000), 1.0, (1.0,)))
    assert np.array_equal(out, samples[0, start:])
    assert source.source_at(100) == start + 100


def test_a_muted_side_is_exactly_gone() -> None:
    samples = noise(5000, 2)
    lane_gains = gains(SIDES, Listen.CUSTOMER, {Lane.MANAGER: 18.0})
    out, _ = everything(Renderer(samples, RATE, Plan(0, 5000), 1.0, lane_gains))
    assert np.array_equal(out, samples[1])
    both, _ = everything(Renderer(samples, RATE, Plan(0, 5000), 1.0, gains(SIDES, Listen.BOTH, {})))
    assert np.array_equal(both, samples.astype(int).sum(0))


def test_gain_never_overflows() -> None:
    loud = np.full((2, 2000), 30000, np.int16)
    out, _ = everything(
        Renderer(loud, RATE, Plan(0, 2000), 1.0, gains(SIDES, Listen.BOTH, dict.fromkeys(SIDES, 18.0)))
    )
    assert 29000 < out.max() <= 29205  # −1 dBFS


def test_a_mono_mix_is_heard_whoever_is_listened_to() -> None:
    assert gains((Lane.MIX,), Listen.MANAGER, {}) == (1.0,)


@settings(max_examples=30, deadline=None)
@given(
    speed=st.sampled_from([0.5, 0.8, 1.0, 1.3, 1.7, 3.0]),
    start=st.integers(0, 15_000),
    length=st.integers(1, 15_000),
    piece=st.integers(1, 5000),
    skips=st.sampled_from([(), (Range(4000, 6000),), (Range(0, 9000), Range(9100, 9200))]),
)
def test_length_and_map_agree_at_every_speed(
    speed: float, start: int, length: int, piece: int, skips: tuple[Range, ...]
) -> None:
    plan = Plan(start, start + length, None, skips)
    out, source = everything(Renderer(noise(30_000), RATE, plan, speed, (1.0,)), piece)
    assert len(out) == plan.frames(speed)
    if not len(out):
        return
    ranges = list(plan.ranges())
    told = [source.source_at(at) for at in np.linspace(0, len(out), 50)]
    assert told == sorted(told)
    assert told[0] == ranges[0].start
    assert abs(told[-1] - ranges[-1].end) <= 1
    assert all(any(part.start - 1e-6 <= at <= part.end + 1e-6 for part in ranges) for at in told)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("speed", [0.5, 0.75, 1.5, 2.2, 3.0])
def test_stretching_keeps_the_pitch_and_the_length(rate: int, speed: float) -> None:
    tone = (9000 * np.sin(2 * np.pi * 440 * np.arange(rate * 3) / rate)).astype(np.int16)
    out, source = wsola(tone[None, :], rate, speed)
    assert out.shape == (1, round(rate * 3 / speed))
    assert abs(source[-1] - rate * 3) <= speed + 1
    middle = out[0, rate // 10 : -rate // 10].astype(float) * np.hanning(out.shape[1] - 2 * (rate // 10))
    spectrum = np.abs(np.fft.rfft(middle, 1 << 19))
    assert abs(spectrum.argmax() * rate / (1 << 19) - 440) < 4.4
    assert 0.8 < np.abs(out).max() / 9000 < 1.2


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.7, 3.0])
@pytest.mark.parametrize("late", [0, 40, -25])
def test_both_sides_keep_their_delay_at_every_speed(speed: float, late: int) -> None:
    """Both lanes are the same sound, one ``late`` samples behind: so they stay, wherever one looks."""
    one = noise(RATE * 4)[0]
    out, _ = wsola(np.stack([one, np.roll(one, late)]), RATE, speed)
    first, second = out.astype(float)
    for start in range(1000, out.shape[1] - 3000, 2000):
        piece = first[start : start + 2000]
        lags = range(-80, 81)
        scores = [float(piece @ second[start + lag : start + lag + 2000]) for lag in lags]
        assert lags[int(np.argmax(scores))] == late


@pytest.mark.parametrize("speed", [0.5, 0.9, 1.0, 1.7, 3.0])
@pytest.mark.parametrize(
    "skips", [(), (Range(9000, 11_000),), (Range(11_000, 16_000),), (Range(3000, 8600),)]
)
def test_no_sample_beyond_a_loop_or_of_a_skip_is_heard(speed: float, skips: tuple[Range, ...]) -> None:
    """What must not be heard is a hundred times louder than the loop: one sample of it, faded or not, would show."""
    loop = Range(8000, 13_001)
    samples = np.full((1, 20_000), 30_000, np.int16)
    samples[:, loop.start : loop.end] = noise(loop.length, level=300)
    for skip in skips:
        samples[:, skip.start : skip.end] = 30_000
    renderer = Renderer(samples, RATE, Plan(9500 if not skips else 8700, 20_000, loop, skips), speed, (1.0,))
    source = SourceMap()
    rounds = round(4 * loop.length / speed)
    heard = np.zeros(0, np.int16)
    while len(heard) < rounds:
        rendered = renderer.take(613)
        source.add(rendered.pieces)
        heard = np.concatenate([heard, rendered.samples[0]])
    assert 100 < np.abs(heard.astype(int)).max() <= 600
    told = [source.source_at(at) for at in range(0, len(heard), 7)]
    assert min(told) >= loop.start
    assert max(told) <= loop.end
    assert sum(after < before for before, after in pairwise(told)) >= 3, "it went round"


def test_stretching_in_pieces_is_seamless() -> None:
    samples = noise(RATE * 4)
    whole, _ = everything(Renderer(samples, RATE, Plan(0, RATE * 4), 1.6, (1.0,)), RATE * 10)
    pieces, _ = everything(Renderer(samples, RATE, Plan(0, RATE * 4), 1.6, (1.0,)), 333)
    assert np.array_equal(whole, pieces)


def test_tiny_and_empty_stretches_keep_their_length() -> None:
    for frames in (0, 1, 7, 300, 700):
        out, _ = wsola(noise(frames), RATE, 1.5)
        assert out.shape[1] == out_frames(frames, 1.5)


@pytest.mark.parametrize(("rate", "target"), [(8000, 48000), (8000, 44100), (44100, 48000), (48000, 16000)])
def test_converting_in_pieces_equals_converting_at_once(rate: int, target: int) -> None:
    samples = noise(rate // 2)[0]
    converter = RateConverter(rate, target)
    cuts = [0, 1, 900, 901, 2500, len(samples)]
    parts = [converter.convert(samples[None, a:b], b == len(samples))[0] for a, b in pairwise(cuts)]
    whole = resample(samples[None, :], rate, target)[0]
    joined = np.concatenate(parts)
    assert len(joined) == len(whole)
    edge = target // 50  # the ends differ: zeros against the file's own edge
    assert np.abs(joined[edge:-edge].astype(int) - whole[edge:-edge]).max() <= 1


def test_each_side_in_its_own_ear_stretched_by_one_offset() -> None:
    samples = noise(RATE * 2, 2)
    mix = mix_matrix(SIDES, Listen.BOTH, {}, {}, ears=True)
    apart = Renderer(samples, RATE, Plan(0, RATE), 1.0, mix).take(RATE).samples
    assert np.array_equal(apart, samples[:, :RATE])
    same = np.repeat(
        samples[:1], 2, axis=0
    )  # the same in both lanes stays the same in both ears at any speed
    for speed in (0.7, 1.5):
        both = Renderer(same, RATE, Plan(0, RATE), speed, mix).take(RATE * 2).samples
        assert np.array_equal(both[0], both[1])
    for listen in (Listen.MANAGER, Listen.CUSTOMER):
        left, right = mix_matrix(SIDES, listen, {}, {}, ears=True)
        assert np.array_equal(left, right), "a side heard alone is in both ears"
    assert mix_matrix((Lane.MIX,), Listen.BOTH, {}, {}, ears=True).tolist() == [[1.0], [1.0]]


def test_a_soft_tick_sounds_only_where_silence_was_skipped() -> None:
    silence = np.zeros((1, RATE * 4), np.int16)
    plan = Plan(0, RATE * 4, None, (Range(RATE, 2 * RATE),))
    ticked, _ = everything(Renderer(silence, RATE, plan, 1.0, (1.0,), tick=True))
    assert not everything(Renderer(silence, RATE, plan, 1.0, (1.0,)))[0].any()
    assert len(ticked) == RATE * 3
    sounding = np.flatnonzero(ticked)
    assert RATE <= sounding[0] < RATE + 10
    assert sounding[-1] < RATE + 0.03 * RATE
    assert 200 < np.abs(ticked).max() < 1200
    looped = Renderer(silence, RATE, Plan(0, RATE, Range(0, RATE)), 1.0, (1.0,), tick=True).take(RATE * 3)
    assert not looped.samples.any(), "going round a loop is no skip"


def test_a_map_ends_where_another_sound_takes_over() -> None:
    made = SourceMap()
    made.add((Piece(0, 100, 1000, 100), Piece(100, 50, 2000, 75)))
    cut = made.before(120)
    assert [cut.source_at(frame) for frame in (0, 60, 110, 120, 140)] == [1000, 1060, 2015, 2030, 2030]
    assert made.source_at(149) == pytest.approx(2073.5)
    assert made.skipped(120) == 900
    assert made.skipped(50) == 0


def test_the_clock_follows_the_sink_without_going_back() -> None:
    clock = PlayheadClock(1000, 10.0)
    assert clock.position(9.0) == 0
    assert clock.position(11.0) == 1000
    clock.report(11.0, 500.0)  # the sink is half a second behind
    seen = [clock.position(11.0 + step * 0.016) for step in range(1, 400)]
    assert seen == sorted(seen)
    assert abs(seen[-1] - (500 + 399 * 16)) <= 20
