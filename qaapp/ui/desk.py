"""What a screen works with: the workspace, background jobs, the keyboard, who is sitting here and the rules."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from qaapp.errors import QaappError
from qaapp.i18n import N_
from qaapp.jobs import JobRunner
from qaapp.settings import Personal, Rules, save_personal
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.store.workspace import Workspace
from qaapp.ui.keys import Keyboard

log = logging.getLogger(__name__)


class Desk:
    """A plain object given to screens. GUI thread only, except ``database``, which any thread may use."""

    def __init__(
        self,
        workspace: Workspace,
        personal: Personal,
        jobs: JobRunner,
        keyboard: Keyboard,
        user_name: str = "",
    ) -> None:
        self.workspace = workspace
        self.jobs = jobs
        self.keyboard = keyboard
        self.personal = personal
        self.user_name = user_name
        self._rules: Rules | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def database(self) -> Database:
        return self.workspace.database

    @property
    def user_id(self) -> int:
        """Who is sitting here; 0 when nobody has been chosen."""
        return self.personal.user_id

    @property
    def rules(self) -> Rules:
        """The workspace's rules, read once; ``refresh_rules`` after they were changed."""
        if self._rules is None:
            with self.database.read() as session:
                self._rules = read_rules(session)
        return self._rules

    def refresh_rules(self) -> Rules:
        """Read the rules again and tell whoever asked by ``on_change``."""
        self._rules = None
        rules = self.rules
        self._tell()
        return rules

    @property
    def roots(self) -> Mapping[str, str]:
        """Recording root name → folder on this computer, where it differs from the one that was imported."""
        return self.personal.roots

    def update_personal(self, **changes: Any) -> None:
        """Change personal choices and keep them on disk. Raises ``QaappError`` when they cannot be written."""
        self.personal = replace(self.personal, **changes)
        try:
            save_personal(self.personal)
        except OSError as error:
            raise QaappError(
                N_("Your settings could not be saved: {reason}."), reason=error.strerror or error
            ) from error
        finally:
            self._tell()

    def choose_user(self, user_id: int, name: str) -> None:
        """From now on everything is signed by this person."""
        self.user_name = name
        self.update_personal(user_id=user_id)

    def remember(self, key: str, value: Any) -> None:
        """Keep a splitter, a column layout or a choice of this computer; never fails, never asks."""
        try:
            self.update_personal(window={**self.personal.window, key: value})
        except QaappError as error:
            log.warning("window state was not kept: %s", error)

    def remembered(self, key: str, default: Any = None) -> Any:
        """What ``remember`` kept, or ``default``."""
        return self.personal.window.get(key, default)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after rules or personal choices changed."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()
