"""Folders that are watched: recordings that come into one by themselves, and call logs dropped into one by mail or FTP.

Nothing is fetched here and nothing is ever moved or deleted: ``intake.watching`` brings in what is new, by the same code
as an import by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path

from qaapp.errors import QaappError, SourceError
from qaapp.i18n import N_, _, ngettext
from qaapp.sources import folder as folders
from qaapp.sources.columns import from_json
from qaapp.sources.filenames import check_pattern
from qaapp.sources.folder import TABLE_SUFFIXES, FolderCall
from qaapp.sources.provider import (
    Checked,
    Config,
    Field,
    Input,
    Kind,
    Page,
    Provider,
    RecordingTrouble,
    Window,
)
from qaapp.sources.records import CallRecord, RemoteRef

LOOKED_AT = 2000  # files of a test


class WatchedFolder:
    """One folder. ``takes_recordings`` and ``takes_logs`` say what of it is brought in; the rest is for the import."""

    longest_window_days = 36_500.0
    parallel_downloads = 1

    def __init__(self, config: Config, *, takes_recordings: bool, takes_logs: bool) -> None:
        words = config.settings
        self.folder = Path(words.get("folder", "")).expanduser().absolute()
        self.pattern = words.get("pattern") or None
        self.manager = words.get("manager") or None
        self.mapping = json.loads(words["columns"]) if words.get("columns") else None
        self.takes_recordings, self.takes_logs = takes_recordings, takes_logs
        self.zone, self.country_code = config.zone, config.country_code

    def close(self) -> None:
        """Nothing is held."""

    def there(self) -> Path:
        """The folder. Raises ``SourceError`` (``network``: worth trying again) where it is not there."""
        if not self.folder.is_dir():
            raise SourceError(
                N_("The folder {path} is not there."),
                hint=N_("Connect the disk or the share, or choose the folder again."),
                kind="network", path=self.folder,
            )  # fmt: skip
        return self.folder

    def calls(self, window: Window) -> Iterator[Page]:
        """Nothing: a folder has no windows of time."""
        return iter(())

    def download(self, ref: RemoteRef, part: Path) -> None:
        """Nothing is downloaded."""
        raise RecordingTrouble(
            N_("The recording {name} is not there yet."), kind="absent", name=ref.external_id
        )

    def check(self) -> Checked:
        """What lies in the folder, as far as a short look shows."""
        root = self.there()
        if self.pattern:
            check_pattern(self.pattern)
        newest: CallRecord | None = None
        recordings = 0
        for item in islice(
            folders.walk(root, pattern=self.pattern, country_code=self.country_code), LOOKED_AT
        ):
            if not isinstance(item, FolderCall):
                continue
            recordings += 1
            started_at, is_guess = folders.started_at(item, self.zone, 0.0)
            if not is_guess and (newest is None or started_at > newest.started_at):
                newest = CallRecord(
                    item.key, started_at, direction=item.direction, customer_number=item.name.number,
                    extension=item.name.extension or item.folder_extension,
                    manager_name=item.name.employee or item.folder_manager,
                )  # fmt: skip
        tables = sum(
            1 for path in islice(root.rglob("*"), LOOKED_AT) if path.suffix.lower() in TABLE_SUFFIXES
        )
        more = "+" if recordings >= LOOKED_AT else ""
        notes = [
            ngettext("{n} recording", "{n} recordings", recordings).format(n=f"{recordings}{more}"),
            ngettext("{n} call log", "{n} call logs", tables).format(n=tables),
        ]
        if self.takes_logs and not self.takes_recordings:
            notes.reverse()
        return Checked(str(root), newest, None, None, tuple(notes))


def _problems(words: Mapping[str, str]) -> Sequence[str]:
    told = []
    if not words.get("folder"):
        told.append(_("Choose the folder."))
    if words.get("pattern"):
        try:
            check_pattern(words["pattern"])
        except QaappError as error:
            told.append(error.sentence())
    if words.get("columns"):
        try:
            from_json(json.loads(words["columns"]), ())
        except (ValueError, TypeError):
            told.append(_("The column map is not a JSON object."))
        except QaappError:
            pass  # headings of the files are not known here
    return told


def _open_folder(config: Config) -> Provider:
    return WatchedFolder(
        config, takes_recordings=True, takes_logs=config.settings.get("logs", "yes") == "yes"
    )


def _open_dropped(config: Config) -> Provider:
    return WatchedFolder(
        config, takes_recordings=config.settings.get("recordings", "yes") == "yes", takes_logs=True
    )


_FOLDER = Field(
    "folder", N_("Folder"), Input.FOLDER, N_("It is only read: nothing in it is moved or altered.")
)
_MANAGER = Field(
    "manager", N_("Manager of what names nobody"), Input.TEXT,
    N_("Leave it empty when names, folders or the log say whose calls they are."), "", False, (), True,
)  # fmt: skip
FOLDER = Kind(
    "folder", N_("Folder of recordings"),
    N_("New recordings of a folder come in by themselves, joined with a call log that lies there."),
    (
        _FOLDER,
        Field("pattern", N_("File names"), Input.PATTERN,
              N_("Usual patterns are recognised by themselves."), "", False),
        Field("logs", N_("Take call logs (CSV, XLSX) that lie there too"), Input.FLAG, "", "yes", False),
        _MANAGER,
    ),
    _open_folder, "folder-of-recordings", _problems,
)  # fmt: skip
DROPPED = Kind(
    "dropped", N_("Files dropped by mail or FTP"),
    N_("Call logs (CSV, XLSX) that a program puts into a folder: exports of YUcrm, CoMagic, MANGO, 1C."),
    (
        _FOLDER,
        Field("columns", N_("Columns"), Input.MAPPING, N_("What is chosen here is remembered for all files like it."), "",
              False),
        Field("recordings", N_("Take recordings that lie there too"), Input.FLAG, "", "yes", False),
        Field("pattern", N_("File names"), Input.PATTERN, N_("Usual patterns are recognised by themselves."), "", False, (),
              True),
        _MANAGER,
    ),
    _open_dropped, "files-dropped-by-mail-or-ftp", _problems,
)  # fmt: skip
SETTLE = timedelta(seconds=20)  # a file that changed later is still being written
