"""By how much the two files of a call are apart: set by hand, or as their sound proposes and a person agrees to."""

from __future__ import annotations

from functools import partial

import shiboken6
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from qaapp import i18n
from qaapp.audio.call_audio import CallAudio
from qaapp.audio.growing import SIDES
from qaapp.audio.offsets import Ground, Proposal, propose_offset
from qaapp.audio.pcm import ms_to_frame
from qaapp.errors import QaappError
from qaapp.i18n import _
from qaapp.jobs import JobRunner
from qaapp.ui.review.dialogs import Question
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Label

SAME_MS = {Ground.ECHO: 20, Ground.TURNS: 700}  # nearer than that the sides fit as they are


class OffsetDialog(Question):
    """± 60 s in steps of 10 ms. What the sound proposes is looked for in the background; only a click takes it over."""

    def __init__(self, offset_ms: int, parent: QWidget | None = None) -> None:
        super().__init__(_("Move the sides against each other"), _("Move"), parent)
        self._now = offset_ms
        self._proposed: int | None = None
        self.field = QSpinBox()
        self.field.setRange(-60_000, 60_000)
        self.field.setSingleStep(10)
        self.field.setSuffix("\u202f" + _("ms"))
        self.field.setValue(offset_ms)
        self.field.setAccessibleName(_("The customer's file starts later by"))
        self.box.addWidget(Label(_("The customer's file starts later by"), "small", "ink_2"))
        self.box.addWidget(self.field)
        hint = _("Below 0 the manager's file starts later. The marks of the call keep their times.")
        self.box.addWidget(Label(hint, "small", "ink_2", wrap=True))
        self.told = Label("", wrap=True, selectable=True)
        self.told.hide()
        self.take = Button("", icon="check")
        self.take.clicked.connect(self._take)
        self.take.hide()
        row = QHBoxLayout()
        row.addWidget(self.take)
        row.addStretch()
        self.box.addWidget(self.told)
        self.box.addLayout(row)
        self.finish()
        self.field.setFocus()
        self.field.selectAll()

    def look(self, jobs: JobRunner, audio: CallAudio) -> None:
        """Look for a proposal in the sound of the call, which lies as the offset of now says."""
        self._say(_("Looking in the sound for how the two files fit…"))
        job = jobs.start(
            "offset", "", partial(propose, audio, self._now), pool="io",
            on_done=lambda found: self.show_proposal(found) if shiboken6.isValid(self) else None,
            on_failed=lambda error: self._failed(error) if shiboken6.isValid(self) else None,
            replaces=True,
        )  # fmt: skip
        self.finished.connect(job.cancel)

    def show_proposal(self, found: Proposal | None) -> None:
        """What was found, how sure it is, and a button that takes it over; honestly nothing where there is nothing."""
        if found is None:
            self._say(
                _(
                    "Nothing can be proposed: there is no echo of one side in the other, and too few clear turns to tell by."
                )
            )
            return
        if abs(found.offset_ms - self._now) <= SAME_MS[found.ground]:
            self._say(
                _("The sides fit as they are: so says the echo of one in the other's file.")
                if found.ground is Ground.ECHO
                else _("The sides fit as they are: so say their turns.")
            )
            return
        self._proposed = found.offset_ms if found.ground is Ground.ECHO else round(found.offset_ms, -2)
        self._say(" ".join([_reason(found), _certainty(found)]))
        told = i18n.decimal(self._proposed, 0, sign=True)
        self.take.setText(_("Take {offset} ms").format(offset=told))
        self.take.show()

    def _failed(self, error: QaappError) -> None:
        self._say(error.sentence())

    def _say(self, text: str) -> None:
        self.told.setText(text)
        self.told.show()

    def _take(self) -> None:
        if self._proposed is not None:
            self.field.setValue(self._proposed)
            self.ok.setFocus()


def _reason(found: Proposal) -> str:
    seconds = i18n.decimal(abs(found.offset_ms) / 1000, 2 if found.ground is Ground.ECHO else 1)
    later = (
        _("the customer's file starts {seconds} s later") if found.offset_ms > 0
        else _("the manager's file starts {seconds} s later") if found.offset_ms < 0
        else _("both files start together")
    )  # fmt: skip
    ground = (
        _("One side is heard as an echo in the other's file: {later}.") if found.ground is Ground.ECHO
        else _("The sides take turns best like this: {later}.")
    )  # fmt: skip
    return ground.format(later=later.format(seconds=seconds))


def _certainty(found: Proposal) -> str:
    if found.ground is Ground.ECHO:
        return (
            _("That is certain to some hundredths of a second.") if found.is_sure
            else _("That is likely; listen whether it fits.")
        )  # fmt: skip
    return (
        _("That is rather certain, but only to about half a second: listen and move it a little.")
        if found.is_sure else _("That is no more than a guess: listen whether it fits.")
    )  # fmt: skip


def propose(audio: CallAudio, now_ms: int) -> Proposal | None:
    """The proposal for a call whose customer's file lies ``now_ms`` later than the manager's. Any thread."""
    if audio.lanes != SIDES:
        return None
    rate = audio.sample_rate
    starts = (max(0, -now_ms), max(0, now_ms))  # each row without the silence before its file
    rows = [row[ms_to_frame(start, rate) :] for row, start in zip(audio.samples, starts, strict=True)]
    return propose_offset(rows[0], rows[1], rate, rate)
