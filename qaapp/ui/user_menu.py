"""The menu behind the name at the top right: who is sitting here, language, theme, workspace, keys, About."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from qaapp import i18n
from qaapp.i18n import _, pgettext

THEMES = ("system", "light", "dark")
SCALES = (100, 110, 125, 150)


def theme_word(mode: str) -> str:
    """A theme in words; “light” and “dark” are colours here, not lights of the rating."""
    words = {"light": pgettext("theme", "Light"), "dark": pgettext("theme", "Dark")}
    return words.get(mode) or _("As the system")


@dataclass(frozen=True)
class MenuCalls:
    """What the menu does; every one is called on the GUI thread."""

    choose_user: Callable[[int, str], Any]
    add_user: Callable[[], Any]
    set_language: Callable[[str], Any]
    set_theme: Callable[[str], Any]
    set_scale: Callable[[int], Any]
    open_workspace: Callable[[Path | None], Any]  # None: ask for a folder
    show_keys: Callable[[], Any]
    show_about: Callable[[], Any]


def build(
    parent: QWidget, calls: MenuCalls, users: Sequence[tuple[int, str]], user_id: int, theme_mode: str, scale: int,
    workspace: Path, recent: Sequence[str],
) -> QMenu:  # fmt: skip
    """A new menu in the current language."""
    menu = QMenu(parent)
    people = QActionGroup(menu)
    for number, name in users:
        _tick(
            menu,
            people,
            name,
            number == user_id,
            partial(calls.choose_user, number, name),
        )
    menu.addAction(_("Add a name…"), calls.add_user)
    menu.addSeparator()
    languages = menu.addMenu(_("Language"))
    group = QActionGroup(menu)
    for code, title in i18n.LANGUAGES.items():
        chosen = code == i18n.language()
        _tick(languages, group, title, chosen, partial(calls.set_language, code))
    themes = menu.addMenu(_("Theme"))
    group = QActionGroup(menu)
    for code in THEMES:
        _tick(themes, group, theme_word(code), code == theme_mode, partial(calls.set_theme, code))
    scales = menu.addMenu(_("Text size"))
    group = QActionGroup(menu)
    for size in SCALES:
        _tick(scales, group, i18n.percent(size), size == scale, partial(calls.set_scale, size))
    places = menu.addMenu(_("Workspace"))
    group = QActionGroup(menu)
    shown = [str(workspace), *(folder for folder in recent if folder != str(workspace))]
    for folder in shown[:8]:
        here = folder == str(workspace)
        _tick(places, group, folder, here, partial(calls.open_workspace, Path(folder)))
    places.addSeparator()
    places.addAction(_("Open another folder…"), lambda: calls.open_workspace(None))
    menu.addSeparator()
    menu.addAction(_("All keys") + "\t?", calls.show_keys)
    menu.addAction(_("About qaapp"), calls.show_about)
    return menu


def _tick(menu: QMenu, group: QActionGroup, text: str, on: bool, call: Callable[[], Any]) -> QAction:
    action = menu.addAction(text.replace("&", "&&"))
    action.setCheckable(True)
    action.setChecked(on)
    action.triggered.connect(lambda _checked: call())
    group.addAction(action)
    return action
