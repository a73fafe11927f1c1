"""Keys by their place, the text-field rule, remapping."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from qaapp.errors import QaappError
from qaapp.ui.keys import ACTIONS, MAC, NAMED, SET_1, Keyboard, KeyTaken, combo_of, normal

PLACE = {name: code for code, name in SET_1.items()}
NONE, CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
RUSSIAN = {
    "J": "о",
    "K": "л",
    "M": "ь",
    "S": "ы",
    "[": "х",
    "]": "ъ",
    "Z": "я",
    ",": "б",
    ".": "ю",
    "N": "т",
    "T": "е",
    "F": "а",
    "E": "у",
    "=": "=",
    "-": "-",
}


def pressed(key: int, modifiers=NONE, scan: int = 0, text: str = "", repeat: bool = False) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, scan, 0, 0, text, repeat)


def russian(name: str, modifiers=NONE, platform: str = "linux") -> QKeyEvent:
    """A key of a Russian layout as the platform sends it."""
    letter = RUSSIAN[name]
    scan = PLACE[name] + (8 if platform == "linux" else 0)
    return pressed(ord(letter.upper()), modifiers, scan, letter)


@pytest.fixture
def window(qtbot):
    made = QWidget()
    layout = QVBoxLayout(made)
    made.field, made.button = QLineEdit(), QPushButton("Go")
    layout.addWidget(made.field)
    layout.addWidget(made.button)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def keyboard(window):
    made = Keyboard()
    made.attach(window)
    made.heard = []
    for action in ACTIONS:
        made.bind(action.name, lambda name=action.name: made.heard.append(name))
    return made


@pytest.mark.parametrize("platform", ["linux", "win32"])
@pytest.mark.parametrize("name", list(RUSSIAN))
def test_a_russian_layout_gives_the_physical_key(name: str, platform: str):
    assert combo_of(russian(name, platform=platform), platform) == name


LATIN, CYRILLIC = "QWERTYUIOP[]ASDFGHJKL;'ZXCVBNM,./`", "йцукенгшщзхъфывапролджэячсмитьбю.ё"
HELD = {"Ctrl": CTRL, "Shift": SHIFT, "Alt": ALT}
NAMED_KEYS = {written: key for key, written in NAMED.items()}


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_every_key_of_the_table_works_in_a_russian_layout(platform: str):
    """Whatever the key gives in that layout: ``/`` gives a full stop there, ``Shift+2`` a quotation mark."""
    layout = dict(zip(LATIN, CYRILLIC, strict=True))
    mac = {name: code for code, name in MAC.items()}
    tried = 0
    for action in ACTIONS:
        for combo in action.keys:
            held, _plus, last = combo[:-1].rpartition("+") if combo.endswith("+") else combo.rpartition("+")
            last = last or combo[-1]
            if combo == "?" or (platform == "darwin" and last in ("+", "A")):
                continue  # by their characters; A is key 0 there, which only a real event may have
            modifiers = NONE
            for word in filter(None, held.split("+")):
                modifiers |= HELD[word]
            if last in NAMED_KEYS:
                event = pressed(NAMED_KEYS[last], modifiers)
            else:
                shown = layout.get(last, last)
                place = PLACE.get(last, 0)
                scan = place + 8 if place and platform == "linux" else place if platform == "win32" else 0
                virtual = mac.get(last, 0) if platform == "darwin" else 0
                event = QKeyEvent(
                    QEvent.Type.KeyPress, ord(shown.upper()), modifiers, scan, virtual, 0, shown
                )
            assert combo_of(event, platform) == combo, action.name
            tried += 1
    assert tried > 80


def test_undo_works_in_a_russian_layout():
    assert combo_of(russian("Z", CTRL), "linux") == "Ctrl+Z"
    assert combo_of(russian("Z", CTRL, "win32"), "win32") == "Ctrl+Z"


def test_a_latin_letter_is_the_letter_on_the_key_whatever_the_layout():
    assert combo_of(pressed(Qt.Key.Key_A, NONE, PLACE["Q"] + 8, "a"), "linux") == "A"  # AZERTY


def test_digits_of_a_layout_where_they_need_shift():
    assert combo_of(pressed(Qt.Key.Key_Ampersand, NONE, PLACE["1"] + 8, "&"), "linux") == "1"


def test_mac_goes_by_virtual_keys():
    event = QKeyEvent(QEvent.Type.KeyPress, ord("О"), NONE, 0, 38, 0, "о")
    assert combo_of(event, "darwin") == "J"


def test_the_keypad_counts_as_digits():
    assert combo_of(pressed(Qt.Key.Key_1, Qt.KeyboardModifier.KeypadModifier, 87, "1"), "linux") == "1"


def test_events_without_a_scan_code_go_by_the_key():
    assert combo_of(pressed(Qt.Key.Key_BracketLeft, text="[")) == "["
    assert combo_of(pressed(Qt.Key.Key_Return, CTRL | SHIFT)) == "Ctrl+Shift+Enter"
    assert combo_of(pressed(Qt.Key.Key_Shift, SHIFT)) == ""


@pytest.mark.parametrize(
    ("event", "action"),
    [
        (russian("J"), "back_10s"), (russian("M"), "annotation"), (russian("S"), "skip_silence"),
        (russian("["), "region_start"), (russian("Z", CTRL), "undo"), (russian("M", CTRL), "annotation_comment"),
        (russian("="), "note_plus"), (russian("=", SHIFT), "note_plus"), (russian("-"), "note_minus"),
        (pressed(Qt.Key.Key_Plus, Qt.KeyboardModifier.KeypadModifier, 86, "+"), "note_plus"),
        (pressed(Qt.Key.Key_Minus, Qt.KeyboardModifier.KeypadModifier, 82, "-"), "note_minus"),
        (russian("F", CTRL | SHIFT), "find_annotations"), (russian("T", CTRL | SHIFT), "find_texts"),
        (pressed(Qt.Key.Key_Up, CTRL | ALT), "taller"),
        (russian("F"), "follow"), (pressed(Qt.Key.Key_Down, CTRL | ALT), "lower"),
        (russian("E", CTRL | SHIFT), "export_labels"),
        (russian("S", CTRL | SHIFT), "save_clip"), (pressed(Qt.Key.Key_Return, ALT), "edit_annotation"),
        (russian("N", SHIFT), "mark_rest_na"), (russian(","), "nudge_back"), (russian("K"), "play_pause"),
        (pressed(Qt.Key.Key_Space), "play_pause"), (pressed(Qt.Key.Key_F9), "play_pause"),
        (pressed(Qt.Key.Key_1, text="1"), "mark_1"), (pressed(Qt.Key.Key_0, text="0"), "mark_0"),
        (pressed(Qt.Key.Key_Left, SHIFT), "back_5s"), (pressed(Qt.Key.Key_Left, CTRL), "previous_turn"),
        (pressed(Qt.Key.Key_Right, ALT), "next_annotation"), (pressed(Qt.Key.Key_3, ALT), "annotation_kind_3"),
        (pressed(Qt.Key.Key_Enter, CTRL), "submit"), (pressed(Qt.Key.Key_Plus, CTRL), "zoom_in"),
        (pressed(Qt.Key.Key_Question, SHIFT, text="?"), "show_keys"),
        (pressed(Qt.Key.Key_Question, SHIFT, PLACE["7"] + 8, "?"), "show_keys"),
    ],
)  # fmt: skip
def test_every_kind_of_key_does_its_action(keyboard, window, event, action):
    assert keyboard.press(event, window)
    assert keyboard.heard == [action]


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        (pressed(Qt.Key.Key_J, text="j"), []),
        (russian("J"), []),
        (pressed(Qt.Key.Key_1, text="1"), []),
        (pressed(Qt.Key.Key_Space, text=" "), []),
        (pressed(Qt.Key.Key_Left), []),
        (pressed(Qt.Key.Key_Left, CTRL), []),
        (pressed(Qt.Key.Key_Z, CTRL), []),
        (pressed(Qt.Key.Key_Return), []),
        (pressed(Qt.Key.Key_Question, SHIFT, text="?"), []),
        (pressed(Qt.Key.Key_Escape), ["play_pause"]),
        (pressed(Qt.Key.Key_F3), ["slower"]),
        (pressed(Qt.Key.Key_Return, CTRL), ["submit"]),
        (pressed(Qt.Key.Key_M, CTRL), ["annotation_comment"]),
    ],
)
def test_a_text_field_keeps_its_editing_keys(keyboard, window, event, heard):
    keyboard.press(event, window.field)
    assert keyboard.heard == heard


def test_esc_outside_a_text_is_left_to_the_screen(keyboard, window):
    assert not keyboard.press(pressed(Qt.Key.Key_Escape), window)


def test_a_button_with_the_focus_keeps_space_and_enter(keyboard, window):
    assert not keyboard.press(pressed(Qt.Key.Key_Space), window.button)
    assert keyboard.press(russian("S"), window.button)
    window.button.setProperty("screenKeys", True)
    assert keyboard.press(pressed(Qt.Key.Key_Space), window.button)


def test_real_events_reach_the_actions_through_the_window(keyboard, window, qtbot):
    window.activateWindow()
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_S)
    assert keyboard.heard == ["skip_silence"]
    window.field.setFocus()
    QTest.keyClicks(window.field, "some text 10")
    assert window.field.text() == "some text 10"
    assert keyboard.heard == ["skip_silence"]


def test_holding_a_key_repeats_seeking_but_not_marking(keyboard, window):
    keyboard.press(pressed(Qt.Key.Key_J, repeat=True), window)
    keyboard.press(pressed(Qt.Key.Key_1, text="1", repeat=True), window)
    assert keyboard.heard == ["back_10s"]


def test_the_innermost_visible_listener_wins(window, qtbot):
    keyboard = Keyboard()
    heard = []
    keyboard.bind("delete", lambda: heard.append("window"))
    keyboard.bind("delete", lambda: heard.append("field"), scope=window.field)
    keyboard.press(pressed(Qt.Key.Key_Delete), window)
    window.field.hide()
    keyboard.press(pressed(Qt.Key.Key_Delete), window)
    assert heard == ["field", "window"]
    keyboard.unbind(window.field)
    window.field.show()
    keyboard.press(pressed(Qt.Key.Key_Delete), window)
    assert heard[-1] == "window"


def test_a_listener_that_declines_lets_the_next_one(window):
    keyboard = Keyboard()
    heard = []
    keyboard.bind("loop", lambda: False)
    keyboard.bind("loop", lambda: heard.append(True))
    assert keyboard.press(pressed(Qt.Key.Key_O), window)
    assert heard == [True]


def test_no_two_actions_share_a_default_key():
    count = Counter(key for action in ACTIONS for key in action.keys)
    assert [key for key, n in count.items() if n > 1] == []
    assert all(normal(key) == key for key in count)


def test_remapping_moves_the_key_and_a_taken_one_is_refused(keyboard, window):
    keyboard.remap("loop", "G")
    assert keyboard.key_of("loop") == "G"
    assert keyboard.own_keys() == {"loop": "G"}
    assert not keyboard.press(pressed(Qt.Key.Key_O), window)
    assert keyboard.press(pressed(Qt.Key.Key_G), window)
    with pytest.raises(KeyTaken) as refused:
        keyboard.remap("loop", "S")
    assert "Skip silence" in refused.value.sentence()
    assert keyboard.key_of("loop") == "G"
    keyboard.remap("loop", "O")
    assert keyboard.own_keys() == {}


def test_unreadable_keys_are_refused_or_ignored():
    with pytest.raises(QaappError):
        normal("Ctrl+Ж")
    keyboard = Keyboard({"loop": "nonsense+", "gone_action": "G", "mark_1": "G"})
    assert keyboard.own_keys() == {"mark_1": "G"}
