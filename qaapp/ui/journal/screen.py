"""The journal screen: tabs, filters, the table that grows, the drawer, edits of many calls with undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QMenu,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from qaapp import clock, i18n
from qaapp.calls import people, tags
from qaapp.errors import QaappError
from qaapp.i18n import N_, _, ngettext
from qaapp.journal import details as journal_details
from qaapp.journal import pages
from qaapp.journal.filters import Filter
from qaapp.journal.pages import Page, Stopped
from qaapp.journal.sorts import SORTS, Sort
from qaapp.progress import Steps
from qaapp.scorecards.scoring import Limits
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.journal import bulk
from qaapp.ui.journal.delegate import JournalDelegate
from qaapp.ui.journal.details import DetailsPane
from qaapp.ui.journal.filter_bar import FilterBar
from qaapp.ui.journal.model import COLUMNS, KEYS, JournalModel, StopFlag
from qaapp.ui.journal.speech_job import analyse
from qaapp.ui.screen import Screen
from qaapp.ui.widgets import Button, EmptyState, Hairline, TableView
from qaapp.words import Disposition, Target

PAGE = 200
UNDO_DEPTH = 100


@dataclass(frozen=True)
class Tab:
    """A question asked every day; it replaces the filters, the period stays."""

    title: str
    filter: Filter


TABS = (
    Tab(N_("All"), Filter()),
    Tab(N_("Missed"), Filter(dispositions=frozenset([Disposition.MISSED.value]))),
    Tab(N_("Not assigned"), Filter(unassigned=True)),
    Tab(N_("Without a recording"), Filter(has_recording=False)),
    Tab(N_("Reviewed"), Filter(reviewed=True)),
)


class JournalScreen(Screen):
    """All calls. ``import_asked`` from the empty screen; ``calls_changed`` after an edit."""

    name = "journal"
    icon = "list"
    import_asked = Signal()
    calls_changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._filter = Filter()
        self._sort = Sort()
        self._count: int | None = None
        self._undo: list[bulk.Undo] = []
        self._build()
        keyboard = desk.keyboard
        keyboard.bind("filter", self._focus_search, scope=self)
        keyboard.bind("export", self._export_dialog, scope=self)
        keyboard.bind("tag_call", self._ask_tag, scope=self)
        keyboard.bind("assign_manager", self._ask_manager, scope=self)
        keyboard.bind("download_recording", self._details.download, scope=self)
        self.retranslate()

    def _build(self) -> None:
        self._tabs = QTabBar()
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        for _tab in TABS:
            self._tabs.addTab("")
        self._tabs.currentChanged.connect(self._tab_chosen)
        self._bar = FilterBar(self.desk)
        self._bar.changed.connect(self._filter_changed)
        self._columns = Button(kind="flat", icon="columns-3")
        self._columns.clicked.connect(self._choose_columns)
        self._excel = Button(icon="file-spreadsheet", key="Ctrl+E")
        self._excel.clicked.connect(self._export_dialog)
        self._bar.add_tool(self._columns)
        self._bar.add_tool(self._excel)
        self._model = JournalModel(self)
        self._table = TableView("journal", self.desk)
        self._table.setModel(self._model)
        self._table.setItemDelegate(JournalDelegate(self._table))
        self._table.set_columns(COLUMNS)
        header = self._table.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        header.sectionClicked.connect(self._sort_by)
        self._table.opened.connect(self._open_row)
        self._table.menu_wanted.connect(self._fill_menu)
        self._table.selectionModel().currentRowChanged.connect(lambda now, _before: self._show_details(now))
        self._details = DetailsPane(self.desk)
        self._details.hide()
        self._details.closed.connect(self._details.hide)
        self._details.review_asked.connect(lambda call_id: self.open_call.emit(call_id, -1))
        self._details.comment_edited.connect(self._comment)
        self._details.downloaded.connect(self.reload)
        self._nothing = EmptyState("search", "")
        self._nothing.clicked.connect(self._bar.clear)
        self._empty = EmptyState("list", "")
        self._empty.clicked.connect(self.import_asked)
        self._stack = QStackedWidget()
        for page in (self._table, self._nothing, self._empty):
            self._stack.addWidget(page)
        top = QVBoxLayout()
        top.setContentsMargins(16, 8, 16, 0)
        top.addWidget(self._tabs)
        main = QWidget()
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(Hairline())
        column.addWidget(self._bar)
        column.addWidget(self._stack, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(main)
        self._split.addWidget(self._details)
        self._split.setStretchFactor(0, 1)
        self._split.setSizes([900, theme.px(384)])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._split)

    # --- what the window asks ---

    def title(self) -> str:
        return _("Journal")

    def activate(self) -> None:
        self.reload()
        self._table.setFocus()

    def set_period(self, first: date, last: date) -> None:
        self._filter = replace(self._filter, first_day=first, last_day=last)
        self._bar.set_filter(self._filter)
        self.reload()

    def show_filter(self, filter: Filter) -> None:
        """Show the calls of ``filter``; without days the period stays."""
        if filter.first_day is None and filter.last_day is None:
            filter = self._in_period(filter)
        self._filter = filter
        self._bar.set_filter(filter)
        self._match_tab()
        self.reload()

    def filter(self) -> Filter:
        """What is shown now."""
        return self._filter

    def retranslate(self) -> None:
        with QSignalBlocker(self._tabs):
            for place, tab in enumerate(TABS):
                self._tabs.setTabText(place, _(tab.title))
        self._columns.setText(_("Columns"))
        self._excel.setText(_("Excel"))
        self._bar.retranslate()
        self._details.retranslate()
        self._nothing.set_texts(_("No call fits these filters and this period."), _("Clear the filters"))
        self._empty.set_texts(
            _("There are no calls yet: open a folder of recordings or a call log."), _("Import…")
        )
        self._table.setAccessibleName(_("Calls"))
        self._model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        self._table.viewport().update()

    def status_text(self) -> str:
        if self._count is None:
            return ""
        shown, total = self._model.rowCount(), self._count
        if shown >= total:
            return ngettext("{n} call", "{n} calls", total).format(n=i18n.group_digits(total))
        return _("Shown {shown} of {total}").format(
            shown=i18n.group_digits(shown), total=i18n.group_digits(total)
        )

    def undo(self) -> None:
        if self._undo:
            self._undo.pop()()
            self._after_edit()

    # --- reading ---

    def reload(self) -> None:
        """Read the first page and the count again; an older reading is dropped."""
        filter, sort, zone = self._filter, self._sort, self.desk.rules.zone
        database, jobs = self.desk.database, self.desk.jobs
        stop = StopFlag()

        def first() -> Page | None:
            with database.read() as session:
                try:
                    return pages.page(session, filter, sort, limit=PAGE, zone=zone, should_stop=stop.asked)
                except Stopped:
                    return None

        def count() -> int | None:
            with database.read() as session:
                try:
                    return pages.count(session, filter, zone, should_stop=stop.asked)
                except Stopped:
                    return None

        self._stop_older()
        self._stop_older = stop.ask
        jobs.start(
            "journal", "", first, pool="io", on_done=lambda page: self._arrived(page, filter, sort),
            on_failed=self.failed.emit, replaces="journal",
        )  # fmt: skip
        jobs.start(
            "journal_count", "", count, pool="io", on_done=self._counted, on_failed=self.failed.emit,
            replaces="journal_count",
        )  # fmt: skip

    _stop_older: Callable[[], None] = staticmethod(lambda: None)

    def _arrived(self, page: Page | None, filter: Filter, sort: Sort) -> None:
        if page is None or (filter, sort) != (self._filter, self._sort):
            return
        kept = self._current_id()
        rules = self.desk.rules
        self._model.zone = rules.zone
        self._model.limits = Limits(rules.green_above, rules.red_below)
        self._model.mask_numbers = self.desk.personal.mask_numbers
        self._model.one_day = filter.first_day is not None and filter.first_day == filter.last_day
        database, zone = self.desk.database, rules.zone

        def more(cursor: Any) -> Page:
            with database.read() as session:
                return pages.page(session, filter, sort, after=cursor, limit=PAGE, zone=zone)

        self._model.show(page, more)
        if page.rows:
            self._stack.setCurrentWidget(self._table)
            place = max(0, self._model.place_of(kept)) if kept else 0
            self._table.selectRow(place)
        else:
            bare = Filter(first_day=filter.first_day, last_day=filter.last_day)
            self._stack.setCurrentWidget(
                self._empty if filter == bare and not self._any_calls() else self._nothing
            )
            self._details.hide()
        self.status_changed.emit()

    def _any_calls(self) -> bool:
        with self.desk.database.read() as session:
            return bool(pages.ids(session, Filter(), Sort(), self.desk.rules.zone, limit=1))

    def _counted(self, number: int | None) -> None:
        if number is not None:
            self._count = number
            self.status_changed.emit()

    def _tab_chosen(self, place: int) -> None:
        self._filter = self._in_period(TABS[place].filter)
        self._bar.set_filter(self._filter)
        self.reload()

    def _filter_changed(self, filter: Filter) -> None:
        self._filter = self._in_period(filter)
        self._match_tab()
        self.reload()

    def _in_period(self, filter: Filter) -> Filter:
        return replace(filter, first_day=self._filter.first_day, last_day=self._filter.last_day)

    def _match_tab(self) -> None:
        """The tab that asks the same; “All” stands for everything else."""
        bare = replace(self._filter, first_day=None, last_day=None)
        place = next((place for place, tab in enumerate(TABS) if tab.filter == bare), 0)
        with QSignalBlocker(self._tabs):
            self._tabs.setCurrentIndex(place)

    def _sort_by(self, section: int) -> None:
        key = KEYS[section]
        header = self._table.horizontalHeader()
        if key not in SORTS:
            header.setSortIndicator(KEYS.index(self._sort.column), self._order())
            return
        down = (
            not self._sort.descending
            if key == self._sort.column
            else key in ("started_at", "score", "talk_s")
        )
        self._sort = Sort(key, down)
        header.setSortIndicator(section, self._order())
        self.reload()

    def _order(self) -> Qt.SortOrder:
        return Qt.SortOrder.DescendingOrder if self._sort.descending else Qt.SortOrder.AscendingOrder

    def _choose_columns(self) -> None:
        self._table.choose_columns(self._columns.mapToGlobal(QPoint(0, self._columns.height())))

    def _focus_search(self) -> None:
        self._bar.search.setFocus()
        self._bar.search.selectAll()

    # --- one call ---

    def _current_id(self) -> int | None:
        index = self._table.currentIndex()
        return (
            self._model.call(index.row()).id
            if index.isValid() and index.row() < self._model.rowCount()
            else None
        )

    def _show_details(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        with self.desk.database.read() as session:
            found = journal_details.details(session, self._model.call(index.row()).id)
        self._details.show_call(found)
        self._details.setVisible(self.width() >= theme.px(900))

    def _open_row(self, index: QModelIndex) -> None:
        self.open_call.emit(self._model.call(index.row()).id, -1)

    def _comment(self, call_id: int, text: str) -> None:
        row = self._model.call(place) if (place := self._model.place_of(call_id)) >= 0 else None
        if row is None or (row.comment or "") != text.strip():
            self._edit(lambda: bulk.set_comment(self.desk, call_id, text), "", typing=True)

    # --- many calls ---

    def selected_ids(self) -> list[int]:
        """Calls of the selection."""
        return [self._model.call(row).id for row in self._table.selected_rows()]

    def _fill_menu(self, menu: QMenu) -> None:
        chosen = self.selected_ids()
        if not chosen:
            return
        if len(chosen) == 1:
            menu.addAction(_("Open in Review") + "\tEnter", lambda: self.open_call.emit(chosen[0], -1))
            menu.addSeparator()
        key = self.desk.keyboard.key_of
        menu.addAction(_("Manager…") + "\t" + key("assign_manager"), self._ask_manager)
        menu.addAction(_("Add a tag…") + "\t" + key("tag_call"), self._ask_tag)
        with self.desk.database.read() as session:
            worn = {tag.id: tag.name for row in tags.tags_of(session, chosen).values() for tag in row}
        if worn:
            remove = menu.addMenu(_("Remove a tag"))
            for tag_id, name in worn.items():
                remove.addAction(f"#{name}", lambda tag_id=tag_id: self.remove_tag(chosen, tag_id))
        menu.addAction(_("Analyse speech"), lambda: analyse(self.desk, chosen, self.reload, self.failed.emit))
        target = menu.addMenu(_("Target"))
        for value in Target:
            target.addAction(i18n.word(value), lambda value=value: self.set_target(chosen, value))
        target.addAction(_("not judged"), lambda: self.set_target(chosen, None))

    def _ask_manager(self) -> None:
        chosen = self.selected_ids()
        if not chosen:
            return
        with self.desk.database.read() as session:
            known = [(person.id, person.name) for person in people.list_people(session) if person.active]
        names = [name for _id, name in known]
        title = ngettext("Manager of {n} call", "Manager of {n} calls", len(chosen)).format(n=len(chosen))
        nobody = _("Not assigned")
        text, ok = QInputDialog.getItem(
            self, title, _("Manager; a new name makes a new person"), [*names, nobody]
        )
        if ok and text.strip():
            self.assign(chosen, text.strip())

    def assign(self, call_ids: list[int], name: str) -> None:
        """Give calls to the manager called ``name``; he is made when he is new."""
        if name == _("Not assigned"):
            manager_id = None
        else:
            with self.desk.database.write() as session:
                manager_id = people.find_or_create(session, name=name)
        told = ngettext("{n} call: {name}", "{n} calls: {name}", len(call_ids)).format(
            n=len(call_ids), name=name
        )
        self._edit(lambda: bulk.assign_manager(self.desk, call_ids, manager_id), told)

    def _ask_tag(self) -> None:
        chosen = self.selected_ids()
        if not chosen:
            return
        with self.desk.database.read() as session:
            names = [tag.name for tag in tags.list_tags(session)]
        title = ngettext("Tag {n} call", "Tag {n} calls", len(chosen)).format(n=len(chosen))
        text, ok = QInputDialog.getItem(self, title, _("Tag; a new word makes a new tag"), names)
        if ok and text.strip():
            self.add_tag(chosen, text.strip().lstrip("#"))

    def add_tag(self, call_ids: list[int], name: str) -> None:
        """Put a tag on calls."""
        told = ngettext("{n} call tagged #{name}", "{n} calls tagged #{name}", len(call_ids))
        self._edit(lambda: bulk.add_tag(self.desk, call_ids, name), told.format(n=len(call_ids), name=name))

    def remove_tag(self, call_ids: list[int], tag_id: int) -> None:
        """Take a tag off calls."""
        told = ngettext("Tag removed from {n} call", "Tag removed from {n} calls", len(call_ids))
        self._edit(lambda: bulk.remove_tag(self.desk, call_ids, tag_id), told.format(n=len(call_ids)))

    def set_target(self, call_ids: list[int], target: Target | None) -> None:
        """Say what calls were."""
        word = i18n.word(target) if target else _("not judged")
        told = ngettext("{n} call: {word}", "{n} calls: {word}", len(call_ids))
        self._edit(
            lambda: bulk.set_target(self.desk, call_ids, target), told.format(n=len(call_ids), word=word)
        )

    def _edit(self, change: Callable[[], bulk.Undo], told: str, *, typing: bool = False) -> None:
        try:
            undo = change()
        except QaappError as error:
            self.failed.emit(error)
            return
        self._undo = [*self._undo[-UNDO_DEPTH:], undo]
        self._after_edit(typing=typing)
        if told:
            self.show_message.emit(told, self.undo)

    def _after_edit(self, *, typing: bool = False) -> None:
        """Changed rows are read again in their places; nothing jumps under the hand."""
        shown = [self._model.call(place).id for place in range(self._model.rowCount())]
        with self.desk.database.read() as session:
            self._model.refresh(pages.rows_of(session, shown))
        index = self._table.currentIndex()
        if typing and index.isValid():
            with self.desk.database.read() as session:
                self._details.keep(journal_details.details(session, self._model.call(index.row()).id))
        elif self._details.isVisible():
            self._show_details(index)
        self.calls_changed.emit()

    # --- export ---

    def _export_dialog(self) -> None:
        day = clock.now().astimezone(self.desk.rules.zone).date()
        proposed = str(Path.home() / f"{_('calls')}_{day}.xlsx")
        chosen, _kind = QFileDialog.getSaveFileName(
            self, _("Save the calls that are shown"), proposed, "Excel (*.xlsx);;CSV (*.csv)"
        )
        if chosen:
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write every call that fits, in this order, in the background."""
        from qaapp.reports.journal_book import write_journal

        database, filter, sort = self.desk.database, self._filter, self._sort
        masked = self.desk.personal.mask_numbers

        def write() -> Steps[Path]:
            return write_journal(database, filter, sort, path, mask=masked)

        self.desk.jobs.start(
            "journal_book", _("Writing the calls"), write, pool="io", on_failed=self.failed.emit,
            on_done=lambda done: self.show_message.emit(_("Saved: {path}").format(path=done), None),
        )  # fmt: skip
