"""The workspace's rules and first lists, kept in the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from qaapp.settings import Rules, rules_from, rules_to, system_zone
from qaapp.store import events
from qaapp.store.schema import Setting


def read_rules(session: Session) -> Rules:
    """The rules in force; a new workspace has the defaults and this computer's time zone."""
    stored = session.scalar(select(Setting).where(Setting.key == "rules"))
    return rules_from(stored.value) if stored else Rules(time_zone=system_zone())


def write_rules(session: Session, rules: Rules, *, user_id: int | None = None) -> None:
    """Keep ``rules`` and note what was before. Unknown keys of a newer version stay."""
    stored = session.scalar(select(Setting).where(Setting.key == "rules"))
    before = dict(stored.value) if stored else {}
    after = before | rules_to(rules)
    if stored is None:
        session.add(Setting(key="rules", value=after))
    else:
        stored.value = after
    changed = {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}
    if changed:
        events.record(session, "rules.changed", user_id=user_id, subject="settings", changed=changed)
