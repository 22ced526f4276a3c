"""Messages that belong together (IRCv3 batch).

Rules of this file:

1. What history is made of is collected until its batch ends; the messages of every other batch (netsplit,
   netjoin, labeled-response, what we do not know) count at once, like messages outside of one.
2. Batches nest: a message belongs to history if any batch around it does, and goes to the outermost of those.
3. A server that opens batches without end, or never ends one, costs a bounded amount of memory. Of a batch
   that is longer than that, the last message that was not kept is remembered: where it ends, a gap ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.networks.irc.message import Message

HISTORY = frozenset({"chathistory", "draft/chathistory", "znc.in/playback"})
_MAX_OPEN = 1000
_MAX_DEPTH = 16
_MAX_COLLECTED = 20_000


@dataclass(slots=True)
class Batch:
    """One batch: its type, the target it is about, and what was collected for it.

    ``lost`` is the last message that came after as many as are kept; ``None`` where all are.
    """

    kind: str
    target: str
    parent: str
    messages: list[Message] = field(default_factory=list)
    lost: Message | None = None


class Batches:
    """The batches that are open now."""

    def __init__(self) -> None:
        self._open: dict[str, Batch] = {}

    def open(self, message: Message) -> None:
        """``BATCH +reference type [parameter...]``."""
        reference, kind, *rest = message.params
        if len(self._open) < _MAX_OPEN:
            parent = message.tags.get("batch", "")
            self._open[reference[1:]] = Batch(kind, rest[0] if rest else "", parent)

    def close(self, reference: str) -> Batch | None:
        """``BATCH -reference``: the batch that ends, if it is history of its own."""
        batch = self._open.pop(reference, None)
        if batch is None or batch.kind not in HISTORY or self._history(batch.parent) is not None:
            return None
        return batch

    def collect(self, message: Message, reference: str) -> bool:
        """Whether the message is a part of history, and so was put aside until its batch ends."""
        batch = self._history(reference)
        if batch is None:
            return False
        if len(batch.messages) < _MAX_COLLECTED:
            batch.messages.append(message)
        else:
            batch.lost = message
        return True

    def _history(self, reference: str) -> Batch | None:
        """The outermost batch of history that ``reference`` is, or stands in."""
        found: Batch | None = None
        for _ in range(_MAX_DEPTH):  # a server could nest batches in a ring
            batch = self._open.get(reference)
            if batch is None:
                break
            if batch.kind in HISTORY:
                found = batch
            reference = batch.parent
        return found
