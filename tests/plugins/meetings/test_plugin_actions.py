"""Actions outlive their meeting: who may change them, where they show, and when they are spoken of."""

from __future__ import annotations

import json
from pathlib import Path

from bot.testing import Stage
from tests.plugins.meetings.scenes import ENDED, STARTED, say_in


async def test_the_next_meeting_of_that_name_lists_what_is_still_open(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            <alice> #action bob, carol to fix 123 by friday
            <alice> #action write the notes
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            <bob> !action 2 done
            <muster> Action 2: write the notes (UNASSIGNED) [done]
            <alice> #startmeeting nova
            {STARTED}
            <muster> Still open from before (1): #1 bob, carol to fix 123 by friday (bob, carol)
            -- topic: [...]
            <bob> !action 1 done
            <muster> Action 1: bob, carol to fix 123 by friday (bob and carol, due 2026-11-27) [done]
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
        """)
        text = (tmp_path / "archive/stage/2026/stage.2026-11-22-20.00-test.txt").read_text()
        assert "Action done (by bob): bob, carol to fix 123 by friday" in " ".join(text.split())


async def test_a_meeting_of_another_name_lists_nothing_of_it(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            <alice> #action bob to fix 123
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            <alice> #startmeeting glance
            {STARTED}
            -- topic: [...]
        """)


async def test_an_action_is_changed_by_its_owner_or_a_chair_and_nobody_else(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            -- bob joins
            <alice> #action bob to fix 123
            <mallory> !action 1 done
            <muster> mallory: Action 1 is for bob: its owner, or a chair of a meeting here, may change it.
            <bob> !action 1 due friday
            <muster> Action 1: bob to fix 123 (bob, due 2026-11-27)
            <alice> !action 1 to carol
            <muster> Action 1: bob to fix 123 (carol, due 2026-11-27)
            <bob> !action 1 drop
            <muster> bob: Action 1 is for carol: its owner, or a chair of a meeting here, may change it.
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            <alice> !action 1 drop
            <muster> alice: Action 1 is for carol: its owner, or a chair of a meeting here, may change it.
            <owner> !action 1 drop
            <muster> Action 1: bob to fix 123 (carol, due 2026-11-27) [dropped]
            <carol> !action 7 done
            <muster> carol: There is no action 7; !actions lists them.
        """)


async def test_whoever_only_has_the_nick_of_an_owner_changes_nothing(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            -- bob joins
            <alice> #action bob to fix 123
            -- bob quits
            <bob?> !action 1 done
            <muster> bob: Action 1 is for bob: its owner, or a chair of a meeting here, may change it.
        """)


async def test_starting_a_meeting_somewhere_gives_no_right_over_another_rooms_actions(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            <alice> #action alice to fix 123
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
        """)
        other = stage.network.room("#other")
        await say_in(stage, other, "mallory", "#startmeeting")
        [said] = await say_in(stage, other, "mallory", "!action 1 drop")
        assert said.startswith("[#other] <muster> mallory: Action 1 is for alice")


async def test_a_date_or_an_owner_that_is_none_is_refused_with_what_to_write(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            <alice> #action alice to fix 123
            <alice> !action 1 due whenever
            <muster> alice: 'whenever' is no date to come; write one like friday, or 2026-12-01.
            <alice> !action 1 due
            <muster> alice: '' is no date to come; write one like friday, or 2026-12-01.
            <alice> !action 1 to
            <muster> alice: To whom? !action 1 to NICK.
            <alice> !action 1 burn
            <muster> alice: [...]done, drop, due[...]to[...]
        """)


