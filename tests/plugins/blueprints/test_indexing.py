"""The index follows the tracker beside the chat."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import pytest

from plugins.blueprints.indexing import Indexing
from plugins.blueprints.words import words_of
from plugins.tracker import Item
from tests.plugins.blueprints.essex import FOR, blueprint


class Beside:
    """Runs work beside the chat, and counts it."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Future[None]] = []

    def spawn(self, work: Awaitable[None], _name: str) -> None:
        self.tasks.append(asyncio.ensure_future(work))


@pytest.fixture
def beside() -> Beside:
    return Beside()


def by_name(*items: Item) -> dict[str, Item]:
    return {item.name: item for item in items}


async def test_all_that_came_is_in_the_index_once_it_is_settled(beside: Beside) -> None:
    indexing = Indexing(beside.spawn)
    await indexing.settled()
    indexing.follow(by_name(*FOR))
    assert len(indexing.index) == 0
    await indexing.settled()
    assert len(indexing.index) == len(FOR)


async def test_others_have_their_turn_while_many_are_read(beside: Beside) -> None:
    indexing = Indexing(beside.spawn)
    indexing.follow(by_name(*(blueprint(f"b{number}") for number in range(100))))
    sizes: list[int] = []
    while not sizes or sizes[-1] < 100:
        await asyncio.sleep(0)
        sizes.append(len(indexing.index))
    assert len(set(sizes)) > 10
    assert len(beside.tasks) == 1


async def test_of_what_comes_while_it_waits_the_last_counts(beside: Beside) -> None:
    indexing = Indexing(beside.spawn)
    indexing.follow(by_name(blueprint("a", "Volumes"), blueprint("b", "Zones")))
    indexing.follow(by_name(blueprint("a", "Quotas")))
    await indexing.settled()
    assert [one.name for one in indexing.index.like(words_of(title="quotas"))] == ["a"]
    assert len(indexing.index) == 1


async def test_what_comes_changes_or_goes_later_is_followed_too(beside: Beside) -> None:
    indexing = Indexing(beside.spawn)
    a, b, c = (blueprint(name, f"About {name}x") for name in ("one", "two", "three"))
    for now in (by_name(a), by_name(a, b), by_name(b, c), by_name(b, replace(c, title="Zones"))):
        indexing.follow(now)
        await indexing.settled()
    assert len(indexing.index) == 2
    assert [one.name for one in indexing.index.like(words_of(title="zones"))] == ["three"]


async def test_what_says_the_same_is_not_read_again(beside: Beside) -> None:
    indexing = Indexing(beside.spawn)
    for state in ("New", "Approved"):
        indexing.follow(by_name(blueprint("a", definition=state)))
        await indexing.settled()
    assert len(beside.tasks) == 1
