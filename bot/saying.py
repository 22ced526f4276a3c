"""What goes out: what Muster says, to whom and where, and what it repeats between the places of a room.

Rules:

1. What Muster says goes out only after all that was journaled before is committed, and in that order. So does
   what it repeats (:func:`bot.linking.relayed`): nobody hears of a line that a crash would lose, and all
   places hear it before what Muster answers to it.
2. What Muster says in a room it says in all places of it, and the record has it once. An answer to one person
   goes where they asked.
3. A place whose network cannot keep up hears, of what is said in the others, no more than :data:`MOST` lines
   late. Past them what is said elsewhere is left out there, with one note, until few wait. One that is away
   hears nothing of it afterwards: the record has it.
4. A topic that somebody sets in one place is set in the others, but not so often that two servers which
   insist on theirs make Muster set them for ever.
5. One line may not make Muster say more than it should: see :class:`bot.limits.PersonLimits`.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence

from bot.clock import Clock
from bot.config import Config
from bot.journal import Journal
from bot.limits import Limits, PersonLimits
from bot.linking import Echoes, relayed
from bot.model import Actor, Kind, Line, Room
from bot.networks.base import Network, Urgency
from bot.places import Places
from bot.text import one_line

log = logging.getLogger(__name__)

MOST = 20
"""Lines of a place that may wait to go out: 40 seconds, on a network that lets one go in two."""
_FEW = 3
_DROPPING = (
    "That is more than I may say at once, so I leave some answers to you out for now. What you say counts "
    "all the same, and minutes miss nothing."
)
_LEFT_OUT = "More is said in {} than I may repeat here: some of it is left out."


class Saying(Places, ABC):
    """Says things, in rooms and to people."""

    def __init__(self, config: Config, journal: Journal, clock: Clock) -> None:
        super().__init__(config)
        self.journal = journal
        self.clock = clock
        # Slower than a network's outbox is emptied, so that no person and no host ever fills it.
        self._replies = PersonLimits(burst=40, rate=0.4)
        self._dropping = PersonLimits(burst=1, rate=1 / 120)
        self._cause: Line | None = None
        self._echoes = Echoes()
        self._lagging: set[Room] = set()
        self._topics = Limits(burst=5, rate=1 / 60)

    @abstractmethod
    def _record(self, line: Line) -> object:
        """Keep a line of Muster's own, and let plugins hear it."""

    def say(self, room: Room, text: str, *, notice: bool = False, place: Room | None = None) -> None:
        """Say one line, after all that was journaled before is committed; in all places, or in one."""
        text = one_line(text)
        if self._cause is not None and not self._may_answer(self._cause):
            return
        self.journal.after_commit(lambda: self._say(room, text, notice, place))

    def _say(self, room: Room, text: str, notice: bool, only: Room | None = None) -> None:
        home = self.linking.home(room)
        places = self.linking.places(home) if only is None else (only,)
        id_: str | None = None
        is_said = False
        for place in places:
            network = self.networks.get(place.network)
            if network is not None:
                named = network.say(place, text, notice=notice, urgency=Urgency.REPLY, known_as=id_)
                id_, is_said = id_ or named, True
        if room.private or not is_said:
            return
        where = only or home
        me = Actor(where.network, self.nick(where.network), bot=True)
        kind = Kind.NOTICE if notice else Kind.SAID
        line = Line(where, self.clock.now(), kind, me, text, id=id_, own=True)
        self._record(self.linking.homed(line))

    def tell(self, actor: Actor, text: str) -> None:
        """Say one line to one person alone, as a notice, on the network they are on."""
        network = self.networks.get(actor.network)
        if network is not None:
            self.say(network.private(actor.nick, actor.within), text, notice=True)

    async def sent(self, room: Room) -> bool:
        """Wait until all that was to be said in a room so far has gone out, wherever Muster is in it."""
        places = [place for place in self.linked(room) if place.network in self.networks]
        if not places:
            return False
        await self.journal.settled()  # only then is it given to the network
        if len(places) > 1:  # one that is away holds up nobody, while there is another
            places = [place for place, *_ in self._in_use(places)] or places
        waits = (self.networks[place.network].sent(place) for place in places)
        return all(await asyncio.gather(*waits))

    def _may_answer(self, cause: Line) -> bool:
        """Whether a line may make Muster speak: not a past one, nor one of somebody who makes it flood."""
        if cause.history:
            return False
        if self._replies.take(cause.actor, self.clock.now().timestamp()):
            return True
        log.info(
            "%s makes me say too much in %s; a reply was dropped", one_line(cause.actor.mask), cause.room
        )
        network = self.networks.get(cause.actor.network)
        if network is not None and self._dropping.take(cause.actor, self.clock.now().timestamp()):
            aside = network.private(cause.actor.nick, cause.actor.within)
            self.journal.after_commit(lambda: self._say(aside, _DROPPING, notice=True))
        return False

    def set_topic(self, room: Room, topic: str) -> None:
        """Set a room's topic, wherever Muster may."""
        topic = one_line(topic)

        def do() -> None:
            for place in self.linked(room):
                network = self.networks.get(place.network)
                state = network.state(place) if network is not None else None
                if network is not None and state is not None and state.may_set_topic:
                    network.set_topic(place, topic)

        self.journal.after_commit(do)

    # Between the places of a room

    def relay(self, line: Line) -> None:
        """Repeat a line in the other places of its room, and set a topic there that somebody has set."""
        others = self.linking.others(line.where)
        if not others:
            return
        if line.kind is Kind.TOPIC:
            self._carry(line, others)
            return
        text = relayed(line)
        if text is not None and not self._echoes.is_one(line, self.clock.now()):
            self.journal.after_commit(lambda: self._repeat(line, text, others))

    def _repeat(self, line: Line, text: str, places: Sequence[Room]) -> None:
        for place, network, _ in self._in_use(places):
            if not self._lags(network, place, line.where):
                # As urgent as what Muster says itself: what overtakes what it answers cannot be understood.
                network.say(place, text, urgency=Urgency.REPLY, known_as=line.id)

    def _lags(self, network: Network, place: Room, where: Room) -> bool:
        """Whether a place is to be spared what is said in another."""
        waiting = network.backlog(place)
        if place in self._lagging:
            if waiting > _FEW:
                return True
            self._lagging.discard(place)
        if waiting < MOST:
            return False
        self._lagging.add(place)
        network.say(place, _LEFT_OUT.format(where), urgency=Urgency.REPLY)
        return True

    def _carry(self, line: Line, places: Sequence[Room]) -> None:
        if line.own or line.history or not self._topics.take(line.room, self.clock.now().timestamp()):
            return
        topic = one_line(line.text)

        def do() -> None:
            for place, network, state in self._in_use(places):
                if state.may_set_topic and state.topic != topic:
                    network.set_topic(place, topic)

        self.journal.after_commit(do)
