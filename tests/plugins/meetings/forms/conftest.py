"""One meeting, made by hand, that has some of everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.model import Actor, Kind, Line, Room
from plugins.meetings.forms import NumberedLine
from plugins.meetings.minutes import (
    Action,
    ActionState,
    AgendaPoint,
    Attendee,
    Choice,
    Item,
    ItemKind,
    Minutes,
    OldAction,
    Section,
    Vote,
)

ROOM = Room("oftc", "#nova")
START = datetime(2026, 11, 22, 20, 15, 0, tzinfo=UTC)


def make_meeting() -> tuple[Minutes, list[NumberedLine]]:
    def at(seconds: float) -> datetime:
        return START + timedelta(seconds=seconds)

    def line(seconds: float, nick: str, text: str = "", kind: Kind = Kind.SAID, **more: object) -> Line:
        actor = Actor("oftc", nick, account=nick, address=f"~{nick}@example.org")
        return Line(ROOM, at(seconds), kind, actor, text, **more)  # type: ignore[arg-type]

    said = [
        line(0, "alice", "#startmeeting Nova weekly"),
        line(0, "muster", "Meeting started Sun Nov 22 20:15:00 2026 UTC. The chair is alice.", own=True),
        line(1, "dave", kind=Kind.JOINED),
        line(2, "alice", "#topic Bugs"),
        line(5, "bob", "#link http://bugs.example.org/1 is bad"),
        line(8, "bob", "waves", Kind.ACTED),
        line(10, "alice", "#action bob fix bug 1"),
        line(11, "carol", "carol_", Kind.RENAMED),
        line(12, "alice", "#subtopic The gate"),
        line(13, "carol_", "#info it is slow again, and this line goes on for long enough to be "
             "wrapped twice, with https://logs.example.org/a/very/long/address/that/nobody/may/ever/break"
             "/in/two.html in it"),
        line(14, "alice", "#agreed we split the job"),
        line(20, "alice", "#startvote Ship Friday? Yes, No"),
        line(22, "bob", "#vote yes"),
        line(23, "carol_", "#vote Yes"),
        line(31, "alice", "#endvote"),
        line(40, "dave", "gone", Kind.LEFT, data={"how": "quit"}),
        line(41, "muster", "", Kind.GAP,
             data={"since": at(41).isoformat(), "until": at(60).isoformat()}),
        line(62, "bob", "alice: see you, thanks for https://example.org/minutes (and the cake)"),
        line(65, "alice", "#endmeeting"),
    ]  # fmt: skip
    lines = [NumberedLine(number, one) for number, one in enumerate(said, 1)]
    lines.insert(1, NumberedLine(None, line(0, "muster", "meetings.opened", Kind.NOTE, data={"zone": "UTC"})))

    def item(number: int, kind: ItemKind, text: str, nick: str, seconds: int, n: int, url: str = "") -> Item:
        return Item(number, kind, text, nick, at(seconds), n, url)

    bugs = item(1, ItemKind.TOPIC, "Bugs", "alice", 2, 4)
    task = item(3, ItemKind.ACTION, "bob fix bug 1", "alice", 10, 7)
    gate = item(4, ItemKind.SUBTOPIC, "The gate", "alice", 12, 9)
    minutes = Minutes(
        id="nova.2026-11-22-20.15",
        network="oftc",
        room="#nova",
        name="nova_weekly",
        title="Nova weekly",
        zone="UTC",
        profile="muster",
        version="0.1.0",
        started=at(0),
        ended=at(65),
        owner="alice",
        chairs=("alice",),
        restricted=False,
        sections=(
            Section(
                bugs,
                (item(2, ItemKind.LINK, "is bad", "bob", 5, 5, "http://bugs.example.org/1"), task),
                (
                    Section(
                        gate,
                        (
                            item(5, ItemKind.INFO, said[9].text.removeprefix("#info "), "carol_", 13, 10),
                            item(6, ItemKind.AGREED, "we split the job", "alice", 14, 11),
                            item(
                                7,
                                ItemKind.VOTE,
                                'Voted on "Ship Friday?" Results are, Yes: 2, No: 0',
                                "alice",
                                31,
                                15,
                            ),
                        ),
                    ),
                ),
            ),
        ),
        votes=(
            Vote(
                "Ship Friday?",
                motion=False,
                choices=(Choice("Yes", ("bob", "carol_")), Choice("No", ())),
                outcome="",
                started=at(20),
                ended=at(31),
                line=12,
            ),
        ),
        actions=(
            Action(
                "nova.2026-11-22-20.15-a3",
                "bob fix bug 1",
                ("bob",),
                date(2026, 11, 27),
                ActionState.OPEN,
                task,
            ),
        ),
        old_actions=(
            OldAction("nova.2026-11-15-a2", 12, "write it up", ("dave",), None, "nova.2026-11-15"),
        ),
        attendees=(
            Attendee("alice", name="Alice Smith", account="alice", lines=8),
            Attendee("bob", account="bob", lines=4),
            Attendee("carol", nicks=("carol_",), account="carol", lines=2),
            Attendee("erin", regrets=True),
        ),
        missing=("frank",),
        agenda=(AgendaPoint(1, "Reviews", "bob", "waiting"),),
        notes=("Nothing is known of what was said between 20:15:41 and 20:16:00 UTC.",),
        line_count=19,
    )  # fmt: skip
    return minutes, lines


@pytest.fixture
def meeting() -> tuple[Minutes, list[NumberedLine]]:
    return make_meeting()


@pytest.fixture(name="make_meeting")
def make_meeting_fixture() -> Callable[[], tuple[Minutes, list[NumberedLine]]]:
    return make_meeting
