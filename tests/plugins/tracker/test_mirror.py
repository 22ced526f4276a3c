"""A tracker elsewhere: changes arrive in order, each once, or are told where they were asked for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import UserError, changes_of, record
from bot.testing import Stage
from plugins.tracker import (
    Answer,
    Ask,
    AwayError,
    Changes,
    Diverged,
    Done,
    Field,
    Item,
    ItemKind,
    Milestone,
    New,
    Ref,
    Refused,
    Seen,
    UnauthorizedError,
    Value,
    Waiting,
)
from plugins.tracker.backend import Denied, UnknownOutcomeError
from tests.plugins.tracker.conftest import Remote, by, heard, later, settled, tracker_of
from tests.plugins.tracker.scripted import Scripted

STAGE = Room("test", "#stage")
AWAY = AwayError("Launchpad refuses the connection.")
ZONES = Ref(ItemKind.BLUEPRINT, "zones")


async def assign(
    stage: Stage, name: str, value: Value, nick: str = "alice", one: Field = Field.ASSIGNEE
) -> Answer:
    """Somebody changes a blueprint as it is shown now."""
    tracker = tracker_of(stage)
    (answer,) = await tracker.change(
        [Ask(tracker.items.blueprints[name], {one: value})], by(nick, room=STAGE)
    )
    return answer


async def test_a_change_arrives_and_is_recorded(remote: Remote, world: Scripted) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        answer = await assign(stage, "zones", "bob")
        assert isinstance(answer, Done)
        assert (answer.item.assignee, answer.item.version) == ("bob", world.blueprint("zones").version)
        assert world.written == ["zones assignee=bob"]
        (change,) = await tracker_of(stage).store.read(changes_of, "blueprint:zones")
        assert (change.what, change.before, change.after, change.by.actor.nick) == (
            "assignee",
            "",
            "bob",
            "alice",
        )


async def test_while_it_is_away_changes_wait_and_then_arrive_in_their_order(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones", "cells")
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        world.away = AWAY
        first = await assign(stage, "zones", "bob")
        assert isinstance(first, Waiting)
        assert (first.item.assignee, first.why) == ("bob", "Launchpad is away")
        await assign(stage, "cells", "carol")
        await assign(stage, "zones", "dave")
        assert tracker.items.blueprints["zones"].assignee == "dave"
        assert tracker.items.is_waiting(ZONES)
        await stage.play("""
            <alice> !tracker
            <muster> Launchpad (scripted), nova: 2 blueprints, 0 bugs and 0 milestones, read [...]
            <muster> It is away: Launchpad refuses the connection. I try again in a few seconds.
            <muster> 3 changes wait: zones: assignee bob; cells: assignee carol; zones: assignee dave.
        """)
        world.away = None
        await later(stage, seconds=5)
        assert world.written == ["zones assignee=bob", "cells assignee=carol", "zones assignee=dave"]
        assert not tracker.items.is_waiting(ZONES)
        assert heard(stage) == []


async def test_what_waits_outlives_kills(remote: Remote, world: Scripted) -> None:
    world.add("zones", "cells")
    async with remote() as stage:
        await settled(stage)
        world.away = AWAY
        await assign(stage, "zones", "bob")
        await assign(stage, "cells", "carol")
        await stage.kill()
        await settled(stage)
        assert tracker_of(stage).items.blueprints["cells"].assignee == "carol"
        await stage.kill()
        world.away = None
        await later(stage, seconds=10)
        assert world.written == ["zones assignee=bob", "cells assignee=carol"]


async def test_what_another_changed_meanwhile_is_told_in_the_room_and_stops_nothing_else(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones", "cells")
    async with remote() as stage:
        await settled(stage)
        world.away = AWAY
        await assign(stage, "zones", "bob")
        await assign(stage, "cells", "carol")
        world.away = None
        world.edit("zones", Field.ASSIGNEE, "zed")
        await later(stage, seconds=5)
        assert world.written == ["cells assignee=carol"]
        assert world.blueprint("zones").assignee == "zed"
        await stage.play("""
            <muster> alice: zones: assignee bob was not done: its assignee is zed now; !again [...]
        """)
        assert tracker_of(stage).items.blueprints["zones"].assignee == "zed"
        history = await tracker_of(stage).store.read(changes_of, "blueprint:zones")
        told = [(one.what, one.before, one.after, one.by.actor.nick) for one in history]
        assert told == [
            ("assignee", "bob", "zed", "Launchpad"),
            ("assignee", "", "zed", "Launchpad"),
            ("assignee", "", "bob", "alice"),
        ]
        assert history[0].reverts == history[2].id
        (again,) = await tracker_of(stage).again(by("alice", room=STAGE))
        assert isinstance(again, Done)
        assert world.blueprint("zones").assignee == "bob"


async def test_a_report_that_was_not_said_before_a_kill_is_said_after_it(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        world.away = AWAY
        await assign(stage, "zones", "bob")
        world.away = None
        world.edit("zones", Field.ASSIGNEE, "zed")
        stage.network._members.clear()  # not in the room
        await later(stage, seconds=5)
        assert heard(stage) == []
        await stage.kill()
        stage.network.join(stage.room)
        await settled(stage)
        assert [line.partition(":")[0] for line in heard(stage)] == ["<muster> alice"]
        await stage.kill()
        await settled(stage)
        assert heard(stage) == []


async def test_many_that_diverged_are_told_in_one_line(remote: Remote, world: Scripted) -> None:
    names = [f"bp-{n}" for n in range(5)]
    world.add(*names)
    async with remote() as stage:
        await settled(stage)
        world.away = AWAY
        for name in names:
            await assign(stage, name, "bob")
            world.edit(name, Field.ASSIGNEE, "zed")
        stage.network._members.clear()
        world.away = None
        await later(stage, seconds=5)
        stage.network.join(stage.room)
        await settled(stage)
        (line,) = heard(stage)
        assert line == (
            "<muster> alice: 5 changes were not made, since others had changed the same meanwhile: "
            "bp-0, bp-1, bp-2, bp-3 and bp-4; !again makes them all the same."
        )


async def test_a_change_of_another_field_meanwhile_is_no_conflict(remote: Remote, world: Scripted) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        world.edit("zones", Field.PRIORITY, "High")
        answer = await assign(stage, "zones", "bob")
        assert isinstance(answer, Done)
        assert (answer.item.assignee, answer.item.priority) == ("bob", "High")
        assert world.written == ["zones assignee=bob"]


async def test_what_another_did_as_it_was_wanted_is_done(remote: Remote, world: Scripted) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        world.edit("zones", Field.ASSIGNEE, "bob")
        assert isinstance(await assign(stage, "zones", "bob"), Done)
        assert world.written == []


@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize("killed", [True, False])
async def test_what_has_an_unknown_outcome_is_looked_up_and_takes_effect_once(
    remote: Remote, world: Scripted, made: bool, killed: bool
) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        world.fail(UnknownOutcomeError("The connection broke. It may be done."), made=made)
        answer = await assign(stage, "zones", "bob")
        assert isinstance(answer, Waiting)
        if killed:
            await stage.kill()
        await later(stage, seconds=10)
        assert world.written == ["zones assignee=bob"]
        assert not tracker_of(stage).items.is_waiting(ZONES)
        assert heard(stage) == []


@pytest.mark.parametrize("made", [True, False])
async def test_a_note_whose_outcome_is_unknown_is_written_once(
    remote: Remote, world: Scripted, made: bool
) -> None:
    world.add("zones", whiteboard="see the list")
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        world.fail(UnknownOutcomeError("The connection broke. It may be done."), made=made)
        answer = await tracker.comment(ZONES, "see the list", by("alice", room=STAGE))
        assert isinstance(answer, Waiting)
        assert tracker.items.blueprints["zones"].whiteboard == "see the list\nsee the list"
        world.edit("zones", Field.PRIORITY, "High")
        await later(stage, seconds=10)
        assert world.blueprint("zones").whiteboard == "see the list\nsee the list"
        assert world.written == ["zones # see the list"]


@pytest.mark.parametrize("made", [True, False])
async def test_a_new_blueprint_and_a_new_bug_whose_outcome_is_unknown_are_there_once(
    remote: Remote, world: Scripted, made: bool
) -> None:
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        world.fail(UnknownOutcomeError("The connection broke. It may be done."), made=made)
        answer = await tracker.create(New(ItemKind.BLUEPRINT, "zones", "Zones"), by("alice"))
        assert isinstance(answer, Waiting)
        assert tracker.items.blueprints["zones"].title == "Zones"
        await later(stage, seconds=10)
        world.fail(UnknownOutcomeError("The connection broke. It may be done."), made=made)
        await tracker.create(New(ItemKind.BUG, "", "It breaks"), by("alice"))
        await later(stage, seconds=10)
        assert world.written == ["blueprint:zones Zones", "bug:101 It breaks"]
        assert tracker.items.bugs["101"].title == "It breaks"
        (change,) = await tracker.store.read(changes_of, "bug:101")
        assert (change.what, change.by.actor.nick) == ("created", "alice")


async def test_what_is_denied_is_refused_and_taken_back_in_the_record(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones")
    world.denied.add("zones")
    async with remote() as stage:
        await settled(stage)
        assert await assign(stage, "zones", "bob") == Refused("Launchpad does not let Muster")
        assert tracker_of(stage).items.blueprints["zones"].assignee == ""
        history = await tracker_of(stage).store.read(changes_of, "blueprint:zones")
        assert [(one.before, one.after) for one in history] == [("bob", ""), ("", "bob")]
        await settled(stage)
        await stage.kill()
        await settled(stage)
        assert heard(stage) == []


async def test_what_counted_on_a_refused_change_goes_on_from_before_it(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        world.away = AWAY
        await assign(stage, "zones", "nobody-of-that-name")
        await assign(stage, "zones", "carol")
        world.away = None
        world.denied.add("zones")

        real = world.update

        async def update(ref: Ref, version: str, changes: Changes, own_version: str) -> object:
            outcome = await real(ref, version, changes, own_version)
            world.denied.clear()
            return outcome

        world.update = update  # type: ignore[assignment, method-assign]
        await later(stage, seconds=5)
        assert world.written == ["zones assignee=carol"]
        assert len(heard(stage)) == 1


async def test_a_command_waits_only_some_seconds_for_a_slow_answer(remote: Remote, world: Scripted) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        world.hold, world.held = asyncio.Event(), asyncio.Event()
        asked = asyncio.create_task(assign(stage, "zones", "bob"))
        await world.held.wait()
        await stage.clock.advance(timedelta(seconds=10), stage.app.hub.idle)
        answer = await asked
        assert isinstance(answer, Waiting)
        assert answer.why == "Launchpad takes its time"
        world.hold.set()
        await settled(stage)
        assert world.written == ["zones assignee=bob"]


async def test_without_its_credentials_nothing_is_sent_until_somebody_logged_in(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        world.away = UnauthorizedError("Launchpad says: expired token; `muster tracker login`.")
        answer = await assign(stage, "zones", "bob")
        assert isinstance(answer, Waiting)
        await stage.play("""
            <alice> !tracker
            <muster> Launchpad (scripted), nova: [...]
            <muster> It does not let Muster in, and nothing is written: Launchpad says: expired token; [...]
            <muster> 1 change waits: zones: assignee bob.
        """)
        world.away = None
        await later(stage, minutes=1)
        assert world.written == []
        await stage.play("""
            <owner> !tracker sync
            <muster> I read Launchpad, and say when that is done.
        """)
        await settled(stage)
        await stage.play("""
            <muster> owner: Launchpad (scripted), nova: 1 blueprint, 0 bugs and 0 milestones, [...]
        """)
        assert world.written == ["zones assignee=bob"]


async def test_what_is_stored_beside_a_queued_change_is_there_once_it_is_queued(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        world.away = AWAY

        def note(session: Session) -> None:
            record(session, by("alice"), "note:also", "said", None, True)

        ask = Ask(tracker.items.blueprints["zones"], {Field.ASSIGNEE: "bob"})
        await tracker.change([ask], by("alice"), note)
        assert len(await tracker.store.read(changes_of, "note:also")) == 1


async def test_read_only_it_refuses_and_says_what_to_do(remote: Remote, world: Scripted) -> None:
    world.add("zones")
    world.read_only = True
    async with remote() as stage:
        await settled(stage)
        answer = await assign(stage, "zones", "bob")
        assert isinstance(answer, Refused)
        assert "`muster tracker login`" in answer.why
        await stage.play("""
            <alice> !tracker
            <muster> Launchpad (scripted), nova: [...] It is read-only: `muster tracker login`.
        """)


async def test_milestones_are_made_there_and_teams_are_asked_about_there(
    remote: Remote, world: Scripted
) -> None:
    world.known_milestones = [Milestone("essex-2", "essex")]
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        assert tracker.milestones == [Milestone("essex-2", "essex")]
        with pytest.raises(UserError, match="Milestones are made in Launchpad"):
            await tracker.add_milestone(Milestone("essex-3"), by("alice"))
        assert [one.id for one in await tracker.members("nova-api") or ()] == ["bob"]
        assert await tracker.set_member("nova-api", "carol", on=True) is None
        assert isinstance(await tracker.set_member("nova-db", "carol", on=True), Refused)


async def test_its_age_is_told_only_while_it_is_away(remote: Remote, world: Scripted) -> None:
    world.away = AWAY
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        assert tracker.as_of() == "(Launchpad is away, and was not read yet)"
        assert tracker.age() == timedelta.max
        world.away = None
        await later(stage, seconds=5)
        assert tracker.as_of() == ""
        assert (tracker.age() or timedelta.max) < timedelta(seconds=5)
        world.away = AWAY
        await later(stage, minutes=29)
        assert tracker.as_of() == "(Launchpad is away; as of 29 minutes ago)"


async def test_what_diverged_at_once_can_be_done_again(remote: Remote, world: Scripted) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        seen = tracker.items.blueprints["zones"]
        await assign(stage, "zones", "bob")
        (answer,) = await tracker.change([Ask(seen, {Field.ASSIGNEE: "carol"})], by("carol"))
        assert isinstance(answer, Diverged)
        (done,) = await tracker.again(by("carol"))
        assert isinstance(done, Done)
        assert world.written == ["zones assignee=bob", "zones assignee=carol"]


async def test_what_diverged_a_week_ago_is_not_done_again(remote: Remote, world: Scripted) -> None:
    world.add("zones", "cells")
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        seen = tracker.items.blueprints["zones"]
        await assign(stage, "zones", "bob")
        await tracker.change([Ask(seen, {Field.ASSIGNEE: "carol"})], by("carol"))
        assert "1 change diverged" in tracker._kept.status()[-1]
        await later(stage, days=7, seconds=1)
        assert len(tracker._kept.status()) == 1
        assert await tracker.again(replace(by("carol"), time=stage.clock.now())) == []
        assert world.written == ["zones assignee=bob"]


async def test_a_bug_that_waits_gets_its_number_later(remote: Remote, world: Scripted) -> None:
    async with remote() as stage:
        await settled(stage)
        world.away = AWAY
        answer = await tracker_of(stage).create(New(ItemKind.BUG, "", "It breaks"), by("alice", room=STAGE))
        assert isinstance(answer, Waiting)
        world.away = None
        await later(stage, seconds=5)
        assert [bug.title for bug in tracker_of(stage).items.bugs.values()] == ["It breaks"]
        assert heard(stage) == ["<muster> alice: It breaks is bug 100 now."]
        answer = await tracker_of(stage).create(
            New(ItemKind.BUG, "", "It breaks again"), by("alice", room=STAGE)
        )
        assert isinstance(answer, Done)
        assert answer.item.name == "101"


SEVEN = Ref(ItemKind.BUG, "7")


async def test_a_look_at_one_item_tells_what_others_changed_of_it(remote: Remote, world: Scripted) -> None:
    world.untold_ = ("tags",)
    world.items[SEVEN] = Item(SEVEN, "It breaks", version="v1")
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        heard: list[Seen] = []
        tracker.listen(heard.extend)
        world.items[SEVEN] = Item(SEVEN, "It breaks", tags=("api",), priority="High", version="v2")
        assert await tracker.refresh(SEVEN) == replace(world.items[SEVEN], updated=stage.clock.now())
        assert [(one.before and one.before.priority, one.after and one.after.tags) for one in heard] == [
            ("Undefined", ("api",))
        ]
        heard.clear()
        await tracker.refresh(SEVEN)
        assert heard == []


async def test_a_look_at_what_was_never_seen_is_news_and_at_what_is_nowhere_nothing(
    remote: Remote, world: Scripted
) -> None:
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        heard: list[Seen] = []
        tracker.listen(heard.extend)
        assert await tracker.refresh(SEVEN) is None
        assert heard == []
        world.items[SEVEN] = Item(SEVEN, "It breaks", version="v1")
        found = await tracker.refresh(SEVEN)
        assert [one.before for one in heard] == [None]
        assert found == tracker.items.bugs["7"]
        heard.clear()
        del world.items[SEVEN]
        assert await tracker.refresh(SEVEN) is None
        assert [one.after for one in heard] == [None]
        world.away = AWAY
        with pytest.raises(AwayError):
            await tracker.refresh(SEVEN)


async def test_what_a_write_of_musters_does_to_dates_is_no_news(remote: Remote, world: Scripted) -> None:
    world.items[SEVEN] = Item(SEVEN, "It breaks", version="v1")
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        heard: list[Seen] = []
        tracker.listen(heard.extend)
        ask = Ask(tracker.items.bugs["7"], {Field.DEFINITION: "Triaged"})
        world.away = AWAY
        (answer,) = await tracker.change([ask], by("alice"))
        assert isinstance(answer, Waiting)
        assert answer.item.triaged == by("alice").time
        world.away = None
        await later(stage, seconds=5)
        world.items[SEVEN] = replace(world.items[SEVEN], version="v9", triaged=stage.clock.now())
        await tracker.refresh(SEVEN)
        assert tracker.items.bugs["7"].triaged == stage.clock.now()
        assert heard == []


async def test_what_is_half_done_and_refused_is_told_and_only_the_rest_taken_back(
    remote: Remote, world: Scripted
) -> None:
    world.items[SEVEN] = Item(SEVEN, "It breaks", version="v1", own_version="w1")
    async with remote() as stage:
        await settled(stage)
        tracker = tracker_of(stage)

        async def update(ref: Ref, version: str, changes: Changes, own_version: str) -> Denied:
            half = world.items[ref].changed({Field.DEFINITION: "Triaged"})
            world.items[ref] = replace(half, version="v2")
            return Denied("no tags for Muster", world.items[ref])

        world.update = update  # type: ignore[assignment, method-assign]
        wanted: Changes = {Field.DEFINITION: "Triaged", Field.TAGS: ("api",)}
        (answer,) = await tracker.change([Ask(tracker.items.bugs["7"], wanted)], by("alice"))
        assert answer == Refused("no tags for Muster; the rest of it was done")
        bug = tracker.items.bugs["7"]
        assert (bug.definition, bug.tags) == ("Triaged", ())
        told = [(one.what, one.before, one.after) for one in await tracker.store.read(changes_of, "bug:7")]
        assert told == [
            ("tags", ["api"], []),
            ("tags", [], ["api"]),
            ("definition_status", "New", "Triaged"),
        ]