async def test_actions_lists_those_of_the_room_or_of_somebody(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        other = stage.network.room("#other")
        await say_in(stage, other, "dave", "#startmeeting glance")
        await say_in(stage, other, "dave", "#action dave to paint it")
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            <alice> #action alice to fix 123
            <alice> !actions
            <muster> 2: alice to fix 123 (alice)
            <alice> !actions DAVE
            <muster> 1: dave to paint it (dave)
            <alice> !actions zoe
            <muster> I know of no open actions of zoe that I may tell of here.
            <alice> #undo
            <muster> Removing item from minutes: [...]
            <alice> !actions
            <muster> I know of no open actions that I may tell of here.
            <alice> #redo
            <muster> Item is back [...]
            <alice> #edit 1 bob to fix 123
            <muster> Item 1 is now: bob to fix 123
            -- muster is killed
            <alice> !actions
            <muster> 2: bob to fix 123 [...]
        """)


async def test_owners_are_reminded_once_when_an_action_is_due(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            <alice> #action alice to fix 123 by tuesday
            <alice> #action alice to fix 456 by tuesday
            <alice> !action 2 done
            <muster> Action 2: [...]
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            -- 1 day passes
            -- muster is killed
            -- 1 day passes
            <muster> Due 2026-11-24, action 1: alice to fix 123 by tuesday (alice). !action 1 done closes it.
            -- muster is killed
            -- 3 days pass
        """)


async def test_a_quiet_room_is_not_reminded(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="quiet = yes") as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            <muster> Meeting started [...]
            -- topic: [...]
            <alice> #action alice to fix 123 by tuesday
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            -- 5 days pass
        """)


async def test_what_the_team_should_look_at_becomes_the_agenda(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            <alice> #action alice to fix 123
            <mallory> #agenda import
            <muster -> mallory> Only a chair can import the agenda.
            <alice> #agenda import
            <muster> The agenda has 1 point more.
            <alice> agenda?
            <muster> Agenda: 1. Action 1: alice to fix 123 (alice)[...]
            -- muster is killed
            <alice> #next
            -- topic: [...]
            <muster> agendum 1 -- Action 1: alice to fix 123 (alice) -- taken up [from the team]
        """)


async def test_the_minutes_can_be_changed_afterwards_by_a_chair_and_say_so(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        address = f"{tmp_path}/archive/stage/2026/stage.2026-11-22-20.00.html"
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            -- bob joins
            <alice> #chair bob
            <muster> Current chairs: alice bob
            <carol> #info it is done
            <alice> !minutes edit 1 it is not
            <muster> alice: The meeting still runs: #edit 1 TEXT.
            <alice> #endmeeting
            {ENDED}
            <carol> !minutes edit 1 mine
            <muster> carol: Only its chairs may change the minutes.
            <alice> !minutes edit 9 what
            <muster> alice: The minutes have no item 9.
            -- 2 days pass
            -- muster is killed
            <bob> !minutes edit 1 it is nearly done
            <muster> Item 1 is changed: {address}
        """)
        minutes = json.loads(Path(address).with_suffix(".json").read_text())["minutes"]
        assert minutes["notes"] == ["Item 1 was edited by bob at 2026-11-24 20:00 UTC."]
        for ending in (".txt", ".html", ".md", ".rst"):
            text = " ".join(Path(address).with_suffix(ending).read_text().split())
            assert "it is nearly done" in text
            assert "edited by bob" in text


async def test_somebody_with_a_chairs_nick_cannot_change_the_minutes_afterwards(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <alice> #info mine
            <alice> #endmeeting
            {ENDED}
            -- alice quits
            <alice?> !minutes edit 1 stolen
            <muster> alice: Only its chairs may change the minutes.
            <alice?> #reopen
            <muster -> alice> Only a chair of the last meeting can take it up again. [...]
            -- muster is killed
            <alice?> !minutes edit 1 stolen
            <muster> alice: Only its chairs may change the minutes.
        """)


