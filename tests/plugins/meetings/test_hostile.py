"""Hostile chat, through everything between a line and the files: nothing leaves its place, nothing floods."""

from __future__ import annotations

import html.parser
import json
from pathlib import Path

import pytest

from bot.model import Actor, Kind, Line
from bot.testing import Stage
from plugins.meetings.forms import ENDINGS

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "&lt;b&gt; {{7*7}} {% raw %} ${x} %(x)s %s %n",
    "../../../../tmp/x",
    "/etc/passwd",
    "a\rPRIVMSG #x :owned",
    "a\nPRIVMSG #x :owned",
    "a\x00b",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "\x02bold\x02 \x0304,05red \x1b[31mansi\x1b[0m \x07",
    "\ud800lone",
    "x" * 100_000,
    "é" * 5_000,
    ".. code:: raw\n\n   x",
    "[[File:x]] {{template}} <<Macro(x)>> [x](javascript:y) `x`_ |sub|",
    "\\include{/etc/passwd} .. include:: /etc/passwd",
)
FORMS = (
    "#topic {}",
    "#info {}",
    "#action bob {}",
    "#link http://example.org/{}",
    "#agreed {}",
    "#startvote {}? {}, {}",
    "#vote {}",
    "#showvote",
    "#endvote",
    "#motion {}",
    "#endvote",
    "#chair {}",
    "#here {}",
    "#nick {}",
    "q+ to say {}",
    "agenda+ {}",
    "#meetingtopic {}",
    "#meetingname {}",
    "#edit 1 {}",
    "!minutes {}",
    "!actions {}",
    "!grep {}",
    "!action {} {}",
    "!{}",
    "{}",
)
CHAIRS_WORDS = (
    "#endmeeting",
    "#topic mine",
    "#subtopic mine",
    "#meetingtopic mine",
    "#meetingname mine",
    "#agreed mine",
    "#accepted mine",
    "#rejected mine",
    "#done mine",
    "#chair eve",
    "#unchair alice",
    "#undo 1",
    "#redo 1",
    "#edit 1 mine",
    "#redact 1",
    "#redact l-1",
    "#save",
    "#lurk",
    "#restrictlogs",
    "#startvote mine?",
    "#motion mine",
    "#endvote",
    "#close",
    "#failed",
    "#inconclusive",
    "#voters eve",
    "#votesrequired 99",
    "#next",
    "#timebox 1m",
    "#scribe eve",
    "agenda- 1",
    "agenda 1 = mine",
    "take up item 1",
    "next agendum",
    "ack next",
    "ack bob",
    "close queue",
    "q- bob",
    "#agenda import",
    "#reopen",
    "!minutes edit 1 mine",
    "!action 1 drop",
    "!disable meetings",
)


