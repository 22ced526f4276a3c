"""What is found in a tracker, compared with what is kept of it. Pure.

Rules:

1. What a write of Muster's explains is no news: what is told is what others did.
2. What a list does not tell of an item stays as it is known.
3. What Muster learns of a bug when it looks at it alone for the first time, nobody changed. It is told all
   the same, since who hears of it may want to know it; of the fields, none is another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from plugins.tracker.answers import Seen
from plugins.tracker.items import Changes, Field, Item, same
from plugins.tracker.queue import Write

_LEARNT = frozenset({Field.SUMMARY, Field.TAGS, Field.DUPLICATE})
"""What of a bug no list tells."""
_MARKS = ("version", "own_version", "updated", "created", "state_since", "left_new", "triaged")
"""What follows from other changes, or is no change at all."""


@dataclass(frozen=True, slots=True)
class Found:
    """An item as it is kept from now on, and if others changed something, that: ``before`` is the item with
    what Muster itself wrote, ``changed`` are the fields that others changed. Of one that is new here
    ``before`` is ``None``.
    """

    item: Item
    before: Item | None
    changed: Changes
    is_news: bool

    @property
    def seen(self) -> Seen:
        """As listeners are told."""
        return Seen(self.before, self.item)


def compared(
    kept: Item | None, found: Item, own: Write | None, untold: Collection[str], now: datetime
) -> Found | None:
    """What a found item changes of what is ``kept``; ``None`` where that is nothing. ``own`` is the write
    to it that is, or just was, on its way.
    """
    if kept is None:
        after = found if found.updated else replace(found, updated=now)
        return Found(after, None, {}, is_news=own is None)
    after = replace(found, **{name: getattr(kept, name) for name in untold})
    is_first = not kept.own_version and bool(after.own_version)
    if is_first:
        kept = kept.changed({field: after.value(field) for field in _LEARNT})
    if after.updated is None:
        is_same = replace(after, updated=kept.updated, version=kept.version) == kept
        after = replace(after, updated=kept.updated if is_same else now)
    if after == kept:
        return None
    expected = (own.laid(kept) if own is not None else None) or kept
    changed = {
        field: after.value(field)
        for field in Field
        if not any(same(field, after.value(field), one.value(field)) for one in (kept, expected))
    }
    explained = {field: after.value(field) for field in Field if field not in changed}
    before = kept.changed(explained)
    unmarked = replace(before, **{name: getattr(after, name) for name in _MARKS})
    return Found(after, before, changed, is_news=is_first or unmarked != after)
