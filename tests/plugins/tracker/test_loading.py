"""What is read again and again where pages alone are made: what has changed is there, and no more is read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot import database, loader
from bot.model import Actor
from bot.plugin import By
from bot.store import Store, database_url
from bot.testing import START
from plugins.tracker import tables
from plugins.tracker.items import Field, Item, ItemKind, Milestone, Ref
from plugins.tracker.local import Local
from plugins.tracker.queue import Act, Write
from plugins.tracker.shelf import Shelf

BY = By(Actor("test", "alice", "alice"), None, START)
REFS = [Ref(ItemKind.BLUEPRINT, name) for name in ("a", "b", "c")] + [Ref(ItemKind.BUG, "7")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database."""
    loader.installed()
    with closing(Store(database_url("sqlite:///muster.db", tmp_path))) as made:
        database.upgrade(made)
        yield made


def shelf(store: Store) -> Shelf:
    """What pages know of a tracker elsewhere, of which nothing is read yet."""
    return Shelf(store, "there", "There", lambda: START, lambda _kind: ())


def known(one: Shelf | Local) -> list[Any]:
    """All that pages show."""
    items = one.items
    return [
        dict(items.blueprints),
        dict(items.bugs),
        [(items.kept(ref), items.is_waiting(ref)) for ref in REFS],
        list(one.milestones),
        (one.synced, one.focus),
        [*one.open_writes, *one.left] if isinstance(one, Shelf) else [],
    ]


def change(session: Session, tracker: int, some: random.Random) -> None:
    """Somebody changes something."""
    ref = some.choice(REFS)
    waiting = tables.kept(session, "there")
    assert waiting is not None
    writes = [write for write in waiting.writes if write.ref == ref]
    match some.randrange(6):
        case 0 | 1:
            tables.keep(session, tracker, [Item(ref, f"Title {some.randrange(4)}")])
        case 2:
            tables.drop(session, tracker, [ref])
        case 3:
            tables.keep_milestones(session, tracker, [Milestone(f"m-{some.randrange(3)}")])
        case 4:
            wanted = {Field.TITLE: f"Wanted {some.randrange(4)}"}
            tables.add_write(session, tracker, Write(Act.UPDATE, ref, BY, wanted=wanted))
        case _:
            tables.drop_writes(session, [write.id for write in writes[:1]])


@pytest.mark.parametrize("seed", range(4))
async def test_what_has_changed_is_there(store: Store, seed: int) -> None:
    tracker = (await store.write(tables.opened, "there")).tracker
    follows, some = shelf(store), random.Random(seed)
    for _ in range(60):
        for _ in range(some.randrange(4)):
            await store.write(change, tracker, some)
        await follows.load()
        anew = shelf(store)
        await anew.load()
        assert known(follows) == known(anew)


async def test_where_nothing_has_changed_nothing_is_others(store: Store) -> None:
    tracker = (await store.write(tables.opened, "there")).tracker
    items = [Item(ref, "Title", depends_on=("x",)) for ref in REFS]
    await store.write(tables.keep, tracker, items)
    await store.write(tables.add_write, tracker, Write(Act.COMMENT, REFS[0], BY, text="hello"))
    follows = shelf(store)
    await follows.load()
    known_items, changes = follows.items, follows.items.changes
    shown = follows.items.blueprints["a"]
    await follows.load()
    assert follows.items is known_items
    assert (follows.items.changes, follows.items.blueprints["a"] is shown) == (changes, True)
    await store.write(tables.keep, tracker, [replace(items[1], title="Another")])
    await follows.load()
    assert follows.items.changes == changes + 1
    assert follows.items.blueprints["a"] is shown


async def test_of_muster_s_own_tracker_too(store: Store) -> None:
    tracker = (await store.write(tables.opened, "local")).tracker
    follows = Local(store)
    await follows.load()
    for items in ([Item(REFS[0], "One"), Item(REFS[3], "Bug")], [Item(REFS[0], "Two")], []):
        await store.write(tables.keep, tracker, items)
        if not items:
            await store.write(tables.drop, tracker, REFS[:1])
        await follows.load()
        anew = Local(store)
        await anew.load()
        assert known(follows) == known(anew)
        changes = follows.items.changes
        await follows.load()
        assert follows.items.changes == changes
