"""What the palette finds besides commands: calls through the journal's search, managers by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from qaapp import i18n
from qaapp.calls import transcript_search
from qaapp.calls.transcript_search import INDEXED, Hit, WantedPhrases
from qaapp.i18n import _
from qaapp.jobs import stop_wanted
from qaapp.journal.filters import Filter
from qaapp.journal.pages import CallRow, Stopped, page
from qaapp.journal.sorts import Sort
from qaapp.ui import fuzzy
from qaapp.ui.desk import Desk
from qaapp.ui.palette import Found, Search, best

LIMIT = 8


def call_title(row: CallRow, masked: bool) -> str:
    """The customer of a call as one line."""
    number = i18n.mask_phone(row.customer_number) if masked else i18n.phone(row.customer_number)
    return row.customer_name or number


def search_calls(desk: Desk, open_call: Callable[[int], None]) -> Search:
    """By number, name or comment; the other keyboard layout is tried when nothing was found."""

    def find(query: str) -> list[CallRow]:
        zone = desk.rules.zone
        with desk.database.read() as session:
            for spelling in fuzzy.spellings(query):
                try:
                    rows = page(
                        session, Filter(text=spelling), Sort("started_at", True), after=None, limit=LIMIT, zone=zone,
                        should_stop=stop_wanted,
                    ).rows  # fmt: skip
                except Stopped:
                    return []
                if rows:
                    return list(rows)
        return []

    def search(query: str, give: Callable[[Sequence[Found]], None]) -> None:
        def done(rows: list[CallRow]) -> None:
            masked, zone = desk.personal.mask_numbers, desk.rules.zone
            give(
                [
                    Found(
                        call_title(row, masked),
                        lambda call_id=row.id: open_call(call_id),  # type: ignore[misc]
                        f"{i18n.moment(row.started_at, zone, year=True)} · {row.manager or _('Not assigned')}",
                        "phone",
                    )
                    for row in rows
                ]
            )

        desk.jobs.start(
            "palette.calls", "", lambda: find(query), pool="io", on_done=done, on_failed=lambda _error: give([]),
            replaces=True,
        )  # fmt: skip

    return search


def search_managers(desk: Desk, show_manager: Callable[[int], None]) -> Search:
    """Managers by name or extension."""

    def names() -> list[tuple[int, str, str, str]]:
        from qaapp.calls import people

        with desk.database.read() as session:
            return [
                (person.id, person.name, person.group_name or "", " ".join(person.extensions))
                for person in people.list_people(session)
            ]

    def search(query: str, give: Callable[[Sequence[Found]], None]) -> None:
        def done(rows: list[tuple[int, str, str, str]]) -> None:
            lines = [
                Found(name, lambda number=number: show_manager(number), group, "user", "", extensions)  # type: ignore[misc]
                for number, name, group, extensions in rows
            ]
            give(best(query, lines, LIMIT))

        desk.jobs.start(
            "palette.managers",
            "",
            names,
            pool="io",
            on_done=done,
            on_failed=lambda _error: give([]),
            replaces=True,
        )

    return search


def search_texts(desk: Desk, open_call: Callable[[int, int], None]) -> Search:
    """Words in the transcripts of all calls; a hit opens its call and plays from there."""

    def find(query: str) -> list[Hit]:
        if len(query.strip()) < INDEXED:
            return []
        wanted = WantedPhrases(query)
        with desk.database.read() as session:
            try:
                found = transcript_search.page(
                    session, wanted, desk.rules.zone, None, LIMIT, should_stop=stop_wanted
                )
            except Stopped:
                return []
        return list(found.rows)

    def search(query: str, give: Callable[[Sequence[Found]], None]) -> None:
        def done(hits: list[Hit]) -> None:
            zone = desk.rules.zone
            give(
                [
                    Found(
                        f"«{hit.text}»",
                        partial(open_call, hit.call_id, hit.start_ms),
                        f"{i18n.duration(hit.start_ms / 1000)} · {i18n.moment(hit.started_at, zone)} · "
                        f"{hit.manager or _('Not assigned')}",
                        "message-square-text",
                    )
                    for hit in hits
                ]
            )

        desk.jobs.start(
            "palette.texts", "", lambda: find(query), pool="io", on_done=done, on_failed=lambda _error: give([]),
            replaces=True,
        )  # fmt: skip

    return search
