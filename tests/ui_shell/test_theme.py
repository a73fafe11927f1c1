"""The look's checkable rules: contrast, one place for colours, fonts and sizes."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QApplication

import qaapp.ui
from qaapp.ui import icons, style, theme
from qaapp.ui.theme import DARK, LIGHT, Tokens, contrast, high_contrast

UI = Path(qaapp.ui.__file__).parent
THEMES = [LIGHT, DARK, high_contrast(LIGHT), high_contrast(DARK)]
COLOR = re.compile(r"""["'`(: ]#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?\b|QColor\(\s*\d""")
TEXTS = [
    (ink, ground)
    for ink in ("ink", "ink_2", "ink_3", "warn_text", "red_text", "accent_text")
    for ground in ("panel", "window", "sunken")
] + [
    ("ink", "hover"), ("ink", "pressed"), ("ink", "selection"), ("ink_2", "selection"), ("accent_text", "selection"),
    ("on_accent", "accent"), ("on_accent", "accent_hover"), ("on_accent", "accent_press"),
    ("on_accent_key", "accent"), ("on_red", "red"),
]  # fmt: skip
SHAPES = [
    (name, "panel")
    for name in ("field", "ring", "green", "yellow_edge", "red", "grey", "manager", "customer", "playhead")
]


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication):
    yield
    theme.apply(qapp, "light", 100)


@pytest.mark.parametrize("tokens", THEMES, ids=["light", "dark", "light high", "dark high"])
@pytest.mark.parametrize(("ink", "ground"), TEXTS)
def test_text_is_read_on_its_ground(tokens: Tokens, ink: str, ground: str):
    assert contrast(QColor(getattr(tokens, ink)), QColor(getattr(tokens, ground))) >= 4.5


@pytest.mark.parametrize("tokens", THEMES, ids=["light", "dark", "light high", "dark high"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_that_carry_meaning_are_seen(tokens: Tokens, shape: str, ground: str):
    assert contrast(QColor(getattr(tokens, shape)), QColor(getattr(tokens, ground))) >= 3


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_kinds_are_read_on_the_panel_and_text_on_their_tint(tokens: Tokens):
    for name, (shade, tint) in tokens.kinds.items():
        assert contrast(QColor(shade), QColor(tokens.panel)) >= 4.5, name
        assert contrast(QColor(tokens.ink), QColor(tint)) >= 4.5, name


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_figures_on_both_ramps_are_read(qapp: QApplication, mode: str):
    theme.apply(qapp, mode)
    for ramp in (theme.tokens().failed_ramp, theme.tokens().volume_ramp):
        for step in ramp:
            assert contrast(theme.text_on(QColor(step)), QColor(step)) >= 4.5


def test_both_themes_have_the_same_kinds_and_valid_colours():
    assert set(LIGHT.kinds) == set(DARK.kinds)
    for tokens in (LIGHT, DARK):
        for item in fields(tokens):
            value = getattr(tokens, item.name)
            shades = value if isinstance(value, tuple) else [value] if str(value).startswith("#") else []
            assert all(QColor(shade).isValid() for shade in shades), item.name


def test_no_colour_value_stands_outside_the_tokens():
    found = [
        f"{path.relative_to(UI)}: {line.strip()}"
        for path in UI.rglob("*.py")
        if path.name != "theme.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(
            r"""["'`(: ]#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?\b|QColor\(\s*\d""",
            line.replace("QColor(0, 0, 0, 0)", ""),
        )
    ]
    assert found == []


def test_no_widget_has_a_style_sheet_of_its_own():
    found = [
        str(path.relative_to(UI))
        for path in UI.rglob("*.py")
        if path.name != "theme.py" and ".setStyleSheet(" in path.read_text(encoding="utf-8")
    ]
    assert found == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_style_sheet_is_filled_from_the_tokens(qapp: QApplication, mode: str):
    theme.apply(qapp, mode)
    sheet = style.sheet(theme.tokens())
    assert not re.search(r"@(?!2x)\w", sheet)
    assert theme.tokens().panel in sheet
    pictures = re.findall(r"url\(([^)]+)\)", sheet)
    assert pictures
    assert all(Path(name).is_file() for name in pictures)


def test_sizes_grow_with_the_text_but_hairlines_do_not(qapp: QApplication):
    theme.apply(qapp, "light", 150)
    sheet = style.sheet(theme.tokens())
    assert theme.px(30) == 45
    assert theme.font("body").pixelSize() == 20
    assert "border: 1px solid" in sheet
    assert "border: 2px solid" in sheet
    assert "min-height: 42px" in sheet


def test_inter_is_bundled_in_three_weights_with_tabular_figures(qapp: QApplication):
    theme.apply(qapp, "light")
    assert QFontInfo(theme.font("body")).family() == "Inter"
    assert [theme.font(role).weight() for role in ("body", "strong", "title")] == [400, 500, 600]
    assert theme.font("body", tabular=True).featureTags()
    assert not theme.font("body").featureTags()


def test_changing_the_theme_repaints_and_recolours_icons(qapp: QApplication, qtbot):
    theme.apply(qapp, "light")
    before = icons.pixmap("play", 16, "ink").toImage()
    with qtbot.waitSignal(theme.signals.changed):
        theme.apply(qapp, "dark")
    after = icons.pixmap("play", 16, "ink").toImage()
    assert before != after
    assert theme.tokens().is_dark


def test_every_icon_named_in_the_window_is_there():
    names = {path.stem for path in (UI.parent / "resources" / "icons").glob("*.svg")}
    wanted = set()
    for path in UI.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        wanted |= set(
            re.findall(
                r"""(?:icons?\.(?:pixmap|icon)\(|icon\s*=\s*|LoneButton\()"([a-z][a-z0-9-]+)\"""", text
            )
        )
    assert wanted - names == set()
