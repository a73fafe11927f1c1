"""``sources`` and ``sync``: connections to providers, and pulling their calls and recordings."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from typing import Any

import typer

from qaapp.cli.root import current, say
from qaapp.errors import QaappError, SourceError, UsageError
from qaapp.i18n import N_, _, ngettext

#: Settings of the pull itself, beside those of the kind; the words that ``--set`` takes for them.
OWN = {
    "every_minutes": int, "time_zone": str, "first_day": "day", "reread_days": int, "on_demand": "flag",
    "keep_months": int, "quota_mb": int, "main_manager": str, "enabled": "flag",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands; help texts are made now, in the language of the moment."""
    group = typer.Typer(
        help=_("Connections to telephony and CRM: list, add, test, remove."), no_args_is_help=True
    )
    app.add_typer(group, name="sources")

    @group.command("list", help=_("The connections, what came of the last pull, and what is waiting."))
    def list_command() -> None:
        from qaapp.intake import connections

        with current().workspace() as workspace, workspace.database.read() as session:
            found = connections.list_connections(session)
        if current().as_json:
            current().emit([_as_json(row) for row in found])
            return
        if not found:
            say(_("There are no connections yet. See: qaapp sources kinds"))
        for row in found:
            state = _("paused") if not row.enabled else _("stopped") if row.state == "stopped" else _("ready")
            say(f"{row.name} ({row.kind}): {state}")
            say("  " + _("calls: {calls}, recordings: {recordings}, waiting: {waiting}").format(
                calls=row.calls, recordings=row.recordings, waiting=row.waiting
            ))  # fmt: skip
            if row.last_error:
                say(f"  {row.last_error}")

    @group.command("kinds", help=_("Every kind of source and what it asks for."))
    def kinds_command() -> None:
        from qaapp.sources.kinds import kinds
        from qaapp.sources.provider import Input

        if current().as_json:
            current().emit([
                {
                    "kind": kind.code, "title": _(kind.title), "about": _(kind.about),
                    "fields": [
                        {
                            "name": each.name, "label": _(each.label), "input": each.input, "required": each.required,
                            "default": each.default, "help": _(each.help) if each.help else "",
                            "choices": [value for value, _title in each.choices],
                        }
                        for each in kind.fields
                    ],
                }
                for kind in kinds()
            ])  # fmt: skip
            return
        for kind in kinds():
            say(f"{kind.code}: {_(kind.title)}. {_(kind.about)}")
            for each in kind.fields:
                word = "--secret" if each.input is Input.SECRET else "--set"
                tail = "" if each.required else " " + _("(may be left out)")
                choices = " | ".join(value for value, _title in each.choices)
                shown = f" [{choices}]" if choices else f" [{each.default}]" if each.default else ""
                say(f"  {word} {each.name}: {_(each.label)}{shown}{tail}")

    @group.command(
        "add", help=_("Add a connection. Secrets come from the environment, never from the command line.")
    )
    def add_command(
        kind: str = typer.Argument(..., metavar="KIND"),
        name: str = typer.Argument(..., metavar="NAME"),
        settings: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help=_("A setting.")),
        secrets: list[str] = typer.Option([], "--secret", metavar="KEY=env:VAR", help=_("A secret.")),
    ) -> None:
        from qaapp.intake import connections
        from qaapp.sources import secrets as key_store
        from qaapp.sources.kinds import kind_of

        draft = _draft(connections.ConnectionDraft(kind_of(kind).code, name), settings)
        given = _secrets(kind, secrets)
        with current().workspace() as workspace, workspace.database.write() as session:
            row = connections.save(session, draft)
            for key, value in given.items():
                key_store.write(connections.secret_place(session, row.id), key, value)
        if key_store.where() == "file":
            say(_("This computer has no key store; the secrets lie in a file that only you can read."))
        if current().as_json:
            current().emit(_as_json(row))
        else:
            say(_("Added: {name}. Test it: qaapp sources test “{name}”").format(name=row.name))

    @group.command("test", help=_("Ask the provider who it is, what time it has and for the newest call."))
    def test_command(name: str = typer.Argument(..., metavar="NAME")) -> None:
        from qaapp.intake import connections
        from qaapp.store.rules import read_rules

        with current().workspace() as workspace:
            with workspace.database.write() as session:
                row = connections.by_name(session, name)
                secrets, rules = connections.secrets_of(session, row), read_rules(session)
            provider = connections.open_provider(
                row, secrets, rules, workspace.cache / "sources" / str(row.id)
            )
            try:
                found = provider.check()
            finally:
                provider.close()
        last = found.last_call.started_at if found.last_call is not None else None
        if current().as_json:
            current().emit({
                "account": found.account, "last_call_at": last, "clock_skew_s": found.clock_skew_s, "zone": found.zone,
                "notes": list(found.notes),
            })  # fmt: skip
            return
        say(_("It answers: {account}").format(account=found.account or row.name))
        if last is not None:
            from qaapp.i18n import moment

            zone = connections.config_of(row, {}, rules).zone
            say(_("The newest call is of {moment}.").format(moment=moment(last, zone)))
        for note in found.notes:
            say(note)

    @group.command("remove", help=_("Forget a connection and its secrets; its calls and recordings stay."))
    def remove_command(name: str = typer.Argument(..., metavar="NAME")) -> None:
        from qaapp.intake import connections

        with current().workspace() as workspace, workspace.database.write() as session:
            row = connections.by_name(session, name)
            connections.remove(session, row.id)
        if current().as_json:
            current().emit({"removed": row.name})
        else:
            say(_("Removed: {name}").format(name=row.name))

    @app.command(
        "sync", help=_("Pull calls and recordings of all connections, or of those named; for a schedule too.")
    )
    def sync_command(names: list[str] = typer.Argument(None, metavar="[NAME…]")) -> None:
        _sync(names or [])


