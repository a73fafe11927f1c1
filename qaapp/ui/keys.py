"""The keyboard: letters, digits and brackets by the physical key, so that they work in a Russian layout just the same.

Which key it was is told by the scan code (X11 and Wayland: evdev + 8, Windows: set 1, macOS: the virtual key code). A
key whose layout gives a Latin letter is that letter (AZERTY, Dvorak: the label on the key counts); events without a
scan code, as tests send them, go by ``QKeyEvent.key()``. Text fields keep their editing keys: there only Esc, the
F-keys and actions marked ``acts_in_text`` with Ctrl act.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

from qaapp.errors import QaappError
from qaapp.i18n import N_, _
from qaapp.ui.actions import ACTIONS, BY_NAME, GROUPS, Action, title_of

__all__ = [
    "ACTIONS",
    "GROUPS",
    "Action",
    "KeyTaken",
    "Keyboard",
    "combo_of",
    "key_text",
    "normal",
    "title_of",
]

# Scan codes of set 1; evdev has the same numbers here, X11 adds 8.
_ROWS = ((2, "1234567890-="), (16, "QWERTYUIOP[]"), (30, "ASDFGHJKL;'`"), (43, "\\ZXCVBNM,./"))
SET_1 = {first + place: name for first, row in _ROWS for place, name in enumerate(row)} | {57: "Space"}
MAC = dict(
    zip(
        (0, 11, 8, 2, 14, 3, 5, 4, 34, 38, 40, 37, 46, 45, 31, 35, 12, 15, 1, 17, 32, 9, 13, 7, 16, 6),
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        strict=True,
    )
) | {
    29: "0", 18: "1", 19: "2", 20: "3", 21: "4", 23: "5", 22: "6", 26: "7", 28: "8", 25: "9", 27: "-", 24: "=",
    33: "[", 30: "]", 41: ";", 39: "'", 50: "`", 42: "\\", 43: ",", 47: ".", 44: "/", 49: "Space",
}  # fmt: skip
K = Qt.Key
NAMED = {
    K.Key_Space: "Space", K.Key_Left: "Left", K.Key_Right: "Right", K.Key_Up: "Up", K.Key_Down: "Down",
    K.Key_Return: "Enter", K.Key_Enter: "Enter", K.Key_Escape: "Esc", K.Key_Delete: "Delete",
    K.Key_Backspace: "Backspace", K.Key_Tab: "Tab", K.Key_Backtab: "Tab", K.Key_Home: "Home", K.Key_End: "End",
    K.Key_PageUp: "PgUp", K.Key_PageDown: "PgDown", K.Key_Insert: "Insert",
    **{K(K.Key_F1 + n): f"F{n + 1}" for n in range(24)},  # foot pedals send F-keys, some beyond 12
    K.Key_MediaPlay: "MediaPlay", K.Key_MediaPause: "MediaPause", K.Key_MediaTogglePlayPause: "MediaPlayPause",
    K.Key_MediaStop: "MediaStop", K.Key_MediaNext: "MediaNext", K.Key_MediaPrevious: "MediaPrevious",
}  # fmt: skip
BARE = {K.Key_Shift, K.Key_Control, K.Key_Alt, K.Key_Meta, K.Key_AltGr, K.Key_CapsLock, K.Key_unknown}
MODIFIERS = ("Ctrl", "Meta", "Alt", "Shift")
KIND_KEYS = {  # keys that a focused widget needs for itself
    QAbstractButton: {"Space", "Enter"},
    QComboBox: {"Space", "Enter", "Up", "Down", "Alt+Down", "Alt+Up"},
    QAbstractItemView: {"Up", "Down", "Enter", "Shift+Up", "Shift+Down"},
    QAbstractSlider: {"Left", "Right", "Up", "Down"},
    QTabBar: {"Left", "Right"},
}


class KeyTaken(QaappError):
    """A key that already does something else."""


def physical_name(event: QKeyEvent, platform: str | None = None) -> str:
    """The name of the key by its place on the keyboard, or "" where the event does not say."""
    platform = platform or sys.platform
    if platform == "darwin":
        code = event.nativeVirtualKey()
        return MAC.get(code, "") if code or event.spontaneous() else ""
    code = event.nativeScanCode()
    if not code:
        return ""
    return SET_1.get(code if platform == "win32" else code - 8, "")


def combo_of(event: QKeyEvent, platform: str | None = None) -> str:
    """The key of an event as it is written in the table: ``Ctrl+Shift+Enter``; "" for a bare modifier."""
    key, modifiers = event.key(), event.modifiers()
    if key in BARE:
        return ""
    name = NAMED.get(K(key)) if key in _KEY_VALUES else None
    if name is None:
        latin = K.Key_A <= key <= K.Key_Z
        keypad = bool(modifiers & Qt.KeyboardModifier.KeypadModifier)
        name = chr(key) if latin or keypad else physical_name(event, platform)
        if not name:
            name = chr(key) if 0x20 < key < 0x3000 else ""
            if name in _SHIFTED:  # a synthetic "?" or "+": its Shift is part of the character
                return _with(modifiers & ~Qt.KeyboardModifier.ShiftModifier, name)
    return _with(modifiers, name) if name else ""


_KEY_VALUES = {key.value for key in NAMED}
_SHIFTED = set('?+!@#$%^&*()_{}:"<>|~')


def _with(modifiers: Qt.KeyboardModifier, name: str) -> str:
    flags = Qt.KeyboardModifier
    held = (
        (flags.ControlModifier, "Ctrl"), (flags.MetaModifier, "Meta"), (flags.AltModifier, "Alt"),
        (flags.ShiftModifier, "Shift"),
    )  # fmt: skip
    return "+".join([word for flag, word in held if modifiers & flag] + [name])


def normal(text: str) -> str:
    """A written key in its one spelling: ``shift+ctrl+z`` → ``Ctrl+Shift+Z``. Raises ``QaappError``."""
    if text.strip() == "+":
        return "+"
    parts = [part.strip() for part in text.strip().replace("++", "+plus").split("+")]
    names = {"plus": "+", "esc": "Esc", "escape": "Esc", "return": "Enter", "del": "Delete"}
    known = {name.casefold(): name for name in (*NAMED.values(), *SET_1.values(), *MODIFIERS, "?")}
    words = [names.get(part.casefold()) or known.get(part.casefold(), "") for part in parts]
    if not all(words) or words[-1] in MODIFIERS or set(words[:-1]) - set(MODIFIERS):
        raise QaappError(N_("“{key}” is not a key."), key=text)
    return "+".join([*(word for word in MODIFIERS if word in words[:-1]), words[-1]])


def key_text(combo: str) -> str:
    """A key as it is printed beside its action, by the names on this computer's keyboard."""
    shown = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
    parts = combo.replace("++", "+plus").split("+") if combo else []
    if sys.platform == "darwin":
        shown |= {"Ctrl": "Cmd", "Meta": "Ctrl", "Alt": "Option"}
    return (
        "+" if combo == "+" else "+".join("+" if part == "plus" else shown.get(part, part) for part in parts)
    )


