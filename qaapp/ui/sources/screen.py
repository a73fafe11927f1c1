"""The sources screen: connections at the left; at the right one of them, or the way to a new one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from qaapp.errors import QaappError, SourceError
from qaapp.i18n import _, ngettext
from qaapp.intake import connections
from qaapp.intake.connections import ConnectionDraft, ConnectionRow, RunRow
from qaapp.sources.kinds import kind_of, kinds
from qaapp.sources.provider import Input
from qaapp.store.places import list_roots
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.dialogs import ask_text, confirm
from qaapp.ui.pulls import Pulls
from qaapp.ui.screen import Screen
from qaapp.ui.sources.connection_list import ConnectionList, ConnectionModel
from qaapp.ui.sources.overview import Overview
from qaapp.ui.sources.states import Look, look_of, subtitle
from qaapp.ui.sources.wizard import Wizard
from qaapp.ui.widgets import Button, EmptyState, Hairline

REFRESH_MS = 30_000


def missing_folder(row: ConnectionRow) -> str:
    """The folder of a connection that is not there; "" when all are or it has none."""
    try:
        fields = kind_of(row.kind).fields
    except SourceError:
        return ""
    for field in fields:
        if field.input is Input.FOLDER:
            value = row.settings.get(field.name, "")
            if value and not Path(value).is_dir():
                return value
    return ""


class SourcesScreen(Screen):
    """Everything is read in the background; ``pulls`` come with the window's shell (or by ``set_pulls``)."""

    name = "sources"
    icon = "cable"
    uses_period = False

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.pulls: Pulls | None = None
        self._wanted = 0  # the connection to show when the list has been read
        self._rows: list[ConnectionRow] = []
        self._undone: list[ConnectionDraft] = []
        self.wizard: Wizard | None = None
        self._model = ConnectionModel(self._look, self._text, self)
        self.list = ConnectionList(self._model)
        self.list.row_chosen.connect(self._row_chosen)
        self.list.menu_wanted.connect(lambda where: self._menu(where))
        self.list.removed.connect(self.ask_remove)
        self.add = Button(kind="flat", icon="plus", key=desk.keyboard.key_of("new_connection"))
        self.add.clicked.connect(self.new_connection)
        self.overview: Overview = Overview(desk)
        self.list.opened.connect(self.overview.pull.setFocus)
        self.overview.pull_asked.connect(self.pull_now)
        self.overview.cancel_asked.connect(self._cancel)
        self.overview.pause_asked.connect(self.toggle_pause)
        self.overview.edit_asked.connect(self.edit)
        self.overview.move_asked.connect(self.ask_move)
        self.overview.copy_asked.connect(self.copy_details)
        self.overview.more_asked.connect(lambda: self._menu(QCursor.pos()))
        self.overview.options_changed.connect(self._keep)
        self._empty = EmptyState("cable", "")
        self._empty.clicked.connect(self.new_connection)
        self._build()
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.reload)
        keyboard = desk.keyboard
        keyboard.bind("new_connection", self.new_connection, scope=self)
        keyboard.bind("pull_now", self.pull_now, scope=self)
        keyboard.bind("delete", self.ask_remove, scope=self)
        self.retranslate()

    def _build(self) -> None:
        side = QWidget()
        side.setProperty("ground", "window")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.list, 1)
        column.addWidget(Hairline())
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 6, 8, 6)
        foot.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(foot)
        self._right = QStackedWidget()
        self._right.addWidget(self.overview)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(side)
        self._split.addWidget(self._right)
        self._split.setStretchFactor(1, 1)
        kept = self.desk.remembered("sources.split", None)
        self._split.setSizes(kept if isinstance(kept, list) and len(kept) == 2 else [theme.px(244), 1000])
        self._split.splitterMoved.connect(
            lambda *_at: self.desk.remember("sources.split", self._split.sizes())
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._split)
        self._stack.addWidget(self._empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

    # --- what the window asks ----------------------------------------------------------------------------------

    def wire(self, shell: Any) -> None:
        """Pulling belongs to the window: it goes on when another screen is in front."""
        self.set_pulls(shell.pulls)

    def set_pulls(self, pulls: Pulls) -> None:
        self.pulls = pulls
        pulls.changed.connect(lambda _id: self.reload())
        pulls.progressed.connect(self._progressed)
        pulls.paused_changed.connect(self.reload)

    def title(self) -> str:
        return _("Sources")

    def activate(self) -> None:
        self.reload()
        self._timer.start()
        if self.wizard is None and not self._rows:
            self.list.setFocus()

    def deactivate(self) -> None:
        self._timer.stop()

    def release(self) -> None:
        self._timer.stop()
        if self.wizard is not None:
            self.wizard.release()

    def retranslate(self) -> None:
        self.add.setText(_("New connection"))
        self.list.setAccessibleName(_("Connections"))
        self._empty.set_texts(
            _("Calls and recordings arrive by themselves once your telephony, CRM or folder is connected."),
            _("New connection"), self.desk.keyboard.key_of("new_connection"),
        )  # fmt: skip
        self.overview.retranslate()
        if (row := self.current()) is not None:
            self.overview.keep_options(row)
        if self.wizard is not None and self.wizard.form is None:
            self.leave_wizard()
            self.new_connection()
        self._model.tell()
        self._show_current()

    def status_text(self) -> str:
        if not self._rows:
            return ""
        return ngettext("{n} connection", "{n} connections", len(self._rows)).format(n=len(self._rows))

    # --- reading -----------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the connections again; what is chosen stays chosen."""
        database, wanted = self.desk.database, self._wanted or self.current_id()

        def read() -> tuple[list[ConnectionRow], int, list[RunRow]]:
            with database.read() as session:
                rows = connections.list_connections(session)
                ids = [row.id for row in rows]
                chosen = wanted if wanted in ids else ids[0] if ids else 0
                return rows, chosen, connections.runs(session, chosen) if chosen else []

        self.desk.jobs.start(
            "sources.list", "", read, on_done=self._arrived, on_failed=self.failed.emit, replaces=True
        )

    def _arrived(self, told: tuple[list[ConnectionRow], int, list[RunRow]]) -> None:
        rows, chosen, runs = told
        self._rows = rows
        self.list.selectionModel().blockSignals(True)
        self._model.show(rows)
        self.list.select(chosen)
        self.list.selectionModel().blockSignals(False)
        self.list.viewport().update()
        self._wanted = 0
        self._runs = (chosen, runs)
        self._stack.setCurrentWidget(self._split if rows or self.wizard is not None else self._empty)
        self._show_current()
        self.status_changed.emit()

    _runs: tuple[int, list[RunRow]] = (0, [])

    def current(self) -> ConnectionRow | None:
        return self.list.current()

    def current_id(self) -> int:
        row = self.current()
        return row.id if row is not None else 0

    def show_connection(self, connection_id: int) -> None:
        """Put one connection in front."""
        if self.wizard is not None:
            self.leave_wizard()
        self._wanted = connection_id
        self.reload()

    def _row_chosen(self) -> None:
        if self.wizard is None:
            self.reload()

    def _show_current(self) -> None:
        row = self.current()
        if row is None:
            return
        pulls = self.pulls
        runs = self._runs[1] if self._runs[0] == row.id else []
        planned = pulls.next_at(row) if pulls is not None else None
        job = pulls.job(row.id) if pulls is not None else None
        self.overview.show_row(row, self._look(row), runs, planned, job, missing_folder(row))

    def _progressed(self, connection_id: int) -> None:
        self._model.tell()
        if self.pulls is not None and connection_id == self.current_id() and self.isVisible():
            self.overview.show_job(self.pulls.job(connection_id))

    def _look(self, row: ConnectionRow) -> Look:
        pulls = self.pulls
        if pulls is None:
            return look_of(row, pulling=False)
        return look_of(row, pulling=pulls.is_pulling(row.id), failures=pulls.failures(row.id))

    def _text(self, row: ConnectionRow) -> str:
        job = self.pulls.job(row.id) if self.pulls is not None else None
        return subtitle(row, self._look(row), job.progress if job is not None else None)

    # --- what a person does ------------------------------------------------------------------------------------

    def pull_now(self) -> None:
        """Begin the chosen connection at once."""
        row = self.current()
        if row is not None and self.pulls is not None and self.wizard is None:
            self.pulls.pull_now(row.id, row.name)

    def _cancel(self) -> None:
        if self.pulls is not None:
            self.pulls.cancel(self.current_id())

    def toggle_pause(self) -> None:
        """Pause or resume, with undo."""
        row = self.current()
        if row is not None:
            self._set_enabled(row.id, row.name, not row.enabled)

    def _set_enabled(self, connection_id: int, name: str, enabled: bool) -> None:
        user = self.desk.user_id or None
        if not self._write(lambda session: connections.set_enabled(session, connection_id, enabled, user)):
            return
        if self.pulls is not None:
            self.pulls.forget(connection_id)
        told = _("“{name}” goes on") if enabled else _("“{name}” is paused")
        self.show_message.emit(
            told.format(name=name), lambda: self._set_enabled(connection_id, name, not enabled)
        )

    def _keep(self, draft: ConnectionDraft) -> None:
        """Settings are kept at once, with undo."""
        before = self.current()
        if before is None or before.draft() == draft:
            return
        if self._store(draft):
            self.show_message.emit(_("Kept"), lambda: self._take_back(before.draft()))

    def _take_back(self, draft: ConnectionDraft) -> None:
        if self._store(draft):
            self.overview.keep_options(draft)

    def _store(self, draft: ConnectionDraft) -> bool:
        user = self.desk.user_id or None
        return self._write(lambda session: connections.save(session, draft, user))

    def _write(self, work: Any) -> bool:
        try:
            with self.desk.database.write() as session:
                work(session)
        except QaappError as error:
            self.failed.emit(error)
            return False
        self.reload()
        return True

    def rename(self) -> None:
        """Another name for the chosen connection, with undo."""
        row = self.current()
        if row is None:
            return
        ask_text(
            self, _("Name of the connection"), _("Rename"), lambda name: self._keep(replace(row.draft(), name=name)),
            value=row.name,
        )  # fmt: skip

    def ask_remove(self) -> None:
        """Asks, and says what stays."""
        row = self.current()
        if row is None or self.wizard is not None:
            return
        calls = ngettext("{n} call", "{n} calls", row.calls).format(n=row.calls)
        confirm(
            self, _("Remove the connection “{name}”?").format(name=row.name),
            _("Its keys and its log go. What it brought stays: {calls} with their recordings and marks. "
              "Recordings that have not come yet will not come.").format(calls=calls),
            _("Remove"), lambda: self._remove(row),
        )  # fmt: skip

    def _remove(self, row: ConnectionRow) -> None:
        if self.pulls is not None:
            self.pulls.cancel(row.id)
            self.pulls.forget(row.id)
        user = self.desk.user_id or None
        if self._write(lambda session: connections.remove(session, row.id, user)):
            self.show_message.emit(_("“{name}” was removed; its calls stay").format(name=row.name), None)

    def copy_details(self) -> None:
        """The log as text, without secrets."""
        row = self.current()
        if row is None:
            return
        with self.desk.database.read() as session:
            text = connections.log_text(session, row.id)
        QGuiApplication.clipboard().setText(text)
        self.show_message.emit(_("The details are on the clipboard"), None)

    def ask_move(self) -> None:
        """A folder that was moved is shown its new place."""
        row = self.current()
        old = missing_folder(row) if row is not None else ""
        chosen = QFileDialog.getExistingDirectory(self, _("Where the folder is now"), str(Path(old).parent))
        if chosen and row is not None:
            self.move_folder(row, chosen)

    def move_folder(self, row: ConnectionRow, folder: str) -> None:
        """The connection looks there from now on, and recordings that came from the old place are found there."""
        moved = {
            field.name: folder
            for field in kind_of(row.kind).fields
            if field.input is Input.FOLDER and not Path(row.settings.get(field.name, "") or ".").is_dir()
        }
        olds = {row.settings.get(name, "") for name in moved}
        with self.desk.database.read() as session:
            names = [root.name for root in list_roots(session) if root.path in olds]
        if names:
            self.desk.update_personal(roots={**self.desk.roots, **dict.fromkeys(names, folder)})
        if self._store(replace(row.draft(), settings={**row.settings, **moved})):
            if self.pulls is not None:
                self.pulls.forget(row.id)
            self.show_message.emit(
                _("“{name}” is looked for in {path}").format(name=row.name, path=folder),
                lambda: self._store(row.draft()),
            )

    def _menu(self, where: QPoint) -> None:
        row = self.current()
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu, row)
        menu.popup(where)

    def fill_menu(self, menu: QMenu, row: ConnectionRow) -> None:
        """Everything that can be done with a connection."""
        running = self.pulls is not None and self.pulls.is_pulling(row.id)
        if running:
            menu.addAction(_("Cancel the pull"), self._cancel)
        else:
            menu.addAction(_("Pull now") + f"\t{self.desk.keyboard.key_of('pull_now')}", self.pull_now)
        menu.addAction(_("Pause") if row.enabled else _("Resume"), self.toggle_pause)
        menu.addSeparator()
        menu.addAction(_("Access…"), self.edit)
        menu.addAction(_("Rename…"), self.rename)
        if missing_folder(row):
            menu.addAction(_("It is in another place…"), self.ask_move)
        menu.addAction(_("Copy details"), self.copy_details)
        menu.addSeparator()
        menu.addAction(_("Remove…") + f"\t{self.desk.keyboard.key_of('delete')}", self.ask_remove)

    # --- the wizard --------------------------------------------------------------------------------------------

    def new_connection(self, kind_code: str = "") -> None:
        """The way to a new connection; ``kind_code`` goes to its form at once."""
        wizard = self._open_wizard()
        found = [kind for kind in kinds() if kind.code == kind_code]
        if found:
            wizard.choose(found[0])

    def edit(self) -> None:
        """Change the access of the chosen connection."""
        row = self.current()
        if row is None:
            return
        try:
            kind_of(row.kind)
            with self.desk.database.write() as session:
                kept = connections.secrets_of(session, row)
        except QaappError as error:
            self.failed.emit(error)
            return
        self._open_wizard().edit(row, kept)

    def _open_wizard(self) -> Wizard:
        self._close_wizard()
        self.wizard = Wizard(self.desk, kinds())
        self.wizard.finished.connect(self._finished)
        self.wizard.left.connect(self.leave_wizard)
        self._right.addWidget(self.wizard)
        self._right.setCurrentWidget(self.wizard)
        self._stack.setCurrentWidget(self._split)
        self.list.clearSelection()
        self.list.setEnabled(False)
        self.add.setEnabled(False)
        self.wizard.show_step(0)
        return self.wizard

    def _close_wizard(self) -> None:
        if self.wizard is not None:
            self.wizard.release()
            self.desk.keyboard.unbind(self.wizard)
            self._right.removeWidget(self.wizard)
            self.wizard.deleteLater()
            self.wizard = None

    def leave_wizard(self) -> None:
        """Back to the connections."""
        self._close_wizard()
        self.list.setEnabled(True)
        self.add.setEnabled(True)
        self._right.setCurrentWidget(self.overview)
        self._stack.setCurrentWidget(self._split if self._rows else self._empty)
        self.list.setCurrentIndex(self.list.currentIndex())
        self.list.select(self.current_id())
        self.list.setFocus()
        self._show_current()

    def _finished(self, row: ConnectionRow, is_new: bool) -> None:
        self.leave_wizard()
        self._wanted = row.id
        if self.pulls is not None:
            self.pulls.forget(row.id)
            if row.enabled:
                self.pulls.pull_now(row.id, row.name, "first" if is_new else "hand")
        self.reload()
