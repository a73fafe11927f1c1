"""What the whole window does: who sits here, language, theme, workspace, imports, the first start.

It stands between the main window, which only arranges, and the rooms below. One per window; GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from qaapp import clock, i18n
from qaapp.errors import QaappError
from qaapp.i18n import _, ngettext
from qaapp.journal.filters import Filter
from qaapp.journal.pages import page
from qaapp.journal.sorts import Sort
from qaapp.progress import Progress
from qaapp.settings import personal_file
from qaapp.ui import theme, user_menu
from qaapp.ui.about import AboutDialog
from qaapp.ui.arrivals import Arrivals
from qaapp.ui.banner import load_banner
from qaapp.ui.desk import Desk
from qaapp.ui.dialogs import ask_text
from qaapp.ui.first_start import FirstStart
from qaapp.ui.palette import Found
from qaapp.ui.pulls import Pulls
from qaapp.ui.window import MainWindow

DEFAULT_DAYS = 30
RECENT = 8


def today(desk: Desk) -> date:
    """The day it is in the workspace's zone."""
    return clock.now().astimezone(desk.rules.zone).date()


def edge_day(desk: Desk, *, last: bool) -> date | None:
    """Day of the last (or first) call; None without calls."""
    with desk.database.read() as session:
        zone = desk.rules.zone
        rows = page(session, Filter(), Sort("started_at", last), after=None, limit=1, zone=zone).rows
    return rows[0].started_at.astimezone(zone).date() if rows else None


def default_period(desk: Desk) -> tuple[date, date]:
    """The 30 days up to the last call; without calls up to today."""
    end = edge_day(desk, last=True) or today(desk)
    return end - timedelta(days=DEFAULT_DAYS - 1), end