async def test_minutes_tells_of_the_last_meeting_or_the_one_before(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <bob> !minutes
            <muster> bob: I know of no past meeting that I may tell of here.
            <bob> !meetings
            <muster> I know of no meeting that I may tell of here; #startmeeting begins one.
            <bob> !meetings #none
            <muster> I know of no meeting in #none that I may tell of here.
            <alice> #startmeeting one
            {STARTED}
            -- topic: [...]
            <bob> !meetings
            <muster> one in test/#stage, since 2026-11-22 20:00 UTC, chairs alice
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            -- 1 day passes
            <alice> #startmeeting two
            {STARTED}
            -- topic: [...]
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            <alice> #startmeeting three
            {STARTED}
            -- topic: [...]
            <bob> !minutes
            <muster> two, 2026-11-23 20:00 UTC: {tmp_path}/archive/stage/2026/stage.2026-11-23-20.00.html
            -- 1 hour passes
            <bob> !minutes #stage 2
            <muster> one, 2026-11-22 20:00 UTC: [...]
            <bob> !minutes #other
            <muster> bob: I know of no past meeting in #other that I may tell of here.
            <bob> !minutes #stage 3
            <muster> bob: I know of fewer than 3 past meetings in #stage that I may tell of here.
            <bob> !minutes stage
            <muster> bob: 'stage' is neither a room like #room nor a number of at most 11 digits. Usage: [...]
            <bob> !minutes #stage 0
            <muster> bob: Count from 1, the last meeting.
            <bob> !grep nothing-like-this
            <muster> Nothing that I may tell of here has 'nothing-like-this'.
        """)


async def test_hints_have_the_prefixes_that_there_are(tmp_path: Path) -> None:
    async with Stage(tmp_path, bot="prefix = ?", settings="[plugin meetings]\nprefix = .") as stage:
        await stage.play(f"""
            <alice> .startmeeting
            {STARTED}
            <alice> .action alice to fix 123 by monday
            <alice> ?action 7 done
            <muster> alice: There is no action 7; ?actions lists them.
            <alice> ?action 1 to
            <muster> alice: To whom? ?action 1 to NICK.
            <alice> ?minutes nowhere/x/#y
            <muster> alice: I know of no past meeting in nowhere/x/#y that I may tell of here.
            <alice> ?help action
            <muster> [...] Example: ?action 12 due friday
            <alice> ?help meeting
            <muster> .startmeeting NAME begins a meeting, .endmeeting ends it; between them .topic, [...]
            <alice> .endmeeting
            {ENDED}
            -- 1 day passes
            <muster> Due 2026-11-23, action 1: alice to fix 123 by monday (alice). ?action 1 done closes it.
        """)


async def test_times_are_told_in_the_teams_zone_with_its_name_and_agree_with_the_files(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path, bot="timezone = Asia/Tokyo") as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            {STARTED}
            -- topic: [...]
            <bob> !meetings
            <muster> nova in test/#stage, since 2026-11-23 05:00 JST, chairs alice
            <alice> good morning
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            <bob> !meetings
            <muster> 2026-11-23 05:00 JST nova in test/#stage: [...]/stage.2026-11-23-05.00.html
            <bob> !minutes
            <muster> nova, 2026-11-23 05:00 JST: [...]/stage.2026-11-23-05.00.html
            <bob> !grep morning
            <muster> 2026-11-23 05:00 JST #stage <alice> good morning
        """)


async def test_an_imported_action_that_is_closed_in_the_meeting_is_not_left_on_its_agenda(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        for text in ("#startmeeting nova", "#action dig", "#action plant", "#action reap", "#endmeeting"):
            await say_in(stage, stage.room, "alice", text)
        await say_in(stage, stage.room, "alice", "#startmeeting glance")
        await say_in(stage, stage.room, "alice", "#agenda import")
        for text in ("!action 1 done", "!action 2 drop"):
            await say_in(stage, stage.room, "alice", text)
        [said] = await say_in(stage, stage.room, "bob", "agenda?")
        assert "1. Action 1: dig (UNASSIGNED) (the team), done; 3. Action 3: reap" in said
        await say_in(stage, stage.room, "alice", "#next")
        await say_in(stage, stage.room, "alice", "!action 3 done")
        await say_in(stage, stage.room, "alice", "#endmeeting")
    records = [json.loads(path.read_text())["minutes"] for path in (tmp_path / "archive").rglob("*.json")]
    [agenda] = [minutes["agenda"] for minutes in records if minutes["agenda"]]
    assert [point["state"] for point in agenda] == ["done", "dropped", "open"]
