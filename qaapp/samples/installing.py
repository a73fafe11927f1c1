"""The shipped sample calls as ordinary data of a workspace.

``resources/samples`` keeps days counted back from today; installing turns them into dates that end yesterday, gives the
files the names telephone systems give, and then does the real job through the rooms: import, people, cards,
evaluations, tags, annotations, archive, the daily draw. What was there before is noted under the setting ``samples``,
so that removing takes away what was made and nothing else.
"""

from __future__ import annotations

import csv
import os
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.archive import items as archive
from qaapp.calls import annotations as notes
from qaapp.calls import people, tags
from qaapp.i18n import _, language
from qaapp.intake.importing import ImportOptions, import_paths
from qaapp.intake.places import free_name
from qaapp.progress import Progress, Steps
from qaapp.review.queue import draw_today
from qaapp.samples.plan import LOG_FILE, file_names, moment_of, read_plan, shipped_log
from qaapp.samples.removal import FOLDER, SETTING, counts, remove_samples
from qaapp.scorecards import evaluations
from qaapp.scorecards.cards import find_card, load_published
from qaapp.scorecards.templates import install_template, read_template
from qaapp.settings import Rules
from qaapp.store.rules import read_rules
from qaapp.store.schema import (
    ArchiveItem,
    Evaluation,
    Group,
    Manager,
    QueueItem,
    Recording,
    Setting,
    Source,
    Tag,
    User,
)
from qaapp.store.seeds import OUTCOMES
from qaapp.store.workspace import Workspace
from qaapp.words import Origin, Role, Verdict


@dataclass(frozen=True)
class SampleSummary:
    """What is there now; ``installed`` is False when the samples were in the workspace already."""

    installed: bool
    calls: int
    recordings: int
    evaluations: int
    drawn: int
    folder: Path


def samples_installed(session: Session) -> bool:
    """Whether the workspace holds the sample calls, whole."""
    stored = session.get(Setting, SETTING)
    return stored is not None and bool(stored.value.get("whole"))


def install_samples(workspace: Workspace, today: date | None = None) -> Steps[SampleSummary]:
    """Bring the sample calls into the workspace; the last call is on the day before ``today``.

    Doing it twice changes nothing; what an interrupted run left is removed first. Raises ``QaappError``.
    """
    database = workspace.database
    with database.read() as session:
        rules = read_rules(session)
        whole = samples_installed(session)
    if whole:
        return _summary(workspace, installed=False, drawn=0)
    remove_samples(workspace)
    plan = read_plan()
    today = today or clock.now().astimezone(rules.zone).date()
    names = {call["id"]: file_names(call, plan, today, rules.zone) for call in plan["calls"]}
    with database.write() as session:
        source = _note_before(session, plan)
    yield from _copy_files(workspace, plan, names)
    log = workspace.recordings / FOLDER / LOG_FILE
    _write_log(log, names, today)
    with database.write() as session:
        users = {
            person["name"]: people.ensure_user(session, person["name"], Role(person["role"]))
            for person in plan["reviewers"]
        }
        _make_people(session, plan)
    options = ImportOptions(log_files=(log,), time_zone=rules.time_zone, source_name=source)
    yield from import_paths(database, [workspace.recordings / FOLDER], options)
    with database.read() as session:
        call_ids = _call_ids(session, names)
    yield from _evaluate(workspace, plan, call_ids, users, today, rules)
    with database.write() as session:
        _note_and_keep(session, plan, call_ids, list(users.values()))
        drawn = draw_today(session, rules, today)
        stored = session.get_one(Setting, SETTING)
        stored.value = stored.value | {"whole": True}
    return _summary(workspace, installed=True, drawn=drawn)


# --- files -------------------------------------------------------------------------------------------------------


def _copy_files(
    workspace: Workspace, plan: Mapping[str, Any], names: Mapping[str, Sequence[str]]
) -> Steps[None]:
    """One copy of each recording and of its text; further calls have hard links to them (copies where the disk has none)."""
    folder = workspace.recordings / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    first: dict[str, Path] = {}
    with as_file(files("qaapp.resources") / "samples") as shipped:
        for done, call in enumerate(plan["calls"]):
            yield Progress(done, len(plan["calls"]), _("Copying the sample calls"))
            parts = [f"audio/{part['name']}" for part in plan["audio"][call["audio"]]["files"]]
            wanted = dict(zip(parts, names[call["id"]], strict=True))
            wanted[f"texts/{call['audio']}.vtt"] = Path(names[call["id"]][0]).with_suffix(".vtt").name
            for part, name in wanted.items():
                target = folder / name
                known = first.setdefault(part, target)
                if known != target and _linked(known, target):
                    continue
                shutil.copyfile(shipped / part, target)


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _write_log(target: Path, names: Mapping[str, Sequence[str]], today: date) -> None:
    """The call log as a telephone system would export it: dates instead of days ago, file names, cp1251-proof text."""
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        headings: list[str] = []
        for row in shipped_log():
            if not headings:
                headings = row
                days, call, recording = (row.index(name) for name in ("Дней назад", "ID звонка", "Запись"))
                row[days], row[recording] = "Дата", "Файл записи"
            else:
                row[days] = (today - timedelta(days=int(row[days]))).strftime("%d.%m.%Y")
                row[recording] = ", ".join(names.get(row[call], ()))
            writer.writerow(row)


