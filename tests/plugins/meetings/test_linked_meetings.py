"""A meeting in a room that is in two places is one meeting, whatever becomes of either."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from bot.model import Kind, Line, Room
from bot.settings import Rooms
from bot.testing import Stage
from plugins.meetings import Meetings
from plugins.meetings.logs.muster import read
from tests.plugins.meetings.scenes import files

HOME, JABBER = Room("test", "#stage"), Room("jabber", "nova@c")
STARTED = """
    <alice> #startmeeting nova
    [jabber/nova@c] <muster> <alice> #startmeeting nova
    [*] <muster> Meeting started [...]
    [*] <muster> Useful Commands: [...]
    -- topic: Meeting topic: nova
    -- [jabber/nova@c] topic: Meeting topic: nova
"""
ENDED = """
    <alice> #endmeeting
    [jabber/nova@c] <muster> <alice> #endmeeting
    -- topic: [...]
    -- [jabber/nova@c] topic: [...]
    [*] <muster> Meeting ended [...]
    [*] <muster> Minutes: [...]
    [*] <muster> Minutes (text): [...]
    [*] <muster> Log: [...]
"""


def linked(folder: Path, **options: Any) -> Stage:
    return Stage(folder, networks={"jabber": "xmpp"}, linked=["jabber/nova@c"], **options)


def record(folder: Path) -> dict[str, Any]:
    """The one meeting's JSON."""
    (text,) = (text for path, text in files(folder).items() if path.endswith(".json"))
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def said(folder: Path) -> list[str]:
    lines = record(folder)["lines"]
    people = [line for line in lines if line["kind"] == "said" and not line.get("own")]
    return [f"{line['nick']}: {line['text']}" for line in people]


