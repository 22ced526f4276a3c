"""All that Muster knows of a tracker's items, in memory, for look-ups that never wait.

Rules:

1. What the tracker was seen to hold is kept; over it are laid the writes that wait, in their order. People
   see both together; only a write itself is weighed against what is kept.
2. The mappings are live views: whoever waits for something while going through one makes a copy first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from plugins.tracker.items import Item, ItemKind, Ref

Laid: TypeAlias = Callable[[Item | None], Item | None]
"""A write that waits: the item as it will be, of the item as it is."""


class Items:
    """The blueprints and bugs, by name and number, with the writes that wait laid over them."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._kept: dict[Ref, Item] = {}
        self._laid: dict[Ref, list[Laid]] = {}
        self._shown: dict[ItemKind, dict[str, Item]] = {kind: {} for kind in ItemKind}
        self.blueprints: Mapping[str, Item] = MappingProxyType(self._shown[ItemKind.BLUEPRINT])
        self.bugs: Mapping[str, Item] = MappingProxyType(self._shown[ItemKind.BUG])
        self.changes = 0
        """Grows with each change: what was made of the items is as they are while it is the same."""
        for item in items:
            self.keep(item)

    def get(self, ref: Ref) -> Item | None:
        """An item; ``None`` where there is none, or none that was seen yet."""
        return self._shown[ref.kind].get(ref.name)

    def is_waiting(self, ref: Ref) -> bool:
        """Whether a write to it waits, so that the tracker does not hold yet what is shown."""
        return ref in self._laid

    def kept(self, ref: Ref) -> Item | None:
        """An item as the tracker was last seen to hold it, without what waits."""
        return self._kept.get(ref)

    def all_kept(self, kind: ItemKind) -> list[Item]:
        """All of a kind, likewise."""
        return [item for item in self._kept.values() if item.ref.kind is kind]

    def keep(self, item: Item) -> None:
        """The tracker holds this."""
        self._kept[item.ref] = item
        self._show(item.ref)

    def drop(self, ref: Ref) -> None:
        """The tracker does not have it any more."""
        self._kept.pop(ref, None)
        self._show(ref)

    def take(self, items: Iterable[Item], gone: Iterable[Ref]) -> None:
        """The tracker holds these now, does not have what is ``gone``, and else holds what it held."""
        for ref in gone:
            self.drop(ref)
        for item in items:
            self.keep(item)

    def lay(self, ref: Ref, laid: Iterable[Laid]) -> None:
        """These are all the writes to an item that wait, in their order."""
        self._laid.pop(ref, None)
        waiting = list(laid)
        if waiting:
            self._laid[ref] = waiting
        self._show(ref)

    def _show(self, ref: Ref) -> None:
        self.changes += 1
        item = self._kept.get(ref)
        for laid in self._laid.get(ref, ()):
            item = laid(item)
        shown = self._shown[ref.kind]
        if item is None:
            shown.pop(ref.name, None)
        else:
            shown[ref.name] = item
