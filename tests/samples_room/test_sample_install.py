"""Installing makes a living workspace, twice changes nothing, and removing leaves nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from call_makers import make_call
from sqlalchemy import func, select

from qaapp import clock, i18n
from qaapp.calls import coverage, people, transcript_search
from qaapp.calls.transcript_search import WantedPhrases
from qaapp.intake.importing import ImportOptions, import_paths
from qaapp.progress import run
from qaapp.ratings.ranking import Query, rank
from qaapp.samples import SampleSummary, install_samples, remove_samples, samples_installed
from qaapp.samples.plan import read_plan, shipped_log
from qaapp.store.rules import read_rules
from qaapp.store.schema import Base, Call, Evaluation, Event, QueueItem, Recording, Setting, Source
from qaapp.store.workspace import Workspace, open_workspace
from qaapp.words import Band, Disposition, Lane, Origin, RecordingState

NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 18)


@pytest.fixture(scope="module")
def installed(
    _migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workspace, SampleSummary]]:
    """One workspace with the samples, only read by the tests that share it."""
    folder = tmp_path_factory.mktemp("samples") / "workspace"
    shutil.copytree(_migrated, folder)
    workspace = open_workspace(folder)
    i18n.set_language("ru")
    with clock.fixed(NOW):
        summary = run(install_samples(workspace, TODAY))
    yield workspace, summary
    workspace.close()


def row_counts(workspace: Workspace) -> dict[str, int]:
    with workspace.database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_every_planned_call_arrives_once_with_its_recording_and_its_manager(installed) -> None:
    workspace, summary = installed
    plan = read_plan()
    assert summary.installed
    assert summary.calls == 183
    assert summary.recordings == sum(len(plan["audio"][call["audio"]]["files"]) for call in plan["calls"])
    with workspace.database.read() as session:
        zone = read_rules(session).zone
        calls = session.scalars(select(Call).where(Call.recording_count > 0)).all()
        assert len(calls) == len(plan["calls"])
        assert all(call.manager_id and call.customer_number and call.customer_name for call in calls)
        assert all(call.disposition == Disposition.ANSWERED for call in calls)
        assert max(call.started_at for call in calls).astimezone(zone).date() == date(2026, 3, 17)
        assert {person.name for person in people.list_people(session)} == {
            person["name"] for person in plan["people"]
        }
        missed = session.scalar(select(func.count(Call.id)).where(Call.disposition == Disposition.MISSED))
        assert missed
        assert missed >= 20
        states = set(session.scalars(select(Recording.state)))
        assert states == {RecordingState.AVAILABLE}


def test_the_ranking_has_every_light(installed) -> None:
    workspace, _summary = installed
    with workspace.database.read() as session:
        ranking = rank(session, Query(), read_rules(session))
    lights = {row.manager: row.band for row in ranking.rows}
    assert lights == {
        "Анна Соколова": Band.GREEN, "Мария Левина": Band.GREEN, "Emma Clarke": Band.GREEN,
        "Тимур Галеев": Band.YELLOW, "Олег Тарасов": Band.RED, "Daniel Reed": Band.GREY,
    }  # fmt: skip
    by_name = {row.manager: row for row in ranking.rows}
    assert by_name["Daniel Reed"].calls == 3
    assert by_name["Daniel Reed"].provisional_band == Band.RED
    assert by_name["Олег Тарасов"].weakest is not None
    assert by_name["Олег Тарасов"].critical_calls >= 1
    assert by_name["Олег Тарасов"].change is not None
    assert by_name["Олег Тарасов"].change < 0 < by_name["Тимур Галеев"].change


def test_cards_are_dated_after_their_calls_and_before_today(installed) -> None:
    workspace, summary = installed
    with workspace.database.read() as session:
        rows = session.execute(select(Evaluation, Call.started_at).join(Call)).all()
        assert len(rows) == summary.evaluations == len(read_plan()["evaluations"])
        for filled, started_at in rows:
            assert filled.submitted_at is not None
            assert started_at < filled.submitted_at < NOW
            assert filled.started_at < filled.submitted_at


def test_a_draw_waits_for_the_reviewer(installed) -> None:
    workspace, summary = installed
    with workspace.database.read() as session:
        open_items = session.scalar(select(func.count(QueueItem.id)).where(QueueItem.state == "open"))
        assert open_items
        assert open_items >= 6
    assert summary.drawn >= 6


def test_installing_twice_changes_nothing(installed) -> None:
    workspace, _summary = installed
    before = row_counts(workspace)
    again = run(install_samples(workspace, TODAY))
    assert not again.installed
    assert row_counts(workspace) == before


def test_removing_leaves_nothing(workspace: Workspace) -> None:
    before = row_counts(workspace)
    calls = run(install_samples(workspace, TODAY)).calls
    assert samples_size(workspace) < 40_000_000
    assert remove_samples(workspace) == calls
    after = row_counts(workspace)
    del before["events"], after["events"]
    assert after == before
    with workspace.database.read() as session:
        subjects = set(session.scalars(select(Event.subject)))
        assert not subjects & {"call", "evaluation", "annotation", "archive_item", "user"}
        assert "samples.removed" in set(session.scalars(select(Event.kind)))
    assert not (workspace.recordings / "samples").exists()
    assert remove_samples(workspace) == 0


def test_an_interrupted_install_is_made_whole_and_removal_spares_what_was_there(workspace: Workspace) -> None:
    with workspace.database.write() as session:
        mine = people.ensure_user(session, "Пётр Чернов")
    steps = install_samples(workspace, TODAY)
    for _ in range(100):
        next(steps)
    steps.close()
    assert run(install_samples(workspace, TODAY)).installed
    remove_samples(workspace)
    with workspace.database.read() as session:
        assert session.scalar(select(func.count(Call.id))) == 0
        assert [user.id for user in people.list_users(session)] == [mine]
        assert not samples_installed(session)


def samples_size(workspace: Workspace) -> int:
    """Bytes on disk: hard links count once."""
    found = {path.stat().st_ino: path.stat().st_size for path in (workspace.recordings / "samples").iterdir()}
    return sum(found.values())


def test_some_calls_were_drawn_and_some_picked(installed) -> None:
    workspace, _summary = installed
    with workspace.database.read() as session:
        origins = set(session.scalars(select(Evaluation.origin)))
    assert origins >= {Origin.PICKED}


def test_every_sample_call_has_its_text(installed) -> None:
    workspace, _summary = installed
    with workspace.database.read() as session:
        with_text = transcript_search.calls_with_text(session)
        recorded = session.scalar(select(func.count(Recording.call_id.distinct())))
        assert with_text == recorded
        zone = read_rules(session).zone
        hits = transcript_search.page(session, WantedPhrases("коробки торт"), zone).rows
        assert hits
        assert {hit.lane for hit in hits} == {Lane.CUSTOMER, Lane.MANAGER}


def test_removing_spares_everything_that_came_after(workspace: Workspace, tmp_path: Path) -> None:
    """Own logs, also one with the headings of the sample log, own connections and what people did on sample calls."""
    run(install_samples(workspace, TODAY))
    same_shape = tmp_path / "own.csv"
    headings = [heading.replace("Дней назад", "Дата") for heading in shipped_log()[0]]
    row = dict.fromkeys(headings, "") | {
        "ID звонка": "own-1", "Дата": "10.03.2026", "Время": "10:00:00", "Направление": "входящий",
        "Статус": "отвечен", "Номер клиента": "79000009999", "Внутренний номер": "101", "Разговор, с": "60",
    }  # fmt: skip
    same_shape.write_text(
        "\n".join([";".join(headings), ";".join(row[name] for name in headings)]), "utf-8-sig"
    )
    other = tmp_path / "other.csv"
    other.write_text(
        "Дата;Время;Номер;Добавочный;Длительность\n01.03.2026;10:00:00;79000009998;102;60\n", "utf-8"
    )
    own = run(import_paths(workspace.database, [], ImportOptions(log_files=(same_shape, other))))
    assert own.added == 2
    with workspace.database.write() as session:
        # A person listened to a sample call and scored it: coverage hangs on call, person and evaluation.
        user = people.ensure_user(session, "Я")
        filled = session.scalars(select(Evaluation)).first()
        assert filled is not None
        coverage.add(session, filled.call_id, user, [coverage.Heard(0, 5000, 1.0)], 60_000)
        coverage.freeze(session, filled.id, filled.call_id, user)
        connection = Source(kind="mango", name="MANGO", settings={}, created_at=NOW)
        session.add(connection)
        session.flush()
    remove_samples(workspace)
    with workspace.database.read() as session:
        left = session.execute(select(Call.external_id, Source.name).join(Source)).all()
        assert len(left) == 2
        assert "own-1" in {external_id for external_id, _name in left}
        assert {"MANGO"} < set(session.scalars(select(Source.name)))
        assert {"Анна Соколова", "Тимур Галеев"} <= {person.name for person in people.list_people(session)}


def test_samples_of_the_first_version_are_removed_and_own_calls_stay(
    workspace: Workspace, tmp_path: Path
) -> None:
    """0.1.0 noted what was there before, and an own log with the same headings came into the samples' source."""
    run(install_samples(workspace, TODAY))
    with workspace.database.write() as session:
        stored = session.get_one(Setting, "samples")
        source = stored.value["source"]
        old = {key: value for key, value in stored.value.items() if key != "source"}
        stored.value = old | {"sources_before": [], "mappings_before": [], "roots_before": []}
        session.get_one(Call, make_call(session, "own")).source_id = source
    remove_samples(workspace)
    with workspace.database.read() as session:
        assert [call.external_id for call in session.scalars(select(Call))] == ["own"]
