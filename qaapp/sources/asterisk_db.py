"""Asterisk and FreePBX by their database of calls (MySQL/MariaDB, PostgreSQL, SQLite), recordings from the monitor folder.

Rows become conversations by the rules of ``sources.asterisk`` (one ``linkedid``, answers of menus are no talk). One
belongs to the window in which its first row starts; rows some hours around are read so that none is seen in parts.
Source: Asterisk's ``cdr`` documentation and FreePBX's modules ``cdr`` and ``callrecording``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from qaapp import clock
from qaapp.errors import SourceError
from qaapp.i18n import N_, _
from qaapp.sources import loose
from qaapp.sources.asking import newest
from qaapp.sources.asterisk import Row, conversations
from qaapp.sources.cdr_table import CdrTable, Place
from qaapp.sources.keys import unique_epoch
from qaapp.sources.moments import parse_text
from qaapp.sources.monitor_folder import MonitorFolder
from qaapp.sources.provider import (
    Checked,
    Config,
    Field,
    Input,
    Kind,
    Page,
    Provider,
    RecordingTrouble,
    Refused,
    Window,
)
from qaapp.sources.records import CallRecord, PersonRecord, RemoteRef
from qaapp.words import Disposition, EndKind, Lane

AROUND = timedelta(hours=6)  # a conversation's rows lie closer together
OPEN_CONVERSATIONS = 5000
PAGE = 200
_ENDS = {
    Disposition.ANSWERED: EndKind.HUNG_UP, Disposition.MISSED: EndKind.NOT_ANSWERED, Disposition.BUSY: EndKind.BUSY,
    Disposition.NO_ANSWER: EndKind.NOT_ANSWERED, Disposition.FAILED: EndKind.FAILED,
    Disposition.VOICEMAIL: EndKind.VOICEMAIL,
}  # fmt: skip


def end_kind(record: CallRecord) -> str:
    """Why a conversation ended, as far as its state tells."""
    return str(_ENDS.get(record.disposition, EndKind.UNKNOWN))


def strange(row: Row) -> Refused | None:
    """Why no call can be made of a row; takes lengths out that are none."""
    where = row.get("external_id") or row.get("started_at") or "?"
    for name in ("started_at", "answered_at", "ended_at"):
        try:
            if row.get(name):
                parse_text(row[name])
            elif name == "started_at":
                raise ValueError(name)
        except ValueError:
            return Refused(where, _("The call has no {name}.").format(name=name))
    for name in ("duration_s", "talk_s"):
        if row.get(name) and loose.whole(row[name]) is None:
            del row[name]
    return None


class AsteriskDatabase:
    """One table of calls."""

    longest_window_days = 3.0
    parallel_downloads = 2

    def __init__(self, config: Config) -> None:
        words = config.settings
        system = words.get("system", "mysql")
        self._zone, self._country = config.zone, config.country_code
        self._table = CdrTable(
            Place(
                system, words.get("host", ""), loose.whole(words.get("port")) or 0, words.get("database", ""),
                words.get("user", ""), Path(words["file"]) if words.get("file") else None, words.get("table") or "cdr",
                words.get("utc") == "yes", words.get("encrypted") == "yes",
            ),
            config.secrets.get("password", ""), config.zone,
        )  # fmt: skip
        self._monitor: MonitorFolder | None = None

    def close(self) -> None:
        """Let go of the database."""
        self._table.close()

    # --- calls ---------------------------------------------------------------------------------------------------

    def calls(self, window: Window) -> Iterator[Page]:
        """The conversations whose first row starts in the window."""
        refused: list[Refused] = []
        found = self._conversations(window.first - AROUND, window.last + AROUND, refused)
        inside = (record for record in found if window.first <= record.started_at < window.last)
        while part := list(islice(inside, PAGE)):
            yield Page([self._whole(record) for record in part], tuple(refused))
            refused.clear()
        if refused:
            yield Page((), tuple(refused))

    def _conversations(self, first: datetime, last: datetime, refused: list[Refused]) -> Iterator[CallRecord]:
        for record in conversations(
            self._sane(first, last, refused), self._zone, self._country, OPEN_CONVERSATIONS
        ):
            assert isinstance(record, CallRecord)  # problems are taken out before
            yield record

    def _sane(self, first: datetime, last: datetime, refused: list[Refused]) -> Iterator[Row]:
        """Rows that make sense; the others are refused by their id."""
        for row in self._table.rows(first, last):
            if (problem := strange(row)) is not None:
                refused.append(problem)
                continue
            yield row

    def _whole(self, record: CallRecord) -> CallRecord:
        """How it ended, and where the sound is."""
        return replace(
            record,
            end_kind=end_kind(record),
            remote=self._refs(record),
        )

    def _refs(self, record: CallRecord) -> tuple[RemoteRef, ...]:
        """Without a folder of recordings nothing is promised; the names stay with the call, so that files find it."""
        return ()

    # --- people, checking ----------------------------------------------------------------------------------------

    def people(self) -> Iterator[PersonRecord]:
        """FreePBX's extensions with their names, where the user may read them."""
        for extension, name in self._table.names():
            if extension and name:
                yield PersonRecord(extension, name, extension)

    def check(self) -> Checked:
        """The product, the newest call, and whether the time zone fits the ids of the calls."""
        columns = self._table.columns()
        notes = []
        if "conversation_id" not in columns:
            notes.append(_("The table has no column linkedid: rows of one conversation cannot be told."))
        if "external_id" not in columns:
            notes.append(
                _("The table has no column uniqueid: calls are told apart by their time and channel.")
            )
        last = newest(self)
        told = self._table.clock()
        if (offset := self._offset()) is not None:
            notes.append(
                _(
                    "By their ids, the times of the calls are {hours} h off the time zone that is set. Check it."
                ).format(hours=f"{offset:+g}")
            )
        notes += self._folder_notes(last)
        skew = (told - clock.now()).total_seconds() if told is not None else None
        return Checked(f"{self._table.version()} · {self._table.place.name}", last, skew, None, tuple(notes))

    def _offset(self) -> float | None:
        """By how many hours written times differ from the epoch in the ids (which is UTC); None where they fit."""
        now = clock.now()
        for row in self._table.rows(now - timedelta(days=7), now + timedelta(days=1), 50):
            epoch = unique_epoch(row.get("external_id", ""))
            if epoch is None or row.get("conversation_id", "") not in ("", row.get("external_id", "")):
                continue
            try:
                at = parse_text(row["started_at"])
            except ValueError:
                continue
            at = at if at.tzinfo is not None else at.replace(tzinfo=self._zone)
            hours = (at - datetime.fromtimestamp(epoch, UTC)).total_seconds() / 3600
            nearest = round(hours * 4) / 4
            return nearest if abs(nearest) >= 0.5 and abs(hours - nearest) < 0.1 else None
        return None

    def _folder_notes(self, last: CallRecord | None) -> list[str]:
        return [_("Without a folder of recordings only the calls come in.")]

    def download(self, ref: RemoteRef, part: Path) -> None:
        """Nothing is downloaded: recordings are files of a folder."""
        raise RecordingTrouble(
            N_("The recording {name} is not there yet."), kind="later", name=ref.external_id
        )


