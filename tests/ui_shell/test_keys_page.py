"""Every key is told: on the page of keys, in the README, and none of them is dead."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QTextDocument

from qaapp import i18n
from qaapp.ui.actions import ACTIONS, CARD, LISTEN, NOTES, title_of
from qaapp.ui.keys import Keyboard, key_text
from qaapp.ui.shortcuts import MOUSE, keys_html, shown_keys

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["en", "ru"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    before = i18n.language()
    i18n.set_language(request.param)
    yield request.param
    i18n.set_language(before)


def test_the_page_names_every_action_with_all_its_keys(language: str) -> None:
    keyboard = Keyboard()
    page = keys_html(keyboard)
    rows = dict(
        re.findall(r'<tr><td style="padding:3px 24px 3px 0">(.*?)</td><td [^>]*>(.*?)</td></tr>', page)
    )
    for action in ACTIONS:
        if action.keys:
            told = html.unescape(rows[html.escape(title_of(action))]).split("\xa0\xa0 ")
            assert told == shown_keys(action.keys), action.name
            assert not any("Media" in key for key in told), "words, not names of Qt"
    assert len(rows) == sum(bool(action.keys) for action in ACTIONS) + len(MOUSE), (
        "no two actions have the same words"
    )
    document = QTextDocument()
    document.setHtml(page)
    assert i18n._(MOUSE[0][1]) in document.toPlainText()


def test_a_changed_key_is_on_the_page() -> None:
    keyboard = Keyboard()
    keyboard.remap("loop", "G")
    assert ">G</td>" in keys_html(keyboard, "Loop")
    assert ">O</td>" not in keys_html(keyboard, "Loop")


def test_the_readme_names_every_key_of_review() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("Keys of Review") : text.index("**Sales head.**")]
    told = set(re.findall(r"`([^`]+)`", table))
    known = {key_text(key) for action in ACTIONS for key in action.keys}
    missing = [
        (action.name, action.keys[0])
        for action in ACTIONS
        if action.group in (LISTEN, CARD, NOTES)
        and action.keys
        and not action.name.startswith("annotation_kind_")
        and key_text(action.keys[0]) not in told
    ]
    assert missing == []
    assert told <= known | {"?"}, "no key that there is not"


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [("F9", "Play or pause", "Loop"), ("9", "Annotation of kind 9", "Loop"), ("ctrl+shift+s", "Save clips", "Loop"),
     ("wheel", "Zoom about the pointer", "Loop"), ("alt", "Taller waveform", "Skip silence")],
)  # fmt: skip
def test_one_finds_by_words_by_keys_and_by_parts_of_keys(query: str, found: str, not_found: str) -> None:
    page = keys_html(Keyboard(), query)
    assert found in page
    assert not_found not in page
