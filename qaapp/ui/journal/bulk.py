"""Edits of many calls at once: manager, tag, target. Each gives back how it is undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qaapp.calls import people, tags
from qaapp.journal import edits
from qaapp.ui.desk import Desk
from qaapp.words import Target

Undo = Callable[[], None]


def assign_manager(desk: Desk, call_ids: Sequence[int], manager_id: int | None) -> Undo:
    """Give the calls to a manager, or to nobody."""
    user = desk.user_id or None
    with desk.database.write() as session:
        before = people.assign_manager(session, call_ids, manager_id, user)

    def undo() -> None:
        with desk.database.write() as session:
            people.restore_managers(session, before, user)

    return undo


def add_tag(desk: Desk, call_ids: Sequence[int], name: str) -> Undo:
    """Put a tag on the calls; a new name makes a new tag."""
    user = desk.user_id or None
    with desk.database.write() as session:
        change = tags.add_tag(session, call_ids, name, user)
    return _tag_undo(desk, change)


def remove_tag(desk: Desk, call_ids: Sequence[int], tag_id: int) -> Undo:
    """Take a tag off the calls."""
    with desk.database.write() as session:
        change = tags.remove_tag(session, call_ids, tag_id, desk.user_id or None)
    return _tag_undo(desk, change)


def _tag_undo(desk: Desk, change: tags.TagChange) -> Undo:
    def undo() -> None:
        with desk.database.write() as session:
            tags.apply_tag_change(session, change, True, desk.user_id or None)

    return undo


def set_target(desk: Desk, call_ids: Sequence[int], target: Target | None) -> Undo:
    """Say what the calls were."""
    with desk.database.write() as session:
        change = edits.set_target(session, call_ids, target, desk.user_id or None)
    return _call_undo(desk, change)


def set_comment(desk: Desk, call_id: int, text: str) -> Undo:
    """Write the comment of one call."""
    with desk.database.write() as session:
        change = edits.set_comment(session, [call_id], text, desk.user_id or None)
    return _call_undo(desk, change)


def _call_undo(desk: Desk, change: edits.CallChange) -> Undo:
    def undo() -> None:
        with desk.database.write() as session:
            edits.apply_call_change(session, change, True, desk.user_id or None)

    return undo
