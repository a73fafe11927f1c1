"""Every edit of Review by its keys: undone step by step to the beginning, and done again step by step to the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qaapp.calls import annotations, tags
from qaapp.scorecards import evaluations

K, M = Qt.Key, Qt.KeyboardModifier
LABELS = "1.0\t2.0\tObjection\n3.5\t3.5\ttoo dear\n\\\t100.0\t900.0\n"


def on_disk(house: Any) -> tuple[object, ...]:
    """What a person made of the open call, without ids and moments of writing."""
    call_id = house.screen.session.call_id
    with house.desk.database.read() as session:
        notes = tuple(
            (r.kind_id, r.start_ms, r.end_ms, r.text, r.said, r.should_have_said, r.sign, r.checkpoint_id)
            for r in annotations.list_annotations(session, call_id)
        )
        marks = tuple(
            (key, m.value, m.is_marked, m.at_ms, m.said, m.should_have_said)
            for row in evaluations.list_for_call(session, call_id)
            for key, m in sorted(row.marks.items())
            if m.is_marked or m.said or m.should_have_said
        )
        texts = tuple(
            (r.pluses, r.minuses, r.outcome_id) for r in evaluations.list_for_call(session, call_id)
        )
        names = tuple(sorted(tag.name for tag in tags.tags_of(session, [call_id]).get(call_id, ())))
    return notes, marks, texts if any(any(text) for text in texts) else (), names


def test_everything_is_undone_and_done_again(house: Any, tmp_path: Path) -> None:
    screen, session = house.screen, house.screen.session
    play, center, stack = screen.playback, screen.center, session.undo_stack
    states: list[tuple[int, tuple[object, ...]]] = [(0, on_disk(house))]

    def after(what: str) -> None:
        """The step was one step of undo, and it changed something that is kept."""
        assert stack.index() == states[-1][0] + 1, what
        states.append((stack.index(), on_disk(house)))
        assert states[-1][1] != states[-2][1], what

    def at(ms: float) -> None:
        play.seek(ms)
        screen.card.list.setFocus()

    at(1000)
    house.key(K.Key_M)
    after("a point")
    house.key(K.Key_3, M.AltModifier)
    after("its kind")
    house.key(K.Key_Plus)
    after("a plus")
    house.key(K.Key_Minus)
    after("a minus")
    at(2500)
    house.key(K.Key_BracketRight, M.ShiftModifier)
    after("a point that ends later is a region")
    center.choose(None)
    at(4000)
    house.key(K.Key_BracketLeft)
    at(6000)
    house.key(K.Key_BracketRight)
    house.key(K.Key_M)
    after("a region")
    at(3500)
    house.key(K.Key_BracketLeft, M.ShiftModifier)
    after("its beginning moved by a key")
    region = center.current
    screen.timeline.item_edited.emit(region, 4100, 6100)
    session.undo_stack.undo()  # joined with the move by key: both go
    assert on_disk(house) == states[-2][1]
    session.undo_stack.redo()
    states[-1] = (stack.index(), on_disk(house))
    row = session.annotation(region)
    assert (row.start_ms, row.end_ms) == (4100, 6100)
    center.choose(None)
    at(7000)
    house.key(K.Key_M, M.ControlModifier)
    after("an annotation with a comment")
    house.wait(lambda: center.table.state() == center.table.State.EditingState)
    editor = screen.focusWidget()
    QTest.keyClicks(editor, "dear")
    QTest.keyClick(editor, K.Key_Return)
    house.wait(lambda: session.annotation(center.current).text == "dear")
    after("its text")
    center.edit_whole()
    from qaapp.ui.review.annotation_dialog import AnnotationDialog

    dialog = screen.findChild(AnnotationDialog)
    dialog.said.setText("It costs what it costs")
    dialog.accept()
    after("what was said, in the dialog")
    labels = tmp_path / "labels.txt"
    labels.write_text(LABELS, encoding="utf-8")
    center.labels.take(labels)
    after("labels from a file")
    center.choose(None)
    screen.card.list.go(1)
    screen.timeline.select_region(8000, 9000)
    screen.card.list.setFocus()
    house.key(K.Key_E)
    after("a stretch as evidence")
    house.key(K.Key_0)
    after("a mark")
    screen.card.list.go(-1)
    center.choose(region)
    screen.card.list.setFocus()
    house.key(K.Key_E)
    after("evidence takes the mark along")
    house.key(K.Key_N, M.ShiftModifier)
    after("the rest not applicable")
    session.set_phrases(session.current_checkpoint, "said", "better")
    after("phrases of a checkpoint")
    for text in ("g", "go", "good"):
        session.set_text("pluses", text)
    after("a text of the card, letters as one step")
    session.add_tag("wholesale")
    after("a tag")
    center.table.selectAll()
    house.key(K.Key_1, M.AltModifier)
    after("the kind of all of them at once")
    center.table.selectAll()
    house.key(K.Key_Delete)
    after("all deleted at once")
    assert not session.annotations

    screen.card.list.setFocus()
    for index, (place, state) in reversed(list(enumerate(states[:-1]))):
        house.key(K.Key_Z, M.ControlModifier)
        assert stack.index() == place, index
        assert on_disk(house) == state, index
    assert not stack.canUndo()
    for place, state in states[1:]:
        house.key(K.Key_Y, M.ControlModifier)
        assert stack.index() == place
        assert on_disk(house) == state
    assert not stack.canRedo()


def test_edges_by_keys_need_one_chosen_annotation_and_never_cross(house: Any) -> None:
    screen, session = house.screen, house.screen.session
    house.key(K.Key_BracketRight, M.ShiftModifier)
    assert session.annotations == ()
    screen.playback.seek(3000)
    house.key(K.Key_M)
    house.key(K.Key_BracketRight, M.ShiftModifier)
    assert session.annotations[0].end_ms is None, "a region of no length is none"
    screen.playback.seek(2000)
    house.key(K.Key_BracketRight, M.ShiftModifier)
    assert (session.annotations[0].start_ms, session.annotations[0].end_ms) == (2000, 3000)
    screen.playback.seek(9000)
    house.key(K.Key_BracketLeft, M.ShiftModifier)
    assert (session.annotations[0].start_ms, session.annotations[0].end_ms) == (3000, 9000)