# --- people, cards, evaluations ----------------------------------------------------------------------------------


def _note_before(session: Session, plan: Mapping[str, Any]) -> str:
    """Make the source of the sample log, and note it and which of the names that will be used are new: only these are
    removed later. Gives the name of the source. It has no signature, so that no other log comes into it."""

    def new(column: Any, wanted: set[str]) -> list[str]:
        return sorted(wanted - set(session.scalars(select(column).where(column.in_(wanted)))))

    name = free_name(_("Sample calls"), set(session.scalars(select(Source.name))))
    source = Source(kind="call_log", name=name, settings={}, created_at=clock.now())
    session.add(source)
    session.flush()
    session.add(
        Setting(
            key=SETTING,
            value={
                "whole": False,
                "managers": new(Manager.name, {person["name"] for person in plan["people"]}),
                "groups": new(Group.name, set(plan["groups"])),
                "users": new(User.name, {person["name"] for person in plan["reviewers"]}),
                "tags": new(Tag.name, {tag["name"] for tag in plan["tags"]}),
                "cards": [],
                "source": source.id,
            },
        )
    )
    return name


def _make_people(session: Session, plan: Mapping[str, Any]) -> None:
    for person in plan["people"]:
        manager_id = people.find_or_create(session, name=person["name"], extension=person["extension"])
        assert manager_id is not None
        people.set_extensions(session, manager_id, (person["extension"],))
        people.set_group(session, manager_id, person["group"])


