"""A pack of examples: what is in the folder, what is hidden, what is left when it fails."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import openpyxl
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from samples import real
from sqlalchemy import select

from qaapp import clock, i18n
from qaapp.archive import items, packs
from qaapp.audio import clips
from qaapp.errors import ReportError
from qaapp.progress import run
from qaapp.store.database import Database
from qaapp.store.schema import (
    Annotation,
    AnnotationKind,
    Call,
    Manager,
    Recording,
    RecordingRoot,
    Source,
    User,
)
from qaapp.words import Verdict

NOW = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)
RATE = 8000
AddCall = Callable[..., int]


@pytest.fixture
def add_call(database: Database, tmp_path: Path) -> AddCall:
    """Adds a call whose recording lies in ``tmp_path/calls``."""
    folder = tmp_path / "calls"
    folder.mkdir()
    with database.write() as session:
        session.add_all(
            [
                Source(id=1, kind="folder", name="Calls", created_at=NOW),
                RecordingRoot(id=1, name="calls", path=str(folder)),
                Manager(id=1, name="Анна <Смирнова>", name_key="a", created_at=NOW),
                User(id=1, name="Ирина", created_at=NOW),
            ]
        )

    def add(name: str, duration_s: float = 4.0) -> int:
        path = folder / name
        if not path.exists() and duration_s:
            time = np.arange(int(RATE * duration_s)) / RATE
            tone = (8000 * np.sin(2 * np.pi * 300 * time)).astype(np.int16)
            soundfile.write(path, np.stack([tone, np.zeros_like(tone)], 1), RATE, subtype="PCM_16")
        with database.write() as session:
            call = Call(
                source_id=1, external_id=name, started_at=NOW, manager_id=1, customer_number="79000001452",
                first_seen_at=NOW, last_seen_at=NOW, recording_count=1,
            )  # fmt: skip
            session.add(call)
            session.flush()
            session.add(Recording(call_id=call.id, root_id=1, path=name, duration_ms=int(duration_s * 1000)))
            return call.id

    return add


def keep(database: Database, call_id: int, verdict: Verdict = Verdict.BEST, **texts: object) -> int:
    with clock.fixed(NOW), database.write() as session:
        return items.add(session, call_id, verdict, user_id=1, **texts).id


def export(database: Database, ids: list[int], folder: Path, **options: bool) -> str:
    with clock.fixed(NOW):
        return run(packs.export_pack(database, ids, folder, {}, **options)).read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Tags that were opened and closed, sources of sound, the texts of headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "meta":
            self.open.append(tag)
        named = dict(attrs)
        assert not {name for name in named if name.startswith("on")}
        if tag == "audio":
            self.sources.append(unquote(named["src"] or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)


def test_a_pack_holds_sound_page_and_sheet(database: Database, add_call: AddCall, tmp_path: Path) -> None:
    first, second = add_call("a.wav"), add_call("b.wav", 2.5)
    worst = keep(
        database, second, Verdict.WORST, stage="Возражения", said="Ну и что", should_have_said="Понимаю"
    )
    best = keep(database, first, stage="Возражения", title="«Дорого»: посчитала", start_ms=1000, end_ms=3000)
    text = export(database, [worst, best], tmp_path / "pack")
    page = Reader(text)
    assert sorted(path.name for path in (tmp_path / "pack").iterdir()) == [
        "audio",
        "examples.xlsx",
        "index.html",
    ]
    assert page.sources == [
        "audio/001 Возражения – «Дорого» посчитала – Анна Смирнова.mp3",
        "audio/002 Возражения – Анна Смирнова.mp3",
    ]
    lengths = [soundfile.info(tmp_path / "pack" / source).duration for source in page.sources]
    assert lengths == [pytest.approx(2.0, abs=0.15), pytest.approx(2.5, abs=0.15)]
    words = " ".join(page.words)
    for expected in ("Best", "Worst", "Ну и что", "Понимаю", "0:02", "+7 900 000-14-52", "chosen by Ирина"):
        assert expected in words
    assert "http" not in text  # asks the network for nothing
    sheet = openpyxl.load_workbook(tmp_path / "pack" / "examples.xlsx").active
    assert [sheet.cell(row, 15).value for row in (2, 3)] == page.sources
    assert [sheet.cell(row, 3).value for row in (2, 3)] == ["best", "worst"]
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_every_text_is_escaped(database: Database, add_call: AddCall, tmp_path: Path) -> None:
    hostile = '</script><script>alert(1)</script><img src=x onerror="alert(2)">\'&amp;\x01'
    item = keep(
        database, add_call("a.wav"), stage=hostile, title=hostile, reason=hostile, said=hostile,
        should_have_said=hostile,
    )  # fmt: skip
    page = Reader(export(database, [item], tmp_path / "pack"))
    assert "img" not in page.tags
    assert " ".join(page.words).count("alert(2)") >= 4  # as words
    assert len(page.sources) == 1
    assert (tmp_path / "pack" / page.sources[0]).is_file()


def test_personal_data_is_covered_by_a_tone(database: Database, add_call: AddCall, tmp_path: Path) -> None:
    call_id = add_call("a.wav")
    with database.write() as session:
        kinds = {kind.code: kind.id for kind in session.scalars(select(AnnotationKind))}
        for code, start, end in (("personal_data", 1000, 2000), ("good", 2500, 3000)):
            session.add(
                Annotation(
                    call_id=call_id, kind_id=kinds[code], start_ms=start, end_ms=end,
                    created_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
    item = keep(database, call_id)
    covered = export(database, [item], tmp_path / "pack")
    plain = export(database, [item], tmp_path / "plain", beep=False)
    assert "covered by a tone" in covered
    assert "covered by a tone" not in plain

    def loudest_hz(folder: str, start_s: float) -> float:
        path = next((tmp_path / folder / "audio").iterdir())
        sound, rate = soundfile.read(path)
        piece = sound[int(start_s * rate) : int((start_s + 0.5) * rate), 0]
        return float(np.argmax(np.abs(np.fft.rfft(piece))) / 0.5)

    assert loudest_hz("pack", 1.3) == pytest.approx(1000, abs=10)
    assert loudest_hz("pack", 2.6) == pytest.approx(300, abs=10)
    assert loudest_hz("plain", 1.3) == pytest.approx(300, abs=10)


def test_numbers_are_masked_when_asked(database: Database, add_call: AddCall, tmp_path: Path) -> None:
    item = keep(database, add_call("a.wav"))
    text = export(database, [item], tmp_path / "pack", mask_numbers=True)
    sheet = openpyxl.load_workbook(tmp_path / "pack" / "examples.xlsx").active
    for found in (text, str(sheet.cell(2, 12).value)):
        assert "52" in found
        assert "14-52" not in found
        assert "••" in found


def test_a_missing_recording_is_said_and_the_rest_is_written(
    database: Database, add_call: AddCall, tmp_path: Path
) -> None:
    here, gone = keep(database, add_call("a.wav")), keep(database, add_call("gone.wav", 0))
    page = Reader(export(database, [gone, here], tmp_path / "pack"))
    assert len(page.sources) == 1
    assert "gone.wav" in " ".join(page.words)


def test_a_folder_that_is_there_is_left_as_it_is(
    database: Database, add_call: AddCall, tmp_path: Path
) -> None:
    item = keep(database, add_call("a.wav"))
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(ReportError, match="is there already") as caught:
        export(database, [item], folder)
    assert caught.value.kind == "exists"
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    (folder / "mine.txt").unlink()
    export(database, [item], folder)  # an empty one is taken
    with pytest.raises(ReportError, match="no examples"):
        export(database, [], tmp_path / "none")


def test_stopping_and_failing_leave_nothing(
    database: Database, add_call: AddCall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [keep(database, add_call("a.wav")), keep(database, add_call("b.wav"))]
    target = tmp_path / "out" / "pack"
    steps = packs.export_pack(database, ids, target, {})
    for _step in range(2):
        next(steps)
    assert list((tmp_path / "out").iterdir())
    steps.close()
    assert list((tmp_path / "out").iterdir()) == []

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(clips, "_write_blocks", full)
    with pytest.raises(ReportError, match="no room") as caught:
        export(database, ids, target)
    assert caught.value.kind == "disk"
    assert list((tmp_path / "out").iterdir()) == []


def test_the_page_speaks_russian(database: Database, add_call: AddCall, tmp_path: Path) -> None:
    item = keep(database, add_call("a.wav"))
    i18n.set_language("ru")
    text = export(database, [item], tmp_path / "pack")
    assert '<html lang="ru">' in text
    assert "Слушать подряд" in text
    assert "Лучшие" in text
    assert not re.search("Best|Worst|Play one|Made by", text)


def test_a_real_call_is_cut(database: Database, add_call: AddCall, tmp_path: Path) -> None:
    shutil.copy(real("calls/azure_callCenterRecording.mp3"), tmp_path / "calls" / "real.mp3")
    item = keep(database, add_call("real.mp3", duration_s=32.0), start_ms=5000, end_ms=9000)
    page = Reader(export(database, [item], tmp_path / "pack"))
    assert soundfile.info(tmp_path / "pack" / page.sources[0]).duration == pytest.approx(4.0, abs=0.15)


RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}


@given(st.integers(1, 9999), st.lists(st.text(max_size=200) | st.none(), max_size=3))
def test_any_texts_make_a_file_name_every_system_takes(number: int, parts: list[str | None]) -> None:
    name = packs.file_name(number, *parts)
    assert name.startswith(f"{number:03}")
    assert not set(name) & set('<>:"/\\|?*')
    assert name.isprintable()
    assert not name.endswith((" ", "."))
    assert len(name) <= 80
    assert len(name.encode()) <= 150
    assert name.casefold() not in RESERVED