def is_text_field(widget: QWidget | None) -> bool:
    """Whether typing goes into ``widget``."""
    if isinstance(widget, (QLineEdit, QTextEdit, QPlainTextEdit)):
        return not widget.isReadOnly()
    return isinstance(widget, QAbstractSpinBox) or (isinstance(widget, QComboBox) and widget.isEditable())


def acts_while_typing(action: Action, combo: str) -> bool:
    """Esc, the F-keys, and what is marked so with Ctrl; a plain letter never takes a character from a text."""
    last = combo.rpartition("+")[2] or combo
    if last == "Esc" or last.startswith("Media") or (last[:1] == "F" and last[1:].isdigit()):
        return True
    return action.acts_in_text and "Ctrl+" in combo


@dataclass
class _Binding:
    call: Callable[[], Any]
    scope: QWidget | None


class Keyboard(QObject):
    """Sends keys of one window to actions. It follows the focus inside the window it is attached to.

    A focused button, list or combo box keeps the few keys it works by; a widget with the property ``screenKeys`` gives
    all of them away, one with ``ownKeys`` (a list of keys) keeps those.
    """

    changed = Signal()  # keys were remapped

    def __init__(self, keys: Mapping[str, str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._own: dict[str, str] = {}
        self._bindings: dict[str, list[_Binding]] = {}
        self._by_combo: dict[str, list[Action]] = {}
        self._window: QWidget | None = None
        self._focused: QWidget | None = None
        self.load(keys or {})

    # --- which key does what -----------------------------------------------------------------------------------

    def load(self, keys: Mapping[str, str]) -> None:
        """Use ``keys`` (action → keys) where they differ from the table; what cannot be read is ignored."""
        self._own = {}
        for name, written in keys.items():
            if name in BY_NAME:
                try:
                    self._own[name] = " ".join(normal(key) for key in written.split())
                except QaappError:
                    continue
        self._rebuild()

    def own_keys(self) -> dict[str, str]:
        """What differs from the table, for ``Personal.keys``."""
        return dict(self._own)

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Every key of an action, the shown one first."""
        return tuple(self._own.get(name, BY_NAME[name].key).split())

    def key_of(self, name: str) -> str:
        """The key to print beside the action; "" when it has none."""
        keys = self.keys_of(name)
        return key_text(keys[0]) if keys else ""

    def tip(self, name: str, text: str = "") -> str:
        """``text — key`` for a tooltip; the action's own words when ``text`` is empty."""
        words, key = text or title_of(BY_NAME[name]), self.key_of(name)
        return f"{words} — {key}" if key else words

    def remap(self, name: str, written: str) -> None:
        """Give an action other keys ("" takes them away). Raises ``KeyTaken`` when one does something else."""
        keys = [normal(key) for key in written.split()]
        for key in keys:
            for action in ACTIONS:
                if action.name != name and key in self.keys_of(action.name):
                    raise KeyTaken(
                        N_("{key} already does “{action}”."),
                        hint=N_("Choose another key, or free this one first."),
                        key=key_text(key),
                        action=title_of(action),
                    )
        joined = " ".join(keys)
        self._own.pop(name, None)
        if joined != BY_NAME[name].key:
            self._own[name] = joined
        self._rebuild()
        self.changed.emit()

    def reset(self) -> None:
        """Back to the table."""
        self.load({})
        self.changed.emit()

    def _rebuild(self) -> None:
        self._by_combo = {}
        for action in ACTIONS:
            for key in self.keys_of(action.name):
                self._by_combo.setdefault("Shift+/" if key == "?" else key, []).append(action)
                if key == "?":
                    self._by_combo.setdefault("?", []).append(action)

    # --- who listens -------------------------------------------------------------------------------------------

    def bind(self, name: str, call: Callable[[], Any], scope: QWidget | None = None) -> None:
        """Call ``call`` for the action; with ``scope`` only while that widget is visible and enabled.

        Of several listeners the innermost around the focus wins. ``call`` may return False: not handled.
        """
        if name not in BY_NAME:
            raise KeyError(name)
        self._bindings.setdefault(name, []).append(_Binding(call, scope))

    def unbind(self, scope: QWidget) -> None:
        """Forget everything that was bound for ``scope``."""
        for name, listeners in self._bindings.items():
            self._bindings[name] = [binding for binding in listeners if binding.scope is not scope]

    def attach(self, window: QWidget) -> None:
        """Listen to the keys of ``window`` and of whatever in it has the focus."""
        self._window = window
        window.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)
        self._follow(None, app.focusWidget())

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        old, self._focused = self._focused, None
        if old is not None and old is not self._window and shiboken6.isValid(old):
            old.removeEventFilter(self)
        if new is not None and self._window is not None and new.window() is self._window:
            self._focused = new
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and isinstance(watched, QWidget)
        ):
            app = QApplication.instance()
            focus = app.focusWidget() if isinstance(app, QApplication) else None
            if focus is not None and not focus.isVisible():
                focus = None if self._window is None else self._window.focusWidget()  # a dialog went away
            return self.press(event, watched if watched is not self._window else focus or watched)
        return False

    def press(self, event: QKeyEvent, focus: QWidget | None) -> bool:
        """Act on a key event as if ``focus`` had the keyboard; True when it was used."""
        combo = combo_of(event)
        if not combo:
            return False
        actions = self._by_combo.get(combo, [])
        if not actions and event.text() == "?":
            combo, actions = "?", self._by_combo.get("?", [])
        if focus is not None and combo in (focus.property("ownKeys") or ()):
            return False
        typing = is_text_field(focus)
        if not typing and focus is not None and not focus.property("screenKeys") and _needs(focus, combo):
            return False
        for action in actions:
            if combo == "Esc" and not typing:
                continue  # outside a text Esc closes and leaves things
            if typing and not acts_while_typing(action, combo):
                continue
            if event.isAutoRepeat() and not action.repeats:
                return bool(self._listeners(action.name, focus))
            for binding in self._listeners(action.name, focus):
                if binding.call() is not False:
                    return True
        return False

    def trigger(self, name: str) -> bool:
        """Do an action as if its key had been pressed (menus, palette)."""
        app = QApplication.instance()
        focus = app.focusWidget() if isinstance(app, QApplication) else None
        return any(binding.call() is not False for binding in self._listeners(name, focus)[:1])

    def is_bound(self, name: str) -> bool:
        """Whether somebody would act on it now."""
        return bool(self._listeners(name, None))

    def _listeners(self, name: str, focus: QWidget | None) -> list[_Binding]:
        found: list[tuple[int, int, _Binding]] = []
        for order, binding in enumerate(self._bindings.get(name, [])):
            scope = binding.scope
            if scope is None:
                found.append((2, -order, binding))
            elif shiboken6.isValid(scope) and scope.isVisible() and scope.isEnabled():
                inside = focus is not None and (scope is focus or scope.isAncestorOf(focus))
                found.append((0 if inside else 1, -_depth(scope) * 1000 - order, binding))
        return [binding for _nearness, _order, binding in sorted(found, key=lambda row: row[:2])]


def _depth(widget: QWidget) -> int:
    depth, parent = 0, widget.parentWidget()
    while parent is not None:
        depth, parent = depth + 1, parent.parentWidget()
    return depth


def _needs(focus: QWidget, combo: str) -> bool:
    return any(isinstance(focus, kind) and combo in keys for kind, keys in KIND_KEYS.items())


def layout_help() -> str:
    """One sentence for the page of keys."""
    return _("Letters and digits go by their place on the keyboard, so they work in any layout.")