class AsteriskWithFolder(AsteriskDatabase):
    """The table and the folder of recordings."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.local_root = Path(config.settings["folder"])
        self._files = MonitorFolder(self.local_root, config.zone, config.settings.get("days", ""))

    def calls(self, window: Window) -> Iterator[Page]:
        """As of the table; a folder that is not there says so before anything is taken for missing."""
        if not self.local_root.is_dir():
            raise SourceError(
                N_("The folder {path} is not there."),
                hint=N_("Connect the disk or the share, or choose the folder again."),
                kind="network", path=self.local_root,
            )  # fmt: skip
        self._files.forget()
        yield from super().calls(window)

    def _refs(self, record: CallRecord) -> tuple[RemoteRef, ...]:
        """One for each file the rows name; two where the sides lie in two files; by the id where no name is told."""
        found: list[RemoteRef] = []
        rows: Mapping[str, Row] = record.raw.get("rows", {})
        named = {row["recording"]: row for row in rows.values() if row.get("recording")}
        if not named and record.disposition is Disposition.ANSWERED and record.keys:
            named = {"": next(iter(rows.values()))} if rows else {}
        for name, row in named.items():
            unique = row.get("external_id") or record.external_id
            facts = {"name": name, "at": int(record.started_at.timestamp()), "unique": unique}
            files = self._files.find(name, record.started_at, unique)
            if not files and not name:
                continue
            base = name.rpartition("/")[2] or unique
            if len(files) == 2:
                for _path, lane in files:
                    found.append(
                        RemoteRef(
                            f"{base}|{lane}", "side", lane, facts={**facts, "lane": str(lane)}, position=0
                        )
                    )
            else:
                found.append(RemoteRef(base, position=len(found), facts=facts))
        return tuple({ref.external_id: ref for ref in found}.values())

    def local_file(self, ref: RemoteRef) -> Path | None:
        """Where the recording lies, None while it is not there."""
        facts = ref.facts
        at = loose.epoch(facts.get("at"))
        if at is None:
            return None
        lane = Lane(facts["lane"]) if facts.get("lane") else None
        found = self._files.find(str(facts.get("name", "")), at, str(facts.get("unique", "")))
        return next((path for path, side in found if side is lane), None)

    def _folder_notes(self, last: CallRecord | None) -> list[str]:
        if not self.local_root.is_dir():
            return [_("The folder {path} is not there.").format(path=self.local_root)]
        if last is None:
            return []
        if last.remote and self.local_file(last.remote[0]) is not None:
            return [_("The recording of the last call is in the folder.")]
        if last.recording_names:
            return [
                _("The recording {name} of the last call was not found in the folder.").format(
                    name=last.recording_names[0]
                )
            ]
        return []


def _open(config: Config) -> Provider:
    return AsteriskWithFolder(config) if config.settings.get("folder") else AsteriskDatabase(config)


def _problems(words: Mapping[str, str]) -> Sequence[str]:
    if words.get("system") == "sqlite":
        return () if words.get("file") else (_("Choose the file of the database."),)
    told = []
    if not words.get("host"):
        told.append(_("Fill in the server's address."))
    if not words.get("database"):
        told.append(_("Fill in the name of the database."))
    return told


_SERVER, _FILE = ("system", "mysql", "postgresql"), ("system", "sqlite")
KIND = Kind(
    "asterisk", "Asterisk / FreePBX",
    N_("Reads the table of calls in the exchange's database; recordings from its monitor folder."),
    (
        Field("system", N_("Database"), Input.CHOICE, "", "mysql", True,
              (("mysql", "MySQL, MariaDB"), ("postgresql", "PostgreSQL"), ("sqlite", N_("SQLite file")))),
        Field("host", N_("Server"), Input.TEXT,
              N_("Address of the exchange. Its firewall and its database must let this computer in."),
              "", False, when=_SERVER),
        Field("database", N_("Name of the database"), Input.TEXT, N_("FreePBX calls it asteriskcdrdb."),
              "asteriskcdrdb", False, when=_SERVER),
        Field("user", N_("User"), Input.TEXT, N_("Make one who may only read: GRANT SELECT ON asteriskcdrdb.cdr."), "",
              False, when=_SERVER),
        Field("password", N_("Password"), Input.SECRET, N_("Of the database's user, not of the exchange's web page."), "",
              False, when=_SERVER),
        Field("file", N_("File of the database"), Input.FILE, N_("Only for SQLite: master.db or a copy of it."),
              "", False, when=_FILE),
        Field("folder", N_("Folder of recordings"), Input.FOLDER,
              N_("/var/spool/asterisk/monitor, as this computer sees it: a share, a mounted disk or a copy."), "", False),
        Field("table", N_("Table"), Input.TEXT, "", "cdr", False, (), True),
        Field("port", N_("Port"), Input.NUMBER, N_("Usually 3306 for MySQL and 5432 for PostgreSQL."),
              "", False, (), True, when=_SERVER),
        Field("utc", N_("Times are written in UTC"), Input.FLAG, N_("As with usegmtime=yes in cdr.conf."), "no", False, (),
              True),
        Field("encrypted", N_("Encrypted connection only"), Input.FLAG, "", "no", False, (), True, when=_SERVER),
        Field("days", N_("Folders of days"), Input.TEXT,
              N_("Only where recordings are not found: for example %Y/%m/%d or calls-%Y%m%d."), "", False, (), True),
    ),
    _open, "asterisk-freepbx", _problems,
)  # fmt: skip
