"""Pictures of every screen with the sample workspace and a stopped clock (``python3 dev.py shots``, ``qaapp demo``).

Each is what a person sees: the real main window on a real database, grabbed without a display. Names are
``<screen>-<language>-<theme>-<width>x<height>.png``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from qaapp import clock, i18n
from qaapp.progress import run
from qaapp.settings import Personal
from qaapp.store.database import Database
from qaapp.store.workspace import Workspace, open_workspace

NOW = datetime(2026, 3, 18, 9, 40, tzinfo=ZoneInfo("Europe/Moscow"))
SIZES = ((1366, 768), (1920, 1080))
THEMES = ("light", "dark")
SCREENS = ("review", "journal", "ratings", "archive", "scorecards", "sources", "settings")
WIZARDS = ("mango", "folder", "comagic")  # the forms of the first two that this version has are pictured
NAMES = {"ru": "Ирина Котова", "en": "Irene Cole"}  # nobody's account shows in a picture
PATIENCE_S = 20.0  # a screen that is not quiet by then is grabbed as it is


def render(
    workspace: Workspace, folder: Path, *, languages: Iterable[str] | None = None,
    themes: Iterable[str] = ("light",), sizes: Iterable[tuple[int, int]] = (SIZES[0],),
) -> list[Path]:  # fmt: skip
    """Grab every screen of ``workspace`` into ``folder``. Needs Qt, no display. Raises ``ImportError`` without Qt."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    QApplication.instance() or QApplication(sys.argv[:1])
    folder.mkdir(parents=True, exist_ok=True)
    before = i18n.language()
    made: list[Path] = []
    try:
        for language in languages or (before,):
            i18n.set_language(language)
            for theme in themes:
                for size in sizes:
                    made += _grab_all(workspace, folder, language, theme, size)
    finally:
        i18n.set_language(before)
    return made


def _grab_all(
    workspace: Workspace, folder: Path, language: str, theme: str, size: tuple[int, int]
) -> list[Path]:
    from qaapp import app
    from qaapp.player.null_sink import NullSink
    from qaapp.player.player import Player

    personal = replace(Personal(), language=language, theme=theme, user_id=_somebody(workspace))
    window: Any = app.build_window(workspace, personal, lazy=True)
    window.players.append(Player(NullSink()))  # the same picture with and without a sound device
    made = []
    try:
        window.resize(*size)
        window.show()
        window.shell.show_screens()
        for name in SCREENS:
            if name not in window.names():
                continue
            window.show_screen(name)
            _settle(window)
            _prepare(window, name)
            _settle(window)
            made.append(_save(window, folder, name, language, theme, size))
            if name == "sources":
                made += _grab_wizard(window, folder, language, theme, size)
    finally:
        app.close_window(window)
    return made


def _grab_wizard(window: Any, folder: Path, language: str, theme: str, size: tuple[int, int]) -> list[Path]:
    """The list of systems, and the forms of two of them."""
    from qaapp.sources.kinds import kinds

    screen, made = window.screen_named("sources"), []
    known = [kind.code for kind in kinds()]
    for code in ("", *[code for code in WIZARDS if code in known][:2]):
        screen.new_connection(code)
        _settle(window)
        made.append(_save(window, folder, f"wizard_{code or 'systems'}", language, theme, size))
    screen.leave_wizard()
    return made


def _prepare(window: Any, name: str) -> None:
    """Bring a screen to the moment a person would look at it."""
    if name != "review":
        return
    call_id = _telling_call(window.desk.database)
    if call_id is not None:
        window.screen_named(name).open_call(call_id, 24_000)


def _telling_call(database: Database) -> int | None:
    """The call with the most annotations: its picture shows what the screen is for."""
    from sqlalchemy import func, select

    from qaapp.store.schema import Annotation

    with database.read() as session:
        return session.scalar(
            select(Annotation.call_id)
            .group_by(Annotation.call_id)
            .order_by(func.count().desc(), Annotation.call_id)
        )


def _somebody(workspace: Workspace) -> int:
    from qaapp.calls.people import list_users

    with workspace.database.read() as session:
        users = [user for user in list_users(session) if user.active]
    return users[0].id if users else 0


def _settle(window: Any) -> None:
    """Let the jobs end and the last paint happen."""
    import time

    from PySide6.QtWidgets import QApplication

    until = time.monotonic() + PATIENCE_S
    quiet = 0
    while time.monotonic() < until and quiet < 6:
        QApplication.processEvents()
        time.sleep(0.02)
        quiet = 0 if window.desk.jobs.live else quiet + 1


def _save(window: Any, folder: Path, name: str, language: str, theme: str, size: tuple[int, int]) -> Path:
    path = folder / f"{name}-{language}-{theme}-{size[0]}x{size[1]}.png"
    window.grab().save(str(path))
    return path


def _first_start(folder: Path, languages: Iterable[str]) -> list[Path]:
    """The page of an empty workspace."""
    from PySide6.QtWidgets import QApplication

    from qaapp import app

    QApplication.instance() or QApplication(sys.argv[:1])
    made = []
    for language in languages:
        i18n.set_language(language)
        for theme in THEMES:
            for size in SIZES:
                with tempfile.TemporaryDirectory() as place:
                    workspace = open_workspace(Path(place) / "qaapp")
                    window: Any = app.build_window(
                        workspace, replace(Personal(), language=language, theme=theme)
                    )
                    try:
                        window.resize(*size)
                        window.show()
                        window.shell.start()
                        window.shell.first_start.show_place(NAMES[language], Path("Documents") / "qaapp")
                        _settle(window)
                        made.append(_save(window, folder, "first_start", language, theme, size))
                    finally:
                        app.close_window(window)
                        workspace.close()
    return made


def main(words: list[str]) -> int:
    """Render everything into the folder that was named."""
    from qaapp.samples import install_samples

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if any(word.startswith("-") for word in words):
        print(__doc__)
        return 2
    folder = Path(words[0]) if words else Path("docs/screens")
    folder.mkdir(parents=True, exist_ok=True)
    languages = tuple(i18n.LANGUAGES)
    with tempfile.TemporaryDirectory() as place, clock.fixed(NOW):
        os.environ["QAAPP_CONFIG"] = place
        _tell(_first_start(folder, languages))
        for language in languages:
            i18n.set_language(language)
            workspace = open_workspace(Path(place) / language / "qaapp")
            try:
                _set_zone(workspace)
                run(install_samples(workspace, NOW.date()))
                _tell(render(workspace, folder, languages=(language,), themes=THEMES, sizes=SIZES))
            finally:
                workspace.close()
    return 0


def _set_zone(workspace: Workspace) -> None:
    from qaapp.store.rules import read_rules, write_rules

    with workspace.database.write() as session:
        write_rules(session, replace(read_rules(session), time_zone=str(NOW.tzinfo)))


def _tell(paths: Iterable[Path], say: Callable[[str], None] = print) -> None:
    for path in paths:
        say(str(path))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