def _call_ids(session: Session, names: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Planned id → id of the imported call, found by its first file."""
    rows = session.execute(select(Recording.path, Recording.call_id))
    by_name = {unicodedata.normalize("NFC", path).rsplit("/", 1)[-1]: call_id for path, call_id in rows}
    return {key: by_name[unicodedata.normalize("NFC", parts[0])] for key, parts in names.items()}


def _outcomes(session: Session) -> dict[str, int]:
    """English name of a shipped outcome → its row here: by name in the language of the day, else by its place."""
    rows = evaluations.list_outcomes(session, inactive=True)
    by_name = {row.name: row.id for row in rows}
    by_place = {row.position: row.id for row in rows}
    found = {}
    for place, (name, _lost) in enumerate(OUTCOMES):
        row_id = by_name.get(_(name)) or by_name.get(name) or by_place.get(place)
        if row_id is not None:
            found[name] = row_id
    return found


def _evaluate(
    workspace: Workspace, plan: Mapping[str, Any], call_ids: Mapping[str, int], users: Mapping[str, int],
    today: date, rules: Rules,
) -> Steps[None]:  # fmt: skip
    """Fill the planned cards; each is dated some hours after its call, as if it had been heard then."""
    database = workspace.database
    calls = {call["id"]: call for call in plan["calls"]}
    with database.write() as session:
        author = next(iter(users.values()))
        cards = {
            code: _card(session, code, author) for code in {entry["card"] for entry in plan["evaluations"]}
        }
        outcomes = _outcomes(session)
    last_evening = (datetime.combine(today, time(), rules.zone) - timedelta(hours=3)).astimezone(UTC)
    archived = {item["call"] for item in plan["archive"]}
    # Calls that went into the archive were chosen by hand; the rest by the draws of those days.
    picked = [entry for entry in plan["evaluations"] if entry["call"] in archived]
    drawn = [entry for entry in plan["evaluations"] if entry["call"] not in archived]
    for done, entry in enumerate([*picked, *drawn]):
        yield Progress(done, len(plan["evaluations"]), _("Filling the cards"))
        if done == len(picked):
            with database.write() as session:
                _draw_since(session, list(calls.values()), call_ids, today, rules)
        call = calls[entry["call"]]
        started_at = moment_of(call, today).replace(tzinfo=rules.zone).astimezone(UTC)
        heard_at = min(started_at + timedelta(hours=entry["after_hours"]), last_evening)
        revision_id, points = cards[entry["card"]]
        user_id = users[entry["reviewer"]]
        with database.write(bulk=True) as session:
            _fill(session, entry, call_ids[call["id"]], revision_id, points, user_id, outcomes, heard_at)


def _draw_since(
    session: Session,
    calls: Sequence[Mapping[str, Any]],
    call_ids: Mapping[str, int],
    today: date,
    rules: Rules,
) -> None:
    """The draws that would have been made since the first call, a fortnight at a time (the reach of a draw), dated
    the morning after each call's day. Own calls of the workspace are left to its own draws."""
    last = session.scalar(select(func.max(QueueItem.id))) or 0
    for back in range(max(call["days_ago"] for call in calls) // 14 * 14, 0, -14):
        draw_today(session, rules, today - timedelta(days=back))
    draw_today(session, rules, today - timedelta(days=1))
    session.execute(delete(QueueItem).where(QueueItem.id > last, QueueItem.call_id.not_in(call_ids.values())))
    for item in session.scalars(select(QueueItem).where(QueueItem.id > last)):
        next_morning = datetime.combine(item.call_day + timedelta(days=1), time(8), rules.zone)
        item.drawn_at = min(item.drawn_at, next_morning.astimezone(UTC))


def _card(session: Session, code: str, user_id: int) -> tuple[int, dict[str, int]]:
    """Published revision of the template's card (installed where there is none like it) and its checkpoint ids by the
    codes of the plan, which are those of the Russian template: the two languages have the same points in one order."""
    name, _call_type, sections = read_template(code)
    wanted = [point.code for section in sections for point in section.checkpoints]
    brief = find_card(session, name)
    card = load_published(session, brief.scorecard_id) if brief is not None and not brief.archived else None
    if card is None or [point.code for point in card.checkpoints] != wanted:
        card = install_template(session, code, language(), user_id)
        stored = session.get_one(Setting, SETTING)
        stored.value = stored.value | {"cards": [*stored.value["cards"], card.scorecard_id]}
    planned = [point.code for section in read_template(code, "ru")[2] for point in section.checkpoints]
    ids = [point.id for point in card.checkpoints]
    return card.revision_id, {key: ref for key, ref in zip(planned, ids, strict=True) if ref is not None}


def _fill(
    session: Session, entry: Mapping[str, Any], call_id: int, revision_id: int, points: Mapping[str, int],
    user_id: int, outcomes: Mapping[str, int], heard_at: datetime,
) -> None:  # fmt: skip
    draft = evaluations.open_draft(session, call_id, revision_id, user_id, Origin.RANDOM)
    for code, (value, at_ms) in entry["marks"].items():
        if code in points:
            evaluations.set_mark(session, draft.id, points[code], value, at_ms, user_id)
    for code, (said, better) in entry["phrases"].items():
        if code in points:
            evaluations.set_phrases(session, draft.id, points[code], said, better, user_id)
    evaluations.mark_rest_na(session, draft.id, user_id)
    evaluations.set_texts(
        session,
        draft.id,
        comment=entry["comment"],
        pluses=entry["pluses"],
        minuses=entry["minuses"],
        user_id=user_id,
    )
    evaluations.set_outcome(session, draft.id, outcomes.get(entry["outcome"]), user_id)
    evaluations.submit(session, draft.id, user_id)
    session.execute(
        update(Evaluation)
        .where(Evaluation.id == draft.id)
        .values(started_at=heard_at - timedelta(minutes=6), submitted_at=heard_at, updated_at=heard_at)
    )
    done = update(QueueItem).where(QueueItem.call_id == call_id, QueueItem.closed_at.is_not(None))
    session.execute(done.values(closed_at=heard_at))


def _note_and_keep(
    session: Session, plan: Mapping[str, Any], call_ids: Mapping[str, int], users: Sequence[int]
) -> None:
    """Tags, annotations and archive items of the newest evaluated call of each recording."""
    for tag in plan["tags"]:
        tags.add_tag(session, [call_ids[tag["call"]]], tag["name"], users[0])
    kinds = {kind.code: kind.id for kind in notes.list_kinds(session)}
    for note in plan["annotations"]:
        if note["kind"] in kinds:
            notes.add(
                session, call_ids[note["call"]], kinds[note["kind"]], note["start_ms"], note["end_ms"],
                note["text"], user_id=users[0], sign=note.get("sign"),
            )  # fmt: skip
    for item in plan["archive"]:
        owner = users[len(users) - 1]
        row = archive.add(
            session, call_ids[item["call"]], Verdict(item["verdict"]), stage=item["stage"], title=item["title"],
            reason=item["reason"], start_ms=item["start_ms"], end_ms=item["end_ms"], owner_id=owner, user_id=owner,
        )  # fmt: skip
        kept_at = clock.now() - timedelta(days=item["days_kept"])
        session.execute(
            update(ArchiveItem)
            .where(ArchiveItem.id == row.id)
            .values(created_at=kept_at, refreshed_at=kept_at)
        )


def _summary(workspace: Workspace, *, installed: bool, drawn: int) -> SampleSummary:
    with workspace.database.read() as session:
        calls, recordings, filled = counts(session, str(workspace.recordings / FOLDER))
    return SampleSummary(installed, calls, recordings, filled, drawn, workspace.recordings / FOLDER)
