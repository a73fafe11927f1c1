"""Colours, fonts and sizes of the window: one frozen set of tokens per theme, the only place with colour values.

``apply`` chooses the theme for the whole application and may be called again at run time; painters read ``tokens()``
when they paint and repaint on ``signals.changed``. The system's theme is followed while the mode is ``system``.
GUI thread only.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import as_file, files

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

FAMILIES = ["Inter", "Segoe UI", "Noto Sans", "DejaVu Sans", "sans-serif"]
FONT_FILES = ("Inter_400Regular.ttf", "Inter_500Medium.ttf", "Inter_600SemiBold.ttf")
ROLES = {  # role: (pixel size, line height, weight)
    "display": (28, 36, 600),
    "value": (26, 32, 600),
    "score": (24, 28, 600),
    "time": (20, 24, 600),
    "title": (15, 20, 600),
    "body": (13, 18, 400),
    "strong": (13, 18, 500),
    "small": (12, 16, 400),
    "micro": (11, 14, 400),
}


@dataclass(frozen=True)
class Tokens:
    """Every colour by its meaning, as ``#RRGGBB`` (washes as ``#AARRGGBB``)."""

    name: str
    window: str
    panel: str
    sunken: str
    hover: str
    pressed: str
    selection: str
    hairline: str
    hairline_2: str
    control: str
    field: str
    ink: str
    ink_2: str
    ink_3: str
    disabled: str
    accent: str
    accent_hover: str
    accent_press: str
    accent_text: str
    on_accent: str
    on_accent_key: str
    ring: str
    green: str
    yellow: str
    yellow_edge: str
    red: str
    on_red: str
    grey: str
    warn_text: str
    red_text: str
    manager: str
    manager_peak: str
    customer: str
    customer_peak: str
    playhead: str
    selection_wash: str
    veil: str  # outside the viewport of the overview
    zone_red: str
    zone_yellow: str
    zone_green: str
    failed_ramp: tuple[str, ...]  # < 5, 12, 20, 30, 45, 60, ≥ 60 percent failed
    volume_ramp: tuple[str, ...]
    kinds: Mapping[str, tuple[str, str]] = dataclasses.field(hash=False)  # colour pair name → (colour, tint)

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"


LIGHT = Tokens(
    name="light", window="#F3F4F6", panel="#FFFFFF", sunken="#F8F9FA", hover="#EEF0F3", pressed="#E2E5EA",
    selection="#E6EDFB", hairline="#E2E5E9", hairline_2="#CFD4DA", control="#B9C0CA", field="#858D99",
    ink="#1A1D21", ink_2="#545B66", ink_3="#656C77", disabled="#9AA1AB", accent="#2A5BC7",
    accent_hover="#2450B0", accent_press="#1D4294", accent_text="#2450B0", on_accent="#FFFFFF",
    on_accent_key="#EAF0FD", ring="#2A5BC7", green="#0B8457", yellow="#F0AE1B", yellow_edge="#8F5E00",
    red="#CC3A24", on_red="#FFFFFF", grey="#7A818C", warn_text="#8A5A00", red_text="#B3301C",
    manager="#2E74B5", manager_peak="#A9CBE9", customer="#A7662B", customer_peak="#E3C3A0",
    playhead="#1A1D21", selection_wash="#0F1A1D21", veil="#9EF3F4F6",
    zone_red="#E9A79B", zone_yellow="#F3D48C", zone_green="#9BD0B9",
    failed_ramp=("#FFFFFF", "#FBEFEC", "#F6DCD6", "#EEC0B6", "#E29C8E", "#BF5440", "#A93C29"),
    volume_ramp=("#FFFFFF", "#EFF4FA", "#DCE8F5", "#C0D6EC", "#98BCE0", "#3675B3", "#245F99"),
    kinds={
        "stage": ("#5B6472", "#ECEEF1"), "objection": ("#7A4FB5", "#F0EAF9"), "error": ("#B4432F", "#FAE9E5"),
        "good": ("#0B7F86", "#E0F2F2"), "moss": ("#2F6F4F", "#E3F0E8"), "plum": ("#8A4B7C", "#F6E9F2"),
        "indigo": ("#4A5FA5", "#E8ECF8"), "personal_data": ("#545B66", "#CFD4DA"),
    },
)  # fmt: skip
DARK = Tokens(
    name="dark", window="#16181B", panel="#1D2024", sunken="#191B1F", hover="#272B30", pressed="#30353C",
    selection="#24344F", hairline="#2D3137", hairline_2="#3C424A", control="#565E6A", field="#757E8B",
    ink="#E7E9EC", ink_2="#A9B0BB", ink_3="#98A0AC", disabled="#6B727D", accent="#3567D6",
    accent_hover="#3D6EDB", accent_press="#2C58BC", accent_text="#8FB2F8", on_accent="#FFFFFF",
    on_accent_key="#EAF0FD", ring="#7FA8F7", green="#3FBF8C", yellow="#E9B63A", yellow_edge="#E9B63A",
    red="#F0735E", on_red="#16181B", grey="#8C94A0", warn_text="#E9B63A", red_text="#F58B78",
    manager="#63A3E0", manager_peak="#2F5478", customer="#D6A066", customer_peak="#6C5033",
    playhead="#F4F5F7", selection_wash="#12E7E9EC", veil="#9E16181B",
    zone_red="#7E3A30", zone_yellow="#6E5520", zone_green="#1F5E47",
    failed_ramp=("#1D2024", "#2C2524", "#432B28", "#5F3630", "#824439", "#AE5343", "#E58471"),
    volume_ramp=("#1D2024", "#212B36", "#26384B", "#2C4967", "#336090", "#3F78B4", "#7DB3E8"),
    kinds={
        "stage": ("#A3ABB7", "#2B3036"), "objection": ("#B394E8", "#332A45"), "error": ("#EF8C79", "#422824"),
        "good": ("#55C3C7", "#1C3A3C"), "moss": ("#7FC7A0", "#22382D"), "plum": ("#D79BCA", "#3C2937"),
        "indigo": ("#9DAFEC", "#2A3250"), "personal_data": ("#A9B0BB", "#3C424A"),
    },
)  # fmt: skip


