"""A meeting that its chair forgot to end: Muster ends it, and still no line of it is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.testing import Stage

BEGIN = """
    <alice> #startmeeting nova
    <muster> Meeting started[...]
    <muster> Useful Commands[...]
    -- topic: Meeting topic: nova
    <bob> #info it rains
    -- 80 minutes pass
    <muster> alice: is the meeting over?[...]
    -- 10 minutes pass
    <muster> The meeting still runs.[...]
    -- 10 minutes pass
    <muster> Nobody has said anything[...]
    -- topic:[...]
    <muster> Meeting ended[...]
    <muster> Minutes: [...]
    <muster> Minutes (text): [...]
    <muster> Log: [...]
"""
END = """
    <alice> #endmeeting
    -- topic:[...]
    <muster> Meeting ended[...]
    <muster> Minutes: [...]
    <muster> Minutes (text): [...]
    <muster> Log: [...]
"""


def text_of(folder: Path, ending: str = ".txt") -> str:
    [path] = [each for each in folder.rglob(f"*{ending}") if ending != ".txt" or each.name.count(".") == 3]
    return path.read_text()


async def test_what_was_said_after_the_end_is_in_the_minutes_once_a_chair_reopens(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGIN)
        await stage.play("""
            <bob> #action bob to write it up
            <carol> I agree
            -- 10 minutes pass
            <alice> #reopen
            -- topic: Meeting topic: nova
            <muster> Meeting reopened: nova.  Current chairs: alice
            <alice> !actions
            <muster> 1: bob to write it up (bob)
        """)
        await stage.play(END)

    assert "ACTION: bob to write it up" in text_of(tmp_path)
    assert "<carol> I agree" in text_of(tmp_path, ".log.txt")


async def test_it_is_still_there_when_muster_was_killed_in_between(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGIN)
        await stage.play("""
            <bob> #action bob to write it up
            -- muster is killed
            <carol> I agree
            <alice> #reopen
            -- topic: Meeting topic: nova
            <muster> Meeting reopened: nova.  Current chairs: alice
            -- muster is killed
        """)
        await stage.play(END)

    assert "ACTION: bob to write it up" in text_of(tmp_path)
    assert "<carol> I agree" in text_of(tmp_path, ".log.txt")


async def test_an_edit_in_between_counts_once(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGIN)
        await stage.play("""
            <bob> I agree
            <alice> !minutes edit 1 it pours
            <muster> Item 1 is changed: [...]
            <carol> me too
            <alice> #reopen
            -- topic: Meeting topic: nova
            <muster> Meeting reopened: nova.  Current chairs: alice
        """)
        await stage.play(END)

    log = text_of(tmp_path, ".log.txt")
    assert log.count("I agree") == log.count("me too") == 1
    assert "* it pours" in text_of(tmp_path)


async def test_after_the_hour_what_was_said_is_forgotten(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGIN)
        await stage.play("""
            <bob> my password is hunter2
            -- 61 minutes pass
            <alice> #reopen
            <muster -> alice> No meeting ended here within the last hour[...]
        """)

    assert not [each for each in tmp_path.rglob("*") if each.is_file() and b"hunter2" in each.read_bytes()]


async def test_what_was_missed_after_the_end_is_a_gap_once_a_chair_reopens(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGIN)
        await stage.play("-- 10 minutes pass")
        stage.network.hub.entered(stage.room, (), False)
        await stage.play("""
            <alice> #reopen
            -- topic: Meeting topic: nova
            <muster> Meeting reopened: nova.  Current chairs: alice
        """)
        await stage.play(END)

    assert "Nothing is known of what was said between" in text_of(tmp_path, ".log.txt")


async def test_the_night_s_purge_leaves_what_a_chair_may_still_reopen(tmp_path: Path) -> None:
    async with Stage(tmp_path, start=datetime(2026, 11, 22, 2, 10, tzinfo=UTC)) as stage:
        await stage.play(BEGIN)
        await stage.play("""
            <bob> #info it was said before four
            -- 20 minutes pass
            <alice> #reopen
            -- topic: Meeting topic: nova
            <muster> Meeting reopened: nova.  Current chairs: alice
        """)
        assert stage.clock.now().hour == 4
        await stage.play(END)

    assert "it was said before four" in text_of(tmp_path)
