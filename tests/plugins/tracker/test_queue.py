"""The course of a write: whatever fails, wherever Muster is killed, it takes effect once or is reported."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Actor
from bot.plugin import By
from bot.testing import START
from plugins.tracker.backend import (
    AwayError,
    BackendError,
    Conflict,
    Denied,
    UnauthorizedError,
    UnknownOutcomeError,
    UnsupportedError,
    Updated,
)
from plugins.tracker.items import Field, Item, ItemKind, New, Ref
from plugins.tracker.queue import (
    Act,
    Course,
    Keep,
    LookUp,
    Result,
    Send,
    State,
    Step,
    Write,
    course,
    created,
    pause,
    rebased,
    with_line,
)

ZONES = Ref(ItemKind.BLUEPRINT, "zones")
BY = By(Actor("test", "alice", "alice"), None, START)
ITEM = Item(ZONES, "Zones", version="v1")


def assigning(seen: str, wanted: str, id_: int = 1) -> Write:
    fields = ({Field.ASSIGNEE: seen}, {Field.ASSIGNEE: wanted})
    return Write(Act.UPDATE, ZONES, BY, seen=fields[0], wanted=fields[1], id=id_)


class Killed(Exception):  # noqa: N818
    """Muster is killed here."""


@dataclass
class World:
    """A tracker with one blueprint, and what Muster keeps in its database; everything may fail by plan.

    ``plan`` has a word for each step: what goes wrong with it. ``effects`` are the writes that took effect.
    """

    item: Item
    write: Write
    plan: list[str]
    effects: list[int] = field(default_factory=list)
    lives: int = 1

    def next(self) -> str:
        return self.plan.pop(0) if self.plan else ""

    def edit(self, assignee: str) -> None:
        self._put(self.item.changed({Field.ASSIGNEE: assignee}))

    def _put(self, item: Item) -> None:
        self.item = replace(item, version=f"v{int(item.version[1:]) + 1}")

    def answer(self, step: Step) -> Result:
        word = self.next()
        if word == "kill":
            raise Killed
        if word.startswith("edit "):
            self.edit(word.removeprefix("edit "))
        if word == "elsewhere":  # somebody changes another field
            self._put(self.item.changed({Field.PRIORITY: "High"}))
        match step:
            case Keep(write=write):
                self.write = write
                return None
            case LookUp():
                return AwayError("away") if word in {"away", "cut before", "cut after"} else self.item
            case Send(write=write, version=version):
                return self._send(write, version, word)

    def _send(self, write: Write, version: str, word: str) -> Result:
        if word == "away":
            return AwayError("away")
        if word == "cut before":
            return UnknownOutcomeError("cut")
        if version != self.item.version and write.act is Act.UPDATE:
            found: Result = Conflict(self.item)
        else:
            self.effects.append(write.id)
            changed = write.laid(self.item)
            assert changed is not None
            self._put(changed)
            found = Updated(self.item)
        if word == "kill after":
            raise Killed
        if word == "cut after":
            return UnknownOutcomeError("cut")
        if word == "nonsense":
            return BackendError("Launchpad answered what nobody understands")
        return found

    def run(self, kept: Item) -> Write:
        """Attempt after attempt, and life after life, until something came of it."""
        for _ in range(200):
            if not self.write.is_open:
                return self.write
            steps = course(self.write, kept, START)
            try:
                made = self._attempt(steps)
            except Killed:
                self.lives += 1
                continue
            self.write = made.write
            kept = made.item or kept
        raise AssertionError("it never comes to an end")

    def _attempt(self, steps: Generator[Step, Result, Course]) -> Course:
        result: Result = None
        while True:
            try:
                step = steps.send(result)
            except StopIteration as stop:
                ended: Course = stop.value
                return ended
            result = self.answer(step)


FAULTS = st.lists(
    st.sampled_from(["", "", "kill", "kill after", "away", "cut before", "cut after", "elsewhere"]),
    max_size=30,
)
ALL_FAULTS = st.lists(
    st.sampled_from(
        [
            "",
            "kill",
            "kill after",
            "away",
            "cut before",
            "cut after",
            "nonsense",
            "elsewhere",
            "edit bob",
            "edit zed",
            "edit ",
        ]
    ),
    max_size=30,
)


@given(plan=FAULTS)
def test_where_nobody_else_changes_the_field_it_takes_effect_exactly_once(plan: list[str]) -> None:
    world = World(ITEM, assigning("", "bob"), plan)
    assert world.run(ITEM).state is State.DONE
    assert world.effects == [1]
    assert world.item.assignee == "bob"


@given(plan=FAULTS)
def test_a_line_on_a_whiteboard_that_has_it_already_is_written_exactly_once(plan: list[str]) -> None:
    before = with_line(ITEM, "see the list")
    world = World(before, Write(Act.COMMENT, ZONES, BY, text="see the list", id=1), plan)
    assert world.run(before).state is State.DONE
    assert world.effects == [1]
    assert world.item.whiteboard == "see the list\nsee the list"


@given(plan=ALL_FAULTS)
def test_whatever_others_do_it_is_done_or_reported_and_overwrites_nothing_unseen(plan: list[str]) -> None:
    world = World(ITEM, assigning("", "bob"), plan)
    overwritten: list[str] = []
    send = world._send

    def watched(write: Write, version: str, word: str) -> Result:
        before, effects = world.item.assignee, len(world.effects)
        result = send(write, version, word)
        if len(world.effects) > effects:
            overwritten.append(before)
        return result

    world._send = watched  # type: ignore[method-assign]
    end = world.run(ITEM)
    assert end.state in {State.DONE, State.DIVERGED, State.REFUSED}
    assert set(overwritten) <= {"", "bob"}
    if end.state is State.DIVERGED:
        assert "zed" in end.why


@given(st.lists(st.sampled_from(["", "a", "b"]), min_size=1, max_size=5), FAULTS)
def test_several_writes_of_one_item_follow_each_other(values: list[str], plan: list[str]) -> None:
    item, seen = ITEM, ""
    for number, wanted in enumerate(values, 1):
        world = World(item, assigning(seen, wanted, number), plan)
        assert world.run(item).state is State.DONE
        assert len(world.effects) == (seen != wanted)
        item, seen = world.item, wanted
    assert item.assignee == values[-1]


def steps_of(write: Write, kept: Item | None, *results: Result) -> tuple[list[Step], Course]:
    """The steps of an attempt, answered so, and where it ended."""
    running = course(write, kept, START)
    given_, steps = list(results), [next(running)]
    while True:
        result = None if isinstance(steps[-1], Keep) else given_.pop(0)
        try:
            steps.append(running.send(result))
        except StopIteration as stop:
            assert not given_
            return steps, stop.value


@dataclass
class Twofold(World):
    """A tracker that has to be asked twice: for a bug's status, then for its tags. Each has a version."""

    refuses_tags: bool = False

    def edit(self, assignee: str) -> None:
        self._put(self.item.changed({Field.TAGS: (assignee or "none",)}))

    def _put(self, item: Item) -> None:
        if item.tags != self.item.tags:
            self.item = replace(item, own_version=f"v{int(self.item.own_version[1:]) + 1}")
        else:
            super()._put(item)

    def _send(self, write: Write, version: str, word: str) -> Result:
        raise NotImplementedError

    def answer(self, step: Step) -> Result:
        if not isinstance(step, Send):
            return super().answer(step)
        parts = [
            {field: value for field, value in step.changes.items() if (field is Field.TAGS) is own}
            for own in (False, True)
        ]
        for own, changes in enumerate(parts):
            word = self.next() if changes else ""
            if word == "kill":
                raise Killed
            if word in {"away", "cut before"}:
                return AwayError("away") if word == "away" else UnknownOutcomeError("cut")
            if word.startswith("edit "):
                self.edit(word.removeprefix("edit "))
            if not changes:
                continue
            mine, theirs = (
                (step.own_version, self.item.own_version) if own else (step.version, self.item.version)
            )
            if mine != theirs:
                return Conflict(self.item)
            if own and self.refuses_tags:
                return Denied("no tags", self.item if parts[0] else None)
            self.effects += [own]
            self._put(self.item.changed(changes))
            if word == "kill after":
                raise Killed
            if word in {"cut after", "nonsense"}:
                return UnknownOutcomeError("cut") if word == "cut after" else BackendError("what?")
        return Updated(self.item)


