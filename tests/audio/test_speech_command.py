"""``qaapp speech`` on a call of the database."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from qaapp import clock
from qaapp.cli.root import main
from qaapp.store.schema import Call, Recording, RecordingRoot, Source
from qaapp.store.workspace import Workspace

RATE = 8000


@pytest.fixture
def call(workspace: Workspace, tmp_path: Path) -> str:
    """One stereo call: the manager speaks 2 of 10 s, the customer 3."""
    rng = np.random.default_rng(2)
    sound = rng.normal(0, 20, (RATE * 10, 2))
    sound[RATE : RATE * 3, 0] += rng.normal(0, 3000, RATE * 2)
    sound[RATE * 4 : RATE * 7, 1] += rng.normal(0, 3000, RATE * 3)
    soundfile.write(tmp_path / "call.wav", sound.astype(np.int16), RATE)
    soundfile.write(tmp_path / "mono.wav", sound[:, 0].astype(np.int16), RATE)
    with workspace.database.write() as session:
        source = Source(kind="folder", name="f", settings={}, created_at=clock.now())
        root = RecordingRoot(name="r", path=str(tmp_path))
        session.add_all([source, root])
        session.flush()
        now = clock.now()
        for name in ("call", "mono"):
            row = Call(
                source_id=source.id, external_id=name, started_at=now, first_seen_at=now, last_seen_at=now
            )
            session.add(row)
            session.flush()
            session.add(Recording(call_id=row.id, root_id=root.id, path=f"{name}.wav"))
    return "call"


def run(workspace: Workspace, *words: str) -> int:
    return main(["--workspace", str(workspace.folder), *words])


def test_json_gives_figures_and_segments(
    workspace: Workspace, call: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(workspace, "--json", "speech", call) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["figures"]["talk_share"] == pytest.approx(0.4, abs=0.01)
    assert told["segments"]["manager"] == [[1000, 3000]]
    assert told["detector"]


def test_mono_says_that_it_has_no_figures(
    workspace: Workspace, call: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(workspace, "--json", "speech", "mono") == 0
    assert json.loads(capsys.readouterr().out)["figures"] is None
    assert run(workspace, "--lang", "en", "speech", "mono") == 0
    assert "one channel" in capsys.readouterr().out


def test_a_table_for_people_and_a_sentence_for_a_missing_call(
    workspace: Workspace, call: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(workspace, "--lang", "ru", "speech", call) == 0
    assert "40" in capsys.readouterr().out
    assert run(workspace, "--lang", "en", "speech", "no such call") in (1, 2)
    assert "no such call" in capsys.readouterr().err
