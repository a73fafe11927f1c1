"""Shared fixtures: an offscreen Qt, a fixed language, a migrated database file per test."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_ACCESSIBILITY", "0")
os.environ["PYTHON_KEYRING_BACKEND"] = (
    "keyring.backends.fail.Keyring"  # secrets of tests stay out of a real key store
)
sys.path.insert(0, str(Path(__file__).parent))  # helpers such as samples.py

import pytest
from pytestqt.qtbot import QtBot

from qaapp import i18n
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.rules import write_rules
from qaapp.store.workspace import Workspace, open_workspace

# As in the application (``ui.garbage``): cycles with widgets are freed between tests, on the main thread, and never by a
# worker thread or in the middle of a call from Qt.
gc.disable()
_tests_run = itertools.count(1)


# A condition is waited for, never a time; a machine under load only makes it longer.
PATIENCE_MS = 60_000
QtBot.waitUntil.__kwdefaults__["timeout"] = PATIENCE_MS


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """English, and personal settings in the test's own folder."""
    monkeypatch.setenv("QAAPP_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("QAAPP_NOW", raising=False)
    i18n.set_language("en")
    yield
    i18n.set_language("en")
    gc.collect(2 if next(_tests_run) % 20 == 0 else 1)


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated workspace, copied for each test (migrating takes half a second)."""
    folder = tmp_path_factory.mktemp("migrated") / "workspace"
    workspace = open_workspace(folder)
    with workspace.database.write() as session:
        write_rules(session, Rules(time_zone="Europe/Moscow"))
    workspace.close()
    return folder


@pytest.fixture
def workspace(_migrated: Path, tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace in Moscow time, in English."""
    folder = tmp_path / "workspace"
    shutil.copytree(_migrated, folder)
    opened = open_workspace(folder)
    yield opened
    opened.close()


@pytest.fixture
def database(workspace: Workspace) -> Database:
    return workspace.database