def _sync(names: list[str]) -> None:
    from qaapp.cli.progress_bar import show
    from qaapp.intake import connections
    from qaapp.intake.pulling import pull

    told: list[dict[str, Any]] = []
    failed = 0
    with current().workspace() as workspace:
        with workspace.database.read() as session:
            rows = [connections.by_name(session, name) for name in names] or [
                row for row in connections.list_connections(session) if row.enabled and row.state == "ready"
            ]
        for row in rows:
            try:
                summary = show(pull(workspace, row.id, trigger="cli"))
            except SourceError as error:
                failed += 1
                told.append({"name": row.name, "error": error.sentence()})
                if not current().as_json:
                    say(f"{row.name}: {error.sentence()}")
                continue
            skipped = [{"path": each.path, "reason": each.reason} for each in summary.skipped]
            told.append({"name": row.name, **summary.counts(), "skipped": skipped})
            if not current().as_json:
                found = ngettext("{n} call found", "{n} calls found", summary.found).format(n=summary.found)
                say(f"{row.name}: {found}")
                say("  " + _("New: {added}, changed: {changed}, recordings: {recordings}, waiting: {waiting}").format(
                    **summary.counts()
                ))  # fmt: skip
    if current().as_json:
        current().emit(told)
    elif not rows:
        say(_("There are no connections yet. See: qaapp sources kinds"))
    if failed:
        raise QaappError(
            N_("{failed} of {all} connections could not be pulled."), failed=failed, all=len(rows)
        )


def _draft(draft: Any, settings: list[str]) -> Any:
    words: dict[str, str] = {}
    own: dict[str, Any] = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(N_("“{text}” is not KEY=VALUE."), text=text)
        if key in OWN:
            own[key] = _own(key, value)
        else:
            words[key] = value
    return replace(draft, settings=words, **own)


def _own(key: str, value: str) -> Any:
    form = OWN[key]
    try:
        if form == "day":
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
        if form == "flag":
            return {"yes": True, "no": False, "1": True, "0": False}[value.lower()]
        return form(value)  # type: ignore[operator]
    except (ValueError, KeyError) as error:
        raise UsageError(N_("“{value}” cannot be the value of {key}."), value=value, key=key) from error


def _secrets(kind: str, given: list[str]) -> dict[str, str]:
    from qaapp.sources.kinds import kind_of
    from qaapp.sources.provider import Input

    wanted = {each.name: each for each in kind_of(kind).fields if each.input is Input.SECRET}
    found: dict[str, str] = {}
    for text in given:
        key, _equals, place = text.partition("=")
        if key not in wanted or not place.startswith("env:"):
            raise UsageError(
                N_("Give secrets as NAME=env:VARIABLE; this kind has: {names}."),
                names=", ".join(wanted) or "–",
            )
        value = os.environ.get(place[4:], "").strip()
        if not value:
            raise UsageError(N_("The environment variable {name} is empty."), name=place[4:])
        found[key] = value
    missing = [name for name, each in wanted.items() if each.required and name not in found]
    if missing:
        raise UsageError(N_("Secrets are missing: {names}."), names=", ".join(missing))
    return found


def _as_json(row: Any) -> dict[str, Any]:
    names = (
        "id", "kind", "name", "settings", "enabled", "state", "every_minutes", "time_zone", "first_day", "reread_days",
        "on_demand", "keep_months", "quota_mb", "main_manager", "synced_until", "last_started_at", "last_ok_at",
        "last_error", "calls", "recordings", "waiting",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}