class Page(html.parser.HTMLParser):
    """What a browser would find in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}


def archived(folder: Path) -> list[Path]:
    """The files in the archive."""
    return sorted(path for path in (folder / "archive").rglob("*") if path.is_file())


async def hear(stage: Stage, actor: Actor, text: str, kind: Kind = Kind.SAID) -> list[str]:
    """Somebody says something; what Muster said then."""
    stage.network.hub.hear(stage.network.line(stage.room, kind, actor, text))
    await stage.app.hub.idle()
    said, stage.network.said = stage.network.said, []
    return said


async def settle(stage: Stage) -> list[str]:
    """All that Muster says about what it was given."""
    await stage.app.hub.idle()
    said, stage.network.said = stage.network.said, []
    return said


async def test_hostile_text_stays_text_in_its_place(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "data"
    async with Stage(folder) as stage:
        alice = stage.network.actor(stage.room, "alice", account="alice")
        said = await hear(stage, alice, f"#startmeeting {NASTY[0]} ../../x")
        for text in NASTY:
            for form in FORMS:
                stage.network.hub.hear(
                    stage.network.line(stage.room, Kind.SAID, alice, form.replace("{}", text))
                )
            stage.network.hub.hear(stage.network.line(stage.room, Kind.RENAMED, alice, text))
            stage.network.hub.hear(stage.network.line(stage.room, Kind.TOPIC, alice, text))
            stage.network.hub.hear(stage.network.line(stage.room, Kind.LEFT, Actor("test", text), text))
            said += await settle(stage)
        said += await hear(stage, alice, "#endmeeting")
        assert not any(set("\r\n\0") & set(line) for line in said)
        assert not any("\x1b" in line or "\u202e" in line for line in said)
        files = archived(folder)
        assert {path.name for path in files} == {f"stage.2026-11-22-20.00{ending}" for ending in ENDINGS}
        for path in files:
            assert path.resolve().is_relative_to((folder / "archive").resolve())
            text = path.read_text("utf-8")
            assert not {"\0", "\r", "\x1b", "\u202e"} & set(text), path
        for ending in (".html", ".log.html"):
            page = Page()
            page.feed((folder / f"archive/stage/2026/stage.2026-11-22-20.00{ending}").read_text())
            assert not page.tags & {"script", "img", "iframe", "object", "embed", "form"}
            assert not [pair for pair in page.attributes if pair[0].startswith("on")]
            links = [value for name, value in page.attributes if name in {"href", "src"}]
            assert not [link for link in links if link.lower().strip().startswith(("javascript:", "data:"))]
        assert not list(tmp_path.glob("x*"))
    assert not [record for record in caplog.records if record.exc_info]
    assert not any("\n" in record.getMessage() for record in caplog.records)


async def test_ten_thousand_nicks_and_ten_thousand_items_are_only_many(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        alice = stage.network.actor(stage.room, "alice", account="alice")
        await hear(stage, alice, "#startmeeting")
        for number in range(10_000):
            actor = Actor("test", f"n{number}", None, f"u{number}@h")
            stage.network.hub.hear(stage.network.line(stage.room, Kind.JOINED, actor))
            stage.network.hub.hear(stage.network.line(stage.room, Kind.SAID, actor, f"#info i{number}"))
        await settle(stage)
        said = await hear(stage, alice, "#undo 10000")
        assert said == ["<muster> Removing item from minutes: INFO: i9999 (item 10000)"]
        await hear(stage, alice, "#endmeeting")
        record = json.loads((tmp_path / "archive/stage/2026/stage.2026-11-22-20.00.json").read_text())
        assert len(record["minutes"]["attendees"]) == 10_001


async def test_a_stranger_may_use_no_word_of_the_chairs(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        network = stage.network
        alice = network.actor(stage.room, "alice", account="alice")
        for text in (
            "#startmeeting",
            "#topic bugs",
            "#action bob to fix it",
            "agenda+ first",
            "#motion carry",
        ):
            await hear(stage, alice, text)
        bob = network.actor(stage.room, "bob", account="bob")
        await hear(stage, bob, "q+")
        [meetings] = [plugin for plugin in stage.app.hub.plugins if plugin.name == "meetings"]
        meeting = meetings.running[stage.room].meeting  # type: ignore[attr-defined]
        before = meeting.minutes()
        queue, wants = meeting.queue.show(), meeting.clock.wake()
        for account in (None, "eve"):
            eve = Actor("test", "eve", account, "eve@eve.example")
            for text in CHAIRS_WORDS:
                said = await hear(stage, eve, text)
                assert len(said) <= 1, (text, said)
        after = meeting.minutes()
        assert meeting.is_open
        assert not meeting.is_lurking
        assert (after.sections, after.chairs, after.title, after.name, after.agenda) == (
            before.sections,
            before.chairs,
            before.title,
            before.name,
            before.agenda,
        )
        assert not after.restricted
        assert meeting.poll is not None
        assert (meeting.queue.show(), meeting.votes_required) == (queue, 0)
        assert meeting.clock.timebox is None
        assert meeting.clock.wake() == wants


@pytest.mark.parametrize("account", [None, "alice"])
async def test_taking_a_chairs_nick_gives_no_chair(tmp_path: Path, account: str | None) -> None:
    async with Stage(tmp_path) as stage:
        network = stage.network
        alice = network.actor(stage.room, "alice", account=account)
        await hear(stage, alice, "#startmeeting")
        network.rename(stage.room, "alice", "alice_")
        thief = Actor("test", "mallory", None, "m@evil.example")
        network.hub.hear(network.line(stage.room, Kind.JOINED, thief))
        network.hub.hear(network.line(stage.room, Kind.RENAMED, thief, "alice"))
        thief = Actor("test", "alice", None, "m@evil.example")
        await hear(stage, thief, "#topic stolen")
        await stage.kill()
        await hear(stage, thief, "#topic stolen")
        said = await hear(stage, thief, "#endmeeting")
        assert "Meeting ended" not in str(said)
        moved = Actor("test", "alice_", account, alice.address)
        assert "-- topic: ours" in await hear(stage, moved, "#topic ours")
        network.part(stage.room, "alice_", "quit")
        back = Actor("test", "alice_", None, "m2@evil.example")
        network.hub.hear(network.line(stage.room, Kind.JOINED, back))
        assert "-- topic: again" not in await hear(stage, back, "#topic again")


async def test_renaming_gives_no_second_vote(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice> #startmeeting
            <muster> [...]
            <muster> [...]
            <alice> #startvote Lunch? pizza, fish, and chips
            <muster> Begin voting on: Lunch? Valid vote options are pizza, fish, and chips.
            <muster> [...]
            <eve?> #vote pizza
            -- eve is now eve2
            <eve2> #vote pizza
            -- eve2 is now eve3
            <eve3> #vote fish
            -- muster is killed
            -- eve3 is now eve4
            <eve4> #vote fish
            <alice> #showvote
            <muster> fish (1): eve4
        """)


