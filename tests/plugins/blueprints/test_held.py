"""What is found out once of all blueprints, and when it is not so any more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.blueprints import standing
from plugins.blueprints.filters import ALL, NONE, OPEN, Filter, fits
from plugins.blueprints.held import Held
from plugins.blueprints.owning import Owning
from plugins.blueprints.progress import dependents, needing, pressing
from plugins.blueprints.standing import by_milestone, by_team
from plugins.rosters import Person, Team
from plugins.tracker import DEFINITIONS, IMPLEMENTATIONS, PRIORITIES, Item, Items
from tests.plugins.blueprints.cast import API, BRIAN, VOLUME, blueprint, owning
from tests.plugins.whole import html, say, whole

MILESTONES = ("", "essex-1", "essex-2")
KEPT = {"bp-1": "nova-api", "bp-2": "volumes", "bp-3": "gone"}
items = st.lists(
    st.builds(
        blueprint,
        st.sampled_from([f"bp-{n}" for n in range(9)]),
        assignee=st.sampled_from(
            ["", "nova-api", "openstack-volume", "bcwaldon", "zed", "mallory", "gone-team"]
        ),
        milestone=st.sampled_from(MILESTONES),
        definition=st.sampled_from(DEFINITIONS),
        implementation=st.sampled_from(IMPLEMENTATIONS),
        priority=st.sampled_from([*PRIORITIES, "Odd"]),
        depends_on=st.lists(st.sampled_from(["bp-1", "bp-2", "elsewhere"]), max_size=2).map(tuple),
    ),
    unique_by=lambda item: item.name,
)
filters = st.builds(
    Filter,
    st.sampled_from([None, NONE, API, VOLUME, BRIAN]),
    st.sampled_from([None, *MILESTONES]),
    st.sampled_from([OPEN, ALL, "Started", "Obsolete", "Blocked"]),
)


def is_whose(whose: Team | Person | str | None, item: Item, who: Owning) -> bool:
    held = who.holding(item)
    if isinstance(whose, Team):
        return held.team == whose
    if isinstance(whose, Person):
        return held.person == whose
    return whose is None or held.team is None


@given(items, filters)
def test_what_is_listed_is_what_one_would_find_by_looking_at_each(found: list[Item], wanted: Filter) -> None:
    who, all_ = owning(KEPT), Items(found)
    held = Held(who, all_)
    for _ in range(2):  # the second time from what is kept
        expected = [item for item in found if fits(wanted, item) and is_whose(wanted.whose, item, who)]
        assert list(held.chosen(wanted)) == pressing(expected)
    for name in MILESTONES:
        assert list(held.milestone_s(name)) == pressing(item for item in found if item.milestone == name)
        assert held.teams(name) == by_team(name, found, held.of)
        assert held.whole(name) == standing.whole(held.teams(name).values())
    assert held.milestones() == by_milestone(found)
    assert held.of == {item.name: who.holding(item) for item in found}
    by_name = all_.blueprints
    assert held.dependents("bp-1") == dependents("bp-1", by_name, needing(by_name))


PAGES = (
    "/blueprints/",
    "/blueprints/?state=all",
    "/blueprints/?team=nova-api",
    "/blueprints/?who=anna",
    "/blueprints/api-quotas/",
    "/milestones/",
    "/milestones/essex-2/",
    "/milestones/essex-3/",
    "/teams/nova-api/",
    "/teams/volumes/",
    "/people/anna/",
    "/",
)


@pytest.mark.parametrize(
    "said",
    [
        "!status api-tests done",
        "!target api-tests essex-3",
        "!priority vol-clone essential",
        "!assign zones anna",
        "!assign api-quotas anna",
        "!assign zones nova-api",
        "!unassign vol-clone",
        "!items add api-tests a third",
        "!team retire volumes; !yes",
        "!milestone close essex-2",
        "a day later",
    ],
)
async def test_no_page_shows_what_was_before_a_change(tmp_path: Path, said: str) -> None:
    async with whole(tmp_path) as stage:
        before = [await html(stage, path) for path in PAGES]
        if said == "a day later":
            await stage.clock.advance(timedelta(days=1), stage.settled)
        else:
            await say(stage, *said.split("; "))
        shown = [await html(stage, path) for path in PAGES]
        assert shown != before
        await stage.kill()  # what begins anew remembers nothing
        assert shown == [await html(stage, path) for path in PAGES]
