"""The phrase bank: what is kept, what is offered, and how it completes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import scoring_world as world
from hypothesis import given
from hypothesis import strategies as st

from qaapp.calls import annotations
from qaapp.errors import StoreError
from qaapp.scorecards import evaluations, phrases
from qaapp.scorecards.phrases import SAID, SHOULD, PhraseRow, matching
from qaapp.store.database import Database


def test_what_counts_is_offered_most_used_first_and_the_bank_before_the_rest(database: Database) -> None:
    with database.write() as session:
        card = world.card_with_codes(session, "C1", "C2")
        user = world.user(session)
        point, other = (spec.id for spec in card.checkpoints)

        def marked(text: str, *, submit: bool = True, at: int = point) -> None:
            draft = evaluations.open_draft(session, world.call(session), card.revision_id, user)
            evaluations.set_phrases(session, draft.id, at, "", text, user)
            if submit:
                for spec in card.checkpoints:
                    evaluations.set_mark(session, draft.id, spec.id, 0, None, user)
                evaluations.submit(session, draft.id, user)

        marked("often")
        marked("often")
        marked("once")
        marked("a draft", submit=False)
        marked("elsewhere", at=other)
        marked("x" * 600)
        call = world.call(session)
        annotations.add(session, call, 1, 5, should_have_said="noted", checkpoint_id=point)
        gone = annotations.add(session, call, 1, 5, should_have_said="deleted", checkpoint_id=point)
        annotations.delete(session, gone.id, None)
        kept = phrases.save_phrase(session, PhraseRow(0, "C1", SHOULD, "  from   the bank "))
        assert phrases.offered(session, "C1", SHOULD) == ["often", "noted", "once", "from the bank"]
        assert phrases.offered(session, "C1", SAID) == []
        assert phrases.offered(session, "nothing", SHOULD) == []
        phrases.save_phrase(session, PhraseRow(0, "C1", SHOULD, "Often", active=False))
        phrases.save_phrase(session, replace(kept, active=False))
        assert phrases.offered(session, "C1", SHOULD) == ["noted", "once"], (
            "a retired phrase is offered no more"
        )
        assert [(row.text, row.active) for row in phrases.list_phrases(session, "C1")] == [
            ("Often", False), ("from the bank", False),
        ]  # fmt: skip
        assert phrases.list_phrases(session, retired=False) == []


def test_an_empty_or_double_phrase_is_refused(database: Database) -> None:
    with database.write() as session:
        phrases.save_phrase(session, PhraseRow(0, "C1", SAID, "Здравствуйте"))
        for row, kind in (
            (PhraseRow(0, "C1", SAID, " "), "empty"),
            (PhraseRow(0, "C1", SAID, "ЗДРАВСТВУЙТЕ"), "exists"),
            (PhraseRow(99, "C1", SHOULD, "x"), "gone"),
        ):
            with pytest.raises(StoreError) as caught:
                phrases.save_phrase(session, row)
            assert caught.value.kind == kind
        phrases.save_phrase(session, PhraseRow(0, "C1", SHOULD, "здравствуйте"))


def test_the_beginning_goes_before_a_word_and_a_word_before_letters() -> None:
    kept = ["Подскажите цену", "Какой у вас бюджет?", "Бюджет уже есть?", "набюджет"]
    assert matching(kept, "бюд") == ["Бюджет уже есть?", "Какой у вас бюджет?", "набюджет"]
    assert matching(kept, "  у  вас ") == ["Какой у вас бюджет?"]
    assert matching(kept, "подскажите цену") == []
    assert matching(kept, "", limit=2) == kept[:2]


@given(st.lists(st.text(max_size=8), max_size=12), st.text(max_size=4))
def test_nothing_is_offered_that_does_not_hold_what_was_typed(kept: list[str], typed: str) -> None:
    wanted = " ".join(typed.casefold().split())
    for phrase in matching(kept, typed):
        assert wanted in " ".join(phrase.casefold().split())
