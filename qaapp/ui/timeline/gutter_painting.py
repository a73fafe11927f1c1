"""The left column of the timeline: names of the rows; for a side of the sound its share of the talk and its gain."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from qaapp import i18n
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.timeline import painting
from qaapp.ui.timeline.layout import Row
from qaapp.ui.timeline.state import TimelineState
from qaapp.words import Lane


def paint_gutter(painter: QPainter, state: TimelineState, row: Row) -> None:
    """Names of the rows; for a side of the sound also its share of the talk and its gain."""
    pad = state.density.gutter_pad
    width = state.gutter - pad - 4
    middle = Qt.AlignmentFlag.AlignVCenter
    if row.kind not in ("overview", "lane"):
        painter.fillRect(QRectF(pad, row.bottom - 1, state.gutter - pad, 1), theme.color("hairline"))
    if row.kind == "lane":
        painter.fillRect(QRectF(pad, row.bottom - 1, state.gutter - pad, 1), theme.color("hairline"))
        _paint_lane_head(painter, state, row, pad, width)
        return
    if not row.title:
        return
    painter.setFont(theme.font("small"))
    painter.setPen(theme.color("ink_2"))
    height = row.height // state.sub_rows.get(row.key, 1) if row.kind == "items" else row.height
    text = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, width)
    painter.drawText(QRectF(pad, row.top, width, height), middle, text)


def _paint_lane_head(painter: QPainter, state: TimelineState, row: Row, pad: int, width: int) -> None:
    line = theme.px(18)
    lane = Lane(row.key)
    lines = _lane_facts(state, lane) if state.density.has_details else []
    buttons = theme.px(22) + 4 if lane is not Lane.MIX else 0
    block = line * (3 if state.density.has_details else 1) + buttons
    top = row.top + max((row.height - block) // 2, 2)
    painter.setFont(theme.font("strong" if state.density.has_details else "small", weight=600))
    chip = theme.px(8)
    left = chip + 6
    if lane is Lane.MIX and painter.fontMetrics().horizontalAdvance(row.title) > width - left:
        left = 0  # one lane needs no colour to be told from another; its name needs the room
    if left:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(painting.LANE_COLORS[lane]))
        painter.drawRoundedRect(QRectF(pad, top + (line - chip) / 2, chip, chip), 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(theme.color("ink"))
    title = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, width - left + 4)
    painter.drawText(QRectF(pad + left, top, width - left + 4, line), Qt.AlignmentFlag.AlignVCenter, title)
    painter.setFont(theme.font("small"))
    painter.setPen(theme.color("ink_2"))
    for place, text in enumerate(lines, start=1):
        painter.drawText(QRectF(pad, top + place * line, width, line), Qt.AlignmentFlag.AlignVCenter, text)


def _lane_facts(state: TimelineState, lane: Lane) -> list[str]:
    speech = state.audio.speech if state.audio is not None else None
    if lane is Lane.MIX:
        return []
    facts = []
    if speech is not None:
        share = speech.figures.talk_share
        if share is not None:
            value = share if lane is Lane.MANAGER else 1 - share
            facts.append(_("{share} speech").format(share=i18n.percent(value * 100)))
    gain = state.gains_db.get(str(lane), 0.0)
    facts.append(_("{gain} dB").format(gain=i18n.decimal(gain, 0, sign=True)))
    return facts
