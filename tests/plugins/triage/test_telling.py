"""What Muster tells by itself of bugs, and what it says of them to a team each day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Actor
from bot.plugin import By, Occasion, changes_of
from bot.testing import START, Stage
from plugins.duty import Duty
from plugins.rosters import Person, Team
from plugins.tracker import Ask, Field, Item, ItemKind, Ref, Tracker
from plugins.triage import Triage, tables
from plugins.triage.queue import Take
from tests.plugins.triage.house import ANNA, BRIAN, bug, house

PAGING = "Paging of servers stops at 1000"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with house(tmp_path, settings="[plugin triage]\nrooms = test/#lobby") as made:
        yield made


@pytest.fixture
def anna_is_on_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_duty(self: Duty, team: Team, at: object = None) -> Person | None:
        return ANNA if team.name == "nova-api" else None

    monkeypatch.setattr(Duty, "on_duty", on_duty)


async def said(stage: Stage, room: str, occasion: Occasion) -> list[tuple[int, str]]:
    briefs = await stage.app.hub.briefs(stage.network.room(room), occasion)
    return [(brief.place, brief.text) for brief in briefs]


@pytest.mark.usefixtures("anna_is_on_duty")
async def test_new_bugs_are_told_gathered_with_who_is_on_duty_and_the_coordinator_s_where_set(
    stage: Stage,
) -> None:
    await stage.play("""
        <zed> !bug new The API answers twice
        <muster> New bug 18: The API answers twice
        <zed> !bug new EC2 is slow
        <muster> New bug 19: EC2 is slow
        <zed> !bug new Stars are out
        <muster> New bug 20: Stars are out
        [#volumes] <zed> !bug new The volume is too loud
        [#volumes] <muster> New bug 21: The volume is too loud
        -- 1 minute passes
        [#api] <muster> 2 new bugs for nova-api: #18 The API answers twice and #19 EC2 is slow. anna[...]
        [#lobby] <muster> No team fits bug 20, Stars are out (nothing says which team); !route 20 TE[...]
        -- 10 minutes pass
    """)


@pytest.mark.usefixtures("anna_is_on_duty")
async def test_whoever_is_on_duty_is_offered_what_that_duty_is_for(stage: Stage) -> None:
    await stage.play("""
        <renuka> !join nova-api
        <muster> [...]
        [#api] <muster> [...]
        <anna> !join volumes
        <muster> [...]
        [#volumes] <muster> [...]
        -- 1 minute passes
        <anna> !triaged 11 confirmed
        <muster> [...]
        <anna> !triage
        <muster> Next for you: bug 7, [...]
        <renuka> !triage
        <muster> Next for you: bug 7, [...]
    """)


async def test_a_bug_that_was_moved_meanwhile_is_told_where_it_ended(stage: Stage) -> None:
    await stage.play("""
        <vishy> !bug new The API answers twice
        <muster> New bug 18: The API answers twice
        <vishy> !route 18 volumes
        <muster> Bug 18 is volumes' now; learned: words api, answers, twice -> volumes.
        -- 1 minute passes
        [#volumes] <muster> New for volumes: bug 18, The API answers twice (routed by vishy). !take[...]
    """)


async def test_one_that_was_triaged_meanwhile_is_not_told(stage: Stage) -> None:
    await stage.play("""
        <vishy> !bug new The API answers twice
        <muster> New bug 18: The API answers twice
        <anna> !triaged 18 invalid
        <muster> Bug 18: status Invalid (was New).
        -- 10 minutes pass
    """)


async def test_a_quiet_room_hears_nothing_unasked(tmp_path: Path) -> None:
    async with house(
        tmp_path, settings="[room shh]\nat = test/#shh\nteam = nova-api\nquiet = yes\n"
    ) as stage:
        await stage.play("""
            <zed> !bug new The API answers twice
            <muster> New bug 18: The API answers twice
            -- 1 minute passes
            [#api] <muster> New for nova-api: bug 18, [...]
            [#shh] <zed> bug 7
        """)


async def test_a_team_hears_each_day_what_is_new_and_what_is_next(stage: Stage) -> None:
    assert await said(stage, "#api", Occasion.DAILY) == [
        (10, "3 new bugs, oldest #7 (9 days)."),
        (
            20,
            f"Next: #11 EC2 addresses are lost, #7 Quotas are not counted and #9 {PAGING}.",
        ),
    ]
    await stage.play("""
        <anna> !take 11
        <muster> [...]
    """)
    assert (await said(stage, "#api", Occasion.DAILY))[1] == (
        20,
        "Next: #7 Quotas are not counted and #9 Paging of servers stops at 1000.",
    )
    assert await said(stage, "#lobby", Occasion.DAILY) == [
        (10, "1 new bug, oldest #13 (5 days)."),
        (20, "Next: #13 The moon is missing."),
    ]
    assert await said(stage, "#stage", Occasion.DAILY) == []


async def test_a_team_hears_each_week_and_when_it_meets_how_it_goes(stage: Stage) -> None:
    await stage.play("""
        <anna> !triaged 11 confirmed
        <muster> [...]
    """)
    assert [text for _, text in await said(stage, "#api", Occasion.WEEKLY)] == [
        "16 to 22 November: 2 bugs came in, 1 was triaged, 2 wait.",
        "It took 2 days to triage it.",
        "Triaged by anna 1.",
        "The oldest that waits is #7 (9 days).",
    ]
    meeting = [text for _, text in await said(stage, "#api", Occasion.MEETING)]
    assert "2 bugs wait for triage, oldest #7 (9 days); 1 longer than 14 days: #16" in meeting
    assert await said(stage, "#stage", Occasion.WEEKLY) == []


async def test_a_taken_bug_that_is_triaged_closed_or_assigned_is_neither_told_nor_put_back(
    stage: Stage,
) -> None:
    await stage.play("""
        <anna> !take 7
        <muster> [...]
        <anna> !take 9
        <muster> [...]
        <anna> !take 11
        <muster> [...]
        <brian> !triaged 7 invalid
        <muster> [...]
    """)
    tracker = stage.app.hub.plugin(Tracker)
    by = By(Actor("test", "brian", "brian"), None, START)
    changes = [
        Ask(tracker.items.bugs["9"], {Field.ASSIGNEE: "anna"}),
        Ask(tracker.items.bugs["11"], {Field.DEFINITION: "Fix Committed"}),
    ]
    await tracker.change(changes, by)
    await stage.play("""
        -- 10 days pass
        <zed> !who anna
        <muster> anna: on nova-api.
        <anna> !triage
        <muster> Nothing waits for you: nova-api's bugs are triaged, taken, or skipped by you.
    """)


async def test_whoever_took_a_bug_and_left_is_told_in_the_room_where_they_took_it(stage: Stage) -> None:
    await stage.play("""
        <zed> !take 7
        <muster> [...]
        -- zed leaves
        -- 44 hours pass
        <muster> zed: bug 7 waits for you still, and goes back to its queue in 4 hours. [...]
        -- 4 hours pass
        [#api] <muster> Back in the queue: bug 7 (zed had it) waits for triage again.
    """)


async def test_whoever_took_a_bug_in_private_is_told_there(stage: Stage) -> None:
    await stage.play("""
        <zed -> muster> !take 7
        <muster -> zed> [...]
        -- 44 hours pass
        <muster -> zed> zed: bug 7 waits for you still, [...]
    """)


async def test_taking_it_again_keeps_it_longer(stage: Stage) -> None:
    await stage.play("""
        <anna> !take 7
        <muster> [...]
        -- 40 hours pass
        <anna> !take 7
        <muster> [...]
        -- 10 hours pass
        <brian> !take 7
        <muster> brian: anna has bug 7, for 38 hours at most; [...]
    """)


async def test_of_two_that_take_a_bug_at_once_in_two_processes_one_gets_it(stage: Stage) -> None:
    store = stage.app.store
    triage = stage.app.hub.plugin(Triage)

    def wanted(person: Person) -> Take:
        return Take("7", person.id, person.name, START, START + timedelta(days=2))

    async def take(person: Person) -> Take:
        by = By(Actor("test", person.name, person.name), None, START)
        return await store.write(tables.take, by, wanted(person), person.ids)

    # What this process remembers says nothing of either.
    first, second = await asyncio.gather(take(ANNA), take(BRIAN))
    assert first == second == wanted(ANNA)
    assert "7" not in triage.kept.takes
    await stage.play("""
        <zed> !take 7
        <muster> zed: anna has bug 7, for 2 days at most; !triage shows another.
        <anna> !release 7
        <muster> Bug 7 waits for anybody again.
    """)
    changes = await store.read(changes_of, "bug:7")
    assert [(change.after, change.before) for change in changes] == [(None, "anna"), ("anna", None)]


async def test_a_bug_that_vanished_is_told_so(stage: Stage) -> None:
    tracker = stage.app.hub.plugin(Tracker)
    tracker.items.drop(Ref(ItemKind.BUG, "7"))
    await stage.play("""
        <anna> !take 7
        <muster> anna: There is no bug 7 in Muster's own tracker.
        <anna> !triage queue nova-api
        <muster> 2 bugs wait for nova-api, the oldest #9 (3 days):
        <muster> [...]
        <muster> [...]
    """)


async def test_whoever_reported_a_bug_may_close_it_and_no_more(tmp_path: Path) -> None:
    items: list[Item] = [bug(7, tags=("api",), owner="zed")]
    async with house(tmp_path, items) as stage:
        await stage.play("""
            <zed> !triaged 7 high
            <muster> zed: Bug 7 is in nova-api's queue, and its importance is for its members; [...]
            <zed> !triaged 7 invalid
            <muster> Bug 7: status Invalid (was New).
        """)


async def test_what_other_plugins_know_of_a_bug_is_shown_with_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def related(self: Duty, subject: str) -> list[str]:
        return ["review 5 fixes it"] if subject == "bug:9" else []

    monkeypatch.setattr(Duty, "related", related)
    await stage.play("""
        <zed> !bug 9
        <muster> bug 9: [...]; nova-api (its title says paging); 3 days old; review 5 fixes it.
        <zed> !bug 12
        <muster> bug 12: [...]; volumes (its title says volume); 4 days old.
    """)


async def test_hostile_titles_stay_one_line(tmp_path: Path) -> None:
    items = [bug(7, "\x02bold\x03 4\r\nPART #x \u202e" + "x" * 5_000, tags=("api",))]
    async with house(tmp_path, items) as stage:
        for command in ("bug 7", "triage next nova-api", "triage queue nova-api", "take 7", "bugs bold"):
            await stage.act(f"<anna> !{command}")
        await stage.clock.advance(timedelta(minutes=1), stage.app.hub.idle)
        assert len(stage.network.said) == 6
        assert all(len(line) < 400 and line.isprintable() for line in stage.network.said)


async def test_a_muster_of_which_the_plugin_is_started_anew_forgets_nothing(stage: Stage) -> None:
    await stage.play("""
        <anna> !take 7
        <muster> [...]
        <anna> !skip 9
        <muster> [...]
        <vishy> !route 13 volumes
        <muster> [...]
        -- muster is killed
        <anna> !triage
        <muster> You have bug 7 (2 days left).
        <muster> Next for you: bug 11, [...]
        <anna> !bug 13
        <muster> bug 13: The moon is missing. New, Undecided; volumes (routed by vishy); 5 days old.
    """)
