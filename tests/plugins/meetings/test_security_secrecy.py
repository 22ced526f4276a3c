"""What was meant to be private is private, however it was typed; and numbers of any size are answered."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Kind
from bot.testing import Stage
from plugins.meetings.words import is_off, opening_words

SECRET = "xyzzy-plugh"
OFF = (
    "\u200b[off] {}",
    "\ufeff[off] {}",
    "[\u200boff] {}",
    "[off\u200d] {}",
    "\u2066[off]\u2069 {}",
    "\u202e[off]\u202c {}",
    "\u200e[off] {}",
    "\u00ad[off] {}",
    "\u3000[off] {}",
    "[ off ] {}",
    "[off]{}",
    "\uff3boff\uff3d {}",
    "\u3010OFF\u3011 {}",
    "\x02\u200b\x03[o\x0fff] {}",
)


async def say(stage: Stage, nick: str, text: str, kind: Kind = Kind.SAID) -> list[str]:
    actor = stage.network.actor(stage.room, nick, account=nick)
    stage.network.hub.hear(stage.network.line(stage.room, kind, actor, text))
    await stage.app.hub.idle()
    said, stage.network.said = stage.network.said, []
    return said


@pytest.mark.parametrize("text", OFF)
async def test_what_cannot_be_seen_does_not_put_a_line_on_the_record(tmp_path: Path, text: str) -> None:
    async with Stage(tmp_path, settings="log = always") as stage:
        await say(stage, "alice", "#startmeeting")
        for kind in (Kind.SAID, Kind.ACTED, Kind.NOTICE):
            await say(stage, "bob", text.format(SECRET), kind)
        await say(stage, "alice", "#endmeeting")
        kept = [p for p in tmp_path.rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()]
        assert kept == []


@pytest.mark.parametrize("text", ["off the record", "[offline] now", "see [off]", "[off", "", "\u200b"])
def test_other_lines_are_on_the_record(text: str) -> None:
    assert not is_off(text)


@pytest.mark.parametrize(
    "word", ["--restricted", "--Restricted", "-restricted", "\u2014restricted", "\u2013RESTRICTED"]
)
async def test_a_meeting_is_private_whatever_dash_the_keyboard_made(tmp_path: Path, word: str) -> None:
    assert opening_words(f"#startmeeting {word} board") == ("board", True)
    async with Stage(tmp_path) as stage:
        assert "Live log" not in str(await say(stage, "alice", f"#startmeeting {word} board"))
        await say(stage, "alice", "#endmeeting")
        files = [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]
        assert files
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


async def test_a_public_meeting_lists_no_restricted_action_whoever_starts_it(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        for text in ("#startmeeting --restricted board", f"#action owner to {SECRET}", "#endmeeting"):
            await say(stage, "owner", text)
        await stage.clock.advance(timedelta(minutes=5), stage.app.hub.idle)
        assert SECRET not in str(await say(stage, "owner", "#startmeeting board"))
        await say(stage, "owner", "#endmeeting")
        public = [p for p in (tmp_path / "archive").rglob("*") if p.is_file() and p.stat().st_mode & 0o077]
        assert public
        assert not any(SECRET in path.read_text() for path in public)
        await stage.clock.advance(timedelta(minutes=5), stage.app.hub.idle)
        assert SECRET in str(await say(stage, "owner", "#startmeeting --restricted board"))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("!action 99999999999 done", "There is no action 99999999999"),
        ("!action 2147483648 done", "There is no action 2147483648"),
        ("!action 99999999999999999999 done", "must be a number of at most 11 digits"),
        ("!minutes #stage 99999999999", "I know of fewer than 99999999999 past meetings"),
        ("!minutes edit 99999999999 x", "The meeting still runs"),
        ("!action 1 due 99999-01-01", "is no date to come"),
        ("!action 1 due 2026-02-31", "is no date to come"),
        ("#undo 99999999999999999999", "Say which item"),
        ("#redact l-999999999", "There is no line"),
        ("!grep " + "a " * 200, "A search takes 20 words at most"),
        ("!grep %", "Nothing that I may tell of here has"),
        ("!grep _________", "Nothing that I may tell of here has"),
    ],
)
async def test_numbers_and_words_of_any_size_are_answered(tmp_path: Path, text: str, answer: str) -> None:
    async with Stage(tmp_path) as stage:
        await say(stage, "alice", "#startmeeting")
        await say(stage, "alice", "#action alice to fly")
        said = await say(stage, "alice", text)
        assert len(said) == 1
        assert answer in said[0]


async def test_the_nth_last_meeting_is_found_past_one_that_runs(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        for name in ("one", "two"):
            await say(stage, "alice", f"#startmeeting {name}")
            await say(stage, "alice", "#endmeeting")
            await stage.clock.advance(timedelta(minutes=5), stage.app.hub.idle)
        await say(stage, "alice", "#startmeeting three")
        assert "two, 2026-11-22" in str(await say(stage, "alice", "!minutes"))
        assert "one, 2026-11-22" in str(await say(stage, "alice", "!minutes #stage 2"))
        assert "fewer than 3 past meetings" in str(await say(stage, "alice", "!minutes #stage 3"))