class _Signals(QObject):
    changed = Signal()  # theme, contrast or text scale


signals = _Signals()


@dataclass
class _State:
    tokens: Tokens = LIGHT
    mode: str = "system"
    scale: int = 100
    contrast: bool = False
    fonts_loaded: bool = False
    # styleHints() owns its child objects, and they die with the Python wrapper: both are kept.
    hints: object = None
    accessibility: object = None


_state = _State()


def tokens() -> Tokens:
    """The colours in force."""
    return _state.tokens


def color(name: str) -> QColor:
    """A colour by its token name (``ink_2``)."""
    return QColor(getattr(_state.tokens, name))


def kind_pair(name: str) -> tuple[QColor, QColor]:
    """(colour, tint) of an annotation kind or a tag; an unknown name gives the neutral pair."""
    pair = _state.tokens.kinds.get(name) or _state.tokens.kinds["stage"]
    return QColor(pair[0]), QColor(pair[1])


def high_contrast(base: Tokens) -> Tokens:
    """Borders as dark as secondary text, peaks as strong as the RMS."""
    return replace(
        base, control=base.ink_2, field=base.ink_2, hairline_2=base.ink_2,
        manager_peak=base.manager, customer_peak=base.customer,
    )  # fmt: skip


def px(length: float) -> int:
    """``length`` of the design in device-independent pixels at the chosen text scale."""
    return round(length * _state.scale / 100)


def text_scale() -> int:
    """100–150, percent."""
    return _state.scale


def load_fonts() -> None:
    """Register the bundled fonts once; without them the system's own are used."""
    if _state.fonts_loaded:
        return
    _state.fonts_loaded = True
    for name in FONT_FILES:
        with as_file(files("qaapp.resources") / "fonts" / name) as path:
            QFontDatabase.addApplicationFont(str(path))


@lru_cache(maxsize=128)
def _font(role: str, tabular: bool, weight: int, scale: int) -> QFont:
    size, _line, own_weight = ROLES[role]
    made = QFont()
    made.setFamilies(FAMILIES)
    made.setPixelSize(round(size * scale / 100))
    made.setWeight(QFont.Weight(weight or own_weight))
    if tabular or role == "time":
        made.setFeature(QFont.Tag("tnum"), 1)
    if role == "display":
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, -0.2)
    return made


def font(role: str, *, tabular: bool = False, weight: int | None = None) -> QFont:
    """A font of the type scale; ``tabular`` where figures stand under each other or run."""
    return QFont(_font(role, tabular, weight or 0, _state.scale))


