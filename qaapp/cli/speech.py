"""``speech``: who spoke how much in a call, silences, over-talk, interruptions."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from qaapp.cli.root import current, say
from qaapp.errors import UsageError
from qaapp.i18n import N_, _

if TYPE_CHECKING:
    from qaapp.audio.call_audio import CallAudio
    from qaapp.audio.detecting import Segment


def register(app: typer.Typer) -> None:
    @app.command("speech", help=_("Talk share, silences and interruptions of a call."))
    def speech(
        call: str = typer.Argument("", help=_("Number or external id of the call.")),
        missing: bool = typer.Option(
            False, "--missing", help=_("Analyse every call that has no current figures.")
        ),
    ) -> None:
        if bool(call) == missing:
            raise UsageError(N_("Name one call, or say --missing."))
        if missing:
            _analyse_missing()
            return
        from qaapp.audio.call_audio import load_call_audio
        from qaapp.audio.speech import thresholds_of
        from qaapp.calls.recordings import audio_files
        from qaapp.journal.naming import find_call
        from qaapp.settings import load_personal
        from qaapp.store.rules import read_rules

        with current().workspace() as workspace:
            with workspace.database.read() as session:
                call_id = find_call(session, call)
                files = audio_files(session, call_id, load_personal().roots)
                thresholds = thresholds_of(read_rules(session))
            audio = load_call_audio(files, workspace.cache, thresholds=thresholds)
        if current().as_json:
            current().emit(document(call_id, audio))
        else:
            _print(audio)


def _analyse_missing() -> None:
    from qaapp.audio.speech import thresholds_of
    from qaapp.calls.speech_figures import analyse_calls
    from qaapp.cli.progress_bar import show
    from qaapp.settings import load_personal
    from qaapp.store.rules import read_rules

    with current().workspace() as workspace:
        with workspace.database.read() as session:
            thresholds = thresholds_of(read_rules(session))
        done = show(analyse_calls(workspace.database, load_personal().roots, thresholds))
    if current().as_json:
        current().emit({"analysed": done})
    else:
        say(_("Analysed: {n}").format(n=done))


def document(call_id: int, audio: CallAudio) -> dict[str, Any]:
    """Figures and segments as JSON; both are null for a recording that does not keep the sides apart."""
    told = audio.speech
    return {
        "call": call_id,
        "duration_ms": audio.duration_ms,
        "lanes": [str(lane) for lane in audio.lanes],
        "detector": told.detector if told else None,
        "thresholds": asdict(told.thresholds) if told else None,
        "figures": asdict(told.figures) if told else None,
        "segments": {
            "manager": _pairs(told.manager),
            "customer": _pairs(told.customer),
            "silences": _pairs(told.silences),
            "overtalk": _pairs(told.overtalk),
        }
        if told
        else None,
    }


def _pairs(parts: tuple[Segment, ...]) -> list[list[int]]:
    return [[part.start_ms, part.end_ms] for part in parts]


def _print(audio: CallAudio) -> None:
    from rich.console import Console
    from rich.table import Table

    from qaapp.i18n import decimal, duration, percent

    if audio.speech is None:
        print(_("Not available: the recording holds both sides in one channel."))
        return
    figures = audio.speech.figures

    def share(value: float | None) -> str:
        return "–" if value is None else percent(value * 100)

    def seconds(value: int | None) -> str:
        return "–" if value is None else duration(value / 1000, tenths=True)

    pace = figures.turns_per_minute
    table = Table(box=None, show_header=False, pad_edge=False)
    for title, value in (
        (_("Manager's share of the talk"), share(figures.talk_share)),
        (_("Manager speaks, of the call"), share(figures.talk_of_call)),
        (_("Customer speaks, of the call"), share(figures.customer_of_call)),
        (_("Silences of 3 s and longer"), f"{figures.silences} · {seconds(figures.silence_ms)}"),
        (_("Longest silence"), seconds(figures.longest_silence_ms)),
        (_("Both speak at once"), f"{figures.overtalks} · {seconds(figures.overtalk_ms)}"),
        (_("Manager interrupts"), str(figures.interruptions_by_manager)),
        (_("Customer interrupts"), str(figures.interruptions_by_customer)),
        (_("Manager's longest monologue"), seconds(figures.longest_manager_ms)),
        (_("Customer's longest monologue"), seconds(figures.longest_customer_ms)),
        (_("Manager answers after"), seconds(figures.manager_response_ms)),
        (_("Turns a minute"), "–" if pace is None else decimal(pace)),
    ):
        table.add_row(title, value)
    Console().print(table)
