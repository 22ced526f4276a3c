"""What others change in a tracker elsewhere is seen at the next look, and told; what Muster wrote is not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from bot.plugin import changes_of
from bot.testing import Stage
from plugins.tracker import (
    Ask,
    AwayError,
    Done,
    Field,
    Item,
    ItemKind,
    Milestone,
    Ref,
    Seen,
    UnauthorizedError,
    syncing,
)
from plugins.tracker.backend import UnknownOutcomeError
from tests.plugins.tracker.conftest import Remote, by, later, settled, tracker_of
from tests.plugins.tracker.scripted import Scripted

AWAY = AwayError("Launchpad refuses the connection.")


def listen(stage: Stage) -> list[str]:
    """What listeners hear from now on, as ``zones priority High``."""
    heard: list[str] = []

    def hear(seen: Sequence[Seen]) -> None:
        for one in seen:
            if one.before is None or one.after is None:
                item = one.before or one.after
                assert item is not None
                heard.append(f"{item.name} {'new' if one.before is None else 'gone'}")
                continue
            changed = [one_ for one_ in Field if one.before.value(one_) != one.after.value(one_)]
            told = " ".join(f"{field.value} {one.after.value(field)}" for field in changed)
            heard.append(f"{one.after.name} {told}".rstrip())

    tracker_of(stage).listen(hear)
    return heard


async def test_the_first_look_is_no_news_and_the_next_tells_what_others_did(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones", "cells", "volumes")
    async with remote() as stage:
        heard = listen(stage)
        await settled(stage)
        assert set(tracker_of(stage).items.blueprints) == {"zones", "cells", "volumes"}
        assert heard == []
        world.edit("zones", Field.PRIORITY, "High")
        world.remove("cells")
        world.add("quotas")
        world.known_milestones = [Milestone("essex-2", "essex")]
        await later(stage, minutes=15)
        assert sorted(heard) == ["cells gone", "quotas new", "zones priority High"]
        assert set(tracker_of(stage).items.blueprints) == {"zones", "quotas", "volumes"}
        assert tracker_of(stage).milestone("essex-2") is not None
        (change,) = await tracker_of(stage).store.read(changes_of, "blueprint:zones")
        assert (change.before, change.after, change.by.actor.nick) == ("Undefined", "High", "Launchpad")
        heard.clear()
        await later(stage, minutes=15)
        assert heard == []


async def test_after_a_kill_it_is_looked_at_when_it_would_have_been(remote: Remote, world: Scripted) -> None:
    world.add("zones")
    async with remote() as stage:
        await later(stage, minutes=5)
        await stage.kill()
        heard = listen(stage)
        world.edit("zones", Field.PRIORITY, "High")
        await later(stage, minutes=9)
        assert heard == []
        await later(stage, minutes=1)
        assert heard == ["zones priority High"]


async def test_what_was_seen_while_nobody_listened_is_told_to_who_comes_then(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones", "cells")
    async with remote() as stage:
        await settled(stage)
        for priority in ("High", "Low"):
            world.edit("zones", Field.PRIORITY, priority)
            await later(stage, minutes=15)
        world.add("quotas")
        await later(stage, minutes=15)
        world.remove("quotas")
        await later(stage, minutes=15)
        assert listen(stage) == ["zones priority Low"]
        assert listen(stage) == []


async def test_a_listener_that_fails_keeps_nothing_from_others_and_the_tracker_is_not_away(
    remote: Remote, world: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_seen: Sequence[Seen]) -> None:
        raise ValueError("not for me")

    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        tracker_of(stage).listen(fail)
        heard = listen(stage)
        world.edit("zones", Field.PRIORITY, "High")
        await later(stage, minutes=15)
        assert heard == ["zones priority High"]
        assert tracker_of(stage).as_of() == ""
        assert "not for me" in caplog.text


async def test_what_muster_wrote_is_no_news(remote: Remote, world: Scripted) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        heard = listen(stage)
        tracker = tracker_of(stage)
        ask = Ask(tracker.items.blueprints["zones"], {Field.ASSIGNEE: "bob"})
        await tracker.change([ask], by("alice"))
        await later(stage, minutes=15)
        assert heard == []


async def test_what_muster_wrote_without_hearing_of_it_is_no_news_and_what_another_did_then_is(
    remote: Remote, world: Scripted
) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        heard = listen(stage)
        tracker = tracker_of(stage)
        world.fail(UnknownOutcomeError("It may be done."), made=True)
        ask = Ask(tracker.items.blueprints["zones"], {Field.ASSIGNEE: "bob"})
        await tracker.change([ask], by("alice"))
        world.edit("zones", Field.PRIORITY, "High")
        tracker._kept.sync()  # type: ignore[union-attr]
        await settled(stage)
        assert heard == ["zones priority High"]
        assert tracker.items.blueprints["zones"].assignee == "bob"
        assert world.written == ["zones assignee=bob"]


async def test_what_another_did_beside_a_write_is_told(remote: Remote, world: Scripted) -> None:
    world.add("zones")
    async with remote() as stage:
        await settled(stage)
        heard = listen(stage)
        tracker = tracker_of(stage)
        world.edit("zones", Field.PRIORITY, "High")
        ask = Ask(tracker.items.blueprints["zones"], {Field.ASSIGNEE: "bob"})
        await tracker.change([ask], by("alice"))
        await later(stage, minutes=15)
        assert heard == ["zones priority High"]


async def test_a_page_from_before_a_write_does_not_take_it_back(remote: Remote, world: Scripted) -> None:
    world.page = 1
    world.add("cells", "zones")
    async with remote() as stage:
        await settled(stage)
        heard = listen(stage)
        tracker = tracker_of(stage)
        old = world.blueprint("zones")
        reading, go_on = asyncio.Event(), asyncio.Event()
        real = world.find

        async def find(kind: ItemKind, since: datetime | None = None):  # type: ignore[no-untyped-def]
            async for page in real(kind):
                if page[0].name == "zones":
                    reading.set()
                    await go_on.wait()
                    yield [old]  # as it was when it was asked for
                else:
                    yield page

        world.find = find  # type: ignore[method-assign]
        tracker._kept.sync()  # type: ignore[union-attr]
        await reading.wait()
        (answer,) = await tracker.change(
            [Ask(tracker.items.blueprints["zones"], {Field.ASSIGNEE: "bob"})], by("alice")
        )
        assert isinstance(answer, Done)
        go_on.set()
        await settled(stage)
        assert tracker.items.blueprints["zones"].assignee == "bob"
        assert heard == []


async def test_a_look_that_is_broken_off_counts_for_what_it_saw_and_drops_nothing(
    remote: Remote, world: Scripted
) -> None:
    world.page = 1
    world.add("cells", "volumes", "zones")
    async with remote() as stage:
        await settled(stage)
        heard = listen(stage)
        world.edit("cells", Field.PRIORITY, "High")
        world.between, world.held = asyncio.Event(), asyncio.Event()
        tracker_of(stage)._kept.sync()  # type: ignore[union-attr]
        await world.held.wait()
        world.away = AWAY
        world.between.set()
        await settled(stage)
        assert heard == ["cells priority High"]
        assert len(tracker_of(stage).items.blueprints) == 3
        assert tracker_of(stage).as_of() == "(Launchpad is away; as of a few seconds ago)"
        world.away = None
        world.remove("zones")
        await later(stage, minutes=1)
        assert heard == ["cells priority High", "zones gone"]


async def test_what_a_list_left_out_is_looked_for_alone(remote: Remote, world: Scripted) -> None:
    world.add("cells", "zones")
    async with remote() as stage:
        await settled(stage)
        heard = listen(stage)
        real = world.find

        async def find(kind: ItemKind, since: datetime | None = None):  # type: ignore[no-untyped-def]
            async for page in real(kind):
                yield [item for item in page if item.name != "zones"]

        world.find = find  # type: ignore[method-assign]
        await later(stage, minutes=15)
        assert heard == []
        assert "zones" in tracker_of(stage).items.blueprints


async def test_a_closed_bug_that_no_list_has_stays_and_is_told_once(remote: Remote, world: Scripted) -> None:
    ref = Ref(ItemKind.BUG, "7")
    world.items[ref] = Item(ref, "It breaks", version="v1")
    async with remote() as stage:
        await settled(stage)
        heard = listen(stage)
        real = world.find

        async def find(kind: ItemKind, since: datetime | None = None):  # type: ignore[no-untyped-def]
            async for page in real(kind):
                yield [item for item in page if item.is_open]

        world.find = find  # type: ignore[method-assign]
        world.items[ref] = Item(ref, "It breaks", definition="Fix Released", version="v2")
        await later(stage, minutes=15)
        await later(stage, minutes=15)
        assert heard == ["7 definition_status Fix Released"]
        assert tracker_of(stage).items.bugs["7"].definition == "Fix Released"
        assert world.looked == 1


async def test_what_a_list_does_not_tell_is_asked_for_and_kept(remote: Remote, world: Scripted) -> None:
    world.untold_ = ("depends_on",)
    world.add("cells")
    world.add("zones", depends_on=("cells",))
    async with remote() as stage:
        await settled(stage)
        assert tracker_of(stage).items.blueprints["zones"].depends_on == ("cells",)
        heard = listen(stage)
        heard.clear()  # that it depends on something was seen a moment after the rest
        world.edit("zones", Field.PRIORITY, "High")
        await later(stage, minutes=15)
        assert tracker_of(stage).items.blueprints["zones"].depends_on == ("cells",)
        assert heard == ["zones priority High"]


async def test_of_how_many_that_was_not_asked_for_yet_is_known(
    remote: Remote, world: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "_WHOLE", 2)
    world.untold_ = ("depends_on",)
    world.add("cells", "quotas", "zones")
    world.add("old", implementation="Implemented")
    async with remote() as stage:
        await settled(stage)
        assert tracker_of(stage).unasked(ItemKind.BLUEPRINT) == 1
        await later(stage, minutes=15)
        assert tracker_of(stage).unasked(ItemKind.BLUEPRINT) == 0


async def test_two_failures_in_a_row_are_waited_for_longer_each_time(remote: Remote, world: Scripted) -> None:
    world.away = AWAY
    async with remote(settings="[tracker]\nproject = nova\nsync_every = 1 day") as stage:
        await settled(stage)
        contact = tracker_of(stage)._kept._contact  # type: ignore[union-attr]
        pauses = []
        for _ in range(9):
            assert contact.until is not None
            pauses.append((contact.until - stage.clock.now()).total_seconds())
            await later(stage, seconds=pauses[-1])
        longest = [5, 10, 20, 40, 80, 160, 300, 300, 300]
        assert all(most / 2 <= pause <= most for pause, most in zip(pauses, longest, strict=True))
        world.away = AwayError("busy", retry_after=1000)
        await later(stage, seconds=300)
        assert contact.until is not None
        assert (contact.until - stage.clock.now()).total_seconds() > 600


async def test_a_tracker_that_refuses_to_be_read_is_tried_again_at_the_next_look(
    remote: Remote, world: Scripted
) -> None:
    world.away = UnauthorizedError("expired token")
    async with remote() as stage:
        await settled(stage)
        world.away = None
        world.add("zones")
        await later(stage, minutes=14)
        assert not tracker_of(stage).items.blueprints
        await later(stage, minutes=1)
        assert "zones" in tracker_of(stage).items.blueprints


def bug(stage: Stage, number: int, **more: object) -> Item:
    """A bug that was changed just now."""
    item = Item(Ref(ItemKind.BUG, str(number)), f"Bug {number}", version="v1", updated=stage.clock.now())
    return replace(item, **more)  # type: ignore[arg-type]


async def test_what_was_changed_lately_is_seen_within_minutes_and_whole(
    remote: Remote, world: Scripted
) -> None:
    world.tells_changes = True
    world.untold_ = ("tags",)
    async with remote() as stage:
        world.items |= {one.ref: one for one in (bug(stage, n) for n in range(1, 8))}
        tracker_of(stage)._kept.sync()  # type: ignore[union-attr]
        await later(stage, minutes=11)
        heard = listen(stage)
        heard.clear()
        world.listed.clear()
        world.items |= {one.ref: one for one in (bug(stage, 8, tags=("api",)), bug(stage, 3, tags=("db",)))}
        await later(stage, minutes=3)
        assert set(world.listed) == {"bug since"}
        assert sorted(heard) == ["3 tags ('db',)", "8 new"]
        assert tracker_of(stage).items.bugs["8"].tags == ("api",)
        await later(stage, minutes=15)
        assert {"blueprint", "bug"} <= set(world.listed)
        assert len(heard) == 2


async def test_what_is_new_is_told_whole(remote: Remote, world: Scripted) -> None:
    world.untold_ = ("tags",)
    async with remote() as stage:
        await settled(stage)
        news: list[Seen] = []
        tracker_of(stage).listen(news.extend)
        new = bug(stage, 8, tags=("api",))
        world.items[new.ref] = new
        await later(stage, minutes=15)
        assert news == [Seen(None, new)]


async def test_what_one_catching_up_missed_the_next_one_sees(remote: Remote, world: Scripted) -> None:
    world.tells_changes = True
    async with remote() as stage:
        await later(stage, minutes=1)
        heard = listen(stage)
        late = bug(stage, 9)
        await later(stage, minutes=6)
        world.items[late.ref] = late  # its change is dated before, and is seen only now
        await later(stage, minutes=3)
        assert heard == ["9 new"]


async def test_while_it_is_away_nothing_catches_up_and_then_all_is_looked_at(
    remote: Remote, world: Scripted
) -> None:
    world.tells_changes = True
    async with remote() as stage:
        await settled(stage)
        world.away = AWAY
        await later(stage, minutes=10)
        assert "is away" in tracker_of(stage).as_of()
        world.away = None
        world.listed.clear()
        await later(stage, minutes=5)
        assert tracker_of(stage).as_of() == ""
        assert world.listed[:2] == ["blueprint", "bug"]


async def test_who_asks_while_it_catches_up_has_all_looked_at(remote: Remote, world: Scripted) -> None:
    world.tells_changes = True
    async with remote() as stage:
        await settled(stage)
        world.items[Ref(ItemKind.BUG, "1")] = bug(stage, 1)
        world.between, world.held = asyncio.Event(), asyncio.Event()
        tracker_of(stage)._kept._looks._begin_to_catch_up()  # type: ignore[union-attr]
        await world.held.wait()
        world.listed.clear()
        told: list[object] = []
        tracker_of(stage)._kept.sync(told.append)  # type: ignore[union-attr]
        world.between.set()
        await settled(stage)
        assert told == [None]
        assert world.listed == ["blueprint", "bug"]
