"""Settings: every change is kept at once and can be taken back."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit
from scoring_world import card_with_codes

from qaapp.calls import annotations, tags
from qaapp.scorecards.outcomes import list_outcomes
from qaapp.settings import load_personal
from qaapp.store.places import clear_cache, folder_size, list_roots
from qaapp.store.rules import read_rules
from qaapp.store.schema import RecordingRoot
from qaapp.ui.dialogs import Dialog
from qaapp.ui.keys import KeyTaken
from qaapp.ui.settings.general_page import GeneralPage
from qaapp.ui.settings.keys_page import KeysPage
from qaapp.ui.settings.rules_page import RulesPage
from qaapp.ui.settings.storage_page import StoragePage
from qaapp.ui.settings.words_pages import KindsPage, OutcomesPage, TagsPage


@pytest.fixture
def opened(desk, qtbot):
    """Makes a page and keeps what it says."""

    def make(kind):
        page = kind(desk)
        qtbot.addWidget(page)
        page.said, page.errors = [], []
        page.message.connect(lambda text, undo: page.said.append((text, undo)))
        page.failed.connect(page.errors.append)
        page.refresh()
        return page

    return make


def outcomes_of(desk) -> dict[str, bool]:
    with desk.database.read() as session:
        return {row.name: row.is_lost for row in list_outcomes(session)}


def test_an_outcome_is_renamed_in_its_cell_and_taken_back(opened, desk):
    page = opened(OutcomesPage)
    page.model.item(0, 0).setText("Sold")
    assert "Sold" in outcomes_of(desk)
    page.said[-1][1]()
    assert "Deal closed" in outcomes_of(desk)
    assert "Sold" not in outcomes_of(desk)
    assert page.model.item(0, 0).text() == "Deal closed"


def test_a_taken_name_is_refused_and_the_cell_shows_the_old_one(opened, desk):
    page = opened(OutcomesPage)
    page.model.item(0, 0).setText("Meeting set")
    assert len(page.errors) == 1
    assert page.model.item(0, 0).text() == "Deal closed"


def test_an_outcome_becomes_a_loss(opened, desk):
    page = opened(OutcomesPage)
    page.table.selectRow(1)
    page._change("is_lost")
    assert outcomes_of(desk)["Meeting set"]
    assert page.selected_ids()  # the same row stays chosen


def test_a_kind_takes_a_digit_and_undo_gives_it_back(opened, desk):
    def digits():
        with desk.database.read() as session:
            return {kind.code: kind.shortcut for kind in annotations.list_kinds(session)}

    before = digits()
    page = opened(KindsPage)
    page.table.selectRow(0)
    page._change(shortcut=2)
    assert digits()["stage"] == 2
    assert digits()["objection"] is None
    page.said[-1][1]()
    assert digits() == before


def test_a_kind_gets_a_group_and_another_place(opened, desk):
    page = opened(KindsPage)

    def lanes():
        with desk.database.read() as session:
            return [(kind.code, kind.lane) for kind in annotations.list_kinds(session)]

    before = lanes()
    page.table.selectRow(1)
    page._change(lane="Technology")
    page._move(-1)
    assert lanes()[0] == (before[1][0], "Technology")
    assert page.model.item(0, 2).text() == "Technology"
    page.said[-1][1]()
    page.said[-2][1]()
    assert lanes() == before


def test_phrases_are_added_edited_and_retired(opened, desk):
    from qaapp.scorecards import phrases
    from qaapp.ui.settings.phrases_page import PhrasesPage

    with desk.database.write() as session:
        card_with_codes(session, "C1", "C2")
    page = opened(PhrasesPage)
    page._add()
    dialog = page.findChild(Dialog)
    dialog.findChild(QComboBox).setCurrentIndex(1)
    dialog.findChild(QLineEdit).setText("How can I help you?")
    dialog.accept()
    (row,) = page._all().values()
    assert (row.checkpoint_code, row.kind, row.text) == ("C2", "should", "How can I help you?")
    page.table.selectRow(0)
    page._turn()
    page._toggle()
    page.model.item(0, 2).setText("Good day")
    with desk.database.read() as session:
        assert [(r.kind, r.text, r.active) for r in phrases.list_phrases(session)] == [
            ("said", "Good day", False)
        ]
    page.said[-1][1]()
    page.said[-2][1]()
    assert page._all()[row.id].active


def test_a_tag_is_merged_and_unmerged(opened, desk):
    with desk.database.write() as session:
        keep = tags.add_tag(session, [], "wholesale", None).tag_id
        tags.add_tag(session, [], "опт", None)
    page = opened(TagsPage)

    def names():
        with desk.database.read() as session:
            return [tag.name for tag in tags.list_tags(session)]

    drop = next(tag.id for tag in page.read(tags.list_tags) if tag.name == "опт")
    page._do(lambda session: tags.merge_tags(session, keep, drop), "Merged")
    assert names() == ["wholesale"]
    page.said[-1][1]()
    assert names() == ["wholesale", "опт"]


def test_limits_are_kept_for_everybody_and_cannot_cross(opened, desk, qtbot):
    page = opened(RulesPage)
    page._fields["green_above"].setValue(85)
    with desk.database.read() as session:
        assert read_rules(session).green_above == 85
    assert desk.rules.green_above == 85
    assert page._fields["red_below"].maximum() == 85
    page.said[-1][1]()
    assert desk.rules.green_above == 80
    assert page._fields["green_above"].value() == 80
    qtbot.waitUntil(lambda: not desk.jobs.live)


def test_masking_is_kept_on_this_computer(opened, desk):
    page = opened(GeneralPage)
    page.masking.setChecked(True)
    assert load_personal().mask_numbers
    page.said[-1][1]()
    assert not load_personal().mask_numbers
    assert not page.masking.isChecked()


def test_sound_devices_are_listed_and_a_chosen_one_that_is_gone_stays(opened, desk):
    desk.update_personal(audio_device="Headset")
    page = opened(GeneralPage)
    page.outputs = lambda: ["Speakers"]
    page.refresh()
    assert [page.device.itemData(n) for n in range(page.device.count())] == ["", "Speakers", "Headset"]
    assert page.device.currentData() == "Headset"


def test_a_key_is_remapped_kept_and_taken_back(opened, desk):
    page = opened(KeysPage)
    page.remap("loop", "G")
    assert load_personal().keys == {"loop": "G"}
    page.said[-1][1]()
    assert desk.keyboard.key_of("loop") == "O"
    assert load_personal().keys == {}
    with pytest.raises(KeyTaken):
        page.remap("loop", "Space")


def test_a_moved_folder_of_recordings_is_found_again(opened, desk, tmp_path):
    with desk.database.write() as session:
        session.add(RecordingRoot(name="records", path="D:/records"))
    with desk.database.read() as session:
        assert [(root.name, root.recordings) for root in list_roots(session)] == [("records", 0)]
    page = opened(StoragePage)
    page.move_root("records", str(tmp_path))
    assert desk.roots == {"records": str(tmp_path)}
    assert page.model.item(0, 1).text() == str(tmp_path)


def test_emptying_the_cache_leaves_the_folder_and_follows_no_links(tmp_path):
    cache, outside = tmp_path / "cache", tmp_path / "outside"
    (cache / "deep").mkdir(parents=True)
    outside.mkdir()
    (outside / "kept.wav").write_bytes(b"x" * 10)
    (cache / "deep" / "a.dat").write_bytes(b"x" * 100)
    (cache / "b.dat").write_bytes(b"x" * 50)
    (cache / "link").symlink_to(outside, target_is_directory=True)
    freed = clear_cache(cache)
    assert freed >= 150
    assert folder_size(cache) == 0
    assert cache.is_dir()
    assert (outside / "kept.wav").exists()


def test_a_copy_of_the_database_is_made_on_request(opened, desk, qtbot):
    page = opened(StoragePage)
    page._backup()
    qtbot.waitUntil(lambda: bool(page.said))
    assert len(list(desk.workspace.backups.glob("qaapp-*.sqlite"))) == 1
