"""Drafts, publishing, revisions, codes, templates."""

from __future__ import annotations

from dataclasses import replace

import pytest
import scoring_world as world
from sqlalchemy import select

from qaapp import i18n
from qaapp.errors import ScorecardError
from qaapp.scorecards import cards, evaluations, templates
from qaapp.scorecards.model import CheckpointSpec, SectionSpec, clean, problems
from qaapp.settings import Rules
from qaapp.store.database import Database
from qaapp.store.schema import Event
from qaapp.words import CallType, RevisionState


def test_a_card_is_drafted_published_and_listed(database: Database) -> None:
    with database.write() as session:
        me = world.user(session)
        draft = cards.create_card(session, "  Inbound   sale ", "inbound_sale", world.plain_sections(3), me)
        assert (draft.name, draft.number, draft.state) == ("Inbound sale", 1, RevisionState.DRAFT)
        assert cards.load_published(session, draft.scorecard_id) is None
        published = cards.publish(session, draft.scorecard_id, me)
        assert published.state is RevisionState.PUBLISHED
        assert published.published_at is not None
    with database.read() as session:
        (brief,) = cards.list_cards(session)
        assert (brief.name, brief.revision, brief.draft_revision_id, brief.checkpoints) == (
            "Inbound sale",
            1,
            None,
            3,
        )
        assert cards.find_card(session, "INBOUND SALE") == brief
        kinds = list(session.scalars(select(Event.kind)))
    assert kinds.count("scorecard.created") == 1
    assert kinds.count("scorecard.published") == 1


def test_editing_a_used_card_makes_a_new_revision_and_keeps_the_old_one(database: Database) -> None:
    with database.write() as session:
        me = world.user(session)
        first = world.card(session, 3)
        call_id = world.call(session)
        evaluation_id = world.evaluate(session, call_id, first, [1, 0, None])
        draft = cards.edit_draft(session, first.scorecard_id, me)
        assert draft.number == 2
        assert cards.edit_draft(session, first.scorecard_id, me) == draft
        section = draft.sections[0]
        points = (replace(section.checkpoints[0], weight=2), *section.checkpoints[1:], world.point("New one"))
        saved = cards.save_draft(
            session, replace(draft, sections=(replace(section, checkpoints=points),)), me
        )
        kinds = {change.kind for change in cards.difference(first, saved)}
        assert kinds == {"weight", "added"}
        second = cards.publish(session, first.scorecard_id, me)
        assert (second.number, len(second.checkpoints)) == (2, 4)
        assert cards.load_card(session, first.revision_id) == first
        old = evaluations.load(session, evaluation_id)
        assert (old.revision_id, old.score.passed, old.score.applicable) == (first.revision_id, 1, 2)
        assert cards.list_cards(session)[0].evaluations == 1


def test_a_published_revision_refuses_to_be_saved(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 2)
        with pytest.raises(ScorecardError, match="does not change"):
            cards.save_draft(session, card, None)


def test_publishing_an_unchanged_draft_makes_no_revision(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 2)
        cards.edit_draft(session, card.scorecard_id, None)
        assert cards.publish(session, card.scorecard_id, None) == card
        assert cards.list_cards(session)[0].draft_revision_id is None


def test_discarding_a_draft_leaves_what_is_in_force(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 2)
        cards.edit_draft(session, card.scorecard_id, None)
        assert cards.discard_draft(session, card.scorecard_id, None) == card
        new = cards.create_card(session, "Other", "any", (), None)
        assert cards.discard_draft(session, new.scorecard_id, None) is None
        assert cards.find_card(session, "Other") is None


def test_codes_are_given_unique_and_never_reused_for_another_thing(database: Database) -> None:
    with database.write() as session:
        card = cards.create_card(
            session, "A", "any", world.sections(world.point("One"), world.point("Two")), None
        )
        assert [point.code for point in card.checkpoints] == ["T1", "T2"]
        card = cards.publish(session, card.scorecard_id, None)
        draft = cards.edit_draft(session, card.scorecard_id, None)
        only_first = (replace(draft.sections[0], checkpoints=draft.sections[0].checkpoints[:1]),)
        draft = cards.save_draft(session, replace(draft, sections=only_first), None)
        points = (*draft.sections[0].checkpoints, world.point("Three"))
        draft = cards.save_draft(
            session, replace(draft, sections=(replace(draft.sections[0], checkpoints=points),)), None
        )
        assert [point.code for point in draft.checkpoints] == ["T1", "T3"]


