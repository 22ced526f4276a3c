"""From ``#startmeeting`` to the files: who may, where the files are, what is written when."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import ConfigError
from bot.testing import Stage
from plugins.meetings.forms import ENDINGS
from tests.plugins.meetings.scenes import ENDED, STARTED, files, say_in


async def test_where_nothing_is_kept_no_meeting_can_be_held(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="log = never") as stage:
        await stage.play("""
            <alice> #startmeeting
            <muster> Here nothing is kept (log = never), so no meeting can be held.
            <alice> #info is it on?
            <alice> #endmeeting
        """)
        assert files(tmp_path) == {}


async def test_where_no_command_is_answered_no_meeting_is_opened(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="commands = off") as stage:
        await stage.play("""
            <alice> #startmeeting
            <alice> #info is it on?
            <alice> #endmeeting
            <alice> #reopen
            <alice> !ping
        """)
        assert files(tmp_path) == {}


async def test_where_commands_are_switched_off_a_meeting_goes_on_to_its_end_and_is_not_reopened(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
        """)
        rooms = {name: replace(room, commands=False) for name, room in stage.config.rooms.items()}
        stage.app.hub.configure(replace(stage.config, rooms=rooms))
        await stage.play(f"""
            <alice> #endmeeting
            {ENDED}
            <alice> #reopen
            <alice> #startmeeting
        """)


async def test_starting_may_need_a_capability(tmp_path: Path) -> None:
    settings = "[plugin meetings]\nstart_needs = owner"
    async with Stage(tmp_path, settings=settings) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            <muster> Starting a meeting here needs the capability 'owner'.
            <owner> #startmeeting
            {STARTED}
            <owner> #endmeeting
            {ENDED}
        """)


def test_a_capability_that_there_is_not_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="start_needs = king: there is no such capability"):
        Stage(tmp_path, settings="[plugin meetings]\nstart_needs = king")


@pytest.mark.parametrize("log", ["meetings", "always"])
async def test_a_profile_may_ask_for_a_name(tmp_path: Path, log: str) -> None:
    async with Stage(tmp_path, settings=f"profile = openstack\nlog = {log}") as stage:
        await stage.play(f"""
            <alice> #startmeeting
            <muster> A meeting name is required, e.g., '#startmeeting Marketing Committee'
            <alice> #startmeeting nova
            {STARTED}
            <muster> The meeting name has been set to 'nova'
            -- topic: Meeting topic: nova
        """)


async def test_a_second_meeting_in_the_room_is_refused_and_names_the_first_ones_chair(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> #startmeeting mine
            <muster> Can't start another meeting, one is in progress: stage. Chairs: alice. Use [...]
            <alice> #endmeeting
            {ENDED}
            <bob> #startmeeting
            <muster> Meeting started [...]  The chair is bob. Live log: [...]
            <muster> Useful Commands: [...]
        """)


async def test_all_nine_files_are_there_when_their_addresses_are_told(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="[web]\nbase_url = https://meet.example.org/") as stage:
        await stage.play("""
            <alice> #startmeeting
            <muster> Meeting started Sun Nov 22 20:00:00 2026 UTC.  The chair is alice. Live log: https://meet.example.org/archive/stage/2026/stage.2026-11-22-20.00.log.html
            <muster> Useful Commands: [...]
            <bob> #info it works
            <alice> #endmeeting
            <muster> Meeting ended Sun Nov 22 20:00:00 2026 UTC.
            <muster> Minutes: https://meet.example.org/archive/stage/2026/stage.2026-11-22-20.00.html
            <muster> Minutes (text): https://meet.example.org/archive/stage/2026/stage.2026-11-22-20.00.txt
            <muster> Log: https://meet.example.org/archive/stage/2026/stage.2026-11-22-20.00.log.html
        """)
        written = files(tmp_path)
        assert set(written) == {f"stage/2026/stage.2026-11-22-20.00{ending}" for ending in ENDINGS}
        assert all("it works" in text for text in written.values())


async def test_an_address_is_quoted_and_without_base_url_the_path_is_told(tmp_path: Path) -> None:
    settings = "[web]\nbase_url = https://meet.example.org"
    async with Stage(tmp_path / "one", room="#c++&é", settings=settings) as stage:
        await stage.play("""
            <alice> #startmeeting
            <muster> Meeting started [...] Live log: https://meet.example.org/archive/c%2B%2B%26%C3%A9/2026/c%2B%2B%26%C3%A9.2026-11-22-20.00.log.html
            <muster> Useful Commands: [...]
        """)
    async with Stage(tmp_path / "two") as stage:
        await stage.play(f"""
            <alice> #startmeeting
            <muster> Meeting started [...] Live log: {tmp_path}/two/archive/stage/2026/stage.[...].log.html
            <muster> Useful Commands: [...]
        """)


