"""The player against a clock that the test owns: what is heard, where the playhead is, what is told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from qaapp.audio.call_audio import CallAudio
from qaapp.audio.detecting import Segment
from qaapp.audio.peaks import build_peaks
from qaapp.player.feeding import Feed
from qaapp.player.null_sink import NullSink
from qaapp.player.player import Listen, Player
from qaapp.words import Lane

RATE = 8000
SIDES = (Lane.MANAGER, Lane.CUSTOMER)


class Time:
    """A monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Bench:
    """A player on a null sink, and the time it lives in."""

    def __init__(self) -> None:
        self.time = Time()
        self.sink = NullSink(self.time)
        self.player = Player(self.sink)
        self.told: list[object] = []
        self.player.finished.connect(lambda: self.told.append("finished"))

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` pass as a window would see them: a look every 16 ms."""
        end = self.time.seconds + seconds
        while self.time.seconds < end - 1e-9:
            self.time.seconds = min(end, self.time.seconds + 0.016)
            self.player.tick()

    def rendered(self) -> None:
        """Wait until everything ahead is rendered (the pool has one worker)."""
        self.player._pool.submit(int).result()


@pytest.fixture
def bench(qapp: object) -> Iterator[Bench]:
    made = Bench()
    yield made
    made.player.close()


def call(
    seconds: float = 20.0, lanes: tuple[Lane, ...] = SIDES, pauses: tuple[Segment, ...] = ()
) -> CallAudio:
    samples = (
        np.random.default_rng(6).integers(-9000, 9000, (len(lanes), int(seconds * RATE))).astype(np.int16)
    )
    return CallAudio(samples, RATE, lanes, build_peaks(samples, RATE), None, pauses)


def test_states_and_ends(bench: Bench) -> None:
    player = bench.player
    states: list[str] = []
    player.state_changed.connect(states.append)
    player.play()
    assert (player.state(), player.position_ms(), player.duration_ms()) == ("empty", 0.0, 0.0)
    player.load(call(3))
    player.toggle()
    assert player.is_playing()
    bench.wait(3.1)
    assert (player.state(), bench.told, player.position_ms()) == ("paused", ["finished"], 3000.0)
    player.play()  # at the end: from the beginning
    assert player.position_ms() == 0
    player.load(None)
    assert states == ["paused", "playing", "paused", "playing", "empty"]


def test_a_seek_is_heard_at_its_very_sample(bench: Bench) -> None:
    audio = call()
    bench.player.load(audio)
    bench.player.set_listen(Listen.MANAGER)
    for ms in (0, 1234.5, 7777.125, 19_000):
        bench.player.seek_ms(ms)
        bench.player.play()
        bench.wait(0.5)
        start = int(ms * 8)
        assert np.array_equal(
            bench.sink.played()[40:], audio.samples[0, start + 40 : start + 4000]
        )  # after the fade
        assert bench.player.position_ms() == pytest.approx(ms + 500, abs=0.2)
        bench.player.pause()


def test_a_range_ends_on_its_last_sample(bench: Bench) -> None:
    audio = call()
    bench.player.load(audio)
    bench.player.set_listen(Listen.CUSTOMER)
    bench.player.play_range(2000, 2800)
    bench.rendered()
    assert np.array_equal(bench.sink._buffer[40:6400, 0], audio.samples[1, 16040:22400])
    assert not bench.sink._buffer[6400:].any()
    bench.wait(1)
    assert (bench.told, bench.player.position_ms()) == (["finished"], 2800.0)
    bench.player.play()  # the range is over: on to the end of the call
    bench.wait(2)
    assert bench.player.is_playing()


def test_a_loop_goes_round_to_the_sample_until_it_is_cleared(bench: Bench) -> None:
    audio = call()
    bench.player.load(audio)
    bench.player.set_listen(Listen.MANAGER)
    bench.player.play_range(1000, 1500, loop=True)
    assert bench.player.loop() == (1000.0, 1500.0)
    positions = []
    for _ in range(100):
        bench.wait(0.016)
        positions.append(bench.player.position_ms())
    assert 1000 <= min(positions) < 1030
    assert 1470 < max(positions) <= 1500
    played = bench.sink.played()
    assert np.array_equal(played[4000:8000], audio.samples[0, 8000:12000])
    assert np.array_equal(played[8000:12000], audio.samples[0, 8000:12000])
    bench.player.clear_loop()
    bench.wait(2)
    assert bench.player.position_ms() > 1500


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.7, 3.0])
def test_the_playhead_is_true_across_skipped_silence(bench: Bench, speed: float) -> None:
    bench.player.load(call(20, pauses=(Segment(2000, 6000),)))
    bench.player.set_skip_silence(True)
    bench.player.set_speed(speed)
    bench.player.play()
    bench.rendered()
    last = -1.0
    for step in range(1, 150):
        bench.wait(0.02)
        position = bench.player.position_ms()
        if not bench.player.is_playing():
            break
        heard = step * 20 * speed
        expected = heard if heard <= 2300 else heard + 3400
        assert abs(position - expected) < 5
        assert position >= last
        last = position
    assert last > 1000


def test_a_loop_holds_while_speed_and_skipping_change(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Around the loop everything is loud: not a sample of it is heard, whatever is turned while it goes round."""
    monkeypatch.setattr("qaapp.player.feeding.MAX_BYTES", 2 * RATE * 20)  # 20 s: endless, but soon rendered
    samples = np.full((1, RATE * 10), 30_000, np.int16)
    samples[:, RATE * 2 : RATE * 5] = np.random.default_rng(8).integers(-300, 300, RATE * 3)
    audio = CallAudio(samples, RATE, (Lane.MIX,), build_peaks(samples, RATE), None, (Segment(4000, 7000),))
    player = bench.player
    player.load(audio)
    player.play_range(2000, 5000, loop=True)
    for speed in (1.0, 1.7, 0.5, 3.0, 1.0):
        player.set_speed(speed)
        player.set_skip_silence(not player.skip_silence())
        bench.rendered()
        for _ in range(60):
            bench.wait(0.05)
            assert 2000 <= player.position_ms() <= 5000
            assert np.abs(bench.sink.played().astype(int)).max() <= 600
    assert player.is_playing()


def test_speed_changes_while_playing_go_on_from_the_same_word(bench: Bench) -> None:
    speeds: list[float] = []
    bench.player.speed_changed.connect(speeds.append)
    bench.player.load(call())
    bench.player.play()
    bench.wait(2)
    bench.player.set_speed(1.5)
    assert bench.player.position_ms() == pytest.approx(2000, abs=1)
    bench.wait(2)
    assert bench.player.position_ms() == pytest.approx(5000, abs=5)
    bench.player.set_speed(99)
    bench.player.set_speed(0.1)
    assert speeds == [1.5, 3.0, 0.5]


def test_pause_resumes_where_it_was_heard(bench: Bench) -> None:
    bench.player.load(call())
    bench.player.play()
    bench.wait(1.5)
    bench.player.pause()
    bench.wait(9)
    assert bench.player.position_ms() == pytest.approx(1500, abs=1)
    bench.player.play()
    bench.wait(0.5)
    assert bench.player.position_ms() == pytest.approx(2000, abs=1)


def test_muting_while_playing_silences_only_that_side(bench: Bench) -> None:
    audio = call()
    bench.player.load(audio)
    bench.player.play()
    bench.wait(1)
    bench.player.set_listen(Listen.CUSTOMER)
    bench.wait(0.25)
    assert np.array_equal(bench.sink.played()[8040:], audio.samples[1, 8040:10000])
    bench.player.swap_sides()
    bench.wait(0.25)
    assert np.array_equal(bench.sink.played()[40:], audio.samples[0, 10040:12000])


def test_a_change_while_playing_leaves_no_hole_and_nothing_twice(bench: Bench) -> None:
    """The new sound goes on in the buffer that sounds: same buffer, every sample once, 5 ms from one to the other."""
    audio = call()
    bench.player.load(audio)
    bench.player.set_listen(Listen.MANAGER)
    bench.player.play()
    bench.rendered()
    buffer = bench.sink._buffer
    bench.wait(1)
    before = bench.player.position_ms()
    bench.player.set_gain_db(Lane.MANAGER, -6.0)
    bench.rendered()
    assert bench.sink._buffer is buffer
    assert bench.player.position_ms() == pytest.approx(before, abs=0.2)
    bench.wait(1)
    bench.player.set_listen(Listen.CUSTOMER)
    bench.rendered()
    bench.wait(1)
    played = bench.sink.played().astype(int)
    quiet = np.rint(audio.samples[0].astype(np.float32) * np.float32(10 ** (-6 / 20)))
    assert np.array_equal(played[40:8000], audio.samples[0, 40:8000])
    assert np.array_equal(played[8040:15_990], quiet[8040:15_990])
    assert np.array_equal(played[16_040:], audio.samples[1, 16_040 : len(played)])
    low = np.minimum(audio.samples[0], quiet)[8000:8040]
    high = np.maximum(audio.samples[0], quiet)[8000:8040]
    assert ((low - 1 <= played[8000:8040]) & (played[8000:8040] <= high + 1)).all()
    assert bench.player.position_ms() == pytest.approx(3000, abs=0.2)


@pytest.mark.parametrize(("first", "then"), [(1.0, 1.5), (1.5, 1.0), (3.0, 0.5), (0.5, 3.0), (1.25, 0.8)])
def test_speed_changes_without_a_gap(bench: Bench, first: float, then: float) -> None:
    audio = call(30)
    bench.player.load(audio)
    bench.player.set_speed(first)
    bench.player.play()
    bench.rendered()
    buffer = bench.sink._buffer
    bench.wait(1)
    bench.player.set_speed(then)
    bench.rendered()
    positions = []
    for _ in range(60):
        bench.wait(0.02)
        positions.append(bench.player.position_ms())
    assert bench.sink._buffer is buffer
    assert all(after >= before for before, after in pairwise(positions))
    assert positions[-1] == pytest.approx(first * 1000 + then * 1200, abs=25)
    played = bench.sink.played().astype(float)
    parts = played[: len(played) // 80 * 80].reshape(-1, 80)
    assert (np.sqrt((parts[2:] ** 2).mean(axis=1)) > 1500).all(), "10 ms of silence would be a hole"
    bench.wait(60)
    assert bench.told == ["finished"]
    assert bench.player.position_ms() == bench.player.duration_ms()


def test_changes_at_the_end_of_a_range_keep_its_last_sample(bench: Bench) -> None:
    bench.player.load(call())
    bench.player.play_range(1000, 2000)
    bench.wait(0.5)
    bench.player.set_speed(2.0)
    bench.wait(0.1)
    bench.player.set_listen(Listen.MANAGER)
    bench.wait(1)
    assert (bench.told, bench.player.position_ms()) == (["finished"], 2000.0)


def test_sides_apart_are_heard_in_both_ears(bench: Bench) -> None:
    audio = call()
    bench.player.load(audio)
    bench.player.play()
    bench.wait(0.5)
    bench.player.set_ears(True)
    bench.wait(0.5)
    assert np.array_equal(bench.sink.played(0)[40:], audio.samples[0, 4040:8000])
    assert np.array_equal(bench.sink.played(1)[40:], audio.samples[1, 4040:8000])
    bench.player.set_listen(Listen.CUSTOMER)
    bench.wait(0.5)
    assert np.array_equal(bench.sink.played(0)[4040:], audio.samples[1, 8040:12000])
    assert np.array_equal(bench.sink.played(1)[4040:], audio.samples[1, 8040:12000])
    buffer = bench.sink._buffer
    bench.player.set_ears(False)
    bench.player.set_listen(Listen.BOTH)
    bench.wait(0.5)
    assert bench.sink._buffer is buffer, "the device stays open with two channels: no gap"
    assert np.array_equal(bench.sink.played(0)[8100:], bench.sink.played(1)[8100:])
    bench.player.set_ears(True)
    bench.wait(0.5)
    assert bench.sink._buffer is buffer
    assert np.array_equal(bench.sink.played(1)[12100:16000], audio.samples[1, 16100:20000])


def test_a_machine_that_is_too_slow_starts_anew(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = call()
    bench.player.load(audio)
    bench.player.play()
    bench.wait(1)
    real = Feed.prepare

    def slow(self: Feed, *told: Any) -> Any:
        bench.time.seconds += 0.2  # the device went on meanwhile
        return real(self, *told)

    monkeypatch.setattr(Feed, "prepare", slow)
    buffer = bench.sink._buffer
    bench.player.set_listen(Listen.CUSTOMER)
    assert bench.sink._buffer is not buffer
    assert bench.player.position_ms() == pytest.approx(1200, abs=1)
    bench.wait(0.25)
    assert np.array_equal(bench.sink.played()[40:], audio.samples[1, 9640:11600])


def test_a_fresh_start_fades_in_from_silence(bench: Bench) -> None:
    bench.player.load(call())
    bench.player.seek_ms(1000)
    bench.player.play()
    assert bench.sink._buffer[0, 0] == 0
    assert abs(int(bench.sink._buffer[1, 0])) < 1000


def test_a_buffer_that_is_too_small_goes_on_without_a_loss(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qaapp.player.feeding.MAX_BYTES", 4 * RATE)  # one second
    bench.player.load(call(3.5))
    bench.player.play()
    bench.wait(3.4)
    assert bench.player.is_playing()
    assert bench.player.position_ms() == pytest.approx(3400, abs=60)
    bench.wait(0.3)
    assert bench.told == ["finished"]


def test_closing_twice_and_playing_after_it_are_harmless(bench: Bench) -> None:
    bench.player.load(call())
    bench.player.play()
    bench.player.close()
    bench.player.close()
    bench.player.play()
    assert not bench.player.is_playing()


def test_a_device_that_comes_later_is_used_at_the_next_play(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Device(NullSink):
        def __init__(self) -> None:
            super().__init__(lambda: 0.0)
            self.name = "Headset"

    devices: list[str] = []
    told: list[str] = []
    monkeypatch.setattr("qaapp.player.sink.QtSink.outputs", staticmethod(lambda: devices))
    monkeypatch.setattr("qaapp.player.sink.QtSink.__new__", lambda *_args: Device())
    player = Player()
    player.device_changed.connect(told.append)
    try:
        player.load(call(2))
        player.play()
        assert player.is_silent()
        player.pause()
        devices.append("Headset")
        player.play()
        assert not player.is_silent()
        assert told == ["Headset"]
    finally:
        player.close()
