"""Who may do what to a blueprint: a table, and what each is told who may not."""

from __future__ import annotations

import pytest

from plugins.blueprints.owning import Holding
from plugins.blueprints.rights import (
    Undoing,
    why_not_again,
    why_not_assign,
    why_not_claim,
    why_not_coordinate,
    why_not_propose,
    why_not_touch,
    why_not_unassign,
    why_not_undo,
)
from plugins.rosters import Person, Team
from plugins.tracker import Field, Item, ItemKind, Ref
from tests.plugins.blueprints.cast import (
    ANNA,
    API,
    BRIAN,
    RENUKA,
    ROSTER,
    TESTING,
    VISHY,
    VOLUME,
    ZED,
    asker,
    blueprint,
    owning,
)

NOBODYS = Holding()
API_S = Holding(API)
ANNA_S = Holding(API, ANNA)  # handed to her by the API team
HER_OWN = Holding(None, ANNA)  # no team's
UNKNOWN = Holding(None, None, "mallory")
VOLUMES = Holding(VOLUME)

ASSIGN: list[tuple[Person | None, Holding, Team | Person, bool]] = [
    (VISHY, VOLUMES, API, True),
    (VISHY, ANNA_S, ZED, True),
    (BRIAN, API_S, ANNA, True),
    (BRIAN, API_S, BRIAN, True),
    (BRIAN, API_S, VISHY, True),  # a coordinator is on every team
    (BRIAN, ANNA_S, API, True),
    (BRIAN, API_S, ZED, False),  # not on the team
    (BRIAN, API_S, VOLUME, False),  # nobody gives work to another team
    (BRIAN, NOBODYS, API, True),
    (BRIAN, NOBODYS, VOLUME, False),
    (BRIAN, NOBODYS, ANNA, False),
    (BRIAN, HER_OWN, API, True),  # she is on it
    (BRIAN, Holding(None, ZED), API, False),
    (BRIAN, UNKNOWN, API, False),
    (BRIAN, VOLUMES, API, False),
    (RENUKA, VOLUMES, BRIAN, False),  # her lead is not confirmed
    (ANNA, API_S, ANNA, False),
    (ANNA, NOBODYS, API, False),
    (None, NOBODYS, API, False),
]


@pytest.mark.parametrize(("who", "held", "to", "may"), ASSIGN)
def test_assigning(who: Person | None, held: Holding, to: Team | Person, may: bool) -> None:
    assert (why_not_assign(asker(who), "bp", held, to, ROSTER) == "") is may


@pytest.mark.parametrize(
    ("who", "held", "may"),
    [
        (VISHY, VOLUMES, True),
        (BRIAN, API_S, True),
        (BRIAN, ANNA_S, True),
        (ANNA, ANNA_S, True),
        (ANNA, HER_OWN, True),
        (ANNA, API_S, False),
        (BRIAN, VOLUMES, False),
        (BRIAN, HER_OWN, False),
        (BRIAN, UNKNOWN, False),
        (None, ANNA_S, False),
    ],
)
def test_unassigning(who: Person | None, held: Holding, may: bool) -> None:
    assert (why_not_unassign(asker(who), "bp", held, ROSTER) == "") is may


@pytest.mark.parametrize(
    ("who", "held", "may"),
    [
        (ANNA, NOBODYS, True),
        (ANNA, API_S, True),
        (VISHY, API_S, True),
        (ZED, API_S, False),
        (ZED, NOBODYS, True),
        (BRIAN, ANNA_S, False),
        (VISHY, ANNA_S, False),
        (ANNA, ANNA_S, False),
        (ZED, UNKNOWN, False),
    ],
)
def test_claiming(who: Person, held: Holding, may: bool) -> None:
    assert (why_not_claim(asker(who), "bp", held, ROSTER) == "") is may


@pytest.mark.parametrize(
    ("who", "held", "may"),
    [
        (VISHY, UNKNOWN, True),
        (ANNA, API_S, True),
        (ANNA, HER_OWN, True),
        (BRIAN, ANNA_S, True),
        (ZED, API_S, False),
        (ZED, NOBODYS, False),
        (ZED, HER_OWN, False),
        (None, HER_OWN, False),
        (None, UNKNOWN, False),
    ],
)
def test_noting_and_changing_the_state(who: Person | None, held: Holding, may: bool) -> None:
    assert (why_not_touch(asker(who), "bp", held) == "") is may


@pytest.mark.parametrize(
    ("who", "held", "may"),
    [
        (VISHY, NOBODYS, True),
        (BRIAN, ANNA_S, True),
        (BRIAN, NOBODYS, False),
        (BRIAN, VOLUMES, False),
        (RENUKA, VOLUMES, False),
        (ANNA, ANNA_S, False),
    ],
)
def test_proposing_a_milestone(who: Person, held: Holding, may: bool) -> None:
    assert (why_not_propose(asker(who), "bp", held, ROSTER) == "") is may