class Shell(QObject):
    """Wires a ``MainWindow``; ``switch_wanted`` asks the application to open another workspace."""

    switch_wanted = Signal(object)  # Path

    def __init__(self, desk: Desk, window: MainWindow) -> None:
        super().__init__(window)
        self.desk: Desk = desk
        self.window: MainWindow = window
        self.first_start: FirstStart | None = None
        self.arrivals = Arrivals(self)
        window.make_user_menu = self.make_menu
        window.more_commands = self.commands
        window.open_call.connect(self.open_call)
        window.paths_dropped.connect(self.import_paths)
        for screen in window.screens.values():
            self._wire(screen)
        window.screen_built.connect(self._wire)
        desk.keyboard.bind("find_annotations", self.find_annotations)
        desk.keyboard.bind("find_texts", self.find_texts)
        window.refresh_user()

    @property
    def pulls(self) -> Pulls:
        """What is pulled, and when."""
        return self.arrivals.pulls

    def _wire(self, screen: Any) -> None:
        """What some screens have beyond those of every screen."""
        for name, call in (("import_asked", self.ask_import), ("open_queue", self.show_queue)):
            signal = getattr(screen, name, None)
            if signal is not None:
                signal.connect(call)
        wire = getattr(screen, "wire", None)
        if wire is not None:
            wire(self)

    def make_the_rest(self) -> None:
        """Make the screens nobody has looked at yet, one at a time, while nothing else is to be done."""
        if self.window.make_next():
            QTimer.singleShot(0, self, self.make_the_rest)

    def show_queue(self) -> None:
        """What to hear next."""
        self.window.show_screen("review")

    # --- start -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Show the last screen, or the first start in an empty workspace."""
        self.remember_workspace()
        self.arrivals.start()
        self.window.top_bar.period.set_today(today(self.desk))
        self.window.top_bar.period.set_period(*default_period(self.desk))
        if edge_day(self.desk, last=True) is None and not self.arrivals.has_any():
            self.show_first_start()
            return
        self.show_screens()
        if not self.desk.user_id:
            self.add_user()

    def show_screens(self) -> None:
        """Leave the first start for the screen that was in front last time."""
        names = self.window.names()
        kept = self.desk.remembered("screen", "")
        self.window.show_screen(kept if kept in names else names[0] if names else "")

    def show_first_start(self) -> None:
        page_ = FirstStart(self.desk.workspace.folder, self.desk.personal.theme, self.desk.user_name)
        page_.name_given.connect(self.be_user)
        page_.samples_wanted.connect(self.install_samples)
        page_.folder_chosen.connect(lambda path: self.import_paths([path]))
        page_.log_chosen.connect(lambda path: self.import_paths([path]))
        page_.provider_wanted.connect(self.connect_provider)
        page_.language_chosen.connect(self.set_language)
        page_.theme_chosen.connect(self.set_theme)
        page_.workspace_wanted.connect(lambda: self.open_workspace(None))
        self.first_start = page_
        self.window.show_page(page_)
        self._load_banner(page_)

    def connect_provider(self) -> None:
        """From the first start into the wizard; the screens stay."""
        self._leave_first_start()
        self.arrivals.new_connection()

    def _load_banner(self, page_: FirstStart) -> None:
        def load() -> Any:
            with as_file(files("qaapp.resources") / "samples" / "audio") as folder:
                for path in sorted(folder.glob(f"{i18n.language()}*.opus")):
                    audio = load_banner(path, self.desk.workspace.cache)
                    if audio is not None:
                        return audio
            return None

        self.desk.jobs.start(
            "first_start.banner", "", load, on_done=page_.banner.set_audio, on_failed=lambda _error: None
        )

    def remember_workspace(self) -> None:
        """This workspace first among the recent ones."""
        here = str(self.desk.workspace.folder)
        kept = [folder for folder in self.desk.personal.recent_workspaces if folder != here]
        self._keep(recent_workspaces=(here, *kept[: RECENT - 1]))

    def _keep(self, **changes: Any) -> None:
        try:
            self.desk.update_personal(**changes)
        except QaappError as error:
            self.window.show_error(error)

    # --- menu and commands -------------------------------------------------------------------------------------

    def make_menu(self) -> QMenu:
        from qaapp.calls import people

        with self.desk.database.read() as session:
            users = [(user.id, user.name) for user in people.list_users(session) if user.active]
        calls = user_menu.MenuCalls(
            self.choose_user, self.add_user, self.set_language, self.set_theme, self.set_scale,
            self.open_workspace, self.window.show_keys, self.show_about,
        )  # fmt: skip
        personal = self.desk.personal
        return user_menu.build(
            self.window, calls, users, self.desk.user_id, personal.theme, personal.text_scale,
            self.desk.workspace.folder, personal.recent_workspaces,
        )  # fmt: skip

    def commands(self) -> list[Found]:
        """Commands without a key of their own."""
        found = [
            Found(_("Import a folder of recordings…"), self.ask_folder, _("Import"), "folder-input"),
            Found(_("Import a call log…"), self.ask_log, _("Import"), "file-spreadsheet"),
            Found(_("Marks from Excel…"), self.ask_marks, _("Import"), "file-spreadsheet"),
            Found(_("Add a name…"), self.add_user, _("Who reviews"), "user"),
            Found(
                _("Open another workspace…"), lambda: self.open_workspace(None), _("Workspace"), "folder-open"
            ),
            Found(_("About qaapp"), self.show_about, "", "info"),
            *self.arrivals.commands(),
        ]
        for code in user_menu.THEMES:
            run = partial(self.set_theme, code)
            found.append(Found(f"{_('Theme')}: {user_menu.theme_word(code)}", run, "", "eye"))
        for code, title in i18n.LANGUAGES.items():
            run = partial(self.set_language, code)
            found.append(Found(f"{_('Language')}: {title}", run, "", "settings"))
        return found

    # --- who sits here -----------------------------------------------------------------------------------------

    def choose_user(self, user_id: int, name: str) -> None:
        self.desk.choose_user(user_id, name)
        self.window.refresh_user()
        screen = self.window.current_screen()
        if screen is not None and screen.isVisible():
            screen.activate()

    def be_user(self, name: str) -> None:
        """Be the person of this name; made when there is none."""
        from qaapp.calls import people

        with self.desk.database.write() as session:
            user_id = people.ensure_user(session, name)
        self.choose_user(user_id, name)

    def add_user(self) -> None:
        ask_text(
            self.window, _("What is your name?"), _("Continue"), self.be_user,
            hint=_("Your marks and notes are signed by it"),
        )  # fmt: skip

    # --- language, theme, workspace ----------------------------------------------------------------------------

    def set_language(self, code: str) -> None:
        """Every word of the window in another language, at once."""
        i18n.set_language(code)
        self._keep(language=code)
        self.window.retranslate()
        if self.first_start is not None:
            self.first_start.retranslate()

    def set_theme(self, mode: str) -> None:
        self._keep(theme=mode)
        self.dress()
        self.window.refresh_user()
        if self.first_start is not None:
            self.first_start.set_theme_mode(mode)

    def set_scale(self, percent: int) -> None:
        self._keep(text_scale=percent)
        self.dress()
        self.window.refresh_user()

    def dress(self) -> None:
        """Apply the personal theme to the application."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        personal = self.desk.personal
        theme.apply(app, personal.theme, personal.text_scale, personal.high_contrast)

    def open_workspace(self, folder: Path | None) -> None:
        """Another workspace instead of this one; None asks for its folder."""
        if folder is None:
            start = str(self.desk.workspace.folder.parent)
            chosen = QFileDialog.getExistingDirectory(self.window, _("Workspace folder"), start)
            if not chosen:
                return
            folder = Path(chosen)
        if folder != self.desk.workspace.folder:
            self.switch_wanted.emit(folder)

    def show_about(self) -> None:
        places = [
            (_("Workspace"), str(self.desk.workspace.folder)),
            (_("Log"), str(self.desk.workspace.logs / "qaapp.log")),
            (_("Settings"), str(personal_file())),
        ]
        AboutDialog(places, self.window).open()

    # --- calls -------------------------------------------------------------------------------------------------

    def open_call(self, call_id: int, at_ms: int = -1) -> None:
        """In Review, at a moment when one is given."""
        review: Any = self.window.screen_named("review")
        if review is not None:
            self.window.show_screen("review")
            review.open_call(call_id, at_ms if at_ms >= 0 else None)

    def find_annotations(self) -> None:
        """The archive's search over the annotations of all calls."""
        archive: Any = self.window.screen_named("archive")
        if archive is not None:
            self.window.show_screen("archive")
            archive.show_found()

    def find_texts(self) -> None:
        """The archive's search over the texts of all calls."""
        archive: Any = self.window.screen_named("archive")
        if archive is not None:
            self.window.show_screen("archive")
            archive.show_said()

    def show_manager(self, manager_id: int) -> None:
        """The journal with this manager's calls."""
        journal: Any = self.window.screen_named("journal")
        if journal is not None:
            self.window.show_screen("journal")
            first, last = self.window.top_bar.period.first, self.window.top_bar.period.last
            journal.show_filter(Filter(first_day=first, last_day=last, manager_ids=frozenset({manager_id})))

    # --- imports -----------------------------------------------------------------------------------------------

    def ask_import(self) -> None:
        """A folder of recordings or a call log: a menu under the pointer."""
        menu = QMenu(self.window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Import a folder of recordings…"), self.ask_folder)
        menu.addAction(_("Import a call log…"), self.ask_log)
        menu.popup(QCursor.pos())

    def ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self.window, _("Folder of recordings"), str(Path.home()))
        if folder:
            self.import_paths([Path(folder)])

    def ask_log(self) -> None:
        kinds = _("Call logs") + " (*.csv *.txt *.xlsx *.xls *.xlsm)"
        chosen, _kind = QFileDialog.getOpenFileName(self.window, _("Call log"), str(Path.home()), kinds)
        if chosen:
            self.import_paths([Path(chosen)])

    def import_paths(self, paths: Sequence[Path]) -> None:
        """Ask what must be asked, then import in the background."""
        from qaapp.ui.imports import open_import

        if self.first_start is not None and not self.desk.user_id and not self.first_start.take_name():
            return
        open_import(self.desk, self.window, list(paths), self.imported, self._import_stopped, self._failed)

    def _import_stopped(self) -> None:
        if edge_day(self.desk, last=True) is not None:
            self._calls_came()

    def ask_marks(self) -> None:
        """Evaluations from a workbook somebody kept by hand."""
        from qaapp.ui.imports import open_marks

        kinds = _("Workbooks") + " (*.xlsx *.xlsm *.xls *.csv *.json)"
        chosen, _kind = QFileDialog.getOpenFileName(
            self.window, _("Marks from Excel"), str(Path.home()), kinds
        )
        if chosen:
            open_marks(self.desk, self.window, Path(chosen), self._marks_came)

    def _marks_came(self, summary: Any) -> None:
        from qaapp.ui.imports.marks import marks_sentence

        self.window.show_message(marks_sentence(summary))
        screen = self.window.current_screen()
        if screen is not None and screen.isVisible():
            screen.activate()

    def imported(self, summary: Any) -> None:
        """Say what came in, and show the days it is from."""
        self._calls_came()
        text = ngettext("{n} new call", "{n} new calls", summary.added).format(n=summary.added)
        if summary.skipped:
            count = len(summary.skipped)
            text += ", " + ngettext("{n} skipped", "{n} skipped", count).format(n=count)
        self.window.show_message(text)

    def install_samples(self) -> None:
        """Make the sample workspace in the background."""
        from qaapp.samples import install_samples

        day = today(self.desk)
        if self.first_start is not None:
            self.first_start.set_busy(True)
        self.desk.jobs.start(
            "samples", _("Sample calls"), lambda: install_samples(self.desk.workspace, day), pool="db",
            on_done=lambda _summary: self._samples_made(), on_failed=self._failed, replaces=True,
            on_progress=self._samples_grow,
        )  # fmt: skip

    def _samples_grow(self, step: Progress) -> None:
        if self.first_start is not None and step.total:
            self.first_start.show_progress(step.done, step.total)

    def _samples_made(self) -> None:
        self._calls_came()
        self.window.show_message(_("Sample calls are ready. Settings remove them."))

    def _failed(self, error: QaappError) -> None:
        if self.first_start is not None:
            self.first_start.set_busy(False)
            self.first_start.error.show_error(error)
        else:
            self.window.show_error(error)

    def calls_went(self) -> None:
        """Calls were removed: an empty workspace is at its first start again."""
        self.window.top_bar.period.set_period(*default_period(self.desk))
        if edge_day(self.desk, last=True) is None:
            self.show_first_start()

    def show_all_days(self) -> None:
        """The first calls of a connection are here: show the days they are from."""
        self.desk.refresh_rules()
        self.window.set_period(*default_period(self.desk))

    def _leave_first_start(self) -> None:
        if self.first_start is not None:
            self.desk.jobs.cancel("first_start.banner")
            self.first_start.deleteLater()
            self.first_start = None
            self.window.leave_page()

    def _calls_came(self) -> None:
        self.desk.refresh_rules()
        self.window.top_bar.period.set_period(*default_period(self.desk))
        self._leave_first_start()
        self.window.refresh_user()
        screen = self.window.current_screen()
        if screen is None or not screen.isVisible():
            self.show_screens()
        else:
            self.window.show_screen(screen.name)
