"""One command being run: who said it, where, and how to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.changes import By
from bot.model import Actor, Line
from bot.questions import Answered

if TYPE_CHECKING:
    from bot.host import Bot


class Context:
    """One command being run: who said it, where, and how to answer."""

    __slots__ = ("actor", "bot", "line", "place", "room")

    def __init__(self, bot: Bot, line: Line) -> None:
        self.bot = bot
        self.line = line
        self.room = line.room
        self.place = line.where
        """Where it was asked: the room, or one of the places that are it."""
        self.actor = line.actor

    @property
    def by(self) -> By:
        """Who does this, where and when, for the record of changes."""
        return By(self.actor, self.room, self.bot.now())

    def allows(self, needs: str) -> bool:
        """Whether whoever said this has a capability."""
        return self.bot.allows(self.actor, needs)

    def ask(self, question: str, then: Answered) -> None:
        """Ask for a ``!yes``, and do something when it comes from the same person, here, within two
        minutes.
        """
        self.reply(f"{question} {self.bot.prefix}yes does it.")
        self.bot.ask(self.place, self.actor, then)

    def say(self, text: str) -> None:
        """Tell the whole room, in one line, in all its places."""
        self.bot.say(self.room, text)

    def reply(self, text: str) -> None:
        """Answer what this person asked, where it was asked, as a notice."""
        self.bot.say(self.room, text, notice=True, place=self.place)

    def tell(self, text: str) -> None:
        """Answer this person alone."""
        if self.room.private:
            self.bot.say(self.room, text, notice=True)
        else:
            self.bot.tell(self.actor, text)

    def list(self, lines: Sequence[str]) -> None:
        """Answer with several lines: past four, privately."""
        answer = self.reply if len(lines) <= 4 else self.tell
        for line in lines:
            answer(line)


def known_as(actor: Actor) -> str:
    """Who an actor is to Muster, in words."""
    if actor.account is None:
        return "not logged in here"
    return f"logged in as {actor.account}"
