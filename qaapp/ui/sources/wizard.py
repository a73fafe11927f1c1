"""From a system's name to its first pull in four steps; the same form changes a connection that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from qaapp import clock
from qaapp.errors import QaappError
from qaapp.i18n import N_, _
from qaapp.intake import connections
from qaapp.intake.checking import CheckResult, fingerprint_field
from qaapp.intake.connections import ConnectionDraft, ConnectionRow
from qaapp.sources import secrets as key_store
from qaapp.sources.kinds import kind_of
from qaapp.sources.provider import Input, Kind
from qaapp.sources.secrets import Renewals, Secrets
from qaapp.ui import theme
from qaapp.ui.desk import Desk
from qaapp.ui.dialogs import confirm
from qaapp.ui.sources.check_panel import CheckPanel
from qaapp.ui.sources.form import ConnectionForm
from qaapp.ui.sources.kinds_page import KindsPage, needs_only_a_folder
from qaapp.ui.sources.options import Options
from qaapp.ui.widgets import Button, ErrorStrip, Hairline, Label

STEPS = (N_("System"), N_("Access"), N_("What to bring in"), N_("Schedule"))
SYSTEM, ACCESS, WHAT, WHEN = range(4)
COLUMN = 1060  # lines longer than this are not read


def secrets_place_words() -> str:
    """Where keys and passwords lie on this computer."""
    if key_store.where() == "keyring":
        return _("Keys lie in the key store of this computer, never in the database.")
    return _(
        "This computer has no key store: keys lie in a file that only you may read, never in the database."
    )


def column_of(*parts: QWidget) -> QScrollArea:
    """A scrolling page with a left edge of 24 px."""
    inner = QWidget()
    column = QVBoxLayout(inner)
    column.setContentsMargins(24, 18, 24, 18)
    column.setSpacing(theme.px(14))
    for part in parts:
        column.addWidget(part)
    column.addStretch(1)
    inner.setMaximumWidth(theme.px(COLUMN))
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(inner, 1)
    row.addStretch()
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area


class Wizard(QWidget):
    """``finished`` tells the connection and whether it is new; ``left`` when nothing is to be done after all."""

    finished = Signal(object, bool)  # ConnectionRow
    left = Signal()

    def __init__(self, desk: Desk, kinds: Sequence[Kind], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._row: ConnectionRow | None = None
        self._kept: dict[str, str] = {}
        self._place = ""  # where the key store keeps them
        self._renewals = Renewals()
        self._is_changed = False
        self.form: ConnectionForm | None = None
        self.check: CheckPanel | None = None
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for number, step in enumerate(STEPS, 1):
            self.tabs.addTab(f"{number}  {_(step)}")
        self.tabs.currentChanged.connect(self._tab_chosen)
        self.pages = QStackedWidget()
        self.kinds = KindsPage(kinds)
        self.kinds.chosen.connect(self.choose)
        self.pages.addWidget(self.kinds)
        self._access: QWidget = QWidget()
        self._area: QScrollArea | None = None
        self.pages.addWidget(self._access)
        today = clock.now().astimezone(desk.rules.zone).date()
        self.what = Options(today, "what")
        self.when = Options(today, "when")
        self.summary = Label("", wrap=True, tone="ink_2")
        self.pages.addWidget(column_of(Label(_("What shall come?"), "time"), self.what))
        self.pages.addWidget(column_of(Label(_("When shall it come?"), "time"), self.when, self.summary))
        self.error = ErrorStrip()
        self.cancel = Button(_("Cancel"), "flat", key="Esc")
        self.back = Button(_("Back"))
        self.anyway = Button(_("Go on without a test"), "link")
        self.next = Button("", "primary", key="Enter")
        self.cancel.clicked.connect(self.leave)
        self.back.clicked.connect(lambda: self.show_step(self.step - 1))
        self.anyway.clicked.connect(self._go_on)
        self.next.clicked.connect(self.advance)
        self._lay_out()
        draft = ConnectionDraft("", "")
        self.what.show_values(draft)
        self.when.show_values(draft)
        desk.keyboard.bind("test_connection", self._test_key, scope=self)
        self.show_step(SYSTEM)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(24, 10, 24, 0)
        top.addWidget(self.tabs, 1)  # the chosen tab is bolder: the bar may grow
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 12)
        foot.setSpacing(theme.px(8))
        foot.addWidget(self.cancel)
        foot.addStretch(1)
        foot.addWidget(self.anyway)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        strip = QHBoxLayout()
        strip.setContentsMargins(24, 0, 24, 0)
        strip.addWidget(self.error)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(Hairline())
        column.addWidget(self.pages, 1)
        column.addLayout(strip)
        column.addWidget(Hairline())
        column.addLayout(foot)

    # --- what is connected -------------------------------------------------------------------------------------

    def choose(self, kind: Kind) -> None:
        """Fill in the form of a kind; going back and choosing the same one keeps what was written."""
        if self.form is None or self.form.kind.code != kind.code:
            self._make_form(kind)
        self.show_step(ACCESS)

    def edit(self, row: ConnectionRow, kept_secrets: Mapping[str, str]) -> None:
        """Change the access of a connection; ``kept_secrets`` are shown as kept, never as text."""
        self._row, self._kept = row, dict(kept_secrets)
        self._place = kept_secrets.place if isinstance(kept_secrets, Secrets) else ""
        kind = kind_of(row.kind)
        self._make_form(kind)
        assert self.form is not None
        self.form.set_values(row.name, row.time_zone, row.settings, kept_secrets)
        self._is_changed = False
        for step in (SYSTEM, WHAT, WHEN):
            self.tabs.setTabVisible(step, False)
        self.show_step(ACCESS)

    def _make_form(self, kind: Kind) -> None:
        if self.form is not None:
            self.form.stop()
        self.what.set_local(needs_only_a_folder(kind))
        self.form = ConnectionForm(self.desk, kind)
        self.form.edited.connect(self._edited)
        self.check = CheckPanel(self.desk, self.filled)
        self.check.passed.connect(self._passed)
        self.check.zone_wanted.connect(self._other_zone)
        self.check.trusted.connect(self._trust)
        self.check.failed.connect(self._failed)
        words = Label(secrets_place_words(), "small", "ink_2", wrap=True)
        has_secrets = any(field.input is Input.SECRET for field in kind.fields)
        words.setVisible(has_secrets)
        self.about = Label(_(kind.about), tone="ink_2", wrap=True)
        parts: list[QWidget] = [Label(_(kind.title), "time"), self.about, self.form]
        if has_secrets:
            parts.append(words)
        area = column_of(*parts, self.check)
        before = self._access
        self.pages.insertWidget(ACCESS, area)
        self.pages.removeWidget(before)
        before.deleteLater()
        self._access = area
        self._area = area

    def filled(self) -> tuple[ConnectionDraft, Secrets] | None:
        """What is written in the form, with kept secrets; None (and the errors shown) when something is missing."""
        if self.form is None or not self.form.check():
            return None
        typed = self.form.secrets()
        place = "" if typed else self._place  # what was typed is kept when the form is
        secrets = {
            name: self._renewals.newest(name, value) for name, value in {**self._kept, **typed}.items()
        }
        return self._draft(), Secrets(secrets, place, self._renewals.add)

    def _to_keep(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """What was typed, and what the provider renewed since the form was opened."""
        assert self.form is not None
        typed = self.form.secrets()
        return {
            name: value for name, value in secrets.items() if name in typed or value != self._kept.get(name)
        }

    def _draft(self) -> ConnectionDraft:
        assert self.form is not None
        base = self._row.draft() if self._row is not None else ConnectionDraft(self.form.kind.code, "")
        if self._row is None:
            base = replace(self.what.applied(base), every_minutes=self.when.every.value())
        name = " ".join(self.form.name.text().split()) or _(self.form.kind.title)
        return replace(base, name=name, settings=self.form.settings(), time_zone=self.form.zone.zone())

    # --- steps -------------------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        return self.pages.currentIndex()

    def show_step(self, step: int) -> None:
        """Bring a step to the front and the keyboard to its first field."""
        step = max(SYSTEM, min(WHEN, step))
        self.pages.setCurrentIndex(step)
        self.tabs.blockSignals(True)
        self.tabs.setCurrentIndex(step)
        for place in range(len(STEPS)):
            self.tabs.setTabEnabled(place, place <= step or (self.form is not None and self._is_tested()))
        self.tabs.blockSignals(False)
        self.error.hide()
        self._tell()
        if step == SYSTEM:
            self.kinds.search.setFocus()
        elif step == ACCESS and self.form is not None:
            first = next(iter(self.form.rows.values()), None)
            (first.editor if first is not None else self.form.name).setFocus()
        elif step == WHAT:
            self.what.first.setFocus()
        else:
            self.when.every.setFocus()

    def _is_tested(self) -> bool:
        return self.check is not None and self.check.result is not None

    def _tab_chosen(self, step: int) -> None:
        if step != self.step:
            self.show_step(step)

    def advance(self) -> None:
        """The next step; from the access only after a test that passed."""
        if self.step == SYSTEM:
            kind = self.kinds.current()
            if kind is not None:
                self.choose(kind)
        elif self.step == ACCESS:
            if self.check is not None and self._is_tested():
                self._go_on()
            elif self.check is not None:
                self.check.run()
                self._tell()
        elif self.step == WHAT:
            self.show_step(WHEN)
        else:
            self.finish()

    def _go_on(self) -> None:
        if self.filled() is None:
            return
        if self._row is not None:
            self.finish()
        else:
            self.show_step(WHAT)

    def finish(self) -> None:
        """Keep the connection; its first pull is begun by whoever hears ``finished``."""
        told = self.filled()
        if told is None:
            self.show_step(ACCESS)
            return
        assert self.form is not None
        draft, secrets = told[0], self._to_keep(told[1])
        database, user, is_new = self.desk.database, self.desk.user_id or None, not told[0].id
        self.next.setEnabled(False)
        self.desk.jobs.start(
            "sources.save", "", lambda: connections.save_with_secrets(database, draft, secrets, user),
            on_done=lambda row: self._saved(row, is_new), on_failed=self._not_saved,
        )  # fmt: skip

    def _saved(self, row: ConnectionRow, is_new: bool) -> None:
        self.next.setEnabled(True)
        self._is_changed = False
        self.release()
        self.finished.emit(row, is_new)

    def _not_saved(self, error: QaappError) -> None:
        self.next.setEnabled(True)
        self.error.show_error(error)

    def leave(self) -> None:
        """Nothing is connected; asks when something was written."""
        if self._is_changed:
            confirm(
                self,
                _("Leave without connecting?"),
                _("What you wrote in the form is not kept."),
                _("Leave"),
                self._left,
            )
        else:
            self._left()

    def _left(self) -> None:
        self.release()
        self.left.emit()

    def release(self) -> None:
        """Stop what runs in the background."""
        if self.check is not None:
            self.check.stop()
        if self.form is not None:
            self.form.stop()

    # --- what the parts tell -----------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._is_changed = True
        if self.check is not None and not self.check.is_running:
            self.check.clear()
        self._tell()

    def _passed(self, _result: CheckResult) -> None:
        self.show_step_tabs()
        self._tell()
        QTimer.singleShot(0, self, self._show_found)

    def _failed(self) -> None:
        self._tell()
        QTimer.singleShot(0, self, self._show_found)

    def show_step_tabs(self) -> None:
        """After a test that passed every step may be looked at."""
        for place in range(len(STEPS)):
            self.tabs.setTabEnabled(place, True)

    def _other_zone(self, zone: str) -> None:
        if self.form is not None and self.check is not None:
            self.form.zone.set_zone(zone)
            self.check.run()

    def _trust(self, fingerprint: str) -> None:
        if self.form is None or self.check is None:
            return
        name = fingerprint_field(self.form.kind.code)
        if name:
            self.form.set_setting(name, fingerprint)
            self.check.run()

    def _test_key(self) -> bool:
        if self.step != ACCESS or self.check is None:
            return False
        self.check.run()
        return True

    def _tell(self) -> None:
        step = self.step
        self.back.setVisible(step > SYSTEM and self._row is None)
        failed = self.check is not None and self.check.error.isVisibleTo(self.check)
        self.anyway.setVisible(step == ACCESS and failed)
        if step == SYSTEM:
            text = _("Next: access")
        elif step == ACCESS and not self._is_tested():
            text = _("Test and go on")
        elif step == ACCESS:
            text = _("Keep the access") if self._row is not None else _("Next: what to bring in")
        elif step == WHAT:
            text = _("Next: schedule")
        else:
            text = _("Connect and pull")
            self.summary.setText(
                _("The first pull begins at once. You can go on working: it runs in the background.")
            )
        self.next.setText(text)

    def _show_found(self) -> None:
        """What the test found may lie below the fold."""
        if self._area is not None and self.check is not None:
            bar = self._area.verticalScrollBar()
            bar.setValue(bar.maximum())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.check is not None and self.check.is_running:
                self.check.stop()
            else:
                self.leave()
            return
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not isinstance(self.focusWidget(), QPlainTextEdit):
            self.advance()
            return
        super().keyPressEvent(event)
