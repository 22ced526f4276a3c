"""What several asks come to, before any of it is made. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from bot.plugin import By
from plugins.tracker.answers import Answer, Ask, Diverged, Done, Refused, weighed
from plugins.tracker.index import Items
from plugins.tracker.items import Changes, Item, Ref
from plugins.tracker.queue import Act, State, Write

AGAIN_WITHIN = timedelta(days=7)
"""So long a change that diverged can be made again by ``!again``."""


class Plan:
    """Asks taken one after the other, each seeing what those before it made.

    ``answers`` are theirs, as if all were made; ``steps`` what is to be made: the item before and the
    changes, with the number of the ask; ``now`` the items as they are then; ``left`` the writes that
    diverged at once. ``later`` makes of an item, changed, what it is then; ``why_not`` refuses changes.
    """

    def __init__(
        self,
        items: Items,
        by: By,
        later: Callable[[Item], Item],
        why_not: Callable[[Ref, Changes], str],
    ) -> None:
        self._items = items
        self._by = by
        self._later = later
        self._why_not = why_not
        self.answers: list[Answer] = []
        self.steps: list[tuple[int, Item, Changes]] = []
        self.now: dict[Ref, Item] = {}
        self.left: list[Write] = []

    @property
    def is_accepted(self) -> bool:
        """Whether any of it is made, or is there already."""
        return any(isinstance(answer, Done) for answer in self.answers)

    def take(self, asks: Iterable[Ask]) -> None:
        """Take in all of these."""
        for ask in asks:
            self.answers.append(self._answer(ask))

    def _answer(self, ask: Ask) -> Answer:
        ref = ask.seen.ref
        item = self.now.get(ref) or self._items.get(ref)
        found = weighed(item, ask)
        if isinstance(found, Mapping) and item is not None:
            why = self._why_not(ref, found)
            if why:
                return Refused(why)
            self.steps.append((len(self.answers), item, found))
            self.now[ref] = self._later(item.changed(found))
            return Done(self.now[ref])
        if isinstance(found, Diverged):
            self.left.append(_left(ask, found, self._by))
        return found  # type: ignore[return-value]


def _left(ask: Ask, answer: Diverged, by: By) -> Write:
    """The write that diverged at once, and whoever asked was told so: ``again`` finds it."""
    seen = {field: ask.seen.value(field) for field in ask.changes}
    return Write(
        Act.UPDATE,
        ask.seen.ref,
        by,
        seen=seen,
        wanted=ask.changes,
        state=State.DIVERGED,
        why=answer.why,
        told=True,
    )


def to_make_again(left: Iterable[Write], by: By) -> list[Write]:
    """Of the writes that were not made, those that somebody may make all the same."""
    return [
        write
        for write in left
        if write.state is State.DIVERGED and _is_by(write, by) and not is_past(write, by.time)
    ]


def superseded(left: Iterable[Write], asks: Iterable[Ask], by: By) -> list[Write]:
    """Of the writes that were not made, those that nobody makes again: for the same fields of the same item
    somebody asks anew, or they are past.
    """
    anew = {(ask.seen.ref, frozenset(ask.changes)) for ask in asks}
    return [
        write
        for write in left
        if (_is_by(write, by) and (write.ref, frozenset(write.wanted)) in anew)
        or (write.told and is_past(write, by.time))
    ]


def _is_by(write: Write, by: By) -> bool:
    """Whether the same account asked for a write."""
    mine, other = write.by.actor, by.actor
    return mine.account is not None and (mine.network, mine.account) == (other.network, other.account)


def is_past(write: Write, now: datetime) -> bool:
    """Whether a write that was not made is too long ago to be made all the same."""
    return now - write.by.time > AGAIN_WITHIN