def literal_font(role: str) -> QFont:
    """For ids, keys and file names: with contextual alternates Inter draws ``4x0`` as ``4×0``."""
    made = font(role)
    made.setFeature(QFont.Tag("calt"), 0)
    return made


def line_height(role: str) -> int:
    """The row one line of this role takes, scaled."""
    return px(ROLES[role][1])


def system_is_dark() -> bool:
    """Whether the desktop says it is dark; unknown counts as light."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def system_wants_contrast() -> bool:
    """Whether the desktop asks for high contrast."""
    accessibility = _state.accessibility
    if accessibility is None:
        return False
    return accessibility.contrastPreference() == Qt.ContrastPreference.HighContrast  # type: ignore[attr-defined]


def system_wants_stillness() -> bool:
    """Whether the desktop asks for no animations (``motion`` below uses it)."""
    app = QApplication.instance()
    return isinstance(app, QApplication) and not app.isEffectEnabled(Qt.UIEffect.UI_General)


def motion_ms() -> int:
    """120 ms for the drawer, the inspector and the undo strip; 0 where the system asks for less."""
    return 0 if sys.platform.startswith("win") and system_wants_stillness() else 120


def apply(
    app: QApplication, mode: str = "system", text_scale: int = 100, high_contrast: bool = False
) -> None:
    """Dress the application: ``mode`` is ``system``, ``light`` or ``dark``; ``text_scale`` 100–150 percent."""
    _follow_system(app)
    load_fonts()
    _state.mode, _state.scale = mode, max(100, min(150, int(text_scale)))
    _state.contrast = high_contrast
    _dress(app)


def _follow_system(app: QApplication) -> None:
    if _state.hints is not None:
        return
    hints = QGuiApplication.styleHints()
    _state.hints, _state.accessibility = hints, hints.accessibility()
    app.setStyle(QStyleFactory.create("Fusion"))
    hints.colorSchemeChanged.connect(lambda _scheme: _system_changed(app))
    _state.accessibility.contrastPreferenceChanged.connect(lambda _wish: _system_changed(app))


def _system_changed(app: QApplication) -> None:
    if _wanted() != _state.tokens:
        _dress(app)


def _wanted() -> Tokens:
    dark = _state.mode == "dark" or (_state.mode == "system" and system_is_dark())
    base = DARK if dark else LIGHT
    return high_contrast(base) if _state.contrast or system_wants_contrast() else base


def _dress(app: QApplication) -> None:
    from qaapp.ui import icons, style

    _state.tokens = _wanted()
    icons.clear()
    app.setPalette(palette(_state.tokens))
    app.setFont(font("body"))
    app.setStyleSheet(style.sheet(_state.tokens))
    signals.changed.emit()


def palette(colors: Tokens) -> QPalette:
    """The same colours for what Fusion paints itself (menus, calendars, standard dialogs)."""
    made = QPalette()
    role = QPalette.ColorRole
    for target, name in (
        (role.Window, "panel"), (role.Base, "panel"), (role.AlternateBase, "panel"), (role.Button, "panel"),
        (role.WindowText, "ink"), (role.Text, "ink"), (role.ButtonText, "ink"), (role.BrightText, "on_accent"),
        (role.Highlight, "selection"), (role.HighlightedText, "ink"), (role.Link, "accent_text"),
        (role.LinkVisited, "accent_text"), (role.PlaceholderText, "ink_3"), (role.ToolTipBase, "ink"),
        (role.ToolTipText, "panel"), (role.Light, "panel"), (role.Midlight, "hover"), (role.Mid, "hairline_2"),
        (role.Dark, "control"), (role.Shadow, "hairline"), (role.Accent, "accent"),
    ):  # fmt: skip
        made.setColor(target, QColor(getattr(colors, name)))
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, target, QColor(colors.disabled))
    return made


def contrast(first: QColor, second: QColor) -> float:
    """Contrast ratio of WCAG 2.2 (relative luminance, 1–21)."""
    lights = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(shade: QColor) -> float:
    parts = (shade.redF(), shade.greenF(), shade.blueF())
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def text_on(ground: QColor) -> QColor:
    """Ink, black or white: whichever is read best on ``ground`` (cells of the ramps)."""
    choices = (color("ink"), color("on_accent"), QColor(Qt.GlobalColor.black))
    ink = choices[0]
    return ink if contrast(ink, ground) >= 4.5 else max(choices, key=lambda shade: contrast(shade, ground))
