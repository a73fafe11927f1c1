"""The ranking as a table model: one column per question, the row dataclass under ``ROW``."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from fractions import Fraction

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from qaapp import i18n
from qaapp.i18n import _, ngettext
from qaapp.ratings.ranking import RatingRow
from qaapp.scorecards.scoring import Limits, percent_text
from qaapp.ui import lights

ROW = Qt.ItemDataRole.UserRole
AnyIndex = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    RANK = 0
    RANGE = 1
    MANAGER = 2
    GROUP = 3
    SCORE = 4
    INTERVAL = 5
    CALLS = 6
    CHANGE = 7
    TREND = 8
    LOST = 9
    WEAKEST = 10


RIGHT = {Column.RANK, Column.SCORE, Column.CALLS, Column.LOST}


def certainty_words(row: RatingRow) -> str:
    """One word for people: how surely this light is the manager's own and not luck."""
    words = {"sure": _("sure"), "likely": _("likely"), "too_early": _("too early to say")}
    return words[row.certainty]


def change_words(row: RatingRow) -> str:
    """Whether the change is more than luck."""
    if row.change is None:
        return ""
    words = {"sure": _("not by chance"), "likely": _("likely"), "too_early": _("within noise")}
    return words[row.change_certainty]


def range_words(row: RatingRow) -> str:
    """“1–3”, or how many calls are missing to be ranked."""
    if row.rank is None:
        missing = row.needed - row.calls
        if missing > 0:
            return ngettext("{n} more call", "{n} more calls", missing).format(n=missing)
        return ""
    if row.rank_range is None or row.rank_range[0] == row.rank_range[1]:
        return str(row.rank)
    return f"{row.rank_range[0]}–{row.rank_range[1]}"


def _count(value: int | Fraction) -> str:
    """Whole counts as they are; means of several reviewers with one decimal."""
    return i18n.group_digits(int(value)) if value == int(value) else i18n.decimal(value)


def weakest_words(row: RatingRow) -> str:
    if row.weakest is None:
        return "–"
    share = _("{passed} of {applicable}").format(passed=row.weakest.passed, applicable=row.weakest.applicable)
    return f"{row.weakest.text} {share}"


class RankingModel(QAbstractTableModel):
    """Rows of ``ratings.ranking.rank`` in their order; nothing is computed here."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[RatingRow] = ()
        self._limits = Limits()
        self._by_group = False
        self.before = ""  # the period the change is against, for the heading

    def set_rows(self, rows: Sequence[RatingRow], limits: Limits, *, by_group: bool, before: str) -> None:
        self.beginResetModel()
        self._rows, self._limits, self._by_group, self.before = rows, limits, by_group, before
        self.endResetModel()

    @property
    def limits(self) -> Limits:
        return self._limits

    def row(self, index: int) -> RatingRow:
        return self._rows[index]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(Column)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        column = Column(index.column())
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == Column.SCORE:
            return lights.spoken(row.band, None if row.score is None else row.score * 100)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.hint(row, column)
        return None

    def text(self, row: RatingRow, column: Column) -> str:
        """What the cell says; the delegate paints the drawn columns from the row itself."""
        match column:
            case Column.RANK:
                return str(row.rank) if row.rank is not None else "–"
            case Column.RANGE:
                return range_words(row)
            case Column.MANAGER:
                return row.manager
            case Column.GROUP:
                return row.group or ""
            case Column.SCORE:
                return percent_text(row.score, self._limits)
            case Column.INTERVAL:
                if row.interval is None:
                    return ""
                return f"{i18n.decimal(row.interval[0])}–{i18n.decimal(row.interval[1])}"
            case Column.CALLS:
                return i18n.group_digits(row.calls)
            case Column.CHANGE:
                if row.change is None:
                    return "–"
                return f"{i18n.decimal(row.change, sign=True)} {change_words(row)}"
            case Column.TREND:
                known = [share for share in row.trend if share is not None]
                return "" if len(known) >= 2 else _("few weeks")
            case Column.LOST:
                return str(row.lost_calls) if row.lost_calls else "–"
            case Column.WEAKEST:
                return weakest_words(row)

    def hint(self, row: RatingRow, column: Column) -> str | None:
        match column:
            case Column.RANGE:
                return _("Places the manager may really have, by the 95% intervals")
            case Column.SCORE:
                lines = [
                    _("{passed} of {applicable} checkpoints passed").format(
                        passed=_count(row.passed), applicable=_count(row.applicable)
                    ),
                    certainty_words(row),
                ]
                if row.critical_calls:
                    lines.append(
                        ngettext(
                            "{n} call with a failed critical checkpoint",
                            "{n} calls with a failed critical checkpoint",
                            row.critical_calls,
                        ).format(n=row.critical_calls)
                    )
                return "\n".join(lines)
            case Column.INTERVAL:
                if row.interval is None:
                    return _("One call has no interval")
                return _("95% interval over calls: {range}").format(range=self.text(row, column))
            case Column.CALLS:
                if row.picked_calls:
                    return ngettext("{n} picked by hand", "{n} picked by hand", row.picked_calls).format(
                        n=row.picked_calls
                    )
                return None
            case Column.WEAKEST:
                return row.weakest.text if row.weakest else None
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            return {
                Column.RANK: _("No."),
                Column.RANGE: _("May be"),
                Column.MANAGER: _("Group") if self._by_group else _("Manager"),
                Column.GROUP: "" if self._by_group else _("Group"),
                Column.SCORE: _("Score"),
                Column.INTERVAL: "",
                Column.CALLS: _("Calls"),
                Column.CHANGE: _("Against {period}").format(period=self.before)
                if self.before
                else _("Change"),
                Column.TREND: _("8 weeks"),
                Column.LOST: _("Lost"),
                Column.WEAKEST: _("Weakest of the team"),
            }[column]
        return None
