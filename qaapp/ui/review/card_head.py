"""The head of the card: its name with the menu of cards, what is marked, and the live score with its light and bar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from qaapp.i18n import _
from qaapp.scorecards import scoring
from qaapp.scorecards.scoring import Limits, Score
from qaapp.ui import icons, lights, theme
from qaapp.ui.widgets.labels import Label
from qaapp.words import Band


class NameButton(QToolButton):
    """A title that opens a menu: the words in the title's font, a chevron after them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_quiet = False  # without the chevron
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme.signals.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(theme.font("title")).horizontalAdvance(self.text())
        return QSize(width + theme.px(4 if self.is_quiet else 24), theme.px(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(80), theme.px(24))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        if option.state & (QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver):
            option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu
            painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        painter.setFont(theme.font("title"))
        painter.setPen(theme.color("ink" if self.isEnabled() else "disabled"))
        room = self.width() - (0 if self.is_quiet else theme.px(24))
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room + 2)
        advance = painter.fontMetrics().horizontalAdvance(text)
        box = QRect(0, 0, advance + 2, self.height())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), text)
        if self.menu() is not None and not self.is_quiet:
            drawn = icons.pixmap("chevron-down", 14, "ink", self.devicePixelRatioF())
            painter.drawPixmap(QPointF(advance + theme.px(6), (self.height() - theme.px(14)) / 2 + 1), drawn)
        painter.end()


class ScoreBar(QWidget):
    """4 px of ``ink_2`` on ``pressed`` with ticks at the two limits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self._limits = Limits()
        self.setFixedHeight(10)

    def show_score(self, score: Score, limits: Limits) -> None:
        self._share = float(score.fraction or 0)
        self._limits = limits
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        width = self.width()
        painter.fillRect(QRectF(0, 3, width, 4), theme.color("pressed"))
        painter.fillRect(QRectF(0, 3, width * self._share, 4), theme.color("ink_2"))
        for limit in (self._limits.red_below, self._limits.green_above):
            painter.fillRect(QRect(round(width * limit / 100), 0, 1, 10), theme.color("ink"))
        painter.end()


class ScoreFigure(QWidget):
    """Light, percent and “10 of 12”, right-aligned."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._score, self._limits = Score(0, 0), Limits()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.signals.changed.connect(self.updateGeometry)

    def show_score(self, score: Score, limits: Limits) -> None:
        self._score, self._limits = score, limits
        band = scoring.call_band(score, limits)
        self.setAccessibleName(_("Score") + ": " + lights.spoken(band, score.percent))
        critical = score.critical_failed
        self.setToolTip(_("A critical checkpoint failed: the call is red.") if critical else "")
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """The percent as it is shown."""
        return scoring.percent_text(self._score.fraction, self._limits)

    def band(self) -> Band:
        return scoring.call_band(self._score, self._limits)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(theme.font("score")).horizontalAdvance(self.text())
        return QSize(max(width + theme.px(24), theme.px(84)), theme.px(44))

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = theme.font("score")
        advance = QFontMetrics(font).horizontalAdvance(self.text())
        line = theme.px(28)
        painter.setFont(font)
        painter.setPen(theme.color("ink"))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(0, 0, self.width(), line), right, self.text())
        side = theme.px(14)
        box = QRectF(self.width() - advance - side - theme.px(8), (line - side) / 2 + 1, side, side)
        lights.paint_light(painter, box, self.band(), 14)
        if self._score.applicable:
            told = _("{passed} of {all}").format(passed=self._score.passed, all=self._score.applicable)
            painter.setFont(theme.font("small"))
            painter.setPen(theme.color("ink_2"))
            painter.drawText(QRect(0, line, self.width(), theme.px(16)), right, told)
        painter.end()


class CardHead(QWidget):
    """Name and menu, revision and count on the left; the score on the right; the bar below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = NameButton()
        self.facts = Label("", "small", "ink_2")
        self.figure = ScoreFigure()
        self.bar = ScoreBar()
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 8, 16, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.name, 0, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        grid.addWidget(self.facts, 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.figure, 0, 1, 2, 1)
        grid.addWidget(self.bar, 2, 0, 1, 2)
        grid.setRowMinimumHeight(2, 14)
        grid.setColumnStretch(0, 1)

    def show_card(self, name: str, facts: str, score: Score, limits: Limits, *, scored: bool) -> None:
        """``scored`` False: a short review, which has neither percent nor bar."""
        self.name.setText(name)
        self.name.setAccessibleName(_("Card") + ": " + name)
        self.name.updateGeometry()
        self.facts.setText(facts)
        self.figure.setVisible(scored)
        self.bar.setVisible(scored)
        self.figure.show_score(score, limits)
        self.bar.show_score(score, limits)