BUG = Item(Ref(ItemKind.BUG, "7"), "It breaks", tags=("old", "api"), version="v1", own_version="v1")
TRIAGING = Write(
    Act.UPDATE,
    BUG.ref,
    BY,
    seen={Field.DEFINITION: "New", Field.TAGS: ("api", "old")},
    wanted={Field.DEFINITION: "Triaged", Field.TAGS: ("api",)},
    id=1,
)


@given(plan=FAULTS)
def test_what_has_to_be_asked_for_in_two_steps_takes_effect_exactly_once_each(plan: list[str]) -> None:
    world = Twofold(BUG, TRIAGING, [word for word in plan if word != "elsewhere"])
    assert world.run(BUG).state is State.DONE
    assert sorted(world.effects) == [0, 1]
    assert (world.item.definition, world.item.tags) == ("Triaged", ("api",))


@given(plan=FAULTS)
def test_a_refusal_of_the_second_step_is_told_and_the_first_is_never_done_twice(plan: list[str]) -> None:
    plan = [word for word in plan if word != "elsewhere"]
    world = Twofold(BUG, TRIAGING, plan, refuses_tags=True)
    end = world.run(BUG)
    assert end.state is State.REFUSED
    assert end.why.startswith("no tags")
    assert world.effects == [0]


