"""Bugs in Launchpad: since when they are what they are, and how all that is theirs is changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from plugins.tracker.backend import AwayError, Conflict, Denied, Invalid, UnknownOutcomeError, Updated
from plugins.tracker.items import BUG_STATUSES, Changes, Field, Item, ItemKind, Ref
from plugins.tracker.launchpad import Launchpad
from tests.launchpad.server import Fault, Server
from tests.launchpad.state import Bug

Opened = Callable[..., Launchpad]

SEVEN = Ref(ItemKind.BUG, "7")
MADE = datetime(2011, 11, 10, 17, tzinfo=UTC)
BOTH: Changes = {
    Field.DEFINITION: "Triaged",
    Field.PRIORITY: "High",
    Field.TITLE: "It breaks when detached",
    Field.SUMMARY: "Each time.",
    Field.TAGS: ("volume", "api"),
    Field.DUPLICATE: "5",
}


@pytest.fixture(autouse=True)
def bugs(server: Server) -> None:
    """Three bugs; the clock of Launchpad stands at the time when they were made."""
    server.world.clock = lambda: MADE
    server.world.save(
        Bug(5, "nova", "The first", "vishy"),
        Bug(6, "nova", "Another", "vishy", duplicate_of="5"),
        Bug(7, "nova", "It breaks", "renuka", description="When used.", tags=["api"]),
    )


async def seven(launchpad: Launchpad) -> Item:
    found = await launchpad.get(SEVEN)
    assert found is not None
    return found


def at(server: Server, days: int, **changes: object) -> datetime:
    """Somebody changes bug 7 in a browser, so many days after it was made; when."""
    when = MADE + timedelta(days=days)
    server.world.clock = lambda: when
    server.world.edit_bug(7, **changes)
    return when


async def test_a_bug_tells_since_when_it_is_what_it_is(server: Server, launchpad: Launchpad) -> None:
    new = await seven(launchpad)
    assert (new.target, new.state_since, new.left_new, new.triaged) == ("nova", MADE, None, None)
    left = at(server, 1, status="Confirmed")
    confirmed = await seven(launchpad)
    assert (confirmed.state_since, confirmed.left_new, confirmed.triaged) == (left, left, None)
    when = at(server, 2, status="Triaged")
    triaged = await seven(launchpad)
    assert (triaged.state_since, triaged.left_new, triaged.triaged) == (when, left, when)


@pytest.mark.parametrize("status", [one for one in BUG_STATUSES if one not in {"New", "Unknown", "Deferred"}])
async def test_each_status_has_its_date(server: Server, launchpad: Launchpad, status: str) -> None:
    when = at(server, 3, status=status)
    found = await seven(launchpad)
    assert (found.definition, found.state_since, found.left_new) == (status, when, when)
    (listed,) = [one async for page in launchpad.find(ItemKind.BUG) for one in page if one.ref == SEVEN]
    assert (listed.state_since, listed.left_new, listed.target) == (when, when, "nova")


async def test_what_launchpad_does_not_tell_is_nothing(server: Server, launchpad: Launchpad) -> None:
    at(server, 1, status="Confirmed")
    at(server, 2, status="New")
    assert (await seven(launchpad)).state_since is None
    at(server, 3, status="Invalid")
    back = at(server, 4, status="New")
    assert (await seven(launchpad)).state_since == back
    at(server, 5, status="Deferred")
    assert (await seven(launchpad)).state_since is None


async def test_what_is_its_own_and_what_is_its_tasks_are_changed_together(
    server: Server, launchpad: Launchpad
) -> None:
    before = await seven(launchpad)
    outcome = await launchpad.update(SEVEN, before.version, BOTH, before.own_version)
    assert isinstance(outcome, Updated)
    assert outcome.item.holds(BOTH)
    assert outcome.item == await seven(launchpad)
    assert [(one.path, one.headers["if-match"]) for one in server.asked("PATCH")] == [
        ("/devel/nova/+bug/7", before.version),
        ("/devel/bugs/7", before.own_version),
    ]
    alone: Changes = {Field.DUPLICATE: "", Field.TAGS: ()}
    outcome = await launchpad.update(SEVEN, outcome.item.version, alone, outcome.item.own_version)
    assert isinstance(outcome, Updated)
    assert (outcome.item.duplicate_of, outcome.item.tags) == ("", ())
    assert len(server.asked("PATCH")) == 3


@pytest.mark.parametrize(("changed", "made"), [("importance", 0), ("title", 1)])
async def test_what_has_changed_on_either_side_is_not_overwritten(
    server: Server, launchpad: Launchpad, changed: str, made: int
) -> None:
    before = await seven(launchpad)
    server.world.edit_bug(7, **{changed: "Low"})
    outcome = await launchpad.update(SEVEN, before.version, BOTH, before.own_version)
    assert outcome == Conflict(await seven(launchpad))
    assert (outcome.item.definition == "Triaged", outcome.item.tags) == (bool(made), ("api",))


async def test_where_only_the_second_is_refused_the_first_is_told_as_done(
    server: Server, launchpad: Launchpad
) -> None:
    before = await seven(launchpad)
    wrong = {**BOTH, Field.DUPLICATE: "6"}
    outcome = await launchpad.update(SEVEN, before.version, wrong, before.own_version)
    assert isinstance(outcome, Invalid)
    assert outcome.why.startswith("Launchpad refuses it: Bug 6 is already a duplicate of bug 5.")
    assert outcome.item == await seven(launchpad)
    assert (outcome.item.definition, outcome.item.tags) == ("Triaged", ("api",))


async def test_where_it_goes_away_between_the_two_it_is_told_so(server: Server, launchpad: Launchpad) -> None:
    before = await seven(launchpad)
    server.fail(Fault(cut="before"), method="PATCH", path="/bugs/7")
    with pytest.raises(UnknownOutcomeError):
        await launchpad.update(SEVEN, before.version, BOTH, before.own_version)
    assert server.world.bugs["7"].status == "Triaged"
    server.fail(Fault(503), method="PATCH", path="/bugs/7")
    with pytest.raises(AwayError):
        await launchpad.update(SEVEN, "", BOTH)
    server.fail(Fault(503), method="GET", path="/bugs/7")
    with pytest.raises(UnknownOutcomeError):
        await launchpad.update(SEVEN, "", BOTH)
    assert server.world.bugs["7"].tags == ["api", "volume"]


@pytest.mark.parametrize(
    ("of", "why"),
    [
        ("7", "Launchpad refuses it: You can't mark a bug as a duplicate of itself."),
        ("99", "Launchpad has no bug of that number that Muster may see"),
    ],
)
async def test_what_cannot_be_a_duplicate_is_refused(launchpad: Launchpad, of: str, why: str) -> None:
    assert await launchpad.update(SEVEN, "", {Field.DUPLICATE: of}) == Invalid(why)


async def test_what_repeats_a_bug_goes_with_it(server: Server, launchpad: Launchpad) -> None:
    outcome = await launchpad.update(Ref(ItemKind.BUG, "5"), "", {Field.DUPLICATE: "7"})
    assert isinstance(outcome, Updated)
    assert (outcome.item.duplicate_of, server.world.bugs["6"].duplicate_of) == ("7", "7")


async def test_anybody_changes_what_is_a_bugs_own_and_a_supervisor_the_rest(
    server: Server, opened: Opened
) -> None:
    server.world.projects["nova"].bug_supervisor = "nova-api"
    stranger = opened("stranger")
    own: Changes = {
        field: value for field, value in BOTH.items() if field not in {Field.DEFINITION, Field.PRIORITY}
    }
    assert isinstance(await stranger.update(SEVEN, "", own), Updated)
    assert await stranger.update(SEVEN, "", {Field.DEFINITION: "Triaged", Field.TAGS: ()}) == Denied(
        "Launchpad does not let Muster: Only Bug Supervisors may change status to Triaged."
    )
    assert server.world.bugs["7"].tags == ["api", "volume"]


async def test_a_bug_of_another_project_is_none_of_this_one(server: Server, launchpad: Launchpad) -> None:
    server.world.save(Bug(9, "glance", "Elsewhere", "vishy"))
    assert await launchpad.get(Ref(ItemKind.BUG, "9")) is None
    assert server.asked("GET", "/glance/+bug/9")


async def test_what_is_not_public_is_not_there_whatever_musters_account_may_see(
    server: Server, launchpad: Launchpad
) -> None:
    at(server, 1, information_type="Private Security")
    blueprint = next(iter(server.world.blueprints.values()))
    blueprint.information_type = "Proprietary"
    assert await launchpad.get(SEVEN) is None
    assert await launchpad.get(Ref(ItemKind.BLUEPRINT, blueprint.name)) is None
    names = [item.name for kind in ItemKind async for page in launchpad.find(kind) for item in page]
    assert "6" in names
    assert not {"7", blueprint.name} & set(names)
    at(server, 2, information_type="Public Security")
    assert (await seven(launchpad)).name == "7"
