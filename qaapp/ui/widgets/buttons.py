"""Buttons with their key printed quietly beside the words."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from qaapp.ui import icons, theme

GAP = 6


class Button(QPushButton):
    """``kind``: "" (bordered), ``primary`` (one per screen), ``flat``, ``link``, ``ink`` (play). Focus by Tab only.

    ``key`` is the text of the key ("Ctrl+Enter"); ``spread`` puts the words left and the key right.
    """

    def __init__(
        self, text: str = "", kind: str = "", *, key: str = "", icon: str = "", icon_size: int = 16,
        small: bool = False, spread: bool = False, checkable: bool = False, name: str = "",
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(text, parent)
        self._key = key
        self._icon = icon
        self._icon_size = icon_size
        self._spread = spread
        self.setProperty("kind", kind)
        if small:
            self.setProperty("small", True)
        self.setCheckable(checkable)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if kind in ("link", "quiet"):
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        if name:
            self.setAccessibleName(name)
        theme.signals.changed.connect(self._rescaled)

    def kind(self) -> str:
        return str(self.property("kind") or "")

    def set_key(self, key: str) -> None:
        """Print another key beside the words."""
        self._key = key
        self._rescaled()

    def key(self) -> str:
        return self._key

    def set_icon_name(self, name: str) -> None:
        self._icon = name
        self._rescaled()

    def _rescaled(self) -> None:
        self.updateGeometry()
        self.update()

    def _key_metrics(self) -> QFontMetrics:
        return QFontMetrics(theme.font("micro"))

    def _content_width(self) -> int:
        width = self.fontMetrics().horizontalAdvance(self.text())
        if self._icon:
            width += theme.px(self._icon_size) + (theme.px(GAP) if self.text() else 0)
        if self._key:
            width += theme.px(GAP) + self._key_metrics().horizontalAdvance(self._key)
        return width

    def sizeHint(self) -> QSize:
        self.ensurePolished()
        option = QStyleOptionButton()
        self.initStyleOption(option)
        content = QSize(self._content_width(), self.fontMetrics().height())
        return self.style().sizeFromContents(QStyle.ContentsType.CT_PushButton, option, content, self)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _ink(self) -> str:
        kind = self.kind()
        if not self.isEnabled():
            return "disabled"
        if kind == "primary":
            return "on_accent"
        if kind == "ink":
            return "panel"
        if kind == "quiet":
            return "ink" if self.underMouse() else "ink_2"
        if kind == "link" or self.isChecked():
            return "accent_text"
        return "ink"

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        if (
            self.kind() == "primary" and self.hasFocus()
        ):  # the ring has the button's own colour in the light theme
            painter.setPen(theme.color("panel"))
            painter.drawRect(self.rect().adjusted(2, 2, -3, -3))
        inside = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
        width = self._content_width()
        left = inside.left()
        if not self._spread and self.kind() not in ("link", "quiet"):
            left = max(inside.left(), self.rect().center().x() - width // 2)
        ink = self._ink()
        if self._icon:
            side = theme.px(self._icon_size)
            drawn = icons.pixmap(self._icon, self._icon_size, ink, self.devicePixelRatioF())
            painter.drawPixmap(QPoint(left, (self.height() - side) // 2), drawn)
            left += side + theme.px(GAP)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(theme.color(ink))
        painter.setFont(self.font())
        advance = self.fontMetrics().horizontalAdvance(self.text())
        painter.drawText(QRect(left, 0, advance + 2, self.height()), middle, self.text())
        if self._key:
            metrics = self._key_metrics()
            at = left + advance + theme.px(GAP)
            if self._spread:
                at = inside.right() - metrics.horizontalAdvance(self._key)
            shade = "on_accent_key" if ink == "on_accent" else "disabled" if ink == "disabled" else "ink_3"
            painter.setPen(theme.color(shade))
            painter.setFont(theme.font("micro"))
            painter.drawText(
                QRect(at, 0, metrics.horizontalAdvance(self._key) + 2, self.height()), middle, self._key
            )
        painter.end()


class LoneButton(QToolButton):
    """An icon without words (transport, narrow rail, drawer head): it always has a tooltip and a name."""

    def __init__(
        self, icon: str, tip: str, *, size: int = 16, color: str = "ink_2", checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setProperty("kind", "lone")
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        icons.set_icon(self, icon, size, color, on_color="accent_text" if checkable else "")
        self.set_tip(tip)

    def set_tip(self, tip: str) -> None:
        """The words of the button, for the pointer and for a screen reader."""
        self.setToolTip(tip)
        self.setAccessibleName(tip)


class MenuButton(QToolButton):
    """“Card  Inbound sale ▾”: a quiet label, the value, and a menu or a popup on click."""

    def __init__(
        self, label: str = "", value: str = "", *, icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._label = label
        self._value = value
        self._icon = icon
        self.setProperty("kind", "plain")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._tell()
        theme.signals.changed.connect(self.updateGeometry)

    def set_label(self, label: str) -> None:
        self._label = label
        self._tell()

    def set_value(self, value: str) -> None:
        self._value = value
        self._tell()

    def value(self) -> str:
        return self._value

    def set_menu(self, menu: QMenu) -> None:
        self.setMenu(menu)

    def _tell(self) -> None:
        self.setAccessibleName(f"{self._label} {self._value}".strip())
        self.updateGeometry()
        self.update()

    def _parts(self) -> tuple[int, int, int, int]:
        """Widths of icon, label, value and chevron, each with the gap after it."""
        metrics = QFontMetrics(theme.font("body"))
        icon = theme.px(16 + GAP) if self._icon else 0
        label = metrics.horizontalAdvance(self._label) + theme.px(GAP) if self._label else 0
        return icon, label, metrics.horizontalAdvance(self._value) + theme.px(GAP), theme.px(14)

    def sizeHint(self) -> QSize:
        return QSize(sum(self._parts()) + theme.px(16), theme.px(30))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        icon, label, value, chevron = self._parts()
        at, ratio = theme.px(8), self.devicePixelRatioF()
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        ink = "ink" if self.isEnabled() else "disabled"
        if self._icon:
            drawn = icons.pixmap(self._icon, 16, ink, ratio)
            painter.drawPixmap(QPoint(at, (self.height() - theme.px(16)) // 2), drawn)
            at += icon
        painter.setFont(theme.font("body"))
        if self._label:
            painter.setPen(theme.color("ink_2"))
            painter.drawText(QRect(at, 0, label, self.height()), middle, self._label)
            at += label
        painter.setPen(theme.color(ink))
        painter.drawText(QRect(at, 0, value + 2, self.height()), middle, self._value)
        drawn = icons.pixmap("chevron-down", 14, ink, ratio)
        painter.drawPixmap(QPoint(at + value, (self.height() - chevron) // 2 + 1), drawn)
        painter.end()
