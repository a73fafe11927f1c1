"""Which key does what on the Review screen (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qaapp.ui.review.screen import ReviewScreen

KINDS = range(1, 10)


def bind_keys(screen: ReviewScreen) -> None:
    """Bind every action of the screen; they act while it is visible."""
    keyboard, play, notes, card = screen.desk.keyboard, screen.playback, screen.notes, screen.card
    actions: dict[str, Callable[[], Any]] = {
        "play_pause": play.toggle,
        "back_1s": partial(play.step, -1000),
        "forward_1s": partial(play.step, 1000),
        "back_5s": partial(play.step, -5000),
        "forward_5s": partial(play.step, 5000),
        "back_10s": partial(play.step, -10_000),
        "forward_10s": partial(play.step, 10_000),
        "back_3s": partial(play.step, -3000),
        "forward_3s": partial(play.step, 3000),
        "replay_5s": play.replay,
        "previous_turn": partial(play.turn, -1),
        "next_turn": partial(play.turn, 1),
        "nudge_back": partial(play.step, -50),
        "nudge_forward": partial(play.step, 50),
        "slower": partial(play.change_speed, -0.1),
        "faster": partial(play.change_speed, 0.1),
        "toggle_speed": play.toggle_speed,
        "loop": play.toggle_loop,
        "skip_silence": play.toggle_skip,
        "level_sides": play.toggle_level,
        "sides_in_ears": play.toggle_ears,
        "hear_manager": partial(play.hear, "manager"),
        "hear_customer": partial(play.hear, "customer"),
        "hear_both": partial(play.hear, "both"),
        "swap_sides": screen.sound.swap_sides,
        "go_to_time": screen.questions.ask_time,
        "mark_1": partial(screen.mark, 1),
        "mark_0": partial(screen.mark, 0),
        "mark_na": partial(screen.mark, None),
        "mark_rest_na": screen.mark_rest,
        "previous_checkpoint": partial(card.list.step, -1),
        "next_checkpoint": partial(card.list.step, 1),
        "phrases": card.list.open_fields,
        "take_phrase": screen.texts.take,
        "take_evidence": screen.evidence.take,
        "play_evidence": screen.evidence.play,
        "submit": screen.submit,
        "skip_call": screen.questions.ask_skip,
        "replace_call": screen.questions.ask_replace,
        "assign_manager": screen.header.manager.showMenu,
        "annotation": notes.add,
        "annotation_comment": notes.add_with_comment,
        "note_plus": partial(notes.set_sign, 1),
        "note_minus": partial(notes.set_sign, -1),
        "edit_annotation": screen.center.edit_whole,
        "save_clip": screen.notes.save_clips,
        "import_labels": screen.center.labels.ask_import,
        "export_labels": screen.center.labels.ask_export,
        "filter": screen.center.open_filter,
        "previous_annotation": partial(notes.neighbour, False),
        "next_annotation": partial(notes.neighbour, True),
        "region_start": notes.start_region,
        "region_end": notes.end_region,
        "note_start": partial(notes.move_edge, True),
        "note_end": partial(notes.move_edge, False),
        "delete": notes.delete,
        "tag_call": screen.questions.ask_tag,
        "archive_call": screen.questions.ask_archive,
        "zoom_in": partial(screen.timeline.zoom_about_playhead, 1.25),
        "zoom_out": partial(screen.timeline.zoom_about_playhead, 0.8),
        "pair_offset": screen.questions.ask_offset,
        "follow": play.next_follow,
        "taller": partial(screen.timeline.zoom_amplitude, 1.5),
        "lower": partial(screen.timeline.zoom_amplitude, 1 / 1.5),
        "own_height": partial(screen.timeline.zoom_amplitude, 0),
        "download_recording": screen.center.fetching.download,
        "undo": screen.undo,
        "redo": screen.redo,
    }
    for name, call in actions.items():
        keyboard.bind(name, call, scope=screen.body)
    for number in KINDS:
        keyboard.bind(f"annotation_kind_{number}", partial(notes.kind_by_digit, number), scope=screen.body)