def test_russian_sections_give_russian_codes() -> None:
    section = SectionSpec(
        "потребности", "", (world.point("Раз"), world.point("Два", code="П1"), world.point("Три"))
    )
    assert [point.code for point in clean([section])[0].checkpoints] == ["П2", "П1", "П3"]


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        ((), "The card has no checkpoints. Add at least one thing to check."),
        ((SectionSpec("Talk", "", ()),), "The section “Talk” has no checkpoints."),
        (world.sections(world.point(" ", code="T1")), "The checkpoint T1 in “Talk” has no text."),
        (world.sections(world.point("A", weight=0)), "Every checkpoint has the weight 0"),
        (world.sections(world.point("A", weight=-1)), "must be a whole number from 0"),
        (
            world.sections(world.point("A", code="x"), world.point("B", code="X")),
            "Two checkpoints have the code X",
        ),
        (world.sections(world.point("A" * 401)), "longer than 400"),
        ((SectionSpec(" ", "", (world.point("A"),)),), "Section 1 has no name."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(sections: tuple[SectionSpec, ...], sentence: str) -> None:
    found = problems("Card", sections)
    assert any(sentence in str(error) for error in found), [str(error) for error in found]


def test_an_unfinished_draft_is_kept_but_not_published(database: Database) -> None:
    with database.write() as session:
        draft = cards.create_card(session, "A", "any", world.sections(world.point("")), None)
        with pytest.raises(ScorecardError, match="has no text"):
            cards.publish(session, draft.scorecard_id, None)


def test_two_cards_cannot_have_one_name(database: Database) -> None:
    with database.write() as session:
        world.card(session, 2, name="Продажа")
        with pytest.raises(ScorecardError, match="already a card “Продажа”"):
            cards.create_card(session, "продажа", "any", (), None)
        with pytest.raises(ScorecardError, match="There are: “Продажа”"):
            cards.need_card(session, "Nothing")


def test_an_archived_card_is_not_offered_and_comes_back(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 2)
        cards.archive_card(session, card.scorecard_id, None)
        assert cards.list_cards(session) == []
        assert cards.list_cards(session, archived=True)[0].archived
        cards.restore_card(session, card.scorecard_id, None)
        assert len(cards.list_cards(session)) == 1


def test_own_limits_of_a_card_stand_before_the_rules(database: Database) -> None:
    with database.write() as session:
        card = world.card(session, 2)
        assert card.limits(Rules()).green_above == 80
        draft = cards.edit_draft(session, card.scorecard_id, None)
        with pytest.raises(ScorecardError, match="two whole percents"):
            cards.save_draft(session, replace(draft, green_above=50, red_below=70), None)
        cards.save_draft(session, replace(draft, green_above=90, red_below=70), None)
        card = cards.publish(session, card.scorecard_id, None)
        assert (card.limits(Rules()).green_above, card.limits(Rules()).red_below) == (90, 70)


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("template", templates.TEMPLATES, ids=lambda template: template.code)
def test_every_template_is_a_whole_card(database: Database, template: templates.Template, lang: str) -> None:
    with database.write() as session:
        card = templates.install_template(session, template.code, lang, None)
        again = templates.install_template(session, template.code, lang, None)
    assert card.state is RevisionState.PUBLISHED
    assert card.call_type is template.call_type
    assert again.name == f"{card.name} 2"
    count = len(card.checkpoints)
    assert count == 9 if template.code == "nine_points" else 12 <= count <= 14
    for section in card.sections:
        assert len(section.script) > 60
    for point in card.checkpoints:
        assert point.hint.startswith("1: ")
        assert "\n0: " in point.hint
        assert len(point.text) < 60


@pytest.mark.parametrize("template", templates.TEMPLATES, ids=lambda template: template.code)
def test_both_languages_of_a_template_check_the_same(template: templates.Template) -> None:
    _name, _type, russian = templates.read_template(template.code, "ru")
    _name, _type, english = templates.read_template(template.code, "en")
    assert [len(section.checkpoints) for section in russian] == [
        len(section.checkpoints) for section in english
    ]
    for ours, theirs in zip(russian, english, strict=True):
        for left, right in zip(ours.checkpoints, theirs.checkpoints, strict=True):
            assert (left.weight, left.critical) == (right.weight, right.critical)


def test_a_template_speaks_the_language_in_force() -> None:
    i18n.set_language("ru")
    assert templates.read_template("inbound_sale")[0] == "Входящая продажа"
    with pytest.raises(ScorecardError):
        templates.read_template("nothing")
    assert CheckpointSpec(None, "", "x").weight == 1
    assert CallType.ANY == "any"