async def test_it_is_held_from_both_sides(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with linked(tmp_path) as stage:
        await stage.play(STARTED)
        await stage.play("""
            [jabber/nova@c] <bob> #topic Caching
            <muster> <bob> #topic Caching
            [jabber] <muster -> bob> Only a chair can use #topic here. Chairs: alice.
            <alice> #chair bob
            [jabber/nova@c] <muster> <alice> #chair bob
            [*] <muster> Current chairs: alice bob
            [jabber/nova@c] <bob> #topic Caching
            <muster> <bob> #topic Caching
            -- topic: Caching (Meeting topic: nova)
            -- [jabber/nova@c] topic: Caching (Meeting topic: nova)
            <carol> q+ to object
            [jabber/nova@c] <muster> <carol> q+ to object
            [jabber/nova@c] <dave> q+
            <muster> <dave> q+
            [jabber/nova@c] <bob> q?
            <muster> <bob> q?
            [*] <muster> I see carol, dave on the speaker queue.
            <alice> #startvote Cache the tokens? yes, no
            [jabber/nova@c] <muster> <alice> #startvote Cache the tokens? yes, no
            [*] <muster> Begin voting on: [...]
            [*] <muster> Vote using [...]
            [jabber/nova@c] <bob> #vote yes
            <muster> <bob> #vote yes
            <carol> #vote no
            [jabber/nova@c] <muster> <carol> #vote no
            [jabber/nova@c] <dave -> muster> vote yes test/#stage
            [jabber] <muster -> dave> Your vote is counted, [...]
            <dave?> hello
            [jabber/nova@c] <muster> <dave> hello
            [jabber/nova@c] <bob> #endvote
            <muster> <bob> #endvote
            [*] <muster> Voted on "Cache the tokens?" Results are
            [*] <muster> yes (2): bob[...]
            [*] <muster> no (1): carol
            [jabber/nova@c] <bob> #action bob to measure it
            <muster> <bob> #action bob to measure it
        """)
        await stage.play(ENDED)
    found = record(tmp_path)
    assert (found["minutes"]["network"], found["minutes"]["room"]) == ("test", "#stage")
    by_bob = next(line for line in found["lines"] if line["nick"] == "bob" and line["kind"] == "said")
    assert (by_bob["network"], by_bob["place"]) == ("jabber", {"network": "jabber", "name": "nova@c"})
    (log,) = (text for path, text in files(tmp_path).items() if path.endswith(".log.txt"))
    assert "bob [~bob@bob.example] has joined nova@c" in log
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_kill_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    async with linked(tmp_path) as stage:
        await stage.play(STARTED)
        await stage.play(
            """
            [jabber/nova@c] <bob> #info one
            <muster> <bob> #info one
            <alice> #chair bob
            [jabber/nova@c] <muster> <alice> #chair bob
            [*] <muster> Current chairs: alice bob
            <alice> #startvote Ship it? yes, no
            [jabber/nova@c] <muster> <alice> #startvote Ship it? yes, no
            [*] <muster> Begin voting on: [...]
            [*] <muster> Vote using [...]
            [jabber/nova@c] <bob> #vote yes
            <muster> <bob> #vote yes
            -- muster is killed
            <bob?> #vote no
            [jabber/nova@c] <muster> <bob> #vote no
            <alice> #endvote
            [jabber/nova@c] <muster> <alice> #endvote
            [*] <muster> Voted on "Ship it?" Results are
            [*] <muster> yes (1): bob (jabber)
            [*] <muster> no (1): bob (test)
        """.replace("Current chairs: alice\n", "Current chairs: alice[...]\n")
        )
        await stage.play(ENDED)
    assert said(tmp_path)[-3:] == ["bob: #vote no", "alice: #endvote", "alice: #endmeeting"]


async def test_with_one_network_away_it_goes_on_and_what_was_missed_comes_in(tmp_path: Path) -> None:
    async with linked(tmp_path) as stage:
        await stage.play(STARTED)
        await stage.play("""
            [jabber/nova@c] <bob> here
            <muster> <bob> here
            -- jabber is down
            -- 1 minute passes
            <alice> #info said while the other side is away
            [jabber/nova@c] <bob> #info said on the other side
            -- 1 minute passes
            -- jabber is up
            <alice> #info said when all are back
            [jabber/nova@c] <muster> <alice> #info said when all are back
            -- test is down
            -- 1 minute passes
            [jabber/nova@c] <bob> #info said while home is away
            -- test is up
        """)
        await stage.play(ENDED)
    items = [line.removeprefix("bob: ").removeprefix("alice: ") for line in said(tmp_path) if "#info" in line]
    assert items == [
        "#info said while the other side is away",
        "#info said on the other side",
        "#info said when all are back",
        "#info said while home is away",
    ]
    missed = next(line for line in record(tmp_path)["lines"] if line.get("text") == items[1])
    assert missed["history"] is True


async def test_a_gap_in_the_minutes_log_names_its_place(tmp_path: Path) -> None:
    async with linked(tmp_path) as stage:
        await stage.play(STARTED)
        await stage.play("[jabber/nova@c] <bob> here\n<muster> <bob> here\n-- 1 minute passes")
        stage.app.hub.entered(JABBER, (), complete=False)
        await stage.play(ENDED)
    (log,) = (text for path, text in files(tmp_path).items() if path.endswith(".log.txt"))
    assert "Nothing is known of what was said in jabber/nova@c between " in log


async def test_a_gap_in_a_place_that_was_silent_since_long_before_begins_with_the_meeting(
    tmp_path: Path,
) -> None:
    async with linked(tmp_path) as stage:
        await stage.play(STARTED)
        await stage.play("[jabber/nova@c] <bob> here\n<muster> <bob> here")
        await stage.play(ENDED)
        await stage.play("-- 30 minutes pass")
        await stage.play(STARTED)
        await stage.play("-- 1 minute passes")
        stage.app.hub.entered(JABBER, (), complete=False)
        await stage.play(ENDED)
    second = max(path for path in files(tmp_path) if path.endswith(".txt") and "log" not in path)
    text = " ".join(files(tmp_path)[second].split())
    assert (
        "Nothing is known of what was said in jabber/nova@c from 2026-11-22 20:30:00 to 20:31:00 UTC." in text
    )


async def test_one_that_runs_where_a_place_comes_to_be_linked_goes_on_there_until_its_end(
    tmp_path: Path,
) -> None:
    async with linked(tmp_path) as stage:
        both = stage.config
        alone = {
            **both.rooms,
            "stage": dataclasses.replace(both.rooms["stage"], at=Rooms(["test/#stage"])),
            "jabber": dataclasses.replace(both.rooms["stage"], at=Rooms(["jabber/nova@c"])),
        }
        stage.config = dataclasses.replace(both, rooms=alone)
        await stage.kill()
        await stage.play("""
            [jabber/nova@c] <bob> #startmeeting cinder
            [jabber/nova@c] <muster> Meeting started [...]
            [jabber/nova@c] <muster> Useful Commands: [...]
            -- [jabber/nova@c] topic: Meeting topic: cinder
            <alice> hello
        """)
        stage.config = both
        await stage.play("-- muster is killed")
        await stage.play("""
            [jabber/nova@c] <bob> #info still here
            <alice> nobody hears that there
            [jabber/nova@c] <bob> #endmeeting
            -- [jabber/nova@c] topic: [...]
            [jabber/nova@c] <muster> Meeting ended [...]
            [jabber/nova@c] <muster> Minutes: [...]
            [jabber/nova@c] <muster> Minutes (text): [...]
            [jabber/nova@c] <muster> Log: [...]
        """)
        assert said(tmp_path) == [
            "bob: #startmeeting cinder",
            "bob: #info still here",
            "bob: #endmeeting",
        ]
        await stage.play("""
            <alice> now we are one
            [jabber/nova@c] <muster> <alice> now we are one
        """)
        assert stage.app.hub.plugin(Meetings).ended.keys() <= {HOME, JABBER}


async def test_a_replay_of_its_record_is_the_same(tmp_path: Path) -> None:
    async with linked(tmp_path) as stage:
        await stage.play(STARTED)
        await stage.play("[jabber/nova@c] <bob> #info one\n<muster> <bob> #info one")
        await stage.play(ENDED)
        (text,) = (text for path, text in files(tmp_path).items() if path.endswith(".json"))
        log = read(text, room=HOME, zone=UTC)
        entries = await stage.app.hub.lines(HOME, 1)

    def known(line: Line) -> tuple[object, ...]:
        return (line.kind, line.text, line.room, line.place, line.actor)

    assert [known(line) for line in log.lines if line.kind is not Kind.NOTE] == [
        known(entry.line) for entry in entries if entry.line.kind is not Kind.NOTE
    ]
