"""The table of every key of the product (DESIGN §5): action, words, default keys, where it belongs.

Several keys of one action stand in one string, separated by a space; the first is the one that is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from qaapp.i18n import N_


@dataclass(frozen=True)
class Action:
    """``acts_in_text``: also while somebody types. ``repeats``: also while the key is held down."""

    name: str
    title: str
    key: str
    group: str
    acts_in_text: bool = False
    repeats: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.key.split())


LISTEN, CARD, NOTES, APP = N_("Listening"), N_("Card"), N_("Annotations and timeline"), N_("Everywhere")
GROUPS = (LISTEN, CARD, NOTES, APP)

_kinds = tuple(
    Action(f"annotation_kind_{n}", N_("Annotation of kind {n}"), f"Alt+{n}", NOTES) for n in range(1, 10)
)
_screens = tuple(Action(f"screen_{n}", N_("Screen {n}"), f"Ctrl+{n}", APP, True) for n in range(1, 7))

ACTIONS: tuple[Action, ...] = (
    Action(
        "play_pause",
        N_("Play or pause"),
        "Space K F9 MediaPlay MediaPause MediaPlayPause MediaStop Esc",
        LISTEN,
    ),  # Esc only while typing
    Action("back_1s", N_("1 s back"), "Left", LISTEN, repeats=True),
    Action("forward_1s", N_("1 s forward"), "Right", LISTEN, repeats=True),
    Action("back_5s", N_("5 s back"), "Shift+Left", LISTEN, repeats=True),
    Action("forward_5s", N_("5 s forward"), "Shift+Right", LISTEN, repeats=True),
    Action("back_10s", N_("10 s back"), "J MediaPrevious", LISTEN, repeats=True),
    Action("forward_10s", N_("10 s forward"), "L MediaNext", LISTEN, repeats=True),
    Action("back_3s", N_("3 s back"), "F1", LISTEN, True, repeats=True),
    Action("forward_3s", N_("3 s forward"), "F2", LISTEN, True, repeats=True),
    Action("replay_5s", N_("Hear the last 5 s again"), "R", LISTEN),
    Action("previous_turn", N_("Previous turn"), "Ctrl+Left", LISTEN, repeats=True),
    Action("next_turn", N_("Next turn"), "Ctrl+Right", LISTEN, repeats=True),
    Action("nudge_back", N_("A little back"), ",", LISTEN, repeats=True),
    Action("nudge_forward", N_("A little forward"), ".", LISTEN, repeats=True),
    Action("slower", N_("Slower by 0.1"), "F3", LISTEN, True, repeats=True),
    Action("faster", N_("Faster by 0.1"), "F4", LISTEN, True, repeats=True),
    Action("toggle_speed", N_("Normal speed or the last one"), "F5", LISTEN, True),
    Action("loop", N_("Loop"), "O", LISTEN),
    Action("skip_silence", N_("Skip silence"), "S", LISTEN),
    Action("level_sides", N_("Both sides equally loud"), "V", LISTEN),
    Action("sides_in_ears", N_("Manager in the left ear, customer in the right one"), "H", LISTEN),
    Action("hear_manager", N_("Hear the manager only"), "A", LISTEN),
    Action("hear_customer", N_("Hear the customer only"), "C", LISTEN),
    Action("hear_both", N_("Hear both sides"), "B", LISTEN),
    Action("swap_sides", N_("Swap the sides"), "X", LISTEN),
    Action("pair_offset", N_("Move the sides against each other"), "", LISTEN),
    Action("go_to_time", N_("Go to a time"), "Ctrl+G", LISTEN),
    Action("mark_1", N_("Mark 1 and step on"), "1", CARD),
    Action("mark_0", N_("Mark 0 and step on"), "0", CARD),
    Action("mark_na", N_("Mark not applicable and step on"), "N", CARD),
    Action("mark_rest_na", N_("Mark the rest not applicable"), "Shift+N", CARD),
    Action("previous_checkpoint", N_("Previous checkpoint"), "Up", CARD, repeats=True),
    Action("next_checkpoint", N_("Next checkpoint"), "Down", CARD, repeats=True),
    Action("phrases", N_("Said / should have said"), "Enter", CARD),
    Action("submit", N_("Submit and go to the next call"), "Ctrl+Enter", CARD, True),
    Action("skip_call", N_("Skip the call with a reason"), "Ctrl+Shift+Enter", CARD, True),
    Action("replace_call", N_("Replace the drawn call"), "Ctrl+R", CARD),
    Action("assign_manager", N_("Choose the manager of the call"), "P", CARD),
    Action("take_phrase", N_("Take the phrase of the text into “said”"), "Shift+T", CARD),
    Action("take_evidence", N_("Take as evidence for the checkpoint"), "E", CARD),
    Action("play_evidence", N_("Play the evidence of all zeros"), "Shift+E", CARD),
    Action("annotation", N_("Annotation here"), "M", NOTES),
    Action("annotation_comment", N_("Annotation with a comment"), "Ctrl+M", NOTES, True),
    *_kinds,
    Action("note_plus", N_("Plus on the annotation"), "+ = Shift+=", NOTES),
    Action("note_minus", N_("Minus on the annotation"), "-", NOTES),
    Action("edit_annotation", N_("Everything about the annotation"), "Alt+Enter", NOTES),
    Action("previous_annotation", N_("Previous annotation"), "Alt+Left", NOTES, repeats=True),
    Action("next_annotation", N_("Next annotation"), "Alt+Right", NOTES, repeats=True),
    Action("region_start", N_("Start of a region"), "[", NOTES),
    Action("region_end", N_("End of a region"), "]", NOTES),
    Action("note_start", N_("The chosen annotation begins here"), "Shift+[", NOTES),
    Action("note_end", N_("The chosen annotation ends here"), "Shift+]", NOTES),
    Action("tag_call", N_("Tag the call"), "T", NOTES),
    Action("archive_call", N_("Keep in the archive"), "Ctrl+D", NOTES),
    Action("delete", N_("Delete what is selected"), "Delete", NOTES),
    Action("save_clip", N_("Save clips of the sound"), "Ctrl+Shift+S", NOTES, True),
    Action("import_labels", N_("Bring in labels from a file"), "", NOTES),
    Action("export_labels", N_("Export the annotations"), "Ctrl+Shift+E", NOTES, True),
    Action("zoom_in", N_("Zoom in"), "Ctrl++ Ctrl+= Ctrl+Shift+=", NOTES, repeats=True),
    Action("zoom_out", N_("Zoom out"), "Ctrl+-", NOTES, repeats=True),
    Action("follow", N_("Follow by page, continuously, not at all"), "F", NOTES),
    Action("taller", N_("Taller waveform"), "Alt+Up Ctrl+Alt+Up", NOTES, repeats=True),
    Action("lower", N_("Lower waveform"), "Alt+Down Ctrl+Alt+Down", NOTES, repeats=True),
    Action("own_height", N_("Waveform at its own height"), "Alt+0 Ctrl+Alt+0", NOTES),
    Action("undo", N_("Undo"), "Ctrl+Z", APP, repeats=True),
    Action("redo", N_("Redo"), "Ctrl+Y Ctrl+Shift+Z", APP, repeats=True),
    Action("palette", N_("Find a call, a manager or a command"), "Ctrl+K", APP, True),
    Action("find_annotations", N_("Find annotations of all calls"), "Ctrl+Shift+F", APP, True),
    Action("find_texts", N_("Find words in the texts of all calls"), "Ctrl+Shift+T", APP, True),
    Action("filter", N_("Filter or search this screen"), "Ctrl+F", APP, True),
    Action("export", N_("Export to Excel"), "Ctrl+E", APP),
    Action("new_connection", N_("New connection"), "Ctrl+N", APP, True),
    Action("pull_now", N_("Pull the connection now"), "F6", APP, True),
    Action("test_connection", N_("Test the connection"), "F7", APP, True),
    Action("download_recording", N_("Download the recording now"), "D", APP),
    *_screens,
    Action("settings", N_("Settings"), "Ctrl+,", APP, True),
    Action("show_keys", N_("All keys"), "?", APP),
)
BY_NAME = {action.name: action for action in ACTIONS}


def title_of(action: Action) -> str:
    """The action's words in the current language."""
    from qaapp.i18n import _

    return _(action.title).format(n=action.name.rpartition("_")[2])
