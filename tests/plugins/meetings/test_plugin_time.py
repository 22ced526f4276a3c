"""What time does to a meeting, and what happens around it: restarts, settings, a plugin switched off."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.loader import installed
from bot.testing import Stage
from plugins.meetings.forms import ENDINGS
from tests.plugins.meetings.scenes import ENDED, STARTED, say_in

ALONE = {"meetings": installed()["meetings"]}
"""What nothing else requires can be disabled."""


def record(folder: Path, name: str = "stage.2026-11-22-20.00") -> dict[str, dict[str, list[str]]]:
    """The record of a meeting."""
    found: dict[str, dict[str, list[str]]] = json.loads(
        (folder / f"archive/stage/2026/{name}.json").read_text()
    )
    return found


def written(folder: Path) -> list[Path]:
    """The files in the archive."""
    return [path for path in (folder / "archive").rglob("*") if path.is_file()]


def reload(stage: Stage, text: str) -> None:
    """Write another ``bot.ini`` and tell Muster so, as the operator does."""
    stage.config.path.write_text(
        f"[bot]\nowners = test/owner\ndata_dir = {stage.folder}\n[network test]\ntype = console\n{text}"
    )
    stage.app.reload()


# A chair who forgets


async def test_a_forgotten_meeting_asks_then_offers_then_ends(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> bye
            -- 79 minutes pass
            -- 1 minute passes
            <muster> alice: is the meeting over? Then say #endmeeting.
            -- 9 minutes pass
            -- 1 minute passes
            <muster> The meeting still runs. Anyone may end it now with #endmeeting.
            -- 9 minutes pass
            -- 1 minute passes
            <muster> Nobody has said anything for 100 minutes, so the meeting ends here. A chair can [...]
            {ENDED}
            -- 3 days pass
        """)
        assert record(tmp_path)["minutes"]["notes"] == ["Ended by Muster after 100 minutes of silence."]


async def test_a_word_in_between_starts_the_silence_anew(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            -- 80 minutes pass
            <muster> alice: is the meeting over? Then say #endmeeting.
            <bob> not quite
            -- 19 minutes pass
            -- 1 minute passes
            <muster> alice: is the meeting over? Then say #endmeeting.
            -- 10 minutes pass
            <muster> The meeting still runs. Anyone may end it now with #endmeeting.
            <mallory> #endmeeting
            {ENDED}
        """)


async def test_the_silence_counts_through_a_restart(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            -- 50 minutes pass
            -- muster is killed
            -- 30 minutes pass
            <muster> alice: is the meeting over? Then say #endmeeting.
            -- 5 minutes pass
            -- muster is killed
            -- 5 minutes pass
            <muster> The meeting still runs. Anyone may end it now with #endmeeting.
            -- muster is killed
            -- 10 minutes pass
            <muster> Nobody has said anything for 100 minutes, so the meeting ends here. A chair can [...]
            {ENDED}
        """)


async def test_the_planned_length_is_a_setting(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="[plugin meetings]\nplanned = 10 minutes") as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            -- 29 minutes pass
            -- 1 minute passes
            <muster> alice: is the meeting over? Then say #endmeeting.
        """)


async def test_when_all_chairs_are_gone_anyone_may_end_it_after_a_quarter_of_an_hour(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> #endmeeting
            <muster -> bob> Only a chair can end the meeting. Chairs: alice.
            -- alice quits
            -- 14 minutes pass
            <bob> where is she?
            -- 1 minute passes
            <muster> No chair is here any more. Anyone may end the meeting with #endmeeting.
            -- muster is killed
            <bob> #endmeeting
            {ENDED}
        """)


async def test_a_chair_who_comes_back_takes_the_offer_away(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> hello
            -- alice quits
            -- 15 minutes pass
            <muster> No chair is here any more. Anyone may end the meeting with #endmeeting.
            -- alice joins
            <bob> #endmeeting
            <muster -> bob> Only a chair can end the meeting. Chairs: alice.
        """)


async def test_a_timebox_nudges_and_ends_also_over_a_restart(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <alice> #topic Bugs
            -- topic: Bugs
            <alice> #timebox 10m
            <muster> Time for this topic: until 20:10:00 UTC.
            -- 7 minutes pass
            -- muster is killed
            -- 1 minute passes
            <muster> The time for this is nearly up: Bugs
            -- 2 minutes pass
            <muster> Time is up: Bugs
            -- 5 minutes pass
        """)


# Taking it up again


async def test_a_meeting_is_taken_up_again_within_the_hour_as_if_it_had_not_ended(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> #info before
            <alice> #endmeeting
            {ENDED}
            <bob> not in it
            -- 59 minutes pass
            -- muster is killed
            <bob> #reopen
            <muster -> bob> Only a chair of the last meeting can take it up again. [...]
            <alice> #reopen
            <muster> Meeting reopened: stage.  Current chairs: alice
            <bob> #info after
            -- muster is killed
            <alice> #endmeeting
            {ENDED}
        """)
        text = (tmp_path / "archive/stage/2026/stage.2026-11-22-20.00.log.txt").read_text()
        assert "before" in text
        assert "after" in text
        assert "not in it" not in text


async def test_after_an_hour_it_is_not_taken_up_again(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <alice> #endmeeting
            {ENDED}
            -- 61 minutes pass
            <alice> #reopen
            <muster -> alice> No meeting ended here within the last hour, [...]
            -- muster is killed
            <alice> #reopen
            <muster -> alice> No meeting ended here within the last hour, [...]
            <alice> #startmeeting
            {STARTED}
        """)


