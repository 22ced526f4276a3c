"""A network without a wire, for tests: what people do there, and what Muster said."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import Actor, Json, Kind, Line, Room, RoomState
from bot.networks.base import Hub, Network, Urgency
from bot.testing.clock import SetClock
from bot.text import fold_nick


@dataclass(slots=True)
class Message:
    """A line that was said on a stage: what it said first, and after each correction."""

    room: Room
    nick: str
    texts: list[str]
    id: str


class StageNetwork(Network):
    """A network without a wire, that does what IRC does. ``stage`` names the room that a transcript means
    where it names none; on a network that has no such room, each is named. ``beside`` is the network of which
    the transcript tells as well.
    """

    def __init__(
        self,
        name: str,
        clock: SetClock,
        stage: str | None = "#stage",
        nick: str = "muster",
        beside: StageNetwork | None = None,
    ) -> None:
        self.name = name
        self._said: list[str] = []
        self._beside = beside
        self.may_set_topic = True
        self.stage = self.room(stage) if stage is not None else None
        self._clock = clock
        self._nick = nick
        self._members: dict[Room, dict[str, Actor]] = {}
        self._topics: dict[Room, str] = {}
        self._hub: Hub | None = None
        self._is_down = False
        self._missed: list[Line] = []  # what happened while Muster was away
        self.up = asyncio.Event()
        self._held: list[tuple[Room, str]] | None = None  # what waits on its way, where the wire is slow
        self._askers: list[tuple[Room, asyncio.Future[bool]]] = []
        self.messages: list[Message] = []
        """What was said so far, also before Muster was killed."""
        self._reacted: dict[tuple[Room, str], dict[str, None]] = {}
        self.asked = asyncio.Event()

    @property
    def said(self) -> list[str]:
        """What Muster said, as a transcript."""
        return self._said if self._beside is None else self._beside.said

    @said.setter
    def said(self, said: list[str]) -> None:
        if self._beside is None:
            self._said = said
        else:
            self._beside.said = said

    @property
    def nick(self) -> str:
        """Muster's nick."""
        return self._nick

    @property
    def is_connected(self) -> bool:
        """Whether the stage is set, and the network is up."""
        return self._hub is not None and not self._is_down

    @property
    def hub(self) -> Hub:
        """Whom lines are reported to."""
        if self._hub is None:
            raise RuntimeError("the network does not run yet")
        return self._hub

    def room(self, name: str) -> Room:
        """The room of that name."""
        return Room(self.name, fold_nick(name))

    def is_room(self, name: str) -> bool:
        """Whether it is a channel's name, as on IRC, or a room's, as on XMPP."""
        return (name.startswith("#") or "@" in name) and not set(name) & {" ", ","}

    def private(self, nick: str, near: Room | None = None) -> Room:
        """Somebody alone."""
        return Room(self.name, fold_nick(nick), private=True)

    def state(self, room: Room) -> RoomState | None:
        """Who is there."""
        members = self._members.get(room)
        if members is None or self._is_down:
            return None
        return RoomState(
            room, tuple(members.values()), self._topics.get(room, ""), may_set_topic=self.may_set_topic
        )

    def rooms(self) -> Sequence[Room]:
        """The rooms Muster is in."""
        return () if self._is_down else tuple(self._members)

    def _named(self, room: Room) -> str:
        """What stands before a line of a room other than the stage's."""
        if self.stage is not None:
            return "" if room.private or room == self.stage else f"[{room.name}] "
        return f"[{self.name}] " if room.private else f"[{room}] "

    def backlog(self, room: Room) -> int:
        """How many lines for a room wait on their way."""
        return sum(held == room for held, _ in self._held or ())

    def say(
        self,
        room: Room,
        text: str,
        *,
        notice: bool = False,
        urgency: Urgency = Urgency.REPLY,
        known_as: str | None = None,
    ) -> str | None:
        """Note what is said."""
        to = f" -> {room.name}" if room.private else ""
        line = f"{self._named(room)}<{self._nick}{to}> {text}"
        if self._held is None:
            self.said.append(line)
        else:
            self._held.append((room, line))
        return self.message(room, self._nick, text, known_as)

    def message(self, room: Room, nick: str, text: str, known_as: str | None = None) -> str:
        """Somebody says something: the id that it has from now on."""
        id_ = known_as or f"{self.name}-{len(self.messages) + 1}"
        self.messages.append(Message(room, nick, [text], id_))
        return id_

    def correct(self, room: Room, nick: str, old: str, new: str, *, by: Actor) -> None:
        """A line that was said under a nick says something else now, as ``by`` tells."""
        message = self._message(room, old, nick)
        if by.nick == nick:
            message.texts.append(new)
        id_ = self.message(room, "", new)
        self.hear(self.line(room, Kind.CORRECTED, by, new, id=id_, data={"of": message.id}))

    def react(self, room: Room, nick: str, reactions: Sequence[str], to: str) -> None:
        """All of somebody's reactions to a line."""
        self._react(room, nick, reactions, self._message(room, to).id)

    def unreact(self, room: Room, nick: str) -> None:
        """Somebody takes all reactions back."""
        for of in self._reacted.pop((room, nick), {}):
            self._react(room, nick, (), of)

    def _react(self, room: Room, nick: str, reactions: Sequence[str], of: str) -> None:
        if reactions:
            self._reacted.setdefault((room, nick), {})[of] = None
        actor = self.member(room, nick)
        data: dict[str, Json] = {"of": of, "reactions": [*reactions]}
        self.hear(self.line(room, Kind.REACTED, actor, data=data))

    def _message(self, room: Room, text: str, nick: str | None = None) -> Message:
        """The last line with that text."""
        form = re.compile(re.escape(text).replace(re.escape("[...]"), ".*"), re.DOTALL)
        for message in reversed(self.messages):
            is_theirs = message.nick == nick if nick is not None else bool(message.nick)
            if message.room == room and is_theirs and form.fullmatch(message.texts[-1]):
                return message
        raise AssertionError(f"nobody said {text!r}")

    async def sent(self, room: Room) -> bool:
        """Wait until what was said there has come, where the wire is slow."""
        if not room.private and room not in self._members:
            return False
        if not any(held == room for held, _ in self._held or ()):
            return True
        gone: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._askers.append((room, gone))
        self.asked.set()
        return await gone

    @property
    def waiting(self) -> int:
        """How many wait for what they said to come."""
        return len(self._askers)

    def hold(self) -> None:
        """From now on what is said waits."""
        self._held = self._held or []

    def release(self) -> None:
        """What waits comes, and from now on all does at once."""
        self.said += [line for _, line in self._held or ()]
        self._held = None
        self._answer(self._askers, has_gone=True)

    def cut(self) -> None:
        """What waits is lost."""
        self._held = []
        self._answer(self._askers, has_gone=False)

    def _answer(self, askers: Sequence[tuple[Room, asyncio.Future[bool]]], *, has_gone: bool) -> None:
        self._askers = [asker for asker in self._askers if asker not in askers]
        for _, gone in askers:
            if not gone.done():
                gone.set_result(has_gone)

    def set_topic(self, room: Room, topic: str) -> None:
        """Note the topic."""
        self._topics[room] = topic
        self.said.append(f"-- {self._named(room)}topic: {topic}")

    def join(self, room: Room, key: str = "") -> None:
        """Enter a room."""
        self._members.setdefault(room, {})
        if self._hub is not None:
            self._hub.entered(room, (), True)

    def leave(self, room: Room, why: str = "") -> None:
        """Leave a room."""
        self._members.pop(room, None)
        self._answer([asker for asker in self._askers if asker[0] == room], has_gone=False)

    async def run(self, hub: Hub) -> None:
        """Be there."""
        self._hub = hub
        hub.connected(self)
        for room in self._members:
            hub.entered(room, (), True)
        self.up.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._answer(self._askers, has_gone=False)

    def take_over(self, before: StageNetwork) -> None:
        """Have the rooms and people of the network of a Muster that was killed, and what it missed."""
        self._members.update(before._members)
        self._said = before._said
        self.messages, self._reacted = before.messages, before._reacted
        self._is_down, self._missed = before._is_down, before._missed
        if before._is_down:
            self.hold()

    # What people do

    def actor(self, room: Room, nick: str, *, account: str | None) -> Actor:
        """Somebody in a room, who joins if need be."""
        members = self._members.setdefault(room, {})
        key = fold_nick(nick)
        if key not in members:
            members[key] = Actor(self.name, nick, account, f"~{key}@{key}.example")
            self.hear(self.line(room, Kind.JOINED, members[key]))
        return members[key]

    def hear(self, line: Line) -> None:
        """Something happens; while Muster is away, it is history once Muster is back."""
        if self._is_down:
            self._missed.append(line.replace(history=True))
        else:
            self.hub.hear(line)

    def lose(self) -> None:
        """Muster loses the network."""
        self._is_down = True
        self.hold()
        self.hub.disconnected(self, "the network is down")

    def regain(self) -> None:
        """Muster is back: it enters its rooms, then what it had to say comes."""
        self._is_down = False
        self.hub.connected(self)
        missed, self._missed = self._missed, []
        for room in self._members:
            known = self.hub.known(room)
            since = known.time if known is not None else None
            history = [line for line in missed if line.room == room and since is not None]
            self.hub.entered(room, history, complete=True)
        self.release()

    def topic(self, room: Room, nick: str, text: str) -> None:
        """Somebody sets the topic."""
        actor = self.actor(room, nick, account=fold_nick(nick))
        self._topics[room] = text
        self.hear(self.line(room, Kind.TOPIC, actor, text))

    def member(self, room: Room, nick: str) -> Actor:
        """Somebody who is in a room."""
        return self._members[room][fold_nick(nick)]

    def line(self, room: Room, kind: Kind, actor: Actor, text: str = "", **more: object) -> Line:
        """A line, now."""
        return Line(room, self._clock.now(), kind, actor, text).replace(**more)

    def rename(self, room: Room, old: str, new: str) -> None:
        """Somebody takes another nick."""
        members = self._members[room]
        actor = members.pop(fold_nick(old))
        members[fold_nick(new)] = Actor(self.name, new, actor.account, actor.address)
        self.hear(self.line(room, Kind.RENAMED, actor, new))

    def part(self, room: Room, nick: str, how: str) -> None:
        """Somebody leaves."""
        actor = self._members[room].pop(fold_nick(nick))
        self.hear(self.line(room, Kind.LEFT, actor, "", data={"how": how}))
