"""The archive screen: stages on the left, best and worst side by side, a strip that plays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from qaapp import i18n
from qaapp.archive import items as archive
from qaapp.archive.items import ItemRow
from qaapp.calls.people import list_users
from qaapp.errors import QaappError
from qaapp.i18n import _, ngettext
from qaapp.player.player import Player
from qaapp.progress import Steps
from qaapp.ui import icons, theme
from qaapp.ui.archive.clips import ClipList, title_of
from qaapp.ui.archive.edit_dialog import EditDialog
from qaapp.ui.archive.found_page import FoundAnnotations
from qaapp.ui.archive.said_page import SaidInCalls
from qaapp.ui.archive.search_page import SearchPage
from qaapp.ui.archive.stages import StageDelegate
from qaapp.ui.desk import Desk
from qaapp.ui.play_strip import Strip
from qaapp.ui.playlist import Playlist
from qaapp.ui.screen import Screen
from qaapp.ui.waves import WaveCache
from qaapp.ui.widgets import Button, EmptyState, Hairline, Label
from qaapp.words import Verdict

FRAME_MS = 33
FOUND, SAID = 1, 2  # the tabs of the searches
ALL = object()


class ArchiveScreen(Screen):
    """Best and worst calls, by stage."""

    name = "archive"
    icon = "archive"
    uses_period = False
    open_queue = Signal()

    def __init__(self, desk: Desk, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._player = player
        self._stage: str | None = None
        self._undone: list[tuple[str, ItemRow]] = []
        self._playlist = Playlist(desk, player, self)
        self._playlist.item_changed.connect(self._playing)
        self._playlist.failed.connect(self.failed)
        self._waves = WaveCache(desk.jobs, desk.database, desk.workspace.cache, self._repaint)
        self._frames = QTimer(self, interval=FRAME_MS)
        self._frames.timeout.connect(self._frame)
        self._build()
        keyboard = desk.keyboard
        keyboard.bind("play_pause", self._toggle, scope=self._stack)
        keyboard.bind("export", self._export_dialog, scope=self._stack)
        keyboard.bind("delete", self._delete_current, scope=self._stack)
        self.retranslate()

    # --- parts ---

    def _build(self) -> None:
        self._stages = QTreeWidget()
        self._stages.setProperty("ground", "window")
        self._stages.setColumnCount(3)
        self._stages.setRootIsDecorated(False)
        self._stages.setIndentation(0)
        self._stages.setFrameShape(QFrame.Shape.NoFrame)
        self._stages.setItemDelegate(StageDelegate(self._stages))
        self._stages.setAllColumnsShowFocus(True)
        self._stages.setMinimumWidth(theme.px(256))
        self._stages.header().setStretchLastSection(False)
        self._stages.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            self._stages.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._stages.currentItemChanged.connect(self._stage_chosen)
        self._heading = Label(role="title")
        self._count = Label(tone="ink_2")
        self._listen = Button(kind="flat", icon="list-music")
        self._listen.clicked.connect(self.play_all)
        self._export = Button(icon="folder-output", key="Ctrl+E")
        self._export.clicked.connect(self._export_dialog)
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 16, 8)
        head.setSpacing(theme.px(8))
        head.addWidget(self._heading)
        head.addWidget(self._count)
        head.addStretch(1)
        head.addWidget(self._listen)
        head.addWidget(self._export)
        self._lists = {verdict: ClipList(self.desk, self._waves) for verdict in (Verdict.BEST, Verdict.WORST)}
        self._heads: dict[Verdict, tuple[QLabel, Label, Label]] = {}
        columns = QSplitter(Qt.Orientation.Horizontal)
        columns.setHandleWidth(1)
        columns.setChildrenCollapsible(False)
        for verdict, clips in self._lists.items():
            columns.addWidget(self._column(verdict, clips))
        columns.setSizes([500, 500])
        self._strip = Strip()
        self._strip.toggle_asked.connect(self._toggle)
        self._strip.review_asked.connect(self._review_playing)
        self._strip.progress.sought.connect(self._playlist.seek)
        main = QWidget()
        stacked = QVBoxLayout(main)
        stacked.setContentsMargins(0, 0, 0, 0)
        stacked.setSpacing(0)
        stacked.addLayout(head)
        stacked.addWidget(columns, 1)
        stacked.addWidget(Hairline())
        stacked.addWidget(self._strip)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._stages)
        self._split.addWidget(main)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([theme.px(268), 1000])
        self._empty = EmptyState("archive", "")
        self._empty.clicked.connect(self.open_queue)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._split)
        self._stack.addWidget(self._empty)
        self.found = FoundAnnotations(self.desk, self._player, self._waves)
        self.said = SaidInCalls(self.desk, self._player, self._waves)
        self._searches: dict[int, SearchPage] = {FOUND: self.found, SAID: self.said}
        for search in self._searches.values():
            search.open_call.connect(self.open_call)
            search.said.connect(self.show_message)
            search.failed.connect(self.failed)
        self._tabs = QTabBar()
        self._tabs.setExpanding(False)
        self._tabs.setDrawBase(False)
        self._tabs.setUsesScrollButtons(False)  # else it takes less room than its words and cuts them
        for _n in range(3):
            self._tabs.addTab("")
        self._tabs.currentChanged.connect(self._tab_chosen)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._stack)
        self._pages.addWidget(self.found)
        self._pages.addWidget(self.said)
        tabs = QHBoxLayout()
        tabs.setContentsMargins(16, 6, 16, 0)
        tabs.addWidget(self._tabs)
        tabs.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(tabs)
        outer.addWidget(Hairline())
        outer.addWidget(self._pages)

    def _column(self, verdict: Verdict, clips: ClipList) -> QWidget:
        icon = QLabel()
        title, count = Label(role="strong"), Label(tone="ink_2")
        head = QHBoxLayout()
        head.setContentsMargins(16, 6, 16, 6)
        head.setSpacing(theme.px(8))
        for part in (icon, title, count):
            head.addWidget(part)
        head.addStretch(1)
        self._heads[verdict] = (icon, title, count)
        clips.play_asked.connect(self._play_one)
        clips.opened.connect(lambda item: self.open_call.emit(item.call_id, item.start_ms or 0))
        clips.customContextMenuRequested.connect(lambda where, clips=clips: self._menu(clips, where))
        pane = QWidget()
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(Hairline())
        column.addWidget(clips, 1)
        return pane

    # --- what the window asks ---

    def title(self) -> str:
        return _("Archive")

    def activate(self) -> None:
        self.reload()
        search = self._searches.get(self._tabs.currentIndex())
        if search is not None:
            search.activate()

    def deactivate(self) -> None:
        self._frames.stop()
        self._playlist.release()
        for search in self._searches.values():
            search.release()

    def show_found(self) -> None:
        """The search over the annotations of all calls."""
        self._show_tab(FOUND)

    def show_said(self) -> None:
        """The search over the texts of all calls."""
        self._show_tab(SAID)

    def _show_tab(self, place: int) -> None:
        if self._tabs.currentIndex() == place:
            self._searches[place].activate()
        self._tabs.setCurrentIndex(place)

    def _tab_chosen(self, place: int) -> None:
        self.deactivate()
        self._pages.setCurrentIndex(place)
        if place in self._searches:
            self._searches[place].activate()

    def release(self) -> None:
        self.deactivate()

    def undo(self) -> None:
        if self._undone:
            kind, value = self._undone.pop()
            self._take_back(kind, value)

    def retranslate(self) -> None:
        self._tabs.setTabText(0, _("Examples"))
        self._tabs.setTabText(FOUND, _("Annotations of all calls"))
        self._tabs.setTabToolTip(FOUND, self.desk.keyboard.tip("find_annotations"))
        self._tabs.setTabText(SAID, _("Texts of all calls"))
        self._tabs.setTabToolTip(SAID, self.desk.keyboard.tip("find_texts"))
        for search in self._searches.values():
            search.retranslate()
        self._listen.setText(_("Listen one after another"))
        self._export.setText(_("Export as a folder…"))
        self._stages.setHeaderLabels([_("Stage"), _("Best"), _("Worst")])
        self._stages.setAccessibleName(_("Stages"))
        titles = {Verdict.BEST: _("Best"), Verdict.WORST: _("Worst")}
        pictures = {Verdict.BEST: "thumbs-up", Verdict.WORST: "thumbs-down"}
        for verdict, (icon, title, _count) in self._heads.items():
            title.setText(titles[verdict])
            icon.setPixmap(icons.pixmap(pictures[verdict], 16, "ink", self.devicePixelRatioF()))
            self._lists[verdict].setAccessibleName(titles[verdict])
        self._empty.set_texts(
            _("The archive keeps the best and the worst calls: add one from Review with “To archive”."),
            _("Open the queue"),
        )
        self._strip.retranslate()
        self.reload()

    def status_text(self) -> str:
        stale = sum(item.is_stale for clips in self._lists.values() for item in clips.clips.items)
        if not stale:
            return ""
        return ngettext(
            "{n} example was not refreshed for long", "{n} examples were not refreshed for long", stale
        ).format(n=stale)

    # --- data ---

    def reload(self) -> None:
        """Read stages and examples again."""
        with self.desk.database.read() as session:
            stages = archive.stages(session)
            if self._stage not in [stage for stage, _best, _worst in stages]:
                self._stage = None  # its last example has gone
            found = archive.list_items(session, self._stage)
        self._stack.setCurrentWidget(self._split if stages else self._empty)
        self._show_stages(stages)
        self._show_items(found)

    def _show_items(self, found: Sequence[ItemRow]) -> None:
        for verdict, clips in self._lists.items():
            own = [item for item in found if item.verdict == verdict]
            clips.clips.set_items(own)
            self._heads[verdict][2].setText(str(len(own)))
        self._heading.setText(self._stage_name(self._stage))
        self._count.setText(ngettext("{n} example", "{n} examples", len(found)).format(n=len(found)))
        self._listen.setEnabled(bool(found))
        self._export.setEnabled(bool(found))
        self.status_changed.emit()

    def _stage_name(self, stage: str | None) -> str:
        return _("All stages") if stage is None else stage or _("Without a stage")

    def _show_stages(self, stages: list[tuple[str, int, int]]) -> None:
        self._stages.blockSignals(True)
        self._stages.clear()
        total = (sum(best for _name, best, _w in stages), sum(worst for _name, _b, worst in stages))
        rows = [(None, *total), *stages]
        for stage, best, worst in rows:
            row = QTreeWidgetItem([self._stage_name(stage), str(best), str(worst)])
            row.setData(0, Qt.ItemDataRole.UserRole, ALL if stage is None else stage)
            for column in (1, 2):
                row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._stages.addTopLevelItem(row)
            if stage == self._stage:
                self._stages.setCurrentItem(row)
        self._stages.blockSignals(False)

    def _stage_chosen(self, row: QTreeWidgetItem | None) -> None:
        if row is not None:
            chosen = row.data(0, Qt.ItemDataRole.UserRole)
            self._stage = None if chosen is ALL else chosen
            with self.desk.database.read() as session:
                self._show_items(archive.list_items(session, self._stage))

    def _items(self) -> list[ItemRow]:
        return [item for clips in self._lists.values() for item in clips.clips.items]

    def _focused(self) -> ItemRow | None:
        for clips in self._lists.values():
            if clips.hasFocus():
                return clips.current()
        return next((item for clips in self._lists.values() if (item := clips.current())), None)

    # --- playing ---

    def play_all(self) -> None:
        """Play what is shown, best first."""
        self._playlist.play(self._items())

    def _play_one(self, item: ItemRow) -> None:
        if self._playlist.item is not None and self._playlist.item.id == item.id:
            self._playlist.toggle()
        else:
            self._playlist.play([item])

    def _toggle(self) -> None:
        if self._playlist.item is not None:
            self._playlist.toggle()
        elif (item := self._focused()) is not None:
            self._playlist.play([item])

    def _playing(self, item: ItemRow | None) -> None:
        for clips in self._lists.values():
            clips.set_playing(item.id if item else 0)
        if item is None:
            self._frames.stop()
            self._strip.hide()
            return
        when = i18n.moment(item.started_at, self.desk.rules.zone)
        about = f"{item.manager or _('Not assigned')}, {when}"
        self._strip.show_clip(title_of(item), about, self._waves.get(item, self.desk.roots))
        for clips in self._lists.values():
            clips.select(item.id)
        self._frames.start()

    def _frame(self) -> None:
        start, end = self._playlist.stretch()
        self._strip.show_state(self._player.is_playing(), self._player.position_ms() - start, end - start)

    def _repaint(self) -> None:
        for search in self._searches.values():
            search.wave_ready()
        for clips in self._lists.values():
            clips.viewport().update()
        if self._playlist.item is not None:
            self._strip.progress.wave = self._waves.get(self._playlist.item, self.desk.roots)

    def _review_playing(self) -> None:
        item = self._playlist.item
        if item is not None:
            self.open_call.emit(item.call_id, int(self._player.position_ms()))

    # --- edits ---

    def _menu(self, clips: ClipList, where: QPoint) -> None:
        index = clips.indexAt(where)
        if not index.isValid():
            return
        item: ItemRow = clips.clips.items[index.row()]
        menu = QMenu(self)
        menu.addAction(_("Play"), lambda: self._play_one(item))
        menu.addAction(_("Open in Review"), lambda: self.open_call.emit(item.call_id, item.start_ms or 0))
        menu.addSeparator()
        menu.addAction(_("Edit…"), lambda: self.edit(item))
        menu.addAction(_("Still a good example"), lambda: self._refresh(item))
        menu.addAction(_("Remove from the archive"), lambda: self._delete(item))
        menu.popup(clips.viewport().mapToGlobal(where))

    def edit(self, item: ItemRow) -> None:
        """Ask for other words and keep them."""
        with self.desk.database.read() as session:
            stages = [stage for stage, _best, _worst in archive.stages(session) if stage]
            owners = [(user.id, user.name) for user in list_users(session)]
        dialog = EditDialog(item, stages, owners, self)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.edited() != item:
            self._write("edit", item, dialog.edited(), _("The example was changed"))

    def _refresh(self, item: ItemRow) -> None:
        self._write("refresh", item, item, _("Noted: still a good example"))

    def _delete(self, item: ItemRow) -> None:
        told = _("“{name}” was removed from the archive").format(name=title_of(item))
        self._write("delete", item, item, told)

    def _delete_current(self) -> None:
        item = self._focused()
        if item is not None:
            self._delete(item)

    def _write(self, kind: str, before: ItemRow, after: ItemRow, told: str) -> None:
        user = self.desk.user_id or None
        try:
            with self.desk.database.write() as session:
                if kind == "edit":
                    archive.update(session, after, user)
                elif kind == "refresh":
                    archive.refresh(session, after.id, user)
                else:
                    archive.delete(session, after.id, user)
        except QaappError as error:
            self.failed.emit(error)
            return
        self._undone.append((kind, before))
        self.reload()
        self.show_message.emit(told, self.undo)

    def _take_back(self, kind: str, value: ItemRow) -> None:
        user = self.desk.user_id or None
        with self.desk.database.write() as session:
            if kind == "edit":
                archive.update(session, value, user)
            elif kind == "refresh":
                archive.refresh(session, value.id, user, at=value.refreshed_at)
            else:
                archive.restore(session, value.id, user)
        self.reload()

    # --- export ---

    def _export_dialog(self) -> None:
        items = self._items()
        if not items:
            return
        parent = QFileDialog.getExistingDirectory(self, _("Where to put the folder"), str(Path.home()))
        if parent:
            today = date.today().isoformat()  # noqa: DTZ011 - a name of a folder on this computer
            name = f"{_('archive')} {self._stage_name(self._stage)} {today}"
            self.export_to(Path(parent) / name)

    def export_to(self, folder: Path) -> None:
        """Write what is shown as a folder, in the background."""
        from qaapp.archive.packs import export_pack

        ids = [item.id for item in self._items()]
        database, roots, masked = self.desk.database, dict(self.desk.roots), self.desk.personal.mask_numbers

        def write() -> Steps[Path]:
            return export_pack(database, ids, folder, roots, mask_numbers=masked)

        def written(done: Path) -> None:
            self.show_message.emit(_("Saved: {path}").format(path=done), None)

        self.desk.jobs.start(
            "pack", _("Writing the examples"), write, pool="io", on_done=written, on_failed=self.failed.emit
        )