async def test_a_new_meeting_in_the_room_closes_the_last_one_for_good(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <alice> #endmeeting
            {ENDED}
            <bob> #startmeeting
            {STARTED}
            <alice> #reopen
            <muster -> alice> [...]
            <bob> #endmeeting
            {ENDED}
            -- muster is killed
            <alice> #reopen
            <muster -> alice> Only a chair of the last meeting can take it up again. [...]
            <bob> #reopen
            <muster> Meeting reopened: stage.  Current chairs: bob
        """)


# Around it


async def test_files_that_could_not_be_written_are_told_of_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <alice> #info kept
        """)
        monkeypatch.setattr(os, "fsync", no_room)
        await stage.play("""
            <alice> #save
            <muster> Not saved: the operator finds why in my log. What is said is stored all the same.
            -- 30 seconds pass
            <alice> #endmeeting
            <muster> The meeting is ended and stored, but its files cannot be written now: [...]
            -- 5 minutes pass
        """)
        assert written(tmp_path) == []
        monkeypatch.undo()
        await stage.play(f"""
            -- 1 minute passes
            {ENDED}
            -- 5 minutes pass
        """)
        assert len(written(tmp_path)) == len(ENDINGS)


async def test_files_that_could_not_be_written_before_a_restart_are_written_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
        """)
        monkeypatch.setattr(os, "fsync", no_room)
        await say_in(stage, stage.room, "alice", "#endmeeting")
        monkeypatch.undo()
        await stage.play(f"""
            -- muster is killed
            {ENDED}
        """)
        assert len(written(tmp_path)) == len(ENDINGS)


async def test_purging_leaves_meetings_alone(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="log = always\nkeep = 2 days") as stage:
        await stage.play(f"""
            <bob> fleeting-before
            <alice> #startmeeting
            {STARTED}
            <bob> lasting
            <alice> #endmeeting
            {ENDED}
            <bob> fleeting-after
            -- 4 days pass
            <bob> !grep lasting
            <muster> 2026-11-22 20:00 UTC #stage <bob> lasting
        """)
        entries = await stage.app.hub.lines(stage.room, 1)
        texts = [entry.line.text for entry in entries]
        assert "lasting" in texts
        assert "fleeting-before" not in texts
        assert "fleeting-after" not in texts
        await stage.kill()
        assert "lasting" in [entry.line.text for entry in await stage.app.hub.lines(stage.room, 1)]


async def test_a_quiet_room_still_holds_meetings(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="quiet = yes") as stage:
        await stage.play(f"""
            <alice> #startmeeting nova
            <muster> Meeting started [...]
            -- topic: [...]
            <alice> #action dig
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            <alice> #startmeeting nova
            <muster> Meeting started [...]
            -- topic: [...]
            <alice> #timebox 10m
            <muster> Time for this topic: [...]
            -- 8 minutes pass
            <muster> The time for this is nearly up.
            -- 2 minutes pass
            <muster> Time is up.
            -- muster is killed
            -- 60 minutes pass
            <bob> #endmeeting
            <muster -> bob> Only a chair can end the meeting. Chairs: alice.
            -- 100 minutes pass
            <muster> Nobody has said anything for [...]
            -- topic: [...]
            {ENDED}
        """)


async def test_meetings_switched_off_and_on_again_go_on_with_a_gap(tmp_path: Path) -> None:
    async with Stage(tmp_path, plugins=ALONE) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> #info heard
            <owner> !disable meetings
            <muster> meetings is disabled; !enable meetings brings it back.
            -- 2 minutes pass
            <bob> #info unheard
            <bob> #topic unheard
            -- 100 minutes pass
            <owner> !enable meetings
            <muster> meetings is enabled.
            <bob> #info heard again
            <alice> #endmeeting
            {ENDED}
        """)
        minutes = record(tmp_path)["minutes"]
        assert [item["text"] for item in minutes["sections"][0]["items"]] == ["heard", "heard again"]  # type: ignore[index]
        [gap] = minutes["gaps"]
        assert gap["since"] == "2026-11-22T20:00:00+00:00"  # type: ignore[index]
        assert gap["until"] == "2026-11-22T21:42:00+00:00"  # type: ignore[index]


async def test_meetings_switched_off_in_a_room_that_is_logged_have_no_gap(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="log = always", plugins=ALONE) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <owner> !disable meetings
            <muster> meetings is disabled; !enable meetings brings it back.
            <bob> #info said meanwhile
            <owner> !enable meetings
            <muster> meetings is enabled.
            <alice> #endmeeting
            {ENDED}
        """)
        minutes = record(tmp_path)["minutes"]
        assert minutes["gaps"] == []
        assert [item["text"] for item in minutes["sections"][0]["items"]] == ["said meanwhile"]  # type: ignore[index]


async def test_settings_that_are_read_again_hold_at_once(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
        """)
        reload(stage, "[room stage]\nat = test/#stage\nprofile = fedora\n[plugin meetings]\nprefix = ,\n")
        await stage.play("""
            <bob> #info the running meeting keeps its own
            <alice> #endmeeting
            <muster> Meeting ended [...]
            <muster> Minutes: [...]
            <muster> Minutes (text): [...]
            <muster> Log: [...]
            <alice> #startmeeting
            <alice> ,startmeeting
            <muster> A meeting name is required, e.g., ',startmeeting Marketing Committee'
            <alice> ,startmeeting council
            <muster> Meeting started [...]
            <muster> Useful Commands: ,action [...]
            <muster> The meeting name has been set to 'council'
            -- topic: Meeting topic: council
        """)
        assert "keeps its own" in (tmp_path / "archive/stage/2026/stage.2026-11-22-20.00.txt").read_text()


async def test_a_mistake_in_settings_that_are_read_again_changes_nothing(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        reload(stage, "[room stage]\nat = test/#stage\nprofile = klingon\n[plugin meetings]\nprefix = ,\n")
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
        """)
