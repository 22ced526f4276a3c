"""What waits to be said, when it may go out, and whether it has arrived.

Rules of this file:

1. Among rooms, one message each in turn; first replies, then bulk.
2. What is said waits for its room, through reconnects, for up to
   :data:`~bot.networks.receipts.KEPT`. What is for an occupant dies
   with the occupant's nick: somebody else may have it by then.
3. A message has arrived once the server has acknowledged it (XEP-0198) or the room has sent it to everybody.
   Until then it is remembered, and said again on a new stream: where the room shows that it had it, it is
   not.
4. Who waits until a room's speech has gone out is told when all of it has arrived, or some of it was dropped.

Times are seconds of any steady clock.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.model import Room
from bot.networks.base import Urgency
from bot.networks.pacing import Bucket
from bot.networks.receipts import MAX_WAITING, Receipts


@dataclass(frozen=True, slots=True)
class Item:
    """One message that is to be said: one part of a speech, of which ``number`` tells which."""

    room: Room
    id: str
    text: str
    urgency: Urgency
    expires: float
    number: int


class Outbox:
    """What is to be said, and what was said and has not arrived yet."""

    def __init__(self) -> None:
        self._queues: dict[Urgency, OrderedDict[Room, deque[Item]]] = {
            urgency: OrderedDict() for urgency in Urgency
        }
        self._sent: dict[str, Item] = {}
        self._left: dict[int, int] = {}
        self._waiting = 0
        self._receipts = Receipts()

    def say(self, room: Room, parts: Sequence[tuple[str, str]], urgency: Urgency, expires: float) -> bool:
        """Take in what is to be said, each part with its id; ``False`` where so much waits that it is not."""
        if self._waiting + len(self._sent) >= MAX_WAITING:
            self._receipts.refused(room)
            return False
        number = self._receipts.taken(room)
        self._left[number] = len(parts)
        queue = self._queues[urgency].setdefault(room, deque())
        queue.extend(Item(room, id_, text, urgency, expires, number) for id_, text in parts)
        self._waiting += len(parts)
        return True

    def next(self, now: float, bucket: Bucket, may: Callable[[Room], bool]) -> Item | None:
        """What goes out now, taken out of what waits; ``None`` for nothing. ``may`` says which rooms can."""
        if bucket.wait(now) > 0:
            return None
        for queues in self._queues.values():
            for room in list(queues):
                queue = queues[room]
                while queue and queue[0].expires <= now:
                    self._drop([queue.popleft()], waited=True)
                if not queue:
                    del queues[room]
                elif may(room):
                    item = queue.popleft()
                    self._waiting -= 1
                    queues.move_to_end(room)
                    if not queue:
                        del queues[room]
                    self._sent[item.id] = item
                    return item
        return None

    def wait(self, now: float, bucket: Bucket, may: Callable[[Room], bool]) -> float | None:
        """Seconds until :meth:`next` has something; ``None`` where nothing that could go out waits."""
        if any(may(room) for queues in self._queues.values() for room in queues):
            return bucket.wait(now)
        return None

    def arrived(self, id_: str) -> None:
        """A message is where it was to go. It may do so once more than it was sent."""
        item = self._sent.pop(id_, None) or self._waits(id_)
        if item is None or item.number not in self._left:
            return
        self._left[item.number] -= 1
        if not self._left[item.number]:
            del self._left[item.number]
            self._receipts.gone(item.room, item.number)

    def _waits(self, id_: str) -> Item | None:
        """Take out what waits to be said again, and has arrived after all."""
        for queues in self._queues.values():
            for room, queue in queues.items():
                found = next((item for item in queue if item.id == id_), None)
                if found is not None:
                    queue.remove(found)
                    self._waiting -= 1
                    if not queue:
                        del queues[room]
                    return found
        return None

    def refused(self, id_: str, *, later: bool) -> None:
        """A message came back. ``later``: it is said again once its room lets us."""
        item = self._sent.pop(id_, None)
        if item is None:
            return
        if later:
            self._again([item])
        else:
            self._drop([item])

    def again(self) -> None:
        """The stream is lost, and with it what was on its way: all that has not arrived is said again."""
        items = list(self._sent.values())
        self._sent.clear()
        self._again(items)

    def _again(self, items: Sequence[Item]) -> None:
        for item in reversed(items):
            self._queues[item.urgency].setdefault(item.room, deque()).appendleft(item)
        self._waiting += len(items)

    def forget(self, room: Room) -> None:
        """Drop what is for a room or somebody: we are to be there no more, or somebody else has the nick."""
        for queues in self._queues.values():
            self._drop(queues.pop(room, ()), waited=True)
        sent = [item for item in self._sent.values() if item.room == room]
        for item in sent:
            del self._sent[item.id]
        self._drop(sent)

    def drop(self, item: Item) -> None:
        """A message that was to go out now cannot reach anybody."""
        self._sent.pop(item.id, None)
        self._drop([item])

    def _drop(self, items: Iterable[Item], *, waited: bool = False) -> None:
        for item in items:
            self._waiting -= waited
            if self._left.pop(item.number, None) is not None:
                self._receipts.dropped(item.room, item.number)

    def waiting(self, room: Room) -> int:
        """How many messages for a room have not been sent yet."""
        return sum(len(queues.get(room, ())) for queues in self._queues.values())

    def when_gone(self, room: Room, then: Callable[[bool], None]) -> None:
        """Call back once all that was said in a room so far has arrived: ``True``; or some of it was dropped:
        ``False``. It may do so at once.
        """
        self._receipts.ask(room, then)

    def close(self) -> None:
        """Nothing goes out any more."""
        self.again()
        for queues in self._queues.values():
            while queues:
                self._drop(queues.popitem()[1], waited=True)
