"""A desk, two kinds of source, and pulls that do nothing but count."""

from __future__ import annotations

from pathlib import Path

import pytest
from dressed import desk  # noqa: F401
from sources_world import FakePull, World

from qaapp.i18n import N_
from qaapp.sources import kinds as kinds_module
from qaapp.sources.provider import Checked, Config, Field, Input, Kind


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two kinds: a provider with every sort of field, and a folder."""
    made = World()

    class Fake:
        longest_window_days = 1.0
        parallel_downloads = 1

        def __init__(self, config: Config) -> None:
            made.configs.append(config)

        def check(self) -> Checked:
            if made.hold is not None:
                made.hold.wait(20)
            if made.error is not None:
                raise made.error
            return made.checked

        def close(self) -> None:
            pass

    demo = Kind(
        "demo", "DEMO OFFICE", N_("Every kind of field, for trying."),
        (
            Field("key", "API key", Input.SECRET, "Cabinet, Integrations, API."),
            Field("url", "Address", Input.URL, default="https://demo.example/"),
            Field("mode", "Statistics", Input.CHOICE, default="json", choices=(("json", "JSON"), ("csv", "CSV"))),
            Field("pages", "Page size", Input.NUMBER, default="100", required=False, advanced=True),
            Field("legs", "Read legs", Input.FLAG, default="yes", required=False, advanced=True),
            Field("fingerprint", "Fingerprint", required=False, advanced=True),
        ),
        Fake, problems=lambda settings: ["Not with CSV."] if settings.get("legs") == settings.get("mode") else [],
    )  # fmt: skip
    folder = Kind(
        "plain_folder", "Folder", N_("A folder that fills up by itself."),
        (
            Field("folder", "Folder", Input.FOLDER),
            Field("pattern", "File names", Input.PATTERN, required=False),
            Field("columns", "Columns", Input.MAPPING, required=False, advanced=True),
        ),
        Fake,
    )  # fmt: skip
    known = (demo, folder)
    monkeypatch.setattr(kinds_module, "kinds", lambda: known)
    monkeypatch.setattr("qaapp.ui.sources.screen.kinds", lambda: known)
    return made


@pytest.fixture
def fake_pull() -> FakePull:
    return FakePull()


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A folder with one recording named as a telephone system names it."""
    folder = tmp_path / "calls"
    folder.mkdir()
    (folder / "2026-11-20_10-18-05_101_79000000101.wav").write_bytes(b"RIFF")
    return folder