AGAIN: list[tuple[Person | None, str, str, bool]] = [
    # who, whose it is now, to whom it was to go
    (VISHY, "openstack-volume", "nova-api", True),
    (BRIAN, "", "nova-api", True),
    (BRIAN, "nova-api", "bcwaldon", True),
    (BRIAN, "openstack-volume", "nova-api", False),  # another team took it meanwhile
    (RENUKA, "", "renukaapte", True),
    (RENUKA, "bcwaldon", "renukaapte", False),  # somebody else claimed it meanwhile
    (BRIAN, "renukaapte", "", False),
    (BRIAN, "bcwaldon", "", True),
    (BRIAN, "", "whoever", False),
    (None, "", "nova-api", False),
]


@pytest.mark.parametrize(("who", "now", "to", "may"), AGAIN)
def test_writing_an_assignee_all_the_same(who: Person | None, now: str, to: str, may: bool) -> None:
    item = blueprint("bp", assignee=now)
    assert (why_not_again(asker(who), item, {Field.ASSIGNEE: to}, owning()) == "") is may


@pytest.mark.parametrize(
    ("who", "field", "may"),
    [
        (VISHY, Field.PRIORITY, True),
        (BRIAN, Field.PRIORITY, False),
        (BRIAN, Field.MILESTONE, False),
        (ANNA, Field.IMPLEMENTATION, True),
        (ZED, Field.IMPLEMENTATION, False),
    ],
)
def test_writing_other_fields_all_the_same(who: Person, field: Field, may: bool) -> None:
    item = blueprint("bp", assignee="nova-api")
    assert (why_not_again(asker(who), item, {field: "High"}, owning()) == "") is may


def test_a_bug_is_changed_all_the_same_by_its_own_command() -> None:
    item = Item(Ref(ItemKind.BUG, "7"), "It breaks", assignee="nova-api")
    changes = {Field.DEFINITION: "Triaged"}
    assert why_not_again(asker(ANNA), item, changes, owning()) == "bug 7: give its command again"
    assert why_not_again(asker(VISHY), item, changes, owning()) == ""


@pytest.mark.parametrize(
    ("who", "what", "now", "before", "may"),
    [
        (VISHY, Undoing.COORDINATING, NOBODYS, NOBODYS, True),
        (BRIAN, Undoing.COORDINATING, API_S, API_S, False),
        (BRIAN, Undoing.ASSIGNING, ANNA_S, API_S, True),
        (BRIAN, Undoing.ASSIGNING, NOBODYS, API_S, True),
        (BRIAN, Undoing.ASSIGNING, VOLUMES, NOBODYS, False),
        (RENUKA, Undoing.ASSIGNING, VOLUMES, NOBODYS, False),  # confirmed no more
        (ANNA, Undoing.ASSIGNING, ANNA_S, API_S, True),  # her claim
        (ANNA, Undoing.ASSIGNING, API_S, ANNA_S, True),  # what she handed back
        (ANNA, Undoing.ASSIGNING, Holding(API, BRIAN), ANNA_S, False),
        (BRIAN, Undoing.PROPOSING, API_S, API_S, True),
        (ANNA, Undoing.PROPOSING, API_S, API_S, False),
        (ANNA, Undoing.WORK, API_S, API_S, True),
        (ZED, Undoing.WORK, API_S, API_S, False),
    ],
)
def test_taking_back(who: Person, what: Undoing, now: Holding, before: Holding, may: bool) -> None:
    assert (why_not_undo(asker(who), "bp", what, now, before) == "") is may


def test_what_coordinators_alone_do() -> None:
    assert why_not_coordinate(asker(VISHY), "sets a priority") == ""
    assert why_not_coordinate(asker(BRIAN), "sets a priority") == (
        "Only a coordinator sets a priority; ask one."
    )


def test_a_refusal_says_who_may_and_what_to_do() -> None:
    brian, zed = asker(BRIAN), asker(ZED)
    assert why_not_assign(zed, "bp", API_S, ZED, ROSTER) == (
        "bp is nova-api's; nova-api's lead brian assigns it, or a coordinator."
    )
    assert why_not_assign(brian, "bp", VOLUMES, API, ROSTER) == (
        "bp is volumes'; volumes' lead renuka, once confirmed, assigns it, or a coordinator."
    )
    assert why_not_assign(brian, "bp", API_S, TESTING, ROSTER) == (
        "bp is nova-api's, and only a coordinator gives it to another team; hand it back "
        "with !unassign, and the lead that nova-testing does not have yet may take it."
    )
    assert why_not_claim(zed, "bp", API_S, ROSTER) == "bp is nova-api's; !join nova-api, it is open to all."
    assert why_not_claim(zed, "bp", ANNA_S, ROSTER) == (
        "bp is anna's; ask them to hand it back by !unassign bp, or ask nova-api's lead brian."
    )
    assert why_not_claim(asker(ANNA), "bp", ANNA_S, ROSTER) == "bp is yours already."
    assert why_not_touch(zed, "bp", NOBODYS) == "bp is nobody's; !claim bp first."
