"""Reminders that people ask for: set, told, late, put off, ended; and who may."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.changes import changes_of
from bot.model import Actor
from bot.testing import Stage, StageNetwork
from plugins.reminders import Reminders
from plugins.rosters import LeadState, Member, Person, Roster, Team
from plugins.tracker import Milestone, Tracker
from plugins.tracker.local import Local
from tests.plugins.reminders.scene import scene

ALICE = Person(1, "alice", accounts=(("test", "alice"),))
BOB = Person(2, "bob", accounts=(("test", "bob"),), zone="Europe/Berlin")
EVE = Person(3, "eve", accounts=(("test", "eve"),))
API = Team(
    1,
    "nova-api",
    "Nova API",
    channel="test/#nova",
    lead=2,
    lead_state=LeadState.CONFIRMED,
    members=(Member(1),),
    zone="Europe/Berlin",
)
ROSTER = Roster([API], [ALICE, BOB, EVE])
MORE = """
[room nova]
at = test/#nova
"""


async def test_a_reminder_is_said_back_with_its_zone_and_told_once(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <alice> !remind me in 20 minutes to look at the build
            <muster> alice: reminder 1: Sunday 2026-11-22 20:20 UTC, in 20 minutes.
            <bob> !remind me tomorrow 9:00: 9 people come
            <muster> bob: reminder 2: Monday 2026-11-23 09:00 CET (Europe/Berlin), in 12 hours.
            <alice> !remind in 2 hours: go home
            <muster> alice: reminder 3: Sunday 2026-11-22 22:00 UTC, in 2 hours.
            -- 19 minutes pass
            -- 1 minute passes
            <muster> alice: reminder 1: look at the build
            -- 5 minutes pass
            <alice> !reminders
            <muster> 3: go home; Sunday 2026-11-22 22:00 UTC, in 95 minutes
            <bob> !reminders me
            <muster> 2: 9 people come; Monday 2026-11-23 09:00 CET (Europe/Berlin), in 11 hours
            <alice> !cancel 3
            <muster> alice: reminder 3 is off.
            <alice> !cancel 3
            <muster> alice: Reminder 3 is over already.
            <alice> !reminders
            <muster> alice: nothing waits for you.
            -- 12 hours pass
            <muster> bob: reminder 2: 9 people come
        """)


async def test_what_is_ambiguous_or_past_is_asked(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <alice> !remind me 1/2 talk
            <muster> alice: 1/2 may be jan 2 or feb 1: write jan 2 or feb 1.
            <alice> !remind me at 9 talk
            <muster> alice: 9 may be 09:00 or 21:00: write at 9:00 or at 21:00.
            <alice> !remind me at 19:00 talk
            <muster> alice: Sunday 2026-11-22 19:00 UTC is past; write tomorrow 19:00?
            <alice> !remind me to talk in 5 minutes
            <muster> alice: Say when first: !remind me in 5 minutes talk
            <alice> !remind me in 5 minutes
            <muster> alice: Sunday 2026-11-22 20:05 UTC, in 5 minutes: of what? Write that behind it.
            <eve?> !remind me in 5 minutes talk
            <muster> eve: I know people by their accounts, and you are not logged in on test: [...]
        """)


async def test_what_is_repeated_comes_again_until_it_is_ended(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <alice> !remind me every weekday at 9:30 stand up
            <muster> alice: reminder 1: every weekday 09:30 UTC, next Monday [...] 09:30 UTC, in 13 hours.
            -- 14 hours pass
            <muster> alice: reminder 1: stand up (!cancel 1 ends this)
            -- 1 day passes
            <muster> alice: reminder 1: stand up (!cancel 1 ends this)
            <alice> !snooze 1 in 1 hour
            <muster> alice: reminder 2: Tuesday 2026-11-24 11:00 [...]. Reminder 1 goes on as before.
            -- 1 hour passes
            <muster> alice: reminder 2: stand up
            <alice> !cancel 1
            <muster> alice: reminder 1 is off.
            -- 7 days pass
        """)


