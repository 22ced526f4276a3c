"""A random meeting on a scripted server, and what must be left of it when Muster is killed in its midst."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from bot.model import Actor, Kind, Line, Room
from plugins.meetings.forms import ENDINGS
from tests.faults.oracle import Oracle, essence, fact
from tests.faults.peer import NETWORK, ROOM, Peer
from tests.live.muster import Muster, irc

NICKS = ("alice", "bob", "carol", "dave", "erin", "frank")
COMPARED = (
    "owner",
    "name",
    "title",
    "chairs",
    "restricted",
    "sections",
    "removed",
    "votes",
    "actions",
    "attendees",
    "agenda",
)
_STORED = "select kind, nick, text, own from line order by seq"


def muster(folder: Path, port: int) -> Muster:
    """A Muster for the scripted server."""
    return Muster(folder, {f"network {NETWORK}": irc(port, ROOM)})


class Assembly:
    """People who meet, and the oracle that follows them.

    ``spoken`` counts what of :attr:`Peer.said` was compared with what the oracle says; ``expected`` is what
    must still be said.
    """

    def __init__(self, peer: Peer, bot: Muster, seed: int) -> None:
        self.peer = peer
        self.bot = bot
        self.rng = random.Random(seed)
        self.spoken = 0
        self.expected: list[str] = []
        self.count = 0
        self.confirmed = 0
        """How many of the oracle's lines Muster is known to have stored: it answered what came after them."""
        self.away = False
        for nick in NICKS:
            peer.enter(nick)
        self.oracle = Oracle(person.actor for person in peer.people.values())

    # What people say

    def say(self, nick: str, text: str) -> None:
        """Somebody says something; where Muster hears it, its answers are expected."""
        self.happen(self.peer.speak(nick, text))

    def happen(self, line: Line) -> None:
        """Something happens in the room."""
        if self.away and not self.peer.history:
            return  # nobody will ever know
        answers = self.oracle.feed(line.replace(history=self.away))
        if not self.away:
            self.expected += answers

    async def begin(self) -> None:
        """Start Muster, and the meeting."""
        await self.bot.start()
        await self.peer.until(lambda: self.peer.introduced, "Muster did not come and ask who is there")
        self.peer.speak("bob", "what is said before a meeting is nobody's business")
        self.oracle.feed(self.peer.speak("alice", "#startmeeting"))
        await self.peer.hears("Useful Commands")
        self.spoken = len(self.peer.said)

    async def sync(self) -> None:
        """Wait until all that must be said is said, and nothing else: so much is confirmed."""
        nick = self.rng.choice(list(self.peer.people))
        self.count += 1
        self.say(nick, f"agenda+ point {self.count}")
        wanted = len(self.expected)
        await self.peer.until(
            lambda: len(self.heard()) >= wanted, f"{self.expected[-3:]} were not all said ({wanted})"
        )
        assert self.heard() == self.expected
        self.spoken, self.expected = len(self.peer.said), []
        self.confirmed = len(self.oracle.lines)

    def heard(self) -> list[str]:
        """What Muster has said since the last time, but for where it saved the files."""
        return [text for text in self.peer.said[self.spoken :] if not text.startswith("Saved: ")]

    async def check_state(self) -> None:
        """Votes, queue and chairs are as they stood."""
        for text in ("q?", "#chair", "agenda?", "#showvote"):
            self.say(self.rng.choice(list(self.peer.people)), text)
        await self.sync()

    def step(self) -> None:
        """Something random happens."""
        rng, people = self.rng, list(self.peer.people)
        self.count += 1
        text = f"t{self.count}"
        nick = rng.choice(people)
        chair = self.chair()
        items = [item.number for item in self.oracle.meeting.items]
        poll = self.oracle.meeting.poll
        number = rng.choice(items) if items else 1
        if poll is None:
            voting = rng.choice([f"#startvote Q{text}? Yes, No, Maybe", f"#motion M{text}"])
        elif poll.is_motion:
            voting = rng.choice(["+1", "-1", "+0", "#vote aye"])
        else:
            voting = rng.choice(["#vote yes", "#vote No", "#vote may", "#vote nonsense"])
        choices = [
            (nick, f"chat {text}"),
            (nick, f"#info {text}"),
            (nick, f"#action {rng.choice(people)} to {text} by friday"),
            (nick, f"#link http://example.org/{text} it"),
            (chair, f"#agreed {text}"),
            (chair, f"#topic {text}"),
            (chair, f"#subtopic {text}"),
            (chair, f"#undo {number}"),
            (chair, "#redo"),
            (chair, f"#edit {number} {text} edited"),
            (chair, f"#redact {number}"),
            (chair if poll is None else nick, voting),
            (nick if poll is not None else chair, voting),
            (chair, "#endvote"),
            (nick, f"q+ to say {text}"),
            (nick, "q-"),
            (chair, "ack next"),
            (chair, f"#chair {rng.choice(people)}"),
            (chair, f"#unchair {rng.choice(people)}"),
            (nick, f"agenda+ {text}"),
            (chair, f"agenda {rng.randint(1, 5)} = {text}"),
            (chair, "#save"),
        ]
        is_chair = nick in self.oracle.meeting.chair_names
        # Who has no account and takes another nick unseen is somebody else: nobody could end the meeting.
        if rng.random() < 0.1 and (self.peer.history or not is_chair):
            self.rename(nick)
        elif rng.random() < 0.05 and len(people) > 4 and not is_chair:
            self.happen(self.peer.leave(nick))
        elif rng.random() < 0.1 and len(people) < len(NICKS):
            self.happen(self.peer.enter(f"guest{self.count}"))
        else:
            self.say(*rng.choice(choices))

    def rename(self, nick: str) -> None:
        """Somebody takes another nick."""
        self.happen(self.peer.rename(nick, f"{nick.rstrip('_0123456789')}_{self.count}"))

    def chair(self) -> str:
        """Somebody who chairs, and is here."""
        here = [name for name in self.oracle.meeting.chair_names if name in self.peer.people]
        return self.rng.choice(here) if here else self.rng.choice(list(self.peer.people))

    async def ballot(self) -> None:
        """Somebody votes in secret, if a motion is open."""
        poll = self.oracle.meeting.poll
        if poll is None or not poll.is_motion:
            return
        await self.sync()
        nick = self.rng.choice(list(self.peer.people))
        told = len(self.peer.told)
        self.peer.whisper(nick, f"vote +1 {ROOM}")
        await self.peer.until(
            lambda: any(to == nick for to, _ in self.peer.told[told:]), "the ballot was not answered"
        )
        note = Line(
            Room(NETWORK, ROOM),
            self.oracle.lines[-1].time,
            Kind.NOTE,
            self.peer.people[nick].actor,
            "meetings.ballot",
            data={"choice": "+1"},
        )
        self.oracle.feed(note)
        self.confirmed = len(self.oracle.lines)

    # Killing

    async def kill(self) -> list[Line]:
        """Kill Muster now; what it had stored is a beginning of what was sent, with all that was confirmed.

        What did not come through is given back.
        """
        await self.bot.kill()
        await self.peer.until(lambda: not self.peer.joined, "the link did not close")
        stored = [
            fact(str(kind), str(nick), str(text))
            for kind, nick, text, own in self.bot.query(_STORED)
            if not own and kind != "gap" and (kind != "note" or text == "meetings.ballot")
        ]
        sent = sum(line.kind is not Kind.GAP for line in self.oracle.lines)
        assert len(stored) <= sent, f"more than there was: {stored[-8:]}, {self.oracle.facts[-8:]}"
        whole = len(self.oracle.lines) - (sent - len(stored))
        assert whole >= self.confirmed, f"lost, though confirmed: {self.oracle.lines[whole : self.confirmed]}"
        lost = self.oracle.forget_after(whole)
        kept = [each for each in self.oracle.facts if each[0] != "gap"]
        assert [each for each in stored if each[0] != "note"] == kept
        self.expected, self.spoken, self.away = [], len(self.peer.said), True
        return lost

    async def revive(self, lost: list[Line]) -> None:
        """Start Muster again; what the server kept it knows, and of the rest that there is a gap."""
        if self.peer.history:
            for line in lost:
                self.oracle.feed(line.replace(history=True))
        for _ in range(self.rng.randint(0, 4)):
            self.step()
        entered = self.peer.entered
        await self.bot.start()
        await self.peer.until(lambda: self.peer.entered > entered, "Muster did not come back")
        if not self.peer.history:
            muster = Actor(NETWORK, "muster")
            self.oracle.feed(Line(Room(NETWORK, ROOM), self.oracle.lines[-1].time, Kind.GAP, muster))
        self.away = False
        self.spoken = len(self.peer.said)
        await self.check_state()

    # The end

    async def end(self) -> None:
        """End the meeting, and see that its files are there."""
        self.say(self.chair(), "#endmeeting")
        await self.peer.hears("^Log: ", self.spoken)

    def check_files(self) -> None:
        """The files are there, whole, and hold what the oracle knows."""
        [path] = self.bot.files(".json")
        record: dict[str, Any] = json.loads(path.read_text())
        lines = [
            fact(line["kind"], line["nick"], line.get("text", ""))
            for line in record["lines"]
            if not line.get("own") and line["kind"] not in {"note", "gap"}
        ]
        assert lines == [each for each in self.oracle.facts if each[0] != "gap"]
        minutes, wanted = essence(record["minutes"]), essence(self.oracle.meeting.minutes())
        for each in (minutes, wanted):
            for action in each["actions"]:
                del action["number"]
            each["attendees"].sort(key=str)  # of those who said as much, whom Muster saw first is chance
        for name in COMPARED:
            assert minutes[name] == wanted[name], name
        assert len(minutes["gaps"]) == len(wanted["gaps"])
        base = path.with_suffix("")
        expected = {base.parent / f"{base.name}{ending}" for ending in ENDINGS}
        assert set(base.parent.iterdir()) == expected