async def test_the_live_log_is_written_now_and_then_while_lines_come(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> good evening
        """)
        assert files(tmp_path) == {}
        await stage.play("-- 30 seconds pass")
        log = "stage/2026/stage.2026-11-22-20.00.log.txt"
        assert "<bob> good evening" in files(tmp_path)[log]
        await stage.play("""
            <bob> one more
            -- 30 seconds pass
        """)
        assert "<bob> one more" in files(tmp_path)[log]


async def test_save_writes_the_files_while_the_meeting_goes_on(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> #info half way
            <bob> #save
            <muster -> bob> Only a chair can use #save here. Chairs: alice.
            <alice> #save
            <muster> Saved: {tmp_path}/archive/stage/2026/stage.2026-11-22-20.00.html
        """)
        assert all("half way" in text for text in files(tmp_path).values())
        assert len(files(tmp_path)) == len(ENDINGS)


async def test_two_rooms_at_the_same_minute_have_their_own_files(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        other = stage.network.room("#other")
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
        """)
        await say_in(stage, other, "alice", "#startmeeting")
        await say_in(stage, other, "bob", "#info over there")
        await stage.play(f"""
            <bob> #info over here
            <alice> #endmeeting
            {ENDED}
        """)
        await say_in(stage, other, "alice", "#endmeeting")
        written = files(tmp_path)
        assert len(written) == 2 * len(ENDINGS)
        for path, text in written.items():
            assert ("over here" in text) is path.startswith("stage/")
            assert ("over there" in text) is path.startswith("other/")


async def test_meetings_whose_files_would_collide_get_the_networks_name_and_then_a_number(
    tmp_path: Path,
) -> None:
    settings = "[plugin meetings]\npattern = %(meetingname)s/%%F"
    async with Stage(tmp_path, settings=settings) as stage:
        for _ in range(4):
            await say_in(stage, stage.room, "alice", "#startmeeting Nova!")
            await say_in(stage, stage.room, "alice", "#endmeeting")
        assert {path for path in files(tmp_path) if path.endswith(".json")} == {
            "nova_/2026-11-22.json",
            "nova_/2026-11-22-test.json",
            "nova_/2026-11-22-test-2.json",
            "nova_/2026-11-22-test-3.json",
        }


async def test_a_meeting_that_starts_again_within_the_minute_keeps_the_first_ones_address(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <alice> #info first
            <alice> #endmeeting
            {ENDED}
            <alice> #startmeeting
            <muster> Meeting started [...]stage.2026-11-22-20.00-test.log.html
            <muster> Useful Commands: [...]
            <alice> #info second
            <alice> #endmeeting
            {ENDED}
        """)
        minutes = {path: text for path, text in files(tmp_path).items() if path.endswith(".json")}
        assert [json.loads(text)["minutes"]["id"] for text in minutes.values()] == [
            "stage.2026-11-22-20.00-test",
            "stage.2026-11-22-20.00",
        ]
        assert "second" not in minutes["stage/2026/stage.2026-11-22-20.00.json"]


async def test_a_meeting_goes_on_in_the_same_place_after_a_restart(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting Nova
            {STARTED}
            -- topic: Meeting topic: Nova
            <alice> #topic Bugs
            -- topic: Bugs (Meeting topic: Nova)
            <alice> #startvote Ship it?
            <muster> Begin voting on: Ship it? Valid vote options are Yes, No.
            <muster> Vote using '#vote OPTION'. Only your last vote counts.
            <bob> #vote yes
            <carol> q+ to say no
            <alice> #chair bob
            <muster> Current chairs: alice bob
            -- muster is killed
            <carol> #showvote
            <muster> Yes (1): bob
            <carol> q?
            <muster> I see carol[...]
            <alice> #chair
            <muster> Current chairs: alice bob
            <bob> #endmeeting
            <muster> Voted on "Ship it?" Results are
            <muster> Yes (1): bob
            -- topic: [...]
            {ENDED}
        """)
        assert len(files(tmp_path)) == len(ENDINGS)


async def test_a_meetings_word_that_is_said_to_muster_itself_gets_a_hint(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="profile = w3c") as stage:
        await stage.play(f"""
            <alice> muster, #startmeeting
            <muster -> alice> Say it without my name: #startmeeting
            <alice -> muster> #startmeeting
            <muster -> alice> Say that in the room.
            <alice> #startmeeting
            {STARTED}
            -- 2 minutes pass
            <alice> muster, agenda?
            <muster -> alice> Say it without my name: agenda?
            <bob -> muster> q+ to ask
            <muster -> bob> Say that in the room.
            <carol> Muster: RESOLVED: we ship
            <muster -> carol> Say it without my name: RESOLVED: we ship
            <carol> muster, nextt agendum
            <muster -> carol> I know no command 'nextt'; !help lists what I do.
            <dave> muster, help meeting
            <muster> #startmeeting NAME begins a meeting, [...]
            <dave> muster, +1 for that
        """)


async def test_nobody_is_told_to_say_aloud_what_may_be_a_secret_ballot(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("<alice -> muster> #vote +1")


async def test_a_word_that_the_rooms_profile_does_not_have_is_none(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="profile = debian") as stage:
        await stage.play("""
            <alice> muster, agenda?
            <muster -> alice> I know no command 'agenda?'; !help lists what I do.
        """)


async def test_a_meeting_that_cannot_be_opened_is_answered_with_an_apology(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("plugins.meetings.archive.Archive.free_path", full)
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice> #startmeeting
            <muster> alice: Sorry, that went wrong here; it is in my log.
            <bob> #info is it on?
        """)