async def test_a_told_reminder_is_put_off(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <alice> !remind me in 20 minutes look at the build
            <muster> alice: reminder 1: [...]
            -- 20 minutes pass
            <muster> alice: reminder 1: look at the build
            <alice> !snooze 1 1h
            <muster> alice: reminder 1: Sunday 2026-11-22 21:20 UTC, in 1 hour.
            -- 1 hour passes
            <muster> alice: reminder 1: look at the build
            -- 8 days pass
            <alice> !snooze 1 1h
            <muster> alice: Reminder 1 is over; !remind sets another.
            <alice> !snooze 1 whenever
            <muster> alice: 'whenever' says no time that I can read: [...]
        """)


async def test_one_who_is_not_there_hears_it_when_they_are_next_here_and_how_late(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <bob> !remind me in 1 hour look at the build
            <muster> bob: reminder 1: Sunday 2026-11-22 22:00 CET (Europe/Berlin), in 1 hour.
            -- bob leaves
            -- 90 minutes pass
            <bob?> hi
            -- bob leaves
            -- bob joins
            <muster> bob: reminder 1: look at the build (late: this was for 22:00 CET)
            <bob> !remind me in 1 hour: go
            <muster> bob: [...]
            -- bob leaves
            -- 20 days pass
            -- bob joins
        """)
        found = await stage.app.store.read(changes_of, "reminder:2")
        assert [one.what for one in found] == ["dropped", "set"]


async def test_what_waits_is_told_as_soon_as_the_network_has_said_who_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StageNetwork, "identifies_later", True)
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <bob> !remind me in 1 hour look at the build
            <muster> bob: [...]
            -- bob leaves
            -- 90 minutes pass
        """)
        bob = Actor("test", "bob", "bob")
        monkeypatch.setitem(stage.network._members[stage.room], "bob", bob)
        stage.network.hub.entered(stage.room, (), True)
        await stage.play("-- 1 minute passes")
        stage.network.hub.identified(stage.room)
        await stage.play("<muster> bob: reminder 1: look at the build (late: this was for 22:00 CET)")


async def test_who_came_while_it_was_stored_that_they_were_not_there_is_told_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <bob> !remind me in 1 hour look at the build
            <muster> bob: [...]
            -- bob leaves
        """)
        reminders = stage.app.hub.plugin(Reminders)
        settle = reminders._settle

        def meanwhile(*args: Any) -> None:
            stage.network._members[stage.room]["bob"] = Actor("test", "bob", "bob")
            settle(*args)

        reminders._settle = meanwhile  # type: ignore[assignment, method-assign]
        await stage.play("""
            -- 1 hour passes
            <muster> bob: reminder 1: look at the build
        """)


