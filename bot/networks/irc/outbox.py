"""What waits to go out, and when it may.

Rules of this file:

1. A token bucket: so many lines at once, then one at a time. Answers to PING do not wait for it, but are
   counted; the registration is not.
2. First what being in rooms needs, then replies and topics in turn, then bulk, and questions that only fill
   in details when the bucket is nearly full. Among rooms, one line each in turn: a long list in one holds up
   no other.
3. What is said waits for its room, through reconnects, for up to
   :data:`~bot.networks.receipts.KEPT`. What belongs to a connection
   dies with it, and so does what is for one nick: somebody else may have it by then.
4. Where the server confirms lines by label, those that it did not confirm before the link was lost are said
   again: a line twice is better than minutes whose address nobody heard.
5. Who waits until a room's speech has gone out is told once it is written to the socket, or dropped
   (:mod:`bot.networks.receipts`). What is said again is still on its way.

Times are seconds of any steady clock.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.model import Room
from bot.networks.irc.events import Priority
from bot.networks.pacing import Bucket
from bot.networks.receipts import MAX_WAITING, Receipts

MAX_UNCONFIRMED = 200
_TOPIC = "TOPIC "


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be said, in its parts; ``expires`` is when it is too late for it."""

    room: Room
    texts: tuple[str, ...]
    notice: bool
    priority: Priority
    expires: float
    number: int = 0
    """Which it is, to who waits for it; given by the outbox."""