async def test_nobody_votes_from_outside_the_room(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice> #startmeeting
            <muster> [...]
            <muster> [...]
            <alice> #motion We ship
            <muster> [...]
            <muster> [...]
        """)
        private = stage.network.private("ghost")
        ghost = Actor("test", "ghost", "ghost", "g@h")
        stage.network.hub.hear(stage.network.line(private, Kind.SAID, ghost, "vote +1 #stage"))
        assert await settle(stage) == ["<muster -> ghost> ghost: You are in no meeting in #stage."]


async def test_other_bots_are_never_answered_or_obeyed(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        alice = stage.network.actor(stage.room, "alice", account="alice")
        bot = Actor("test", "zakim", "zakim", "z@bots", bot=True)
        for text in ("#startmeeting", "!ping", "muster: ping", "!help", "#endmeeting"):
            assert await hear(stage, bot, text) == []
            assert await hear(stage, alice, text, Kind.NOTICE) == []
        await hear(stage, alice, "#startmeeting")
        for text in (
            "#topic x",
            "q?",
            "agenda?",
            "#showvote",
            "!meetings",
            "#endmeeting",
            "muster: ping",
            "#topci",
        ):
            assert await hear(stage, bot, text) == []
            assert await hear(stage, alice, text, Kind.NOTICE) == []


async def test_two_bots_do_not_answer_each_other_for_ever(tmp_path: Path) -> None:
    """A bot that hides being one repeats whatever Muster says, addressed to it."""
    async with Stage(tmp_path) as stage:
        alice = stage.network.actor(stage.room, "alice", account="alice")
        parrot = stage.network.actor(stage.room, "parrot", account=None)
        await hear(stage, alice, "#startmeeting")
        text, rounds = "muster: hello", 0
        while rounds < 500:
            said = await hear(stage, parrot, text)
            if not said:
                break
            rounds += 1
            text = f"muster: {said[-1].split('> ', 1)[1]}"
        assert rounds < 50


@pytest.mark.parametrize(
    "text", ["q?", "!ping", "!nonsense", "muster: what", "#topci", "#endmeeting", "agenda?"]
)
async def test_a_stranger_who_floods_gets_few_answers(tmp_path: Path, text: str) -> None:
    async with Stage(tmp_path) as stage:
        alice = stage.network.actor(stage.room, "alice", account="alice")
        await hear(stage, alice, "#startmeeting")
        for number in range(500):  # a new nick each time, from the same place
            actor = Actor("test", f"eve{number % 7}", None, "eve@eve.example")
            stage.network.hub.hear(stage.network.line(stage.room, Kind.SAID, actor, text))
        assert len(await settle(stage)) <= 45
        lines: list[Line] = [entry.line for entry in await stage.app.hub.lines(stage.room, 1)]
        assert sum(line.text == text for line in lines) == 500  # and all of it is in the log