@given(plan=ALL_FAULTS)
def test_whatever_others_do_between_two_steps_is_not_overwritten(plan: list[str]) -> None:
    world = Twofold(BUG, TRIAGING, [word for word in plan if word not in {"elsewhere", "nonsense"}])
    end = world.run(BUG)
    assert end.state in {State.DONE, State.DIVERGED}
    assert world.effects.count(0) <= 1
    assert world.effects.count(1) <= 1
    if end.state is State.DIVERGED:
        assert "its tags are" in end.why


def test_what_is_a_bugs_own_is_not_sent_before_its_version_is_known() -> None:
    known = replace(BUG, tags=("api", "old"))
    listed = replace(BUG, tags=(), own_version="")
    write = TRIAGING.replace(seen={Field.TAGS: ("old", "api")}, wanted={Field.TAGS: ("api",)})
    steps, end = steps_of(write, replace(listed, tags=("old", "api")), known, Updated(BUG))
    assert [type(step) for step in steps] == [LookUp, Keep, Send]
    assert isinstance(steps[-1], Send)
    assert steps[-1].own_version == "v1"
    assert end.write.state is State.DONE


def test_of_a_refused_write_what_was_done_stays_for_those_that_follow() -> None:
    refused = TRIAGING.replace(state=State.REFUSED)
    half = BUG.changed({Field.DEFINITION: "Triaged"})
    second = TRIAGING.replace(
        id=2,
        seen={Field.DEFINITION: "Triaged", Field.TAGS: ("api",)},
        wanted={Field.DEFINITION: "Confirmed", Field.TAGS: ()},
    )
    (back,) = rebased(refused, [second], half)
    assert back.seen == {Field.DEFINITION: "Triaged", Field.TAGS: ("api", "old")}


def test_it_is_kept_as_being_sent_before_it_is_sent() -> None:
    steps, end = steps_of(assigning("", "bob"), ITEM, Updated(ITEM))
    assert [type(step) for step in steps] == [Keep, Send]
    assert isinstance(steps[0], Keep)
    assert steps[0].write.state is State.SENDING
    assert (end.write.state, end.item) == (State.DONE, ITEM)


def test_what_is_found_as_being_sent_is_looked_up_first() -> None:
    write = assigning("", "bob").replace(state=State.SENDING, tries=1)
    steps, end = steps_of(write, ITEM, ITEM.changed({Field.ASSIGNEE: "bob"}))
    assert [type(step) for step in steps] == [LookUp]
    assert end.write.state is State.DONE


