"""People around one room, who speak one after the other.

What several clients say reaches a server in any order; a story needs one. So each line is awaited at a
watcher, somebody in the room who never says a word, before the next is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.live.jabber import Jabber, Stanza
from tests.live.person import Heard, Person

MUSTER = "muster"

Somebody = Person | Jabber
"""Somebody on IRC or XMPP."""


@dataclass(frozen=True, slots=True)
class Table:
    """One room, with somebody in it who watches."""

    room: str
    watcher: Somebody

    async def seat(self, *people: Somebody) -> None:
        """Let people join, in this order."""
        for person in people:
            await person.join(self.room)

    async def say(self, person: Somebody, *texts: str) -> None:
        """Say one line after the other; each is with everybody when this returns."""
        for text in texts:
            person.say(self.room, text)
            await self.watcher.hears(text, by=person.nick, to=self.room)

    async def ask(self, person: Somebody, text: str, answer: str) -> Heard | Stanza:
        """Say a line to which Muster must answer, in the room or to the person alone."""
        await self.say(person, text)
        return await person.hears(answer, by=MUSTER)

    async def whisper(self, person: Somebody, text: str, answer: str = "") -> None:
        """Say something to Muster alone; where there is no answer, it is there once a ping after it is."""
        person.say(MUSTER, text)
        if answer:
            await person.hears(answer, by=MUSTER)
        else:
            person.say(MUSTER, "ping")
            await person.hears("pong", by=MUSTER, to=person.nick)

    async def rename(self, person: Somebody, nick: str) -> None:
        """Change a nick, seen by everybody."""
        old = person.nick
        await person.rename(nick)
        await self.watcher.sees("NICK", old, nick)

    async def drop(self, person: Somebody) -> None:
        """Let somebody be gone without a word, seen by everybody."""
        nick = person.nick
        await person.drop()
        await self.watcher.sees("QUIT", nick)
