"""A redacted text also leaves what Muster itself repeated: here, elsewhere and later."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Kind, Room
from bot.testing import Stage
from plugins.meetings.erasing import Repeated

SECRET = "xyzzy-plugh"


async def say(stage: Stage, nick: str, text: str, room: Room | None = None) -> list[str]:
    where = room or stage.room
    actor = stage.network.actor(where, nick, account=nick)
    stage.network.hub.hear(stage.network.line(where, Kind.SAID, actor, text))
    await stage.app.hub.idle()
    said, stage.network.said = stage.network.said, []
    return said


def places(folder: Path) -> list[str]:
    """Every file, the database's too, in whose bytes the secret stands."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and SECRET.encode() in path.read_bytes()
    ]


async def test_a_meeting_of_the_same_name_in_another_room_forgets_the_action(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        other = stage.network.room("#other")
        await say(stage, "alice", "#startmeeting weekly")
        await say(stage, "alice", f"#action bob to hide {SECRET} by friday")
        assert SECRET in str(await say(stage, "carol", "#startmeeting weekly", other))
        assert SECRET in str(await say(stage, "carol", "!actions bob", other))
        await say(stage, "carol", "#save", other)
        third = stage.network.room("#third")
        await say(stage, "carol", "#startmeeting weekly", third)
        await say(stage, "carol", "#endmeeting", third)
        assert len(places(tmp_path)) > 15
        await say(stage, "alice", "#redact 1")
        assert places(tmp_path) == []
        assert SECRET not in str(await say(stage, "carol", "!actions bob", other))
        await say(stage, "carol", "#endmeeting", other)
        await say(stage, "alice", "#endmeeting")
        assert places(tmp_path) == []


async def test_what_muster_answered_with_the_text_goes_too(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await say(stage, "alice", "#startmeeting weekly")
        await say(stage, "bob", f"the word is {SECRET}")
        await say(stage, "bob", f"#info it is {SECRET}, friends")
        await say(stage, "bob", f"#action bob to hide {SECRET}")
        assert SECRET in str(await say(stage, "bob", "!actions"))
        await stage.clock.advance(timedelta(seconds=30), stage.app.hub.idle)
        assert SECRET in str(await say(stage, "bob", "!grep word"))
        for what in ("1", "2"):
            await say(stage, "alice", f"#redact {what}")
        with closing(sqlite3.connect(tmp_path / "muster.db")) as database:
            rows = database.execute("SELECT text FROM line WHERE kind != 'note' ORDER BY seq").fetchall()
        number = next(n for n, (text,) in enumerate(rows, 1) if text.startswith("the word"))
        assert "is redacted." in str(await say(stage, "alice", f"#redact l-{number}"))
        assert places(tmp_path) == []


async def test_nobody_takes_away_what_muster_said_elsewhere_by_writing_it_into_an_item(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        other = stage.network.room("#other")
        await say(stage, "alice", "#startmeeting weekly")
        await say(stage, "carol", "#startmeeting precious", other)
        await say(stage, "alice", "#action the meeting name is Meeting started")
        await say(stage, "alice", "#redact 1")
        await say(stage, "carol", "#endmeeting", other)
        logs = [path.read_text() for path in tmp_path.rglob("*precious*.log.txt")] or [
            path.read_text() for path in (tmp_path / "archive").rglob("other*.log.html")
        ]
        assert logs
        assert all("Meeting started" in log for log in logs)


@pytest.mark.parametrize(
    ("line", "text", "found"),
    [
        ("12: hide it (bob)", "12: hide it", True),
        ("112: hide it", "12: hide it", False),
        ("Last items: hide it; that", "hide it", True),
        ("he hides italics", "hide it", False),
        ("#3 buy milk; #4 hide the st…", "#4 hide the stone", True),
        ("#3 buy milk; …", "#4 hide the stone", False),
        ("<bob> " + "x" * 199 + "…", "<bob> " + "x" * 900, True),
    ],
)
def test_a_repeated_text_is_found_as_words_and_where_it_was_cut(line: str, text: str, found: bool) -> None:
    assert (line in Repeated([text, "an earlier one"])) is found


async def test_a_text_that_a_meeting_holds_leaves_the_meeting_its_files_and_the_database(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice> #startmeeting nova
            <muster> Meeting started[...]
            <muster> Useful Commands[...]
            -- topic: Meeting topic: nova
            <bob> agenda+ talk of hunter2
            <muster> agendum 1 added
            <bob> agenda?
            <muster> Agenda: [...]hunter2[...]
            <alice> #meetingtopic hunter2 again
            -- topic: Meeting topic: hunter2 again
            <alice> #save
            <muster> Saved: [...]
            <alice> #redact l-5
            <muster> Line l-5 is redacted.
            -- topic: Meeting topic: hunter2 again
            <alice> #redact l-9
            <muster> Line l-9 is redacted.
            -- topic: Meeting topic: [redacted by alice at 20:00:00 UTC]
            <bob> agenda?
            <muster> Agenda: 1. [redacted by alice at 20:00:00 UTC][...]
            <alice> #endmeeting
            -- topic:[...]
            <muster> Meeting ended[...]
            <muster> Minutes: [...]
            <muster> Minutes (text): [...]
            <muster> Log: [...]
        """)

    assert not [each for each in tmp_path.rglob("*") if each.is_file() and b"hunter2" in each.read_bytes()]


async def test_a_vote_with_its_ballots_leaves_every_place(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await say(stage, "alice", "#startmeeting weekly")
        await say(stage, "alice", f"#startvote Who is {SECRET}? {SECRET}, nobody")
        await say(stage, "bob", f"#vote {SECRET}")
        await say(stage, "carol", f"#vote {SECRET}y")
        private = stage.network.private("dave")
        stage.network.actor(stage.room, "dave", account="dave")
        await say(stage, "dave", f"vote {SECRET} {stage.room.name}", private)
        await say(stage, "alice", "#showvote")
        await say(stage, "alice", "#endvote")
        await say(stage, "alice", f"#nick {SECRET}")
        await say(stage, "alice", f"#action dig with {SECRET}")
        await say(stage, "alice", "#save")
        assert SECRET in str(await say(stage, "bob", "!grep startvote"))
        number = numbers(tmp_path, f"#nick {SECRET}")
        assert "is redacted." in str(await say(stage, "alice", "#redact 2"))
        assert "is redacted." in str(await say(stage, "alice", "#redact 1"))
        assert "is redacted." in str(await say(stage, "alice", f"#redact l-{number}"))
        assert places(tmp_path) == []
        assert "Nothing" in str(await say(stage, "bob", f"!grep {SECRET[:5]}"))
        await say(stage, "alice", "#endmeeting")
        assert places(tmp_path) == []
    [text] = [path.read_text() for path in (tmp_path / "archive").rglob("*.00.txt")]
    assert "option 1 (2): bob and 1 by private message" in text


def numbers(folder: Path, text: str) -> int:
    """The number of the line with that text."""
    with closing(sqlite3.connect(folder / "muster.db")) as database:
        rows = database.execute("SELECT text FROM line WHERE kind != 'note' ORDER BY seq").fetchall()
    return next(number for number, (said,) in enumerate(rows, 1) if said == text)


async def test_an_action_forgets_an_owner_who_was_known_by_a_redacted_name_alone(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await say(stage, "alice", "#startmeeting weekly")
        await say(stage, "alice", f"#nick {SECRET}")
        await say(stage, "alice", f"#action dig with {SECRET}")
        assert f"({SECRET})" in str(await say(stage, "bob", "!actions"))
        await say(stage, "alice", f"#redact l-{numbers(tmp_path, f'#nick {SECRET}')}")
        assert f"({SECRET})" not in str(await say(stage, "bob", "!actions"))


async def test_an_item_that_is_only_a_nick_takes_no_line_with_it_that_says_something_else(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        await say(stage, "alice", "#startmeeting weekly")
        await say(stage, "bob", "hello")
        await say(stage, "alice", "#chair bob")
        await say(stage, "alice", "#action Bob")
        await say(stage, "alice", "#action bob: call")
        await say(stage, "alice", "!actions")
        await say(stage, "alice", "#redact 1")
        await say(stage, "alice", "#endmeeting")
    [log] = [path.read_text() for path in (tmp_path / "archive").rglob("*.log.txt")]
    assert "Current chairs: alice bob" in log
    assert "2: bob: call (bob)" in log
    assert "1: Bob" not in log


async def test_a_vote_that_is_redacted_takes_nothing_away_that_was_said_of_another(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await say(stage, "alice", "#startmeeting weekly")
        for question in (f"Is it {SECRET}?", "Ship?"):
            await say(stage, "alice", f"#startvote {question}")
            await say(stage, "bob", "#vote maybe")
            await say(stage, "alice", "#endvote")
        await say(stage, "alice", "#redact 1")
        await say(stage, "alice", "#endmeeting")
    assert places(tmp_path) == []
    [log] = [path.read_text() for path in tmp_path.rglob("*.log.txt")]
    assert log.count("bob: maybe is not a valid option.") == log.count("Nobody voted.") == 1
