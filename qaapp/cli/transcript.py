"""``transcript``: the words of a call, bringing them in, and finding words in all calls."""

from __future__ import annotations

from pathlib import Path

import typer

from qaapp.cli.root import current, say
from qaapp.errors import UsageError
from qaapp.i18n import N_, _


def register(app: typer.Typer) -> None:
    @app.command(
        "transcript", help=_("The text of a call; bring one in, or find words in the texts of all calls.")
    )
    def transcript(
        call: str = typer.Argument("", help=_("Number or external id of the call.")),
        import_file: Path | None = typer.Option(
            None, "--import", readable=False, help=_("WebVTT, SRT or JSON to keep as the text of the call.")
        ),
        find: str = typer.Option("", "--find", help=_("Words to find in the texts of all calls.")),
    ) -> None:
        if bool(call) == bool(find) or (find and import_file):
            raise UsageError(N_("Name one call, or say --find with words."))
        if find:
            _find(find)
        else:
            _one(call, import_file)


def _one(call: str, import_file: Path | None) -> None:
    from qaapp.calls import transcripts
    from qaapp.i18n import duration, word
    from qaapp.journal.naming import find_call
    from qaapp.sources.transcripts import read_transcript

    read = read_transcript(import_file) if import_file is not None else None
    with current().workspace() as workspace:
        if read is not None:
            with workspace.database.write() as session:
                transcripts.store(session, find_call(session, call), read.record)
        with workspace.database.read() as session:
            call_id = find_call(session, call)
            phrases = transcripts.phrases_of(session, call_id)
    refused = [{"row": line, "reason": reason} for line, reason in (read.refused if read is not None else ())]
    if current().as_json:
        current().emit({
            "call": call_id,
            "phrases": [
                {"start_ms": each.start_ms, "end_ms": each.end_ms, "side": each.lane, "speaker": each.speaker,
                 "text": each.text}
                for each in phrases
            ],
            "refused": refused,
        })  # fmt: skip
        return
    for each in phrases:
        side = word(each.lane) if each.lane is not None else each.speaker or ""
        say(f"{duration(each.start_ms / 1000):>8}  {side:<10}  {each.text}")
    if not phrases:
        say(_("There is no text of this call."))
    for item in refused[:20]:
        say(_("{path}, row {row}").format(path=import_file, row=item["row"]) + f": {item['reason']}")


def _find(words: str) -> None:
    from qaapp.calls.transcript_search import WantedPhrases, page
    from qaapp.i18n import duration
    from qaapp.store.rules import read_rules

    with current().workspace() as workspace, workspace.database.read() as session:
        hits = page(session, WantedPhrases(words), read_rules(session).zone).rows
    if current().as_json:
        current().emit([
            {"call": hit.call_id, "start_ms": hit.start_ms, "end_ms": hit.end_ms, "side": hit.lane, "text": hit.text,
             "started_at": hit.started_at, "manager": hit.manager}
            for hit in hits
        ])  # fmt: skip
        return
    for hit in hits:
        say(
            f"{hit.call_id:>8}  {duration(hit.start_ms / 1000):>8}  {hit.manager or _('Not assigned')}: {hit.text}"
        )
    if not hits:
        say(_("Nothing was found."))