def test_after_a_conflict_of_other_fields_the_next_attempt_has_the_fresh_version() -> None:
    fresh = replace(ITEM, version="v2", priority="High")
    _, end = steps_of(assigning("", "bob"), ITEM, Conflict(fresh))
    assert end.write.state is State.WAITING
    steps, _ = steps_of(end.write, end.item, Updated(fresh))
    assert isinstance(steps[-1], Send)
    assert steps[-1].version == "v2"


def test_what_seems_to_have_diverged_is_looked_up_since_that_may_be_past() -> None:
    kept = ITEM.changed({Field.ASSIGNEE: "zed"})
    steps, end = steps_of(assigning("", "bob"), kept, ITEM, Updated(ITEM))
    assert [type(step) for step in steps] == [LookUp, Keep, Send]
    assert end.write.state is State.DONE


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AwayError("away"), State.WAITING),
        (UnauthorizedError("no"), State.WAITING),
        (UnknownOutcomeError("cut"), State.SENDING),
    ],
)
def test_an_error_leaves_it_waiting_or_unknown(error: BackendError, state: State) -> None:
    _, end = steps_of(assigning("", "bob"), ITEM, error)
    assert (end.write.state, end.error) == (state, error)


def test_what_the_tracker_cannot_do_is_refused() -> None:
    _, end = steps_of(assigning("", "bob"), ITEM, UnsupportedError("cannot"))
    assert (end.write.state, end.write.why) == (State.REFUSED, "cannot")
    _, end = steps_of(assigning("", "bob"), ITEM, Denied("may not"))
    assert (end.write.state, end.write.why) == (State.REFUSED, "may not")


def test_an_answer_that_nobody_understands_is_looked_up_and_not_sent_for_ever() -> None:
    odd = BackendError("Launchpad answered 418")
    _, end = steps_of(assigning("", "bob"), ITEM, odd, ITEM)
    assert (end.write.state, end.write.why) == (State.REFUSED, "Launchpad answered 418")
    _, end = steps_of(assigning("", "bob"), ITEM, odd, ITEM.changed({Field.ASSIGNEE: "bob"}))
    assert end.write.state is State.DONE


def test_an_item_that_is_gone_is_refused() -> None:
    _, end = steps_of(assigning("", "bob"), None, None)
    assert (end.write.state, end.write.why) == (State.REFUSED, "there is no zones any more")


def test_a_new_blueprint_whose_name_another_took_has_diverged() -> None:
    write = created(New(ItemKind.BLUEPRINT, "zones", "Mine"), BY).replace(state=State.SENDING)
    _, end = steps_of(write, None, ITEM)
    assert (end.write.state, end.write.why) == (State.DIVERGED, "there is another zones by now")


def test_a_comment_on_a_bug_whose_outcome_is_unknown_is_reported() -> None:
    bug = Item(Ref(ItemKind.BUG, "7"), "It breaks")
    write = Write(Act.COMMENT, bug.ref, BY, text="here too", state=State.SENDING)
    _, end = steps_of(write, bug, bug)
    assert end.write.state is State.DIVERGED


def test_after_a_refusal_the_first_write_that_counted_on_it_goes_on_from_before() -> None:
    refused = assigning("", "a", 1).replace(state=State.REFUSED)
    second, third = assigning("a", "b", 2), assigning("b", "c", 3)
    other = replace(assigning("a", "b", 4), ref=Ref(ItemKind.BLUEPRINT, "cells"))
    assert rebased(refused, [second, third, other]) == [assigning("", "b", 2)]


@given(st.integers(1, 1000), st.floats(0, 1), st.none() | st.floats(0, 10_000))
def test_pauses_grow_to_five_minutes_and_are_never_shorter_than_asked(
    failures: int, jitter: float, asked: float | None
) -> None:
    length = pause(failures, asked, jitter)
    assert length >= timedelta(seconds=asked or 0)
    assert length >= timedelta(seconds=2.5)
    assert length <= max(timedelta(minutes=5), timedelta(seconds=(asked or 0) + 1))
