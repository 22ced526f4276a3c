"""Bugs in Muster's own tracker: their dates, what they repeat, and what they may not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugin import changes_of
from bot.testing import START, Stage
from plugins.tracker import Ask, Changes, Diverged, Done, Field, Item, ItemKind, New, Ref, Refused, Tracker
from plugins.tracker.items import BUG_STATUSES, moved
from tests.launchpad.state import Bug, transition
from tests.plugins.tracker.conftest import by


async def bugs(tracker: Tracker, count: int) -> None:
    for n in range(1, count + 1):
        made = await tracker.create(New(ItemKind.BUG, "", f"Bug number {n}"), by("alice"))
        assert isinstance(made, Done)


async def change(tracker: Tracker, number: int, changes: Changes, days: int = 0) -> object:
    who = replace(by("bob"), time=START + timedelta(days=days))
    (answer,) = await tracker.change([Ask(tracker.items.bugs[str(number)], changes)], who)
    return answer


async def test_a_bug_keeps_since_when_it_is_what_it_is_through_a_kill(stage: Stage, tracker: Tracker) -> None:
    await bugs(tracker, 1)
    new = tracker.items.bugs["1"]
    assert (new.state_since, new.left_new, new.triaged) == (new.created, None, None)
    await change(tracker, 1, {Field.DEFINITION: "Confirmed"}, days=1)
    await change(tracker, 1, {Field.PRIORITY: "High"}, days=2)
    await change(tracker, 1, {Field.DEFINITION: "In Progress"}, days=3)
    await stage.kill()
    tracker = stage.app.hub.plugin(Tracker)
    day = {n: START + timedelta(days=n) for n in range(9)}
    bug = tracker.items.bugs["1"]
    assert (bug.state_since, bug.left_new, bug.triaged) == (day[3], day[1], day[3])
    await change(tracker, 1, {Field.DEFINITION: "New"}, days=4)
    bug = tracker.items.bugs["1"]
    assert (bug.state_since, bug.left_new, bug.triaged) == (day[4], day[1], None)
    await change(tracker, 1, {Field.DEFINITION: "Triaged"}, days=5)
    assert tracker.items.bugs["1"].triaged == day[5]


@given(st.lists(st.sampled_from([one for one in BUG_STATUSES if one != "Unknown"]), max_size=12))
def test_its_dates_are_those_that_launchpad_would_have(statuses: list[str]) -> None:
    item = moved(None, Item(Ref(ItemKind.BUG, "1"), "It breaks"), START)
    bug = Bug(1, "nova", "It breaks", "alice", date_created=START.isoformat())
    for n, status in enumerate(statuses, 1):
        when = START + timedelta(hours=n)
        item = moved(item, item.changed({Field.DEFINITION: status}), when)
        transition(bug, status, when.isoformat())
    assert (item.left_new.isoformat() if item.left_new else "") == bug.date_left_new
    assert (item.triaged.isoformat() if item.triaged else "") == bug.date_triaged


async def test_a_bug_repeats_another_and_what_repeats_it_goes_along(tracker: Tracker) -> None:
    await bugs(tracker, 4)
    for number in (2, 3):
        assert isinstance(await change(tracker, number, {Field.DUPLICATE: "1"}), Done)
    assert isinstance(await change(tracker, 1, {Field.DUPLICATE: "4"}), Done)
    assert {bug.name: bug.duplicate_of for bug in tracker.items.bugs.values()} == {
        "1": "4",
        "2": "4",
        "3": "4",
        "4": "",
    }
    latest, *_ = await tracker.store.read(changes_of, "bug:2")
    assert (latest.what, latest.before, latest.after, latest.by.actor.nick) == (
        "duplicate_of",
        "1",
        "4",
        "bob",
    )
    assert isinstance(await change(tracker, 1, {Field.DUPLICATE: ""}), Done)
    assert tracker.items.bugs["1"].duplicate_of == ""
    assert tracker.items.bugs["2"].duplicate_of == "4"


REFUSED: Mapping[str, tuple[int, Changes]] = {
    "bug 1 cannot be a duplicate of itself": (1, {Field.DUPLICATE: "1"}),
    "bug 1: there is no bug 9": (1, {Field.DUPLICATE: "9"}),
    "bug 3 is itself a duplicate of bug 2: say that one": (1, {Field.DUPLICATE: "3"}),
    "bug 3 is a duplicate of bug 2 already; end that first": (2, {Field.DUPLICATE: "3"}),
    "bug 1: 'two' is no bug's number": (1, {Field.DUPLICATE: "two"}),
    "bug 1: nobody sets the status Expired: a tracker does so by itself": (1, {Field.DEFINITION: "Expired"}),
    "bug 1: nobody sets the importance Unknown: it is that of bugs in other trackers": (
        1,
        {Field.PRIORITY: "Unknown"},
    ),
}


@pytest.mark.parametrize("why", REFUSED)
async def test_what_a_bug_cannot_be_is_refused_in_clear_words(tracker: Tracker, why: str) -> None:
    await bugs(tracker, 3)
    await change(tracker, 3, {Field.DUPLICATE: "2"})
    number, changes = REFUSED[why]
    assert await change(tracker, number, changes) == Refused(why)


async def test_what_is_asked_together_counts_together(tracker: Tracker) -> None:
    await bugs(tracker, 3)
    seen = tracker.items.bugs
    asks = [Ask(seen["3"], {Field.DUPLICATE: "2"}), Ask(seen["1"], {Field.DUPLICATE: "3"})]
    done, refused = await tracker.change(asks, by("bob"))
    assert isinstance(done, Done)
    assert refused == Refused("bug 3 is itself a duplicate of bug 2: say that one")


async def test_in_which_order_tags_stand_is_nobodys_conflict(tracker: Tracker) -> None:
    await bugs(tracker, 1)
    await change(tracker, 1, {Field.TAGS: ("api", "volume")})
    seen = replace(tracker.items.bugs["1"], tags=("volume", "api"))
    (answer,) = await tracker.change([Ask(seen, {Field.TAGS: ("volume",)})], by("carol"))
    assert isinstance(answer, Done)
    (answer,) = await tracker.change([Ask(seen, {Field.TAGS: ("api",)})], by("carol"))
    assert isinstance(answer, Diverged)
    assert answer.why == "its tags are volume now"