async def test_a_killed_muster_tells_what_was_due_meanwhile_late_and_once(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <alice> !remind me in 1 hour look at the build
            <muster> alice: [...]
            <alice> !remind me every day 21:30 tea
            <muster> alice: [...]
        """)
        stage.clock.forget()  # no alarm rings while it is down
        await stage.play("""
            -- 49 hours pass
            -- muster is killed
            -- 1 second passes
            <muster> alice: reminder 1: look at the build (late: [...] 2026-11-22 21:00 UTC, 2 days ago)
            <muster> alice: reminder 2: tea (!cancel 2 ends this) (late: [...] Monday 2026-11-23 21:30 UTC)
            -- muster is killed
            -- 30 minutes pass
            <muster> alice: reminder 2: tea (!cancel 2 ends this)
        """)


async def test_reminders_for_others_say_who_set_them_and_may_be_ended_by_both(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, ROSTER, settings="[plugin reminders]\nfor_others = 2\n") as stage:
        await stage.play("""
            <eve> hi
            <bob> hi
            <alice> !remind bob in 1 hour review my change
            <muster> alice: reminder 1 for bob: Sunday 2026-11-22 21:00 UTC, in 1 hour.
            <alice> !remind bob in 2 hours again
            <muster> alice: reminder 2 for bob: [...]
            <alice> !remind bob in 3 hours again
            <muster> alice: You have set 2 reminders for others today; enough.
            <bob> !reminders
            <muster> 1 from alice: review my change; Sunday 2026-11-22 21:00 UTC, in 1 hour
            <muster> 2 from alice: again; Sunday 2026-11-22 22:00 UTC, in 2 hours
            <eve> !cancel 2
            <muster> eve: Reminder 2 is alice's; only they, and who it is for, may change it.
            <bob> !cancel 2
            <muster> bob: reminder 2 is off (alice set it for bob).
            -- 1 hour passes
            <muster> bob: reminder 1 from alice: review my change
            <alice> !remind nobody in 1 hour x
            <muster> alice: I know nobody called 'nobody'; [...]
            <mallory?> hi
            <alice> !remind mallory in 1 hour x
            <muster> alice: mallory is not logged in, so I cannot tell who that is.
            -- bob leaves
            <alice> !remind bob in 1 hour x
            <muster> alice: bob is not in this room; I remind others only where they are, too.
        """)


async def test_teams_are_reminded_by_members_and_rooms_by_who_is_in_them(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, settings=MORE) as stage:
        await stage.play("""
            [#nova] <alice> hi
            <alice> !remind nova-api tomorrow 9:00 freeze
            <muster> alice: reminder 1 for nova-api: Monday 2026-11-23 09:00 CET (Europe/Berlin), in 12 hours.
            <eve> !remind nova-api tomorrow 9:00 freeze
            <muster> eve: Members of nova-api remind it; !join nova-api makes you one.
            <eve> !remind #stage in 1 hour we close
            <muster> eve: reminder 2 for #stage: Sunday 2026-11-22 21:00 UTC, in 1 hour.
            <eve> !remind #nova in 1 hour we close
            <muster> eve: For another room that is for leads and coordinators; you are logged in as eve.
            <bob> !remind #nova in 1 hour we close
            <muster> bob: reminder 3 for #nova: Sunday 2026-11-22 22:00 CET (Europe/Berlin), in 1 hour.
            <bob> !reminders nova-api
            <muster> 1 for nova-api: freeze; Monday 2026-11-23 09:00 CET (Europe/Berlin), in 12 hours
            -- 13 hours pass
            <muster> Reminder 2 from eve: we close
            [#nova] <muster> Reminder 3 from bob: we close
            [#nova] <muster> nova-api: reminder 1 from alice: freeze
        """)


async def test_private_reminders_are_told_and_listed_in_private(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <alice -> muster> remind me in 1 hour call the doctor
            <muster -> alice> alice: reminder 1: Sunday 2026-11-22 21:00 UTC, in 1 hour.
            <alice> !reminders
            <muster> And 1 that you asked for in private: ask me there.
            <alice -> muster> reminders
            <muster -> alice> 1: call the doctor; Sunday 2026-11-22 21:00 UTC, in 1 hour
            <bob> !cancel 1
            <muster> bob: There is no reminder 1; !reminders lists those that wait.
            <alice -> muster> remind bob in 1 hour: x
            <muster -> alice> alice: In private I remind you alone: !remind me ...; others in their room.
            -- 1 hour passes
            <muster -> alice> alice: reminder 1: call the doctor
        """)


async def test_who_is_in_another_room_hears_it_there_alone(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, settings=MORE) as stage:
        await stage.play("""
            <alice> !remind me in 1 hour look
            <muster> alice: [...]
            [#nova] <alice> hi
            -- alice leaves
            -- 1 hour passes
            <muster -> alice> alice: reminder 1: look
        """)


async def test_when_somebody_is_next_here(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <alice> !remind me when bob is next here to ask about the build
            <muster> alice: reminder 1: when bob is next here.
            <alice> !reminders
            <muster> 1: ask about the build; when bob is next here
            <bob?> hi
            -- bob leaves
            -- 1 minute passes
            <bob> hi
            <muster> alice: reminder 1: bob is here: ask about the build
            <bob> hi
            <alice> !remind me when bbo is here: x
            <muster> alice: I know nobody called 'bbo'; near it: bob.
        """)


async def test_nobody_has_more_reminders_than_the_setting_allows(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, settings="[plugin reminders]\nopen_reminders = 1\n") as stage:
        await stage.play("""
            <alice> !remind me in 1 hour look
            <muster> alice: [...]
            <alice> !remind me in 1 hour look
            <muster> alice: 1 reminders wait for you already; !reminders lists them.
        """)


async def test_a_room_that_muster_is_not_in_hears_it_late(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, settings=MORE) as stage:
        await stage.play("""
            [#nova] <alice> hi
            [#nova] <alice> !remind #nova in 1 hour we close
            [#nova] <muster> [...]
        """)
        nova = stage.network.room("#nova")
        stage.network.leave(nova)
        await stage.play("-- 2 hours pass")
        stage.network.said.clear()
        stage.network.join(nova)
        await stage.app.hub.idle()
        assert stage.network.said == [
            "[#nova] <muster> Reminder 1 from alice: we close (late: this was for 22:00 CET)"
        ]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
async def test_the_hour_stays_when_clocks_are_changed(tmp_path: Path, zone: str) -> None:
    start = datetime(2026, 10, 23, 5, 0, tzinfo=UTC)
    async with scene(tmp_path, ROSTER, start=start) as stage:
        await stage.play(f"""
            <alice> !remind me every day 09:00 {zone} tea
            <muster> alice: [...]
        """)
        for _ in range(12):
            before = stage.clock.now()
            await stage.play("-- 1 day passes\n<muster> alice: reminder 1: tea (!cancel 1 ends this)")
            assert before < stage.clock.now()


def move(stage: Stage, *milestones: Milestone) -> None:
    """Let the tracker have these milestones."""
    kept = stage.app.hub.plugin(Tracker)._kept
    assert isinstance(kept, Local)
    kept.milestones = milestones
    kept.on_milestones()


async def test_a_reminder_moves_with_its_milestone_and_says_so_once(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <alice> !remind me 2 days before essex-2: freeze
            <muster> alice: reminder 1: 2 days before essex-2, Sunday 2026-12-13 09:00 UTC, in 20 days.
            <alice> !remind me 2 days before essex-3: freeze
            <muster> alice: essex-3 has no date yet.
        """)
        move(stage, Milestone("essex-2", "essex", date(2026, 11, 30)))
        await stage.app.hub.idle()
        await stage.play("""
            -- 1 second passes
            <muster> alice: reminder 2: essex-2 is on 2026-11-30 now, so reminder 1 comes Saturday [...]
            -- 6 days pass
            <muster> alice: reminder 1: freeze
            <alice> !remind me 1 day before essex-2 to freeze again
            <muster> alice: reminder 3: 1 day before essex-2, Sunday 2026-11-29 09:00 UTC, in 13 hours.
            -- alice leaves
        """)
        move(stage, Milestone("essex-4", "essex", date(2026, 11, 30)))
        await stage.app.hub.idle()
        await stage.play("""
            -- 1 day passes
            -- alice joins
            <muster> alice: reminder 4: essex-2 is gone, so reminder 3 does not come: freeze again [...]
        """)


async def test_a_reminder_whose_milestone_is_past_is_dropped(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER) as stage:
        await stage.play("""
            <alice> !remind me 2 days before essex-2: freeze
            <muster> [...]
            -- alice leaves
            -- 24 days pass
            -- alice joins
        """)
        found = await stage.app.store.read(changes_of, "reminder:1")
        assert [one.what for one in found] == ["dropped", "set"]
