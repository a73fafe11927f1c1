"""``clips``: stretches of a call as files, by a script."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from call_makers import make_call, make_recording

from qaapp.calls.annotations import add as add_annotation
from qaapp.cli import main
from qaapp.store.workspace import Workspace


@pytest.fixture
def folder(workspace: Workspace, tmp_path: Path) -> Path:
    """A call of four seconds with two annotations."""
    (tmp_path / "calls").mkdir()
    tone = (8000 * np.sin(np.arange(32_000) / 4)).astype(np.int16)
    soundfile.write(tmp_path / "calls" / "1.wav", np.stack([tone, tone // 2], 1), 8000, subtype="PCM_16")
    with workspace.database.write() as session:
        call = make_call(session, "rec 1")
        make_recording(session, call, str(tmp_path / "calls"), "1.wav", duration_ms=4000, channels=2)
        add_annotation(session, call, 1, 0, 1000, "one")
        add_annotation(session, call, 2, 1000, 2500, "two")
    workspace.close()
    return workspace.folder


def run(folder: Path, *words: str) -> int:
    return main(["--workspace", str(folder), "--lang", "en", *words])


def test_a_stretch_all_annotations_and_the_whole(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ("clips", "rec 1", "--out", str(out), "--format", "wav")
    assert run(folder, *command, "--from", "0:01", "--to", "2.5", "--sides", "manager", "--json") == 0
    (path,) = json.loads(capsys.readouterr().out)["written"]
    assert (soundfile.info(path).frames, soundfile.info(path).channels) == (12_000, 1)
    assert run(folder, *command, "--annotations", "--kind", "Objection") == 0
    assert "1 clip saved" in capsys.readouterr().out
    assert run(folder, *command, "--mono") == 0
    assert len(list(out.glob("*.wav"))) == 3


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--format", "docx"], 2), (["--sides", "left"], 2), (["--annotations", "--from", "1"], 2),
        (["--from", "soon"], 2), (["--annotations", "--kind", "Nothing"], 2), (["--from", "99"], 0),
    ],
)  # fmt: skip
def test_wrong_usage_is_said(
    folder: Path, tmp_path: Path, options: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "clips", "rec 1", "--out", str(tmp_path / "out"), *options) == status
    said = capsys.readouterr()
    assert said.err.strip() or "nothing to cut" in said.out
