"""Where everything lies: the workspace, its cache, copies, folders of recordings, the sample calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout

from qaapp import clock, i18n
from qaapp.i18n import _
from qaapp.store.places import clear_cache, folder_size, list_roots
from qaapp.store.workspace import backup_sqlite
from qaapp.ui.dialogs import confirm
from qaapp.ui.settings.table_page import Cell, TablePage
from qaapp.ui.widgets import Button, Label

NAME, PLACE, COUNT = 0, 1, 2


class StoragePage(TablePage):
    table_name, widths = "roots", (220, 420, 110)

    @staticmethod
    def title() -> str:
        return _("Storage")

    def build(self) -> None:
        self.heading(self.title())
        grid = self.form()
        folder = self.desk.workspace.folder
        self.place = Label(str(folder), selectable=True, wrap=True)
        self.add_row(grid, _("Workspace"), self.place)
        self.cache = Label("", wrap=True)
        self.add_row(grid, _("Cache of waveforms"), self.cache)
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        for text, icon, call in (
            (_("Open the folder"), "folder-open", self._open),
            (_("Back up now"), "download", self._backup),
            (_("Empty the cache"), "trash-2", self._clear),
            (_("Remove the sample calls"), "", self._ask_remove),
        ):
            button = Button(text, icon=icon)
            button.clicked.connect(call)
            row.addWidget(button)
        row.addStretch()
        self.column.addLayout(row)
        self.section(_("Folders of recordings"))
        text = _("They are opened in place and never changed. A moved folder is shown its new place here.")
        self.inset(Label(text, "body", "ink_2", wrap=True))
        self.build_table([_("Folder"), _("On this computer"), _("Recordings")])
        self.add_button(_("It is in another place…"), self._move, "folder-input")
        self.buttons.addStretch()

    def rows(self) -> list[tuple[int, list[Cell]]]:
        found = self.read(list_roots)
        self._names = {root.id: root.name for root in found}
        roots = self.desk.roots
        return [
            (
                root.id,
                [
                    Cell(root.name),
                    Cell(
                        roots.get(root.name, root.path),
                        quiet=not Path(roots.get(root.name, root.path)).is_dir(),
                    ),
                    Cell(i18n.group_digits(root.recordings), right=True),
                ],
            )
            for root in found
        ]

    def refresh(self) -> None:
        super().refresh()
        cache = self.desk.workspace.cache
        self.desk.jobs.start(
            "settings.cache", "", lambda: folder_size(cache), on_done=self._show_cache, replaces=True,
            on_failed=lambda _error: None,
        )  # fmt: skip

    def _show_cache(self, size: int) -> None:
        self.cache.setText(i18n.file_size(size))

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.desk.workspace.folder)))

    def _backup(self) -> None:
        source = self.desk.database.path
        if source is None:
            self.message.emit(_("The team database is backed up by its server"), None)
            return
        stamp = clock.now().astimezone(self.desk.rules.zone).strftime("%Y-%m-%d-%H%M%S")
        target = self.desk.workspace.backups / f"qaapp-{stamp}.sqlite"
        self.desk.jobs.start(
            "settings.backup", _("Backup"), lambda: backup_sqlite(source, target), on_failed=self.failed.emit,
            on_done=lambda _none: self.message.emit(_("Copy made: {path}").format(path=target), None),
        )  # fmt: skip

    def _clear(self) -> None:
        cache = self.desk.workspace.cache

        def done(freed: int) -> None:
            self.message.emit(_("{size} freed").format(size=i18n.file_size(freed)), None)
            self.refresh()

        self.desk.jobs.start(
            "settings.clear", _("Cache"), lambda: clear_cache(cache), on_done=done, on_failed=self.failed.emit
        )

    def _move(self) -> None:
        chosen = self.selected_id()
        if chosen is not None:
            folder = QFileDialog.getExistingDirectory(self, _("Where the folder is now"))
            if folder:
                self.move_root(self._names[chosen], folder)

    def move_root(self, name: str, folder: str) -> None:
        """This computer sees the root ``name`` in ``folder``."""
        self.keep(
            _("Folder “{name}” has another place").format(name=name), roots={**self.desk.roots, name: folder}
        )
        self.fill()

    def _ask_remove(self) -> None:
        confirm(
            self, _("Remove the sample calls?"),
            _("The sample calls go with their marks, cards and recordings. Your own calls stay."),
            _("Remove"), self._remove,
        )  # fmt: skip

    def _remove(self) -> None:
        from qaapp.samples import remove_samples

        workspace: Any = self.desk.workspace
        self.desk.jobs.start(
            "samples", _("Sample calls"), lambda: remove_samples(workspace), pool="db", on_failed=self.failed.emit,
            on_done=lambda _calls: self._removed(), replaces=True,
        )  # fmt: skip

    def _removed(self) -> None:
        self.message.emit(_("The sample calls are removed"), None)
        self.refresh()
        if self.shell is not None:
            self.shell.calls_went()
