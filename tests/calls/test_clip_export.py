"""Clips as files: exact, hidden where they must be, named for every system, whole or not there."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import soundfile
from call_makers import make_call, make_manager, make_recording
from hypothesis import given
from hypothesis import strategies as st

from qaapp.audio.clips import BEEP_HZ
from qaapp.calls import annotations as notes
from qaapp.calls import clip_export as cutting
from qaapp.calls.clip_export import ClipOptions, ClipWish
from qaapp.errors import AudioError
from qaapp.progress import run
from qaapp.store.database import Database
from qaapp.words import Lane

RATE = 8000
ZONE = ZoneInfo("Europe/Moscow")


@pytest.fixture
def call(database: Database, tmp_path: Path) -> int:
    """Ten seconds: the manager a ramp, the customer noise; personal data at 3–4 s and 3.5–5 s."""
    folder = tmp_path / "calls"
    folder.mkdir()
    rng = np.random.default_rng(3)
    ramp = np.linspace(-8000, 8000, 10 * RATE).astype(np.int16)
    noise = rng.integers(-5000, 5000, 10 * RATE).astype(np.int16)
    soundfile.write(folder / "1.wav", np.stack([ramp, noise], 1), RATE, subtype="PCM_16")
    with database.write() as session:
        anna = make_manager(session, "Анна: «Смирнова»")
        made = make_call(session, "1", 78, manager_id=anna)
        make_recording(session, made, str(folder), "1.wav", duration_ms=10_000, channels=2, manager_channel=0)
        personal = next(kind.id for kind in notes.list_kinds(session) if kind.code == "personal_data")
        notes.add(session, made, personal, 3000, 4000)
        notes.add(session, made, personal, 3500, 5000)
        notes.add(session, made, 2, 1000, 2500, "дорого?")
        notes.add(session, made, 2, 7000, None, "a/b\\c")
    return made


def cut(database: Database, folder: Path, *wishes: ClipWish, **options: object) -> cutting.ClipSummary:
    return run(cutting.export_clips(database, wishes, folder, {}, ClipOptions(**options)))  # type: ignore[arg-type]


def sound(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="int16", always_2d=True)[0]


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_clip_is_the_slice_and_personal_data_is_a_tone(
    database: Database, call: int, tmp_path: Path, suffix: str
) -> None:
    original = sound(tmp_path / "calls" / "1.wav")
    done = cut(database, tmp_path / "out", ClipWish(call, 1000, 6000), suffix=suffix)
    clip = sound(done.written[0])
    assert clip.shape == (5 * RATE, 2)
    assert np.array_equal(clip[: 2 * RATE], original[RATE : 3 * RATE])
    assert np.array_equal(clip[4 * RATE :], original[5 * RATE : 6 * RATE])
    hidden = clip[2 * RATE : 4 * RATE].astype(float)
    assert done.beeps == 2
    spectrum = np.abs(np.fft.rfft(hidden[: RATE // 2, 0]))
    assert np.argmax(spectrum) * 2 == pytest.approx(BEEP_HZ, abs=4)
    heard = cut(database, tmp_path / "out", ClipWish(call, 1000, 6000), suffix=suffix, beep=False)
    assert np.array_equal(sound(heard.written[0]), original[RATE : 6 * RATE])


def test_chosen_sides_and_one_channel(database: Database, call: int, tmp_path: Path) -> None:
    original = sound(tmp_path / "calls" / "1.wav")
    wish = ClipWish(call, 0, 2000)
    manager, customer, mixed = (
        sound(cut(database, tmp_path / "out", wish, suffix=".wav", **options).written[0])
        for options in (
            {"sides": frozenset([Lane.MANAGER])},
            {"sides": frozenset([Lane.CUSTOMER])},
            {"mono": True},
        )
    )
    assert np.array_equal(manager[:, 0], original[: 2 * RATE, 0])
    assert np.array_equal(customer[:, 0], original[: 2 * RATE, 1])
    assert mixed.shape == (2 * RATE, 1)
    assert np.abs(mixed[:, 0] - original[: 2 * RATE].mean(axis=1)).max() <= 1


@pytest.mark.parametrize("suffix", [".mp3", ".opus"])
def test_a_whole_call_in_a_lossy_format(database: Database, call: int, tmp_path: Path, suffix: str) -> None:
    done = cut(database, tmp_path / "out", ClipWish(call), suffix=suffix)
    assert soundfile.info(done.written[0]).duration == pytest.approx(10, abs=0.2)
    assert done.written[0].name == f"2026-03-17 11-18 Анна «Смирнова»{suffix}"


def test_many_at_once_are_named_and_replace_nothing(database: Database, call: int, tmp_path: Path) -> None:
    with database.read() as session:
        kinds = {kind.id: kind for kind in notes.list_kinds(session)}
        rows = [row for row in notes.list_annotations(session, call) if row.kind_id == 2]
    wishes = [cutting.wish_of(row, kinds[row.kind_id]) for row in rows]
    assert [(wish.start_ms, wish.end_ms) for wish in wishes] == [(1000, 2500), (4000, 19_000)]
    out = tmp_path / "out"
    first = cut(database, out, *wishes, suffix=".wav")
    kind = kinds[2].name
    assert [path.name for path in first.written] == [
        f"2026-03-17 11-18 Анна «Смирнова» – 0-01 {kind} – дорого.wav",
        f"2026-03-17 11-18 Анна «Смирнова» – 0-07 {kind} – a b c.wav",
    ]
    before = [path.read_bytes() for path in first.written]
    again = cut(database, out, *wishes, suffix=".wav")
    assert all(path.stem.endswith(" (2)") for path in again.written)
    assert [path.read_bytes() for path in first.written] == before
    assert not list(out.glob(".*"))


def test_levelled_sides_are_equally_loud_and_nothing_is_cut_off(database: Database, tmp_path: Path) -> None:
    """Speech-like bursts, one side 20 dB below the other; and one that is loud already and may not be cut off."""
    folder = tmp_path / "voices"
    folder.mkdir()
    rng = np.random.default_rng(5)
    t = np.arange(20 * RATE)
    voice = rng.normal(0, 1, len(t)) * (0.5 + 0.5 * np.sin(t / 900)) * (t // RATE % 2 == 0)
    other = rng.normal(0, 1, len(t)) * (0.5 + 0.5 * np.sin(t / 700)) * (t // RATE % 2 == 1)
    sides = np.stack([voice * 4000, other * 400], 1).clip(-32768, 32767).astype(np.int16)
    soundfile.write(folder / "1.wav", sides, RATE, subtype="PCM_16")
    with database.write() as session:
        call = make_call(session, "v")
        make_recording(session, call, str(folder), "1.wav", duration_ms=20_000, channels=2, manager_channel=0)

    def power_db(samples: np.ndarray, side: int) -> float:
        told = samples[:, side].astype(float)
        return float(10 * np.log10((told[np.abs(told) > 30] ** 2).mean()))

    plain = sound(cut(database, tmp_path / "plain", ClipWish(call), suffix=".wav").written[0])
    level = sound(cut(database, tmp_path / "level", ClipWish(call), suffix=".wav", level=True).written[0])
    assert power_db(plain, 0) - power_db(plain, 1) > 15
    assert abs(power_db(level, 0) - power_db(level, 1)) < 4
    assert np.abs(level.astype(int)).max() <= 32768 * 10 ** (-0.4 / 20)
    assert power_db(level, 1) > power_db(plain, 1) + 8


def test_a_call_without_sound_is_a_problem_of_its_clip(database: Database, call: int, tmp_path: Path) -> None:
    with database.write() as session:
        silent = make_call(session, "2", 5)
    done = cut(
        database, tmp_path / "out", ClipWish(silent), ClipWish(call, 0, 500), ClipWish(call, 99_000, 99_500)
    )
    assert len(done.written) == 1
    assert len(done.problems) == 2
    assert "no recording" in done.problems[0].reason
    with pytest.raises(AudioError):
        cut(database, tmp_path / "out")


def test_stopping_keeps_what_is_done_and_leaves_no_half_file(
    database: Database, call: int, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    steps = cutting.export_clips(
        database, [ClipWish(call, 0, 1000), ClipWish(call)], out, {}, ClipOptions(".wav")
    )
    for step in steps:
        if list(out.glob("*.wav")) and list(out.glob(".*.part")):
            assert step.total
            break
    steps.close()
    assert len(list(out.iterdir())) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are a thing of POSIX")
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".opus"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    """Another process, whose files may grow to 8 KB only: what a full disk does to a writer."""
    code = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from qaapp.audio.call_audio import CallAudio
from qaapp.audio.clips import write_clip
from qaapp.audio.peaks import build_peaks
from qaapp.errors import AudioError
from qaapp.words import Lane
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
noise = np.random.default_rng(1).integers(-20000, 20000, (1, 8000 * 30)).astype(np.int16)
audio = CallAudio(noise, 8000, (Lane.MIX,), build_peaks(noise, 8000))
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    write_clip(audio, Path(sys.argv[1]))
except AudioError as error:
    print("refused", error.kind == "")
"""
    target = tmp_path / "out" / f"clip{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "refused True", done.stderr
    assert list(target.parent.iterdir()) == []


names = st.text(max_size=60)


@given(names, names, names, st.none() | st.integers(0, 10_000_000))
def test_any_text_makes_a_name_every_system_takes(
    manager: str, title: str, text: str, start: int | None
) -> None:
    moment = datetime(2026, 3, 17, 7, tzinfo=UTC)
    name = cutting.clip_name(ClipWish(1, start, start, title, text), moment, manager, ZONE)
    assert name.startswith("2026-03-17 10-00")
    assert not set(name) & set('<>:"/\\|?*')
    assert name.isprintable()
    assert name == name.strip(" .")
    assert len(name) <= 100
    assert len(name.encode()) <= 180


@pytest.mark.parametrize("word", ["CON", "nul.txt", "lpt1", "...", ""])
def test_names_windows_keeps_for_itself_are_avoided(word: str) -> None:
    assert cutting.safe_name(word).startswith("_")
