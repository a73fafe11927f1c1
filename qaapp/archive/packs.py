"""A pack of examples: a folder that opens anywhere, without the app.

``audio/`` holds one MP3 per example, ``index.html`` shows and plays them by a double-click,
``examples.xlsx`` lists them.
Stretches marked *personal data* are replaced by a tone. The pack grows under a temporary name beside its
place and is
renamed when whole; stopping removes what was done, and a folder that is there already is never touched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from qaapp import clock, i18n
from qaapp.archive.items import ItemRow, list_items
from qaapp.archive.pack_page import page
from qaapp.audio.call_audio import AudioFile
from qaapp.calls.clip_export import personal_stretches, safe_name
from qaapp.calls.recordings import audio_files
from qaapp.errors import AudioError, ReportError
from qaapp.i18n import N_, _
from qaapp.progress import Progress, Steps
from qaapp.store.database import Database
from qaapp.store.rules import read_rules
from qaapp.tables import Column, Kind, Table, plain_error, said_plainly
from qaapp.workbook import write_workbook

PAGE, SHEET, AUDIO = "index.html", "examples.xlsx", "audio"


@dataclass(frozen=True)
class Entry:
    """One example in a pack. ``file`` is relative to the pack; "" with ``problem`` said where there is no
    sound."""

    item: ItemRow
    number: int
    customer: str
    file: str = ""
    problem: str = ""
    beeps: int = 0

    @property
    def title(self) -> str:
        """The title a person gave, or the stage, or a plain word."""
        return self.item.title or self.item.stage or _("Example")


@dataclass(frozen=True)
class _Plan:
    item: ItemRow
    files: list[AudioFile]
    beeps: list[tuple[int, int]]
    problem: str


def export_pack(
    database: Database, item_ids: Sequence[int], folder: Path, roots: Mapping[str, str], *,
    mask_numbers: bool = False, beep: bool = True,
) -> Steps[Path]:  # fmt: skip
    """Write the items in their order by stage into ``folder``; returns the path of the page.

    ``roots`` maps recording roots to folders of this computer. An example without sound stays in the list
    with the
    reason. Raises ``ReportError``: nothing chosen, the folder is there (kind ``exists``), no room, no right.
    """
    folder = folder.absolute()
    with database.read() as session:
        zone = read_rules(session).zone
        rows = list_items(session, ids=item_ids)
        plans = [_plan(session, row, roots, beep) for row in _by_stage(rows)]
    if not plans:
        raise ReportError(
            N_("There are no examples to export."), hint=N_("Choose at least one."), kind="empty"
        )
    _refuse_taken(folder)
    with said_plainly(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name[:60]}.", suffix=".part", dir=folder.parent))
    try:
        with said_plainly(folder):
            (part / AUDIO).mkdir()
            entries = yield from _clips(plans, part, folder, mask_numbers)
            yield Progress(len(plans), len(plans), _("Writing the page"))
            made_at = clock.now()
            (part / PAGE).write_text(page(entries, zone, made_at), encoding="utf-8", newline="\n")
            yield from _sheet(part / SHEET, entries, zone, mask_numbers)
            _refuse_taken(folder)
            part.chmod(0o755)
            if folder.exists():
                folder.rmdir()  # an empty folder that a dialog made
            os.replace(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder / PAGE


def _refuse_taken(folder: Path) -> None:
    with said_plainly(folder):
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if taken:
        raise ReportError(
            N_("{path} is there already and is left as it is."),
            hint=N_("Choose a new folder."),
            kind="exists",
            path=folder,
        )


def _by_stage(rows: Sequence[ItemRow]) -> list[ItemRow]:
    order: dict[str, int] = {}
    for row in rows:
        order.setdefault(row.stage, len(order))
    return sorted(rows, key=lambda row: (not row.stage, order[row.stage], row.verdict.value))  # best < worst


def _plan(session: Session, item: ItemRow, roots: Mapping[str, str], beep: bool) -> _Plan:
    beeps: list[tuple[int, int]] = []
    if beep:
        beeps = personal_stretches(session, item.call_id)
        if item.start_ms is not None and item.end_ms is not None:
            low, high = item.start_ms, item.end_ms
            beeps = [(start, end) for start, end in beeps if end > low and start < high]
    try:
        return _Plan(item, audio_files(session, item.call_id, roots), beeps, "")
    except AudioError as error:
        return _Plan(item, [], beeps, error.sentence())


def _clips(plans: Sequence[_Plan], part: Path, folder: Path, mask: bool) -> Steps[list[Entry]]:
    from qaapp.audio.call_audio import CallAudio, load_call_audio
    from qaapp.audio.clips import write_clip

    entries: list[Entry] = []
    loaded: tuple[int, CallAudio] | None = None  # neighbours are often stretches of one call
    for number, plan in enumerate(plans, 1):
        item = plan.item
        entry = Entry(item, number, _customer(item, mask), problem=plan.problem, beeps=len(plan.beeps))
        yield Progress(number - 1, len(plans), _("Cutting the examples"), entry.title)
        if plan.files:
            name = f"{AUDIO}/{file_name(number, item.stage, entry.title, item.manager)}.mp3"
            try:
                if loaded is None or loaded[0] != item.call_id:
                    loaded = (item.call_id, load_call_audio(plan.files, None, with_speech=False))
                audio = loaded[1]
                start, end = item.start_ms or 0, min(item.end_ms or audio.duration_ms, audio.duration_ms)
                write_clip(audio, part / name, start, end, beep=plan.beeps)
                exact = replace(item, duration_ms=end - start)
                entry = Entry(exact, number, entry.customer, file=name, beeps=entry.beeps)
            except AudioError as error:
                if not error.kind:  # the clip, not the recording: the disk refused it
                    cause = error.__cause__
                    raise plain_error(
                        cause if isinstance(cause, OSError) else OSError(str(cause)), folder
                    ) from error
                entry = replace(entry, problem=error.sentence())
        entries.append(entry)
    return entries


def _customer(item: ItemRow, mask: bool) -> str:
    if not item.customer_number:
        return ""
    return i18n.mask_phone(item.customer_number) if mask else i18n.phone(item.customer_number)


def file_name(number: int, *parts: str | None) -> str:
    """``007 Возражения – Дорого – Анна``: a name that Windows, macOS and Linux take, of at most 80
    characters.

    The number in front keeps the order and keeps names such as ``CON`` away; it also makes the name unique.
    """
    return f"{number:03} {safe_name(*parts, length=75, size_bytes=145)}"


def _sheet(path: Path, entries: Sequence[Entry], zone: ZoneInfo, masked: bool) -> Steps[Path]:
    columns = (
        Column("number", "№", Kind.INT, 6),
        Column("stage", _("Stage"), width=18),
        Column("verdict", _("Verdict"), width=10),
        Column("title", _("Title"), width=30, wrap=True),
        Column("reason", _("Why it is an example"), width=40, wrap=True),
        Column("said", _("Said"), width=36, wrap=True),
        Column("should_have_said", _("Should have said"), width=36, wrap=True),
        Column("manager", _("Manager"), width=20),
        Column("started_at", _("Call"), Kind.MOMENT, 17),
        Column("start", _("From"), Kind.DURATION, 9),
        Column("duration", _("Duration"), Kind.DURATION, 11),
        Column("customer", _("Customer"), width=18),
        Column("owner", _("Owner"), width=18),
        Column("refreshed", _("Refreshed"), Kind.DATE, 12),
        Column("file", _("File"), width=40),
    )

    def rows() -> list[list[object]]:
        return [
            [
                entry.number, item.stage, i18n.word(item.verdict.value), item.title, item.reason, item.said,
                item.should_have_said, item.manager, item.started_at, _seconds(item.start_ms),
                _seconds(item.duration_ms), entry.customer or None, item.owner, item.refreshed_at,
                entry.file or entry.problem,
            ]
            for entry in entries
            for item in (entry.item,)
        ]  # fmt: skip

    return write_workbook(path, [Table(_("Examples"), columns, rows(), len(entries))], zone, pack_title())


def _seconds(value_ms: int | None) -> float | None:
    return None if value_ms is None else value_ms / 1000


def pack_title() -> str:
    """What a pack is called."""
    return _("Training archive")


def suggested_name(moment: datetime, zone: ZoneInfo) -> str:
    """A name for the folder: "Archive 2026-03-17"."""
    return _("Archive {day}").format(day=moment.astimezone(zone).date().isoformat())
