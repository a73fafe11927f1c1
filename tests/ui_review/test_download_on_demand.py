"""A call whose recording is still at its provider: one key fetches it and it plays; its route is a tab."""

from __future__ import annotations

from PySide6.QtCore import Qt

from qaapp.store.schema import Call, Connection, Recording, RemoteRecording
from qaapp.ui.widgets import Label


def test_d_downloads_the_recording_and_it_plays(build, monkeypatch):
    house = build()
    call = house.calls[1]
    with house.desk.database.write() as session:
        stored = session.get_one(Call, call)
        session.add(Connection(source_id=stored.source_id, on_demand=True))
        session.add(RemoteRecording(
            source_id=stored.source_id, call_id=call, external_id="r", state="waiting", updated_at=stored.first_seen_at
        ))  # fmt: skip
        recording = session.query(Recording).filter_by(call_id=call).one()
        names = ("root_id", "path", "duration_ms", "channels", "sample_rate", "codec")
        values = {name: getattr(recording, name) for name in names}
        session.delete(recording)
        stored.recording_count = 0

    def fetch(_workspace, number):
        with house.desk.database.write() as session:
            session.add(Recording(call_id=number, **values))
            session.query(RemoteRecording).one().state = "available"
            session.get_one(Call, number).recording_count = 1

    monkeypatch.setattr("qaapp.ui.fetching._fetch", fetch)
    house.screen.open_call(call)
    bar = house.screen.center.fetching
    assert bar.isVisible()
    assert "until it is needed" in bar.text.text()
    house.screen.card.list.setFocus()
    house.key(Qt.Key.Key_D)
    house.wait(lambda: house.screen.playback.has_sound())
    assert not bar.isVisible()
    assert house.screen.session.call_id == call
    assert house.player.is_playing()


def test_a_call_with_its_sound_has_no_bar_but_a_tab_of_its_way(house):
    center = house.screen.center
    assert not center.fetching.isVisible()
    assert center.fetching.download() is False
    center.tabs.setCurrentIndex(3)
    assert center.tabs.tabText(3) == "Call"
    assert center.origin.isVisible()
    assert "Line 74951230000" in center.origin.route.accessibleDescription()
    texts = [label.text() for label in center.origin.findChildren(Label)]
    assert "Recordings" in texts
