"""The ratings screen: filters, the answer, the ranking, the checkpoints, and the calls behind any figure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from qaapp import i18n
from qaapp.i18n import _, ngettext
from qaapp.player.player import Player
from qaapp.progress import Steps
from qaapp.ratings.drilldown import Matrix, calls_of, evidence_of, matrix
from qaapp.ratings.ranking import Query, Ranking, RatingRow, default_period, rank
from qaapp.scorecards.cards import CardBrief, list_cards
from qaapp.scorecards.scoring import Limits, percent_text
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.play_strip import PlayedList
from qaapp.ui.playlist import Stretch
from qaapp.ui.ratings.answer import Answer, answer
from qaapp.ui.ratings.answer_light import AnswerLight
from qaapp.ui.ratings.delegate import RankingDelegate, RankingHeader, axis_low
from qaapp.ui.ratings.drill import DrillPane
from qaapp.ui.ratings.heatmap import HeatMap, RampLegend
from qaapp.ui.ratings.model import Column, RankingModel
from qaapp.ui.screen import Screen
from qaapp.ui.widgets import Button, EmptyState, Hairline, Label, Segmented
from qaapp.ui.widgets.choice import ChoiceButton
from qaapp.words import Basis, Method

# (wide, narrow) widths; narrow windows hide the last ones first
WIDTHS = {
    Column.RANK: 52, Column.RANGE: 108, Column.MANAGER: 150, Column.GROUP: 150, Column.SCORE: 92, Column.INTERVAL: 200,
    Column.CALLS: 72, Column.CHANGE: 172, Column.TREND: 116, Column.LOST: 86, Column.WEAKEST: 220,
}  # fmt: skip
HIDDEN_FIRST = (Column.TREND, Column.GROUP, Column.LOST)


@dataclass(frozen=True)
class Loaded:
    """Everything one reading of the database gives the screen."""

    ranking: Ranking | None
    matrix: Matrix | None
    cards: tuple[CardBrief, ...]


class RatingsScreen(Screen):
    """Who is red, since when, at which checkpoint."""

    name = "ratings"
    icon = "chart-bar-decreasing"
    open_queue = Signal()

    def __init__(self, desk: Desk, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._code: str | None = None  # the checkpoint whose calls are listed
        self._title = ""
        self._query = Query(first_day=None, last_day=None)
        self._period: tuple[date, date] | None = None
        self._loaded = Loaded(None, None, ())
        self._answer: Answer | None = None
        self._build_filters()
        self._build_answer()
        self._build_table()
        self._build_heat()
        self._drill = DrillPane(desk.rules.zone)
        self._drill.hide()
        self._drill.closed.connect(self._drill.hide)
        self._drill.call_chosen.connect(self.open_call)
        self._drill.evidence_asked.connect(self.play_evidence)
        self._played = PlayedList(desk, player)
        self._played.open_call.connect(self.open_call)
        self._played.failed.connect(self.failed)
        main = QWidget()
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._filters)
        column.addWidget(Hairline())
        column.addWidget(self._answer_row)
        self._vertical = QSplitter(Qt.Orientation.Vertical)
        self._vertical.setHandleWidth(1)
        self._vertical.setChildrenCollapsible(False)
        self._vertical.addWidget(self._table)
        self._vertical.addWidget(self._heat_pane)
        column.addWidget(self._vertical, 1)
        self._empty = EmptyState("chart-bar-decreasing", "", "", "Ctrl+1")
        self._empty.clicked.connect(self.open_queue)
        self._stack = QStackedWidget()
        self._stack.addWidget(main)
        self._stack.addWidget(self._empty)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._stack)
        self._split.addWidget(self._drill)
        self._split.setStretchFactor(0, 1)
        self._split.setSizes([900, theme.px(384)])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._split, 1)
        outer.addWidget(self._played)
        desk.keyboard.bind("export", self.export, scope=self)
        desk.keyboard.bind("play_evidence", self.play_evidence, scope=self)
        self.retranslate()

    # --- parts ---

    def _build_filters(self) -> None:
        self._filters = QWidget()
        self._filters.setFixedHeight(theme.px(44))
        self._by = Segmented([("manager", ""), ("group", "")])
        self._by.currentChanged.connect(lambda value: self._change(by=value))
        self._card = ChoiceButton()
        self._card.changed.connect(lambda value: self._change(scorecard_id=value))
        self._basis = ChoiceButton()
        self._basis.changed.connect(lambda value: self._change(basis=value))
        self._method = ChoiceButton()
        self._method.changed.connect(lambda value: self._change(method=value))
        self._excel = Button("", icon="file-spreadsheet", key="Ctrl+E")
        self._excel.clicked.connect(self.export)
        row = QHBoxLayout(self._filters)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self._by)
        for part in (self._card, self._basis, self._method):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self._excel)

    def _build_answer(self) -> None:
        self._answer_row = QWidget()
        self._light = AnswerLight()
        self._sentence = Label(role="lead", wrap=True, selectable=True)
        self._sentence.setTextFormat(Qt.TextFormat.RichText)
        self._listen = Button(kind="link")
        self._listen.clicked.connect(self._listen_to_answer)
        row = QHBoxLayout(self._answer_row)
        row.setContentsMargins(16, 10, 16, 6)
        row.setSpacing(theme.px(8))
        row.addWidget(self._light)
        row.addWidget(self._sentence, 1)
        row.addWidget(self._listen)

    def _build_table(self) -> None:
        self._model = RankingModel(self)
        self._table = QTableView()
        self._header = RankingHeader(Qt.Orientation.Horizontal, self._table)
        self._header.setSectionsClickable(False)
        self._table.setHorizontalHeader(self._header)
        self._table.setModel(self._model)
        self._delegate = RankingDelegate(self._table)
        self._table.setItemDelegate(self._delegate)
        self._table.setShowGrid(False)
        self._table.setFrameShape(QFrame.Shape.NoFrame)
        self._table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self._table.setMouseTracking(True)
        self._table.setTabKeyNavigation(False)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(theme.px(34))
        self._table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self._header.setStretchLastSection(True)
        self._header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._table.clicked.connect(self._row_chosen)
        self._table.activated.connect(self._row_chosen)
        self._table.setMinimumHeight(theme.px(120))
        self._table.viewport().installEventFilter(self)

    def _build_heat(self) -> None:
        self._heat_pane = QWidget()
        self._heat = HeatMap()
        self._heat.cell_chosen.connect(self._cell_chosen)
        self._heat_title = Label(role="strong")
        self._heat_about = Label(role="small", tone="ink_2")
        head = QHBoxLayout()
        head.setContentsMargins(16, 10, 16, 6)
        head.setSpacing(theme.px(8))
        head.addWidget(self._heat_title)
        head.addWidget(self._heat_about)
        head.addStretch(1)
        head.addWidget(RampLegend())
        column = QVBoxLayout(self._heat_pane)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Hairline())
        column.addLayout(head)
        column.addWidget(self._heat, 1)

    # --- what the window asks ---

    def title(self) -> str:
        return _("Ratings")

    def activate(self) -> None:
        self.reload()

    def set_period(self, first: date, last: date) -> None:
        self._period = (first, last)
        self.reload()

    def period(self) -> tuple[date, date] | None:
        """The days that are shown."""
        ranking = self._loaded.ranking
        if ranking is None or ranking.first_day is None or ranking.last_day is None:
            return self._period
        return (ranking.first_day, ranking.last_day)

    def retranslate(self) -> None:
        self._by.set_options([("manager", _("Managers")), ("group", _("Groups"))])
        self._method.set_options(
            _("Score"),
            [(Method.MEAN, _("mean of calls")), (Method.POOLED, _("pooled checkpoints"))],
            self._query.method,
        )
        self._excel.setText(_("Excel"))
        self._heat_title.setText(_("Checkpoints"))
        self._heat_about.setText(_("passed of marked, the costliest first"))
        self._empty.set_texts(
            _("The ranking appears when a manager has {n} evaluated calls.").format(
                n=self.desk.rules.enough_calls
            ),
            _("Open the queue"),
        )
        self._table.setAccessibleName(_("Ranking"))
        self._drill.retranslate()
        self._played.retranslate()
        self._show()

    def status_text(self) -> str:
        limits = self._limits
        right = _("Green > {green}%, red < {red}%").format(green=limits.green_above, red=limits.red_below)
        return f"{right}\t{self._summary()}"

    def _summary(self) -> str:
        """The left side of the status bar."""
        ranking = self._loaded.ranking
        if ranking is None:
            return ""
        counted = ngettext("Counted calls: {n}", "Counted calls: {n}", ranking.calls).format(n=ranking.calls)
        picked = _("picked by hand: {n}").format(n=ranking.picked_calls)
        interval = _("Line: 95% interval over calls")
        return f"{counted}, {picked}. {interval}."

    # --- data ---

    @property
    def _limits(self) -> Limits:
        if self._loaded.ranking is not None:
            return self._loaded.ranking.limits
        rules = self.desk.rules
        return Limits(rules.green_above, rules.red_below)

    def _change(self, **changes: object) -> None:
        self._query = replace(self._query, **changes)  # type: ignore[arg-type]
        self._drill.hide()
        self.reload()

    def reload(self) -> None:
        """Read the ranking in the background; a newer question replaces the older one."""
        database, rules, asked, period = self.desk.database, self.desk.rules, self._query, self._period

        def read() -> Loaded:
            with database.read() as session:
                days = period or default_period(session, rules)
                cards = tuple(list_cards(session))
                if days is None:
                    return Loaded(None, None, cards)
                query = replace(asked, first_day=days[0], last_day=days[1])
                ranking = rank(session, query, rules)
                return Loaded(ranking, matrix(session, query, rules, ranking), cards)

        self.desk.jobs.start(
            "ratings", _("Computing the ranking"), read, pool="io", on_done=self._arrived, on_failed=self.failed.emit,
            replaces="ratings",
        )  # fmt: skip

    def _arrived(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._show()
        self.status_changed.emit()

    def _before(self) -> str:
        """The period the change is against, in words."""
        ranking = self._loaded.ranking
        if ranking is None or ranking.first_day is None or ranking.last_day is None:
            return ""
        length = ranking.last_day - ranking.first_day
        last = ranking.first_day - timedelta(days=1)
        return i18n.period_short(last - length, last)

    def _show(self) -> None:
        ranking = self._loaded.ranking
        cards = [(card.scorecard_id, card.name) for card in self._loaded.cards if card.evaluations]
        self._card.set_options(_("Card"), [(None, _("all cards")), *cards], self._query.scorecard_id)
        picked = ranking.picked_calls if ranking else 0
        counted = _("counted")
        if picked:
            counted += ", " + _("{n} picked by hand").format(n=picked)
        self._basis.set_options(
            _("Calls"),
            [(Basis.COUNTED, counted), (Basis.RANDOM, _("random only")), (Basis.ALL, _("all"))],
            self._query.basis,
        )
        if ranking is None or not self._rows():
            self._stack.setCurrentWidget(self._empty)
            return
        self._stack.setCurrentIndex(0)
        before = self._before()
        self._delegate.limits = self._limits
        self._header.axis_low = self._delegate.axis_low = axis_low(self._rows())
        self._model.set_rows(self._rows(), self._limits, by_group=self._query.by == "group", before=before)
        self._fit_columns()
        self._say(answer(ranking, self._limits, before))
        self._heat.set_matrix(self._loaded.matrix)
        self._heat_pane.setVisible(bool(self._loaded.matrix and self._loaded.matrix.checkpoints))
        rows = theme.px(34) * len(self._rows()) + theme.px(34)
        self._vertical.setSizes([rows, max(theme.px(160), self.height() - rows - theme.px(120))])

    def _say(self, told: Answer) -> None:
        self._answer = told
        self._light.band = told.band
        self._light.update()
        self._sentence.setText(f"<b style='font-weight:600'>{_escaped(told.lead)}</b> {_escaped(told.rest)}")
        self._listen.setVisible(told.row is not None)
        self._listen.setText(_("Listen to the calls"))

    # --- drill down ---

    def _listen_to_answer(self) -> None:
        if self._answer and self._answer.row:
            self._show_calls(
                self._answer.row, self._answer.checkpoint_code, 0 if self._answer.checkpoint_code else None
            )

    def _row_chosen(self, index: QModelIndex) -> None:
        self._show_calls(self._model.row(index.row()), None, None)

    def _cell_chosen(self, number: int, code: str) -> None:
        if self._loaded.ranking is None or self._loaded.matrix is None:
            return
        if number < 0:
            self._show_calls(None, code, None)
            return
        head = self._loaded.matrix.rows[number]
        same = [
            row for row in self._rows() if (row.manager_id, row.group_id) == (head.manager_id, head.group_id)
        ]
        self._show_calls(same[0] if same else None, code, None)

    def _rows(self) -> tuple[RatingRow, ...]:
        """Ranked and unranked managers, and the calls of nobody at the end."""
        ranking = self._loaded.ranking
        if ranking is None:
            return ()
        return (*ranking.rows, ranking.unassigned) if ranking.unassigned else ranking.rows

    def _show_calls(self, row: RatingRow | None, code: str | None, value: int | None) -> None:
        ranking = self._loaded.ranking
        if ranking is None:
            return
        query, rules = ranking.query, self.desk.rules
        nobody = row is not None and row is ranking.unassigned
        if row is not None and row.group_id is not None and query.by == "group":
            query = replace(query, group_ids=frozenset([row.group_id]))
        with self.desk.database.read() as session:
            calls = calls_of(
                session, query, rules, row.manager_id if row else None, code, value, unassigned=nobody
            )
        if code is not None and value is None:
            calls = sorted(calls, key=lambda call: call.value if call.value is not None else 2)
        name = row.manager if row else _("All managers")
        text = name
        if code is not None and self._loaded.matrix is not None:
            heads = {head.code: head.text for head in self._loaded.matrix.checkpoints}
            text = f"{name}: {heads.get(code, code)}"
        elif row is not None:
            text = f"{name}: {percent_text(row.score, self._limits)}"
        self._drill.zone = rules.zone
        self._drill.mask_numbers = self.desk.personal.mask_numbers
        self._code, self._title = code, text
        self._drill.show_calls(text, calls, self._limits)
        self._drill.show()
        self._drill.list.setFocus()

    def play_evidence(self) -> None:
        """What explains the zeros of the listed checkpoint, one call after another; again: stop."""
        if self._played.playlist.item is not None:
            self._played.stop()
            return
        if self._code is None or not self._drill.isVisible():
            return
        with self.desk.database.read() as session:
            found = evidence_of(session, self._drill.calls(), self._code)
        zone = self.desk.rules.zone
        self._played.play([
            Stretch(
                call.call_id, each.start_ms, each.end_ms, self._title, i18n.moment(call.started_at, zone), call.call_id
            )
            for call, each in found
        ])  # fmt: skip

    def deactivate(self) -> None:
        self._played.stop()

    def release(self) -> None:
        self._played.stop()

    # --- layout and export ---

    def _fit_columns(self) -> None:
        width = self._table.viewport().width()
        by_group = self._query.by == "group"
        shown = {column for column in Column if not (by_group and column == Column.GROUP)}
        spare = width - sum(theme.px(WIDTHS[column]) for column in shown)
        for column in HIDDEN_FIRST:
            if spare >= 0:
                break
            if column in shown:
                shown.discard(column)
                spare += theme.px(WIDTHS[column])
        for column in Column:
            self._table.setColumnHidden(column, column not in shown)
            extra = max(0, min(spare, theme.px(220))) // 2 if column == Column.INTERVAL else 0
            self._table.setColumnWidth(column, theme.px(WIDTHS[column]) + extra)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The table got another width: the drawer opened or the window changed."""
        if event.type() == QEvent.Type.Resize and watched is self._table.viewport():
            self._fit_columns()
        return super().eventFilter(watched, event)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(640), theme.px(400))

    def export(self) -> None:
        """Ask for a file and write the workbook in the background."""
        ranking = self._loaded.ranking
        if ranking is None:
            return
        days = f"{ranking.first_day}_{ranking.last_day}"
        proposed = str(Path.home() / f"{_('ratings')}_{days}.xlsx")
        chosen, _filter = QFileDialog.getSaveFileName(self, _("Save the ranking"), proposed, "Excel (*.xlsx)")
        if chosen:
            self.write_workbook(Path(chosen))

    def write_workbook(self, path: Path) -> None:
        """Write the ranking that is shown to ``path``; the message offers to open it."""
        from qaapp.reports.rating_book import write_rating_book

        ranking = self._loaded.ranking
        assert ranking is not None
        database, rules, query = self.desk.database, self.desk.rules, ranking.query
        masked = self.desk.personal.mask_numbers

        def write() -> Steps[Path]:
            return write_rating_book(database, query, rules, path, mask_numbers=masked)

        def written(done: Path) -> None:
            self.show_message.emit(_("Saved: {path}").format(path=done), None)

        self.desk.jobs.start(
            "rating_book",
            _("Writing the workbook"),
            write,
            pool="io",
            on_done=written,
            on_failed=self.failed.emit,
        )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