class Outbox:
    """The lines of one connection, and what is to be said on any."""

    def __init__(self) -> None:
        self._lines: dict[Priority, deque[str]] = {priority: deque() for priority in Priority}
        self._speech: dict[Priority, OrderedDict[Room, deque[Speech]]] = {
            Priority.REPLY: OrderedDict(),
            Priority.BULK: OrderedDict(),
        }
        self._unconfirmed: dict[str, Speech] = {}
        self._waiting = 0
        self._after_line = False  # whether what went out last, of what goes in turn, was a topic
        self._labels = itertools.count(1)
        self._receipts = Receipts()
        self._written: list[Speech] = []  # handed to the connection, and not in the socket yet

    def put(self, line: str, priority: Priority) -> None:
        """A line of the protocol. Of several topics that wait for one channel only the last is set."""
        lines = self._lines[priority]
        if line.startswith(_TOPIC):
            begins = line[: line.find(" ", len(_TOPIC)) + 1] or line
            older = next((waiting for waiting in lines if waiting.startswith(begins)), None)
            if older is not None:
                lines.remove(older)
        lines.append(line)

    def say(self, speech: Speech) -> bool:
        """Take in what is to be said; ``False`` where so much waits already that it is not."""
        if self._waiting >= MAX_WAITING:
            self._receipts.refused(speech.room)
            return False
        speech = dataclasses.replace(speech, number=self._receipts.taken(speech.room))
        self._speech[speech.priority].setdefault(speech.room, deque()).append(speech)
        self._waiting += 1
        return True

    def again(self, speech: Speech) -> None:
        """What is to be said next in its room."""
        queues = self._speech[speech.priority]
        queues.setdefault(speech.room, deque()).appendleft(speech)
        self._waiting += 1

    def forget(self, room: Room) -> None:
        """Drop what waits for a room: whoever a nick stood for has it no longer, and the next one to take it
        must not read what was for another.
        """
        for queues in self._speech.values():
            self._drop(queues.pop(room, ()))
        for label in [label for label, speech in self._unconfirmed.items() if speech.room == room]:
            del self._unconfirmed[label]

    def _drop(self, speeches: Collection[Speech]) -> None:
        """What waited, and was taken out of its queue, will not go out."""
        self._waiting -= len(speeches)
        for speech in speeches:
            self._receipts.dropped(speech.room, speech.number)

    def waiting(self, room: Room) -> int:
        """How much of what was to be said in a room has not gone out yet."""
        return self._receipts.count(room)

    def when_gone(self, room: Room, then: Callable[[bool], None]) -> None:
        """Call back once all that was said in a room so far is written to the socket: ``True``; or some of it
        was dropped: ``False``. It may do so at once.
        """
        self._receipts.ask(room, then)

    def written(self, speech: Speech) -> None:
        """The last part of it was handed to the connection."""
        self._written.append(speech)

    def drained(self) -> None:
        """All that was handed to the connection is written to the socket."""
        written, self._written = self._written, []
        for speech in written:
            self._receipts.gone(speech.room, speech.number)

    def close(self) -> None:
        """Nothing goes out any more."""
        for queues in self._speech.values():
            while queues:
                self._drop(queues.popitem()[1])
        for room, numbers in self._receipts.open_rooms():
            for number in numbers:
                self._receipts.dropped(room, number)

    def label(self, speech: Speech) -> str:
        """A label under which the server will confirm ``speech``."""
        if len(self._unconfirmed) >= MAX_UNCONFIRMED:
            del self._unconfirmed[next(iter(self._unconfirmed))]
        label = str(next(self._labels))
        self._unconfirmed[label] = speech
        return label

    def confirmed(self, label: str) -> None:
        """The server has taken what was sent under ``label``."""
        self._unconfirmed.pop(label, None)

    def disconnected(self) -> None:
        """The connection is gone, and with it its own lines."""
        for lines in self._lines.values():
            lines.clear()
        again = {speech.number for speech in self._unconfirmed.values()}
        for speech in reversed(self._unconfirmed.values()):
            self.again(speech)
        self._unconfirmed.clear()
        for speech in self._written:
            if speech.number not in again:
                self._receipts.dropped(speech.room, speech.number)
        self._written.clear()
        # Who has a nick when we are back, nobody knows.
        for queues in self._speech.values():
            for room in [room for room in queues if room.private]:
                self._drop(queues.pop(room))

    def next(self, now: float, bucket: Bucket, may: Callable[[Room], bool]) -> str | Speech | None:
        """What goes out now, taken out of the outbox; ``None`` for nothing. ``may`` says which rooms can."""
        if bucket.wait(now) > 0:
            return None
        for priority in (Priority.NOW, Priority.CONTROL, Priority.REPLY, Priority.BULK):
            lines, queues = self._lines[priority], self._speech.get(priority)
            if lines and not (queues and self._after_line):
                self._after_line = queues is not None
                return lines.popleft()
            if queues and (speech := self._turn(queues, now, may)) is not None:
                self._after_line = False
                return speech
            if lines:
                return lines.popleft()
        if self._lines[Priority.IDLE] and bucket.wait(now, _spare(bucket)) <= 0:
            return self._lines[Priority.IDLE].popleft()
        return None

    def _turn(
        self, queues: OrderedDict[Room, deque[Speech]], now: float, may: Callable[[Room], bool]
    ) -> Speech | None:
        for room in list(queues):
            queue = queues[room]
            while queue and queue[0].expires <= now:
                self._drop([queue.popleft()])
            if queue and not may(room):
                continue
            speech = queue.popleft() if queue else None
            if queue:
                queues.move_to_end(room)
            else:
                del queues[room]
            if speech is not None:
                self._waiting -= 1
                return speech
        return None

    def wait(self, now: float, bucket: Bucket, may: Callable[[Room], bool]) -> float | None:
        """Seconds until :meth:`next` has something; ``None`` where nothing that could go out waits."""
        if any(lines for priority, lines in self._lines.items() if priority is not Priority.IDLE):
            return bucket.wait(now)
        if any(may(room) for queues in self._speech.values() for room in queues):
            return bucket.wait(now)
        if self._lines[Priority.IDLE]:
            return bucket.wait(now, _spare(bucket))
        return None


def _spare(bucket: Bucket) -> float:
    """How many tokens must be there before a line without hurry may take one."""
    return max(1.0, bucket.burst * 0.6)


def rest(speech: Speech, texts: tuple[str, ...]) -> Speech:
    """What is left of ``speech`` after its first part."""
    return dataclasses.replace(speech, texts=texts)
