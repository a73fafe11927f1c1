"""A little world of calls and the journal written down a second time in plain Python, to compare with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from call_makers import START, make_call, make_manager, make_source
from sqlalchemy.orm import Session

from qaapp.calls.annotations import add as add_annotation
from qaapp.calls.search_text import fold
from qaapp.calls.tags import add_tag
from qaapp.journal.filters import Filter, words
from qaapp.journal.pages import Sort
from qaapp.store.schema import Call, Deal, Group, Manager, Source, SpeechFigure

ZONE = ZoneInfo("Europe/Moscow")


@dataclass
class World:
    calls: dict[int, Call]
    managers: dict[int, Manager]
    groups: dict[int, Group]
    sources: dict[int, Source]
    tags: dict[int, set[int]]
    kinds: dict[int, set[int]]
    deals: dict[int, tuple[str, str]]  # outcome, stage
    figures: dict[int, SpeechFigure]


def build(session: Session, count: int = 160, seed: int = 3) -> World:
    rng = random.Random(seed)
    people: list[int | None] = [None]
    people += [
        make_manager(session, *names)
        for names in (("Анна", "Б"), ("Олег", "А"), ("Яна", None), ("Борис", "А"))
    ]
    sources = [make_source(session, name) for name in ("z", "a")]
    tags: dict[int, set[int]] = {}
    kinds: dict[int, set[int]] = {}
    deals: dict[int, tuple[str, str]] = {}
    calls = []
    for number in range(count):
        reviewed = rng.random() < 0.4
        passed = rng.randrange(4)
        band = rng.choice(["green", "yellow", "red", None]) if reviewed else None
        calls.append(
            make_call(
                session, f"call {number}", rng.randrange(4000), source_id=rng.choice(sources),
                direction=rng.choice(["inbound", "outbound", "callback", "unknown"]),
                disposition=rng.choice(["answered", "answered", "missed", "busy", "unknown"]),
                manager_id=rng.choice(people), line_number=rng.choice([None, "74951", "74952"]),
                campaign=rng.choice([None, None, "Весна"]), end_reason=rng.choice([None, "busy", "ok"]),
                end_kind=[None, "busy", "transferred"][number % 3],
                customer_rating=rng.choice([None, 1, 5]), talk_s=rng.choice([None, 0, 30, 60, 90]),
                wait_s=rng.choice([None, 3, 9]), duration_s=rng.choice([None, 50, 70]),
                customer_number=rng.choice([None, "79001112233", "79164445566", "73431112233"]),
                customer_name=rng.choice([None, "Пётр Ёлкин", "анна", "Anna 100%"]),
                extension=rng.choice([None, "101"]),
                comment=rng.choice([None, "Перезвонить", "скидка_10"]), target=rng.choice([None, "target", "junk"]),
                recording_count=rng.choice([0, 1, 2]), evaluation_count=int(reviewed), band=band,
                score_num=passed if band else None, score_den=3 if band else None,
                score_sort=passed / 3 if band else None,
            )
        )  # fmt: skip
        if rng.random() < 0.3:
            tag = add_tag(session, calls[-1:], rng.choice(["x", "y"]), None).tag_id
            tags.setdefault(calls[-1], set()).add(tag)
        if rng.random() < 0.3:
            kind = rng.choice([1, 2])
            add_annotation(session, calls[-1], kind, 5)
            kinds.setdefault(calls[-1], set()).add(kind)
        if number % 4 == 0:
            deals[calls[-1]] = ["open", "won", "lost"][number // 4 % 3], ["Счёт", "Договор"][number // 8 % 2]
            outcome, stage = deals[calls[-1]]
            session.add(Deal(call_id=calls[-1], outcome=outcome, stage=stage))
        if rng.random() < 0.4:
            mono = rng.random() < 0.2
            session.add(SpeechFigure(
                call_id=calls[-1], detector="energy 2", is_mono=mono, analysed_at=START,
                talk_share=None if mono else rng.choice([0.25, 0.5, 0.5625]),
                silence_ms=None if mono else rng.choice([0, 3000, 9000]),
                manager_interruptions=None if mono else rng.choice([0, 2]),
                longest_manager_ms=None if mono else rng.choice([1000, 60_000]),
            ))  # fmt: skip
    session.flush()
    return World(
        {call_id: session.get_one(Call, call_id) for call_id in calls},
        {person: session.get_one(Manager, person) for person in people if person},
        {group.id: group for group in session.query(Group)},
        {source: session.get_one(Source, source) for source in sources},
        tags,
        kinds,
        deals,
        {row.call_id: row for row in session.query(SpeechFigure)},
    )


def fits(world: World, call: Call, filter: Filter) -> bool:
    day: date = call.started_at.astimezone(ZONE).date()
    manager = world.managers.get(call.manager_id or 0)
    checks: list[bool] = [
        filter.first_day is None or day >= filter.first_day,
        filter.last_day is None or day <= filter.last_day,
        not filter.directions or call.direction in filter.directions | {"unknown"},
        not filter.dispositions or call.disposition in filter.dispositions | {"unknown"},
        not filter.group_ids or (manager is not None and manager.group_id in filter.group_ids),
        not filter.lines or call.line_number in filter.lines,
        not filter.source_ids or call.source_id in filter.source_ids,
        not filter.campaigns or call.campaign in filter.campaigns,
        not filter.end_reasons or call.end_reason in filter.end_reasons,
        not filter.end_kinds or call.end_kind in filter.end_kinds,
        not filter.deal_outcomes or world.deals.get(call.id, ("", ""))[0] in filter.deal_outcomes,
        not filter.deal_stages or world.deals.get(call.id, ("", ""))[1] in filter.deal_stages,
        not filter.ratings or call.customer_rating in filter.ratings,
        filter.talk_min_s is None or (call.talk_s is not None and call.talk_s >= filter.talk_min_s),
        filter.talk_max_s is None or (call.talk_s is not None and call.talk_s <= filter.talk_max_s),
        not filter.tag_ids or bool(world.tags.get(call.id, set()) & filter.tag_ids),
        not filter.annotation_kind_ids or bool(world.kinds.get(call.id, set()) & filter.annotation_kind_ids),
        not filter.targets or (call.target or "") in filter.targets,
        filter.reviewed is None or (call.evaluation_count > 0) == filter.reviewed,
        filter.has_recording is None or (call.recording_count > 0) == filter.has_recording,
    ]
    if filter.bands:
        checks.append(call.evaluation_count > 0 and (call.band or "grey") in filter.bands)
    if filter.manager_ids:
        checks.append(
            call.manager_id in filter.manager_ids or (filter.unassigned is True and manager is None)
        )
    elif filter.unassigned is not None:
        checks.append((manager is None) == filter.unassigned)
    hay = fold(" ".join(part for part in (call.customer_number, call.customer_name, call.comment) if part))
    checks += [word in hay for word in words(filter.text)] if filter.text.strip() else []
    return all(checks)


def ordered(world: World, filter: Filter, sort: Sort) -> list[int]:
    """Filled values first in the wanted direction, each with its start and id; empty ones last."""
    found = [call for call in world.calls.values() if fits(world, call, filter)]
    buckets: dict[int, list[Call]] = {}
    for call in found:
        buckets.setdefault(_key(world, call, sort.column)[0], []).append(call)
    ids: list[int] = []
    for bucket in sorted(buckets):
        rows = buckets[bucket]
        rows.sort(
            key=lambda call: (_key(world, call, sort.column)[1], call.started_at, call.id),
            reverse=sort.descending,
        )
        ids += [call.id for call in rows]
    return ids


SPEECH = {
    "talk_share": "talk_share", "silence_ms": "silence_ms", "interruptions": "manager_interruptions",
    "longest_manager_ms": "longest_manager_ms",
}  # fmt: skip


def _figure(world: World, call: Call, attribute: str) -> tuple[int, tuple[Any, ...]]:
    value = getattr(world.figures.get(call.id), attribute, None)
    return (1, ()) if value is None else (0, (value,))


def _key(world: World, call: Call, column: str) -> tuple[int, tuple[Any, ...]]:
    manager = world.managers.get(call.manager_id or 0)
    special: dict[str, Callable[[], tuple[int, tuple[Any, ...]]]] = {
        "started_at": lambda: (0, ()),
        **{name: partial(_figure, world, call, attribute) for name, attribute in SPEECH.items()},
        "manager": lambda: (0, (manager.name_key,)) if manager else (1, ()),
        "group": lambda: (
            (2, ())
            if manager is None
            else (0, (world.groups[manager.group_id].name, manager.name_key))
            if manager.group_id
            else (1, (manager.name_key,))
        ),
        "source": lambda: (0, (world.sources[call.source_id].name,)),
        "score": lambda: (1, ()) if call.score_sort is None else (0, (call.score_sort,)),
    }
    if column in special:
        return special[column]()
    value = getattr(call, column)
    if column in ("recording_count", "evaluation_count"):
        return (0, (value,)) if value else (1, ())
    return (1, ()) if value is None else (0, (value,))


FILTERS: dict[str, Filter] = {
    "nothing": Filter(),
    "period": Filter(date(2026, 3, 17), date(2026, 3, 18)),
    "from": Filter(first_day=date(2026, 3, 19)),
    "direction": Filter(directions=frozenset({"inbound"})),
    "disposition": Filter(dispositions=frozenset({"missed", "busy"})),
    "manager": Filter(manager_ids=frozenset({1, 2})),
    "manager or nobody": Filter(manager_ids=frozenset({1}), unassigned=True),
    "nobody": Filter(unassigned=True),
    "somebody": Filter(unassigned=False),
    "group": Filter(group_ids=frozenset({2})),
    "group without people": Filter(group_ids=frozenset({99})),
    "line": Filter(lines=frozenset({"74951"})),
    "source": Filter(source_ids=frozenset({1})),
    "campaign": Filter(campaigns=frozenset({"Весна"})),
    "end reason": Filter(end_reasons=frozenset({"ok", "busy"})),
    "how it ended": Filter(end_kinds=frozenset({"transferred"})),
    "won deals": Filter(deal_outcomes=frozenset({"won"})),
    "deals of a stage": Filter(deal_stages=frozenset({"Договор"}), deal_outcomes=frozenset({"open", "lost"})),
    "rating": Filter(ratings=frozenset({1})),
    "talk": Filter(talk_min_s=30, talk_max_s=60),
    "tag": Filter(tag_ids=frozenset({1})),
    "target": Filter(targets=frozenset({"target", ""})),
    "reviewed": Filter(reviewed=True),
    "not reviewed": Filter(reviewed=False),
    "red": Filter(bands=frozenset({"red"})),
    "grey or green": Filter(bands=frozenset({"grey", "green"})),
    "recording": Filter(has_recording=True),
    "no recording": Filter(has_recording=False),
    "annotation": Filter(annotation_kind_ids=frozenset({2})),
    "fragment": Filter(text="11 12-23"),
    "name": Filter(text="ЁЛКИН петр"),
    "comment": Filter(text="перезвон"),
    "two letters": Filter(text="но"),
    "special": Filter(text="100% _"),
    "quote": Filter(text="\"';--"),
    "missed of a month": Filter(
        date(2026, 3, 1), date(2026, 3, 31), dispositions=frozenset({"missed"}), has_recording=True
    ),
    "red of a group": Filter(group_ids=frozenset({1, 2}), bands=frozenset({"red", "yellow"})),
    "tag and words": Filter(tag_ids=frozenset({1, 2}), text="анна"),
}
assert START.tzinfo is not None
