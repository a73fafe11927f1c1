"""``queue``: draw what is due and say what to hear next, and why."""

from __future__ import annotations

import typer

from qaapp import i18n
from qaapp.cli.root import current, say
from qaapp.i18n import N_, _, ngettext


def register(app: typer.Typer) -> None:
    """Add the command; help texts are made now, in the language of the moment."""

    @app.command("queue", help=_("What to hear next, and why it was drawn; draws the days that are due."))
    def queue(reviewer: str = typer.Option("", help=_("For this reviewer."))) -> None:
        from sqlalchemy import select

        from qaapp.errors import UsageError
        from qaapp.review import queue as room
        from qaapp.store.rules import read_rules
        from qaapp.store.schema import User

        with current().workspace() as workspace:
            with workspace.database.write() as session:
                rules = read_rules(session)
                room.draw_today(session, rules)
            with workspace.database.read() as session:
                users = {
                    name.casefold(): user_id for user_id, name in session.execute(select(User.id, User.name))
                }
                if reviewer and reviewer.casefold() not in users:
                    raise UsageError(N_("There is no reviewer “{name}”."), name=reviewer)
                reviewer_id = users.get(reviewer.casefold())
                rows = room.queue(session, rules, reviewer_id)
                done, planned = room.today(session, rules, reviewer_id)
        if current().as_json:
            current().emit(
                [
                    {
                        "id": row.id, "call": row.call_id, "manager": row.manager, "started_at": row.started_at,
                        "direction": row.direction.value, "talk_s": row.talk_s, "origin": row.origin.value,
                        "stratum": row.stratum, "pool": row.pool, "age_days": row.age_days, "stale": row.is_stale,
                        "evaluation": row.evaluation_id, "why": room.why(row),
                    }
                    for row in rows
                ]
            )  # fmt: skip
            return
        say(_("Today {done} of {planned}").format(done=done, planned=planned))
        for row in rows:
            age = ""
            if row.is_stale:
                age = " · " + ngettext("{n} day old", "{n} days old", row.age_days).format(n=row.age_days)
            say(f"{row.call_id:>6}  {row.manager} · {i18n.moment(row.started_at, rules.zone)}{age}")
            say(f"        {room.why(row)}")
