"""What a provider said of a call, in the drawer: route with waits and reasons, people, deal, a recording to come."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from call_makers import START, make_call, make_manager, make_source
from dressed import click, mount, settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qaapp import i18n
from qaapp.journal.details import DealRow, ParticipantRow, RemoteRow, details
from qaapp.store.schema import Call, Connection, Deal, Leg, Participant, RemoteRecording
from qaapp.ui.journal.origins import amount_words, can_download, participant_words, remote_words
from qaapp.ui.journal.route import stops_of
from qaapp.ui.journal.screen import JournalScreen
from qaapp.ui.widgets import Label
from qaapp.words import RecordingState

ZONE = ZoneInfo("Europe/Moscow")


def at(seconds: int):
    return START + timedelta(seconds=seconds)


@pytest.fixture
def call_id(database) -> int:
    """Line, menu, queue with a person who did not answer, a talk, a transfer, another talk."""
    with database.write() as session:
        anna, oleg = make_manager(session, "Anna Smirnova"), make_manager(session, "Oleg Tarasov")
        source = make_source(session, "MANGO")
        session.add(Connection(source_id=source, on_demand=True))
        call = make_call(
            session, "x", 0, source_id=source, line_number="74951230000", manager_id=anna, ended_at=at(313), talk_s=264,
            direction="inbound", disposition="answered", hold_s=14, end_kind="customer_hung_up", end_reason="1110",
        )  # fmt: skip
        legs = (
            ("ivr", "Main", None, 0, None, 12, None, None, False),
            ("group", "Sales", None, 12, 35, 35, None, None, False),
            ("user", "105", None, 15, None, 30, None, "not_answered", False),
            ("user", "103", anna, 35, 36, 203, 168, "transferred", False),
            ("user", "104", oleg, 217, 217, 313, 96, "customer_hung_up", False),
            ("user", "100", None, 220, 220, 300, 80, None, True),
        )
        for place, (kind, party, manager, began, answered, ended, talk, end_kind, listens) in enumerate(legs):
            session.add(Leg(
                call_id=call, position=place, kind=kind, party=party, manager_id=manager, started_at=at(began),
                answered_at=None if answered is None else at(answered), ended_at=at(ended), talk_s=talk,
                end_kind=end_kind, is_supervisor=listens,
            ))  # fmt: skip
        for place, (name, role, talk) in enumerate(
            (("Anna Smirnova", "manager", 168), ("Boss", "supervisor", None))
        ):
            session.add(
                Participant(call_id=call, position=place, name=name, extension="103", role=role, talk_s=talk)
            )
        session.add(
            Deal(
                call_id=call,
                external_id="D-7",
                stage="Invoice",
                outcome="won",
                amount="48500.50",
                currency="RUB",
            )
        )
        session.add(
            RemoteRecording(
                source_id=source, call_id=call, external_id="r", state="waiting", updated_at=START
            )
        )
        return call


def test_the_route_tells_menu_queue_talk_transfer_and_end(database, call_id):
    with database.read() as session:
        stops = stops_of(details(session, call_id), ZONE)
    assert [(stop.kind, stop.title, stop.length) for stop in stops] == [
        ("ring", "Line 74951230000", ""), ("ring", "Menu “Main”", "0:12"), ("ring", "Queue “Sales”", "0:23"),
        ("ring", "105", "0:15"), ("talk", "Anna Smirnova", "2:48"), ("ring", "Transfer", "0:14"),
        ("talk", "Oleg Tarasov", "1:36"), ("ring", "100", ""), ("end", "End", ""),
    ]  # fmt: skip
    notes = {stop.title: stop.note for stop in stops}
    assert notes["105"] == "not answered"
    assert notes["Transfer"] == "the customer waits"
    assert notes["100"] == "listens in, not part of the talk"
    assert notes["End"] == "customer hung up (1110)"
    assert stops[2].waits
    assert stops[1].clock == "10:00:00"


def test_words_of_people_deals_and_recordings():
    person = ParticipantRow("Vera", "103", "Sales", "transfer", True, 168)
    assert participant_words(person) == "Vera, ext. 103, Sales, 2:48 (took the call over)"
    assert (
        participant_words(ParticipantRow("Oleg", None, None, "manager", False, None))
        == "Oleg, did not answer"
    )
    whole = i18n.group_digits(48500)
    assert amount_words(DealRow(None, None, None, "48500.50", "RUB", None)) == f"{whole}.50 RUB"
    assert amount_words(DealRow(None, None, None, "по договору", None, None)) == "по договору"

    def said(state: RecordingState, **more):
        values = {"error": None, "next_try_at": None, "on_demand": False} | more
        return remote_words(RemoteRow(state, "full", **values), ZONE, START)

    assert said(RecordingState.AVAILABLE) == ""
    assert said(RecordingState.WAITING) == "waiting for the recording"
    assert "13:00" in said(RecordingState.WAITING, next_try_at=at(3 * 3600))
    assert "until it is needed" in said(RecordingState.WAITING, on_demand=True)
    assert said(RecordingState.EXPIRED) == "removed by your rule for keeping"
    assert said(RecordingState.FAILED, error="No sound.") == "No sound."


def test_the_drawer_shows_it_and_one_key_downloads(database, desk, qtbot, call_id, monkeypatch):
    asked = []

    def fetch(_workspace, number):
        asked.append(number)
        with database.write() as session:
            session.query(RemoteRecording).one().state = "available"
            session.get_one(Call, number).recording_count = 1

    monkeypatch.setattr("qaapp.ui.fetching._fetch", fetch)
    screen = mount(qtbot, JournalScreen(desk))
    settle(qtbot, desk)
    texts = [label.text() for label in screen._details.findChildren(Label) if label.isVisible()]
    assert "Anna Smirnova, ext. 103, 2:48" in texts
    assert "Invoice" in texts
    assert any("until it is needed" in text for text in texts)
    assert any("on hold 0:14" in text for text in texts)
    QTest.keyClick(screen._table, Qt.Key.Key_D)
    settle(qtbot, desk)
    assert asked == [call_id]
    with database.read() as session:
        assert not can_download(details(session, call_id))


def test_a_download_that_fails_says_why_and_may_be_tried_again(database, desk, qtbot, call_id, monkeypatch):
    from qaapp.errors import SourceError

    def fetch(_workspace, _number):
        raise SourceError("The provider is silent.", kind="network")

    monkeypatch.setattr("qaapp.ui.fetching._fetch", fetch)
    screen = mount(qtbot, JournalScreen(desk))
    settle(qtbot, desk)
    click(screen._details._fetch_button)
    settle(qtbot, desk)
    assert screen._details.error.sentence() == "The provider is silent."
    assert screen._details._fetch_button.isEnabled()


def test_a_removed_connection_offers_nothing(database, desk, call_id):
    with database.write() as session:
        session.delete(session.query(Connection).one())
    with database.read() as session:
        assert not can_download(details(session, call_id))
