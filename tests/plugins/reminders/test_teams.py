"""What teams hear unasked: the day, the week, meetings; and nags: to whom, when, how often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.changes import changes_of
from bot.plugin import Brief, Nag, Occasion, TeamMember
from bot.testing import Stage
from plugins.rosters import LeadState, Meets, Member, Person, Phase, Roster, Team
from tests.plugins.reminders.scene import Notes, scene

ALICE = Person(1, "alice", accounts=(("test", "alice"),))
BOB = Person(2, "bob", accounts=(("test", "bob"),))
VISHY = Person(3, "vishy", accounts=(("test", "vishy"),), is_coordinator=True)
API = Team(
    1,
    "nova-api",
    "Nova API",
    channel="test/#stage",
    lead=2,
    lead_state=LeadState.CONFIRMED,
    members=(Member(1),),
    zone="Europe/Berlin",
)
DOCS = replace(API, id=2, name="docs", channel="test/#docs", zone="UTC")
ROSTER = Roster([API], [ALICE, BOB, VISHY])
PLANNING, RESEARCH = replace(API, phase=Phase.PLANNING), replace(API, phase=Phase.RESEARCH)
BOTH = Roster([API, DOCS], [ALICE, BOB, VISHY])
FEW = "[plugin reminders]\nnags_a_day = 2\n"
MORE = "[room docs]\nat = test/#docs\n"
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DAY = (
    Brief("3 new bugs, oldest #12 (9 days)", 10),
    Brief("On duty: bob.", 10),
    Brief("Next: #12, #15 and #16.", 20),
    Brief("2 reviews wait, the longest 4 days: 77.", 30),
    Brief("Actions due: 12 (alice), 13 (bob).", 40),
)


def notes(stage: Stage) -> Notes:
    return stage.app.hub.plugin(Notes)


def member(person: Person) -> TeamMember:
    return TeamMember(person.name, person.accounts)


def nag(number: int, *people: Person, kind: str = "actions") -> Nag:
    return Nag(
        kind,
        f"action:{number}/due",
        f"Action {number} is due: do it.",
        f"done {number}",
        tuple(map(member, people)),
    )


async def test_a_team_hears_in_four_lines_what_waits_for_it_on_its_working_days(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY - timedelta(days=2)) as stage:
        await stage.play("<alice> hi")
        notes(stage).brief = {("#stage", Occasion.DAILY): DAY}
        await stage.play("""
            -- 2 days pass
            -- 1 hour passes
            <muster> nova-api today: 3 new bugs, oldest #12 (9 days). On duty: bob.
            <muster> Next: #12, #15 and #16.
            <muster> 2 reviews wait, the longest 4 days: 77.
            <muster> Actions due: 12 (alice), 13 (bob).
        """)
        notes(stage).brief = {}
        await stage.play("-- 1 day passes")


async def test_leads_set_when_and_a_team_that_plans_is_not_asked_about_code(tmp_path: Path) -> None:
    async with scene(tmp_path, Roster([PLANNING], [ALICE, BOB]), start=MONDAY) as stage:
        notes(stage).brief = {("#stage", Occasion.DAILY): DAY}
        await stage.play("""
            <alice> !daily
            <muster> nova-api hears what waits for it at 09:00 Europe/Berlin, mon-fri; !daily nova-api [...]
            <alice> !daily 10:00
            <muster> alice: That is for the lead of nova-api and for coordinators; you are logged in as alice.
            <bob> !daily nova-api 10:00 tue, thu
            <muster> nova-api hears what waits for it at 10:00 Europe/Berlin, tue, thu; [...]
            <bob> !daily nova-api tomorrow
            <muster> bob: 'tomorrow' is no day: write days like mon-fri, or mon, wed, fri.
            -- 1 day passes
            -- 2 hours pass
            <muster> nova-api today: Actions due: 12 (alice), 13 (bob).
            <bob> !daily off
            <muster> nova-api is not told what waits for it; !daily nova-api 09:00 mon-fri sets it.
            -- 2 days pass
        """)
        assert [one.what for one in await stage.app.store.read(changes_of, "team:nova-api")] == ["daily"] * 2


async def test_the_week_is_told_on_its_day(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY) as stage:
        await stage.play("<alice> hi")
        notes(stage).brief = {("#stage", Occasion.WEEKLY): [Brief("12 bugs came in, 9 were triaged.")]}
        await stage.play("""
            -- 2 hours pass
            <muster> nova-api, the last week: 12 bugs came in, 9 were triaged.
            -- 6 days pass
        """)


async def test_what_was_missed_comes_late_once_or_is_dropped(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY) as stage:
        await stage.play("<alice> hi")
        stage.clock.forget()
        await stage.play("-- 3 hours pass")
        await stage.kill()
        notes(stage).brief = {("#stage", Occasion.DAILY): DAY[:1]}
        await stage.play("""
            -- 1 second passes
            <muster> nova-api today (late: this was for 09:00 CET): 3 new bugs, oldest #12 (9 days).
            -- 1 hour passes
        """)
        stage.clock.forget()
        await stage.play("-- 1 day passes")
        await stage.play("-- 15 hours pass")
        await stage.kill()
        notes(stage).brief = {("#stage", Occasion.DAILY): DAY[:1]}
        await stage.play("-- 1 second passes")
        found = await stage.app.store.read(changes_of, "team:nova-api")
        assert [one.what for one in found] == ["daily reminder dropped"]


async def test_a_room_that_muster_is_not_in_hears_it_once_it_is(tmp_path: Path) -> None:
    async with scene(tmp_path, BOTH, settings=MORE, start=MONDAY) as stage:
        await stage.play("-- 1 second passes")
        docs = stage.network.room("#docs")
        stage.network.leave(docs)
        notes(stage).brief = {("#docs", Occasion.DAILY): DAY[:1]}
        await stage.play("-- 2 hours pass")
        await stage.play("-- 40 minutes pass")
        stage.network.join(docs)
        await stage.app.hub.idle()
        await stage.play("""
            -- 1 second passes
            [#docs] <muster> docs today (late: this was for 09:00 UTC): 3 new bugs, oldest #12 (9 days).
            -- 4 hours pass
        """)


async def test_meetings_are_announced_before_and_follow_the_roster(
    tmp_path: Path,
) -> None:
    meets = (Meets(1, "FREQ=WEEKLY;BYDAY=TH", "2026-11-26T21:00", "Europe/Berlin", words="every thursday"),)
    async with scene(tmp_path, Roster([replace(API, meets=meets)], [ALICE, BOB]), start=MONDAY) as stage:
        await stage.play("""
            <bob> !meeting move nova-api thursday to thursday 20:00
            <muster> [...]
            -- 2 days pass
            -- 12 hours pass
            <muster> nova-api meets Thursday 2026-11-26 20:00 CET (Europe/Berlin), in 1 day.
            <bob> !meeting move nova-api thursday to friday 20:00
            <muster> [...]
            -- 1 day passes
            <muster> nova-api meets Friday 2026-11-27 20:00 CET (Europe/Berlin), in 1 day.
            -- 1 day passes
            <muster> nova-api meets Friday 2026-11-27 20:00 CET (Europe/Berlin), in 15 minutes.
            <bob> !meeting cancel nova-api 2026-12-03
            <muster> [...]
            -- 9 days pass
            <bob> !mute meetings until 2026-12-09
            <muster> bob: I remind nova-api of meetings no more, Wednesday 2026-12-09 included. [...]
            -- 4 days pass
            -- 1 hour passes
            <muster> nova-api meets Thursday 2026-12-10 21:00 CET (Europe/Berlin), in 15 minutes.
        """)


async def test_a_meeting_that_is_being_held_already_is_not_announced(tmp_path: Path) -> None:
    meets = (Meets(1, "FREQ=WEEKLY;BYDAY=MO", "2026-11-23T11:00", "UTC", words="every monday"),)
    async with scene(tmp_path, Roster([replace(API, meets=meets)], [ALICE, BOB]), start=MONDAY) as stage:
        await stage.play("<alice> hi")
        notes(stage).meeting = True
        await stage.play("-- 5 hours pass")
        notes(stage).meeting = False
        await stage.play("""
            -- 6 days pass
            <muster> nova-api meets Monday 2026-11-30 11:00 UTC, in 1 day.
        """)


def say(*lines: str) -> str:
    return "\n".join(lines)


async def pull(stage: Stage, nags: Sequence[Nag], *lines: str) -> None:
    """Let a day's nags be asked for."""
    notes(stage).nag = nags
    await stage.play(say("-- 1 day passes", *lines))


async def test_nags_go_to_each_alone_once_and_say_what_ends_them(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY) as stage:
        await stage.play("<alice> hi\n<bob> hi")
        await pull(
            stage,
            [nag(1, ALICE), nag(2, ALICE, BOB), nag(3, kind="vacancies")],
            "<muster -> alice> Action 1 is due: do it. (!done 1 ends this)",
            "<muster -> alice> Action 2 is due: do it. (!done 2 ends this)",
            "<muster -> bob> Action 2 is due: do it. (!done 2 ends this)",
            "<muster> Action 3 is due: do it. (!done 3 ends this)",
        )
        await pull(stage, [nag(1, ALICE), nag(2, ALICE, BOB), nag(3, kind="vacancies")])
        await stage.play("-- muster is killed")
        await pull(
            stage, [nag(1, ALICE), nag(4, BOB)], "<muster -> bob> Action 4 is due: do it. (!done 4 ends this)"
        )


async def test_who_is_not_there_is_told_when_they_are_next_here_that_day(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY) as stage:
        await stage.play("<bob> hi")
        notes(stage).nag = [nag(1, ALICE)]
        await stage.play("""
            -- 2 hours pass
            <alice?> hi
            -- alice leaves
            -- alice joins
            <muster -> alice> Action 1 is due: do it. (!done 1 ends this)
            -- alice leaves
            -- alice joins
        """)
        await stage.play("-- alice leaves")
        await pull(stage, [nag(2, ALICE)])
        notes(stage).nag = ()
        await stage.play("""
            -- 20 hours pass
            -- alice joins
        """)


async def test_more_than_enough_is_held_back_in_one_line_and_listed(tmp_path: Path) -> None:
    async with scene(tmp_path, BOTH, settings=MORE + FEW, start=MONDAY) as stage:
        await stage.play("<alice> hi\n[#docs] <bob> hi")
        notes(stage).nag = [nag(number, ALICE) for number in range(1, 5)]
        await stage.play("""
            -- 90 minutes pass
            <muster -> alice> Action 1 is due: do it. (!done 1 ends this)
            <muster -> alice> Action 2 is due: do it. (!done 2 ends this)
            <muster -> alice> 2 things more wait for you today: !nags lists them.
            -- 90 minutes pass
            <alice> !nags
            <muster -> alice> Action 3 is due: do it. (!done 3 ends this)
            <muster -> alice> Action 4 is due: do it. (!done 4 ends this)
            <alice> !nags
            <muster> alice: I held nothing back today.
            -- 1 day passes
        """)


async def test_mutes_ask_until_when_are_remembered_and_end(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY) as stage:
        await stage.play("""
            <alice> !mute action
            <muster> alice: until when? Say: until friday, or !mute actions until 2026-12-01.
            <bob> until friday
            <alice> until tomorrow
            <muster> alice: I remind you of actions no more, Tuesday 2026-11-24 included. [...]
            <alice> !mutes
            <muster> actions until Tuesday 2026-11-24
            <alice> until friday
            <alice> !mute vacancies nova-api until friday
            <muster> alice: That is for the lead of nova-api and for coordinators; [...]
            <bob> !mute vacancies nova-api until friday
            <muster> bob: I remind nova-api of vacancies no more, [...]
            <bob> !mute vacanses until friday
            <muster> bob: I remind nobody of 'vacanses'; did you mean vacancies?
            <bob> !mute reviews until yesterday
            <muster> bob: 'yesterday' is no date; write one like friday, or 2026-11-23.
        """)
        await pull(stage, [nag(1, ALICE), nag(3, kind="vacancies")])
        await stage.play("-- muster is killed")
        await pull(stage, [nag(1, ALICE), nag(3, kind="vacancies")])
        await pull(
            stage,
            [nag(1, ALICE), nag(3, kind="vacancies")],
            "<muster -> alice> Action 1 is due: do it. (!done 1 ends this)",
        )
        await stage.play("""
            <bob> !unmute vacancies nova-api
            <muster> bob: vacancies is muted no more.
            <bob> !unmute vacancies nova-api
            <muster> bob: vacancies is not muted; !mutes lists what is.
        """)
        await pull(stage, [nag(3, kind="vacancies")], "<muster> Action 3 is due: do it. (!done 3 ends this)")


async def test_who_is_away_is_left_in_peace(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY) as stage:
        await stage.play("<alice> !away until tomorrow\n<muster> [...]")
        await pull(stage, [nag(1, ALICE)])
        await stage.play("<alice> !back\n<muster> [...]")
        await pull(stage, [nag(1, ALICE)], "<muster -> alice> Action 1 is due: do it. (!done 1 ends this)")


async def test_a_team_that_plans_is_not_nagged_for_code(tmp_path: Path) -> None:
    async with scene(tmp_path, Roster([RESEARCH], [ALICE, BOB]), start=MONDAY) as stage:
        await stage.play("<alice> hi")
        await pull(stage, [nag(1, ALICE, kind="reviews")])


async def test_what_was_done_meanwhile_is_not_told(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY) as stage:
        notes(stage).nag = [nag(1, ALICE)]
        await stage.play("-- 2 hours pass")
        notes(stage).nag = ()  # somebody did it
        await stage.play("<alice> hi")


async def test_a_quiet_room_hears_nothing_unasked_but_people_do(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY, settings="quiet = yes\n") as stage:
        await stage.play("<alice> hi")
        notes(stage).brief = {("#stage", Occasion.DAILY): DAY}
        await pull(
            stage,
            [nag(1, kind="vacancies"), nag(2, ALICE)],
            "<muster -> alice> Action 2 is due: do it. (!done 2 ends this)",
        )


async def test_who_is_on_no_team_is_reminded_by_account(tmp_path: Path) -> None:
    async with scene(tmp_path, ROSTER, start=MONDAY) as stage:
        await stage.play("<carol> hi")
        carol = TeamMember("carol", (("test", "carol"),))
        wanted = Nag("actions", "action:1/due", "Action 1 is due.", "done 1", (carol,))
        await pull(stage, [wanted], "<muster -> carol> Action 1 is due. (!done 1 ends this)")
        await pull(stage, [wanted])


async def test_one_instant_s_teams_are_told_in_few_transactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams = [
        replace(API, id=number, name=f"team-{number}", channel=f"test/#t{number}") for number in range(1, 201)
    ]
    async with scene(tmp_path, Roster(teams, [ALICE, BOB]), start=MONDAY) as stage:
        rooms = [stage.network.room(f"#t{number}") for number in range(1, 201)]
        for room in rooms:
            stage.network._members[room] = {}
        notes(stage).brief = {(room.name, Occasion.DAILY): DAY[:1] for room in rooms}
        await stage.play("-- 1 second passes")
        writes: list[str] = []
        write = stage.app.store.write

        async def counted(transaction: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            writes.append(transaction.__qualname__)
            return await write(transaction, *args, **kwargs)

        monkeypatch.setattr(stage.app.store, "write", counted)
        await stage.clock.advance(timedelta(hours=1), stage.app.hub.idle)
        said, stage.network.said = stage.network.said, []
        assert len(said) == 200
        assert sum("3 new bugs" in line for line in said) == 200
        assert writes.count("Teams._end") == 1, writes
        assert len(writes) <= 12, writes  # the others: of the core, and of the night that was missed
