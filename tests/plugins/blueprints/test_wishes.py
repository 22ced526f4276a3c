"""What a command wants of blueprints, what became of it, and how it is taken back."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from plugins.blueprints.tables import PROPOSED, TEAM, Proposal, Step
from plugins.blueprints.wishes import Made, Wish, made_of, needed, not_done, steps_of, taking_back, waits
from plugins.tracker import Diverged, Done, Field, Item, Refused, Waiting
from tests.plugins.blueprints.cast import blueprint, by_name

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ZONES = blueprint("zones", assignee="nova-api", milestone="essex-1")
TEAMS = {"zones": "nova-api"}
PROPOSALS = {"zones": Proposal("zones", "essex-2", "brian", NOW)}

texts = st.text("ab", max_size=3)
wishes = st.builds(
    lambda changes, kept: Wish(ZONES, changes, kept),
    st.dictionaries(st.sampled_from([Field.ASSIGNEE, Field.MILESTONE, Field.PRIORITY]), texts),
    st.dictionaries(st.sampled_from([TEAM, PROPOSED]), st.none() | texts),
)


def done(item: Item, wish: Wish) -> Item:
    return item.changed(wish.changes)


def test_what_holds_already_is_no_change() -> None:
    wish = Wish(ZONES, {Field.ASSIGNEE: "nova-api", Field.MILESTONE: "essex-2"}, {TEAM: "nova-api"})
    assert needed(wish, TEAMS, {}) == Wish(ZONES, {Field.MILESTONE: "essex-2"}, {})
    assert needed(Wish(ZONES, {Field.MILESTONE: "essex-1"}, {PROPOSED: None}), TEAMS, {}) is None
    assert needed(Wish(ZONES, {}, {PROPOSED: None}), TEAMS, PROPOSALS) is not None


def test_each_single_change_can_be_taken_back() -> None:
    wish = Wish(ZONES, {Field.MILESTONE: "essex-2"}, {PROPOSED: None})
    assert steps_of(wish, TEAMS, PROPOSALS) == [
        Step("zones", "milestone", "essex-1", "essex-2"),
        Step("zones", PROPOSED, "essex-2", None),
    ]


@given(wishes)
def test_what_is_taken_back_is_as_it_was(wish: Wish) -> None:
    steps = steps_of(wish, TEAMS, PROPOSALS)
    after = done(ZONES, wish)
    back = taking_back(steps, by_name([after]))
    assert [one.name for one in back] == (["zones"] if steps else [])
    for one in back:
        assert done(after, one) == ZONES
        assert dict(one.kept) == {what: {TEAM: "nova-api", PROPOSED: "essex-2"}[what] for what in wish.kept}


def test_what_became_of_several_is_said_each_with_why() -> None:
    items = [blueprint(name) for name in ("a", "b", "c", "d", "e")]
    made = made_of(
        [Wish(item) for item in items],
        {
            "a": Done(items[0]),
            "b": Waiting(items[1], "Launchpad is away"),
            "c": Diverged(items[2], (Field.ASSIGNEE,), "its assignee is zed now"),
            "d": Refused("Launchpad says that Muster may not."),
        },
    )
    assert made.taken == ("a", "e", "b")
    assert set(made.failed) == {"c", "d"}
    assert waits(made) == "(b: Launchpad is away; it is written there later.)"
    assert not_done(made, "!") == (
        "d was not changed: Launchpad says that Muster may not. c has changed meanwhile: its "
        "assignee is zed now. !again writes it all the same."
    )


def test_of_many_that_were_not_done_the_first_say_why() -> None:
    refused = tuple((name, "no") for name in "abcd")
    assert not_done(Made(refused=refused), "!") == (
        "a was not changed: no. b was not changed: no. Nor were c and d."
    )
    assert not_done(Made(done=("a",)), "!") == ""
    assert waits(Made(done=("a",))) == ""
    assert waits(Made(waiting=(("a", "It sleeps"),))) == "(It sleeps; it is written there later.)"
