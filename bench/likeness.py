"""What is nearly the same among 5,000 blueprints, and how long others wait while they are taken in."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Iterator, Sequence

from bench.figures import Figure, percentile
from plugins.blueprints.indexing import Indexing
from plugins.blueprints.words import words_of, words_of_item
from plugins.tracker import Item, ItemKind, Ref

AIM = 20.0
"""Milliseconds that a question may take."""
_GAP = 5.0
"""Milliseconds that the chat may wait at once while blueprints are taken in."""


def measure(count: int = 5_000, questions: int = 300) -> Iterator[Figure]:
    """Take ``count`` blueprints in, and ask what is like some of them, and like some words."""
    items = _blueprints(count)
    indexing, gap, took = asyncio.run(_taken_in(items))
    yield Figure(
        f"taking in {count:,} blueprints: others wait, 99th percentile", gap, "ms", _GAP, note=f"{took:.1f} s"
    )
    chance = random.Random(2)
    index = indexing.index
    like = []
    for item in chance.choices(items, k=questions):
        index.put("bench-changed", words_of("bench-changed", str(chance.random())))  # as when all changes
        words = words_of_item(item)
        begun = time.perf_counter()
        index.like(words, item.name)
        like.append((time.perf_counter() - begun) * 1000)
    yield Figure(
        f"what is like a blueprint among {count:,}, 99th percentile", percentile(like, 0.99), "ms", AIM
    )
    asked = []
    for _ in range(questions):
        words = words_of(title=" ".join(_said(chance, 4)))
        begun = time.perf_counter()
        index.like(words)
        asked.append((time.perf_counter() - begun) * 1000)
    yield Figure(
        f"what is like four words among {count:,}, 99th percentile", percentile(asked, 0.99), "ms", AIM
    )


async def _taken_in(items: Sequence[Item]) -> tuple[Indexing, float, float]:
    """The index, how long another task waited meanwhile (ms), and how long all took (s)."""
    tasks: list[asyncio.Future[None]] = []

    def spawn(work: Awaitable[None], _name: str) -> None:
        tasks.append(asyncio.ensure_future(work))

    indexing = Indexing(spawn)
    begun = last = time.perf_counter()
    indexing.follow({item.name: item for item in items})
    waited = []
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        now = time.perf_counter()
        waited.append((now - last) * 1000)
        last = now
    return indexing, percentile(waited, 0.99), time.perf_counter() - begun


_CHANCE = random.Random(1)
_SYLLABLES = [first + second for first in "bcdfghklmnprst" for second in "aeiou"]
_VOCABULARY = ["".join(_CHANCE.choices(_SYLLABLES, k=_CHANCE.randint(2, 4))) for _ in range(3_000)]
_OFTEN = [1 / (place + 1) ** 0.8 for place in range(len(_VOCABULARY))]
"""How often a word is said: as in any language, few are said most of the time."""


def _said(chance: random.Random, count: int) -> list[str]:
    return chance.choices(_VOCABULARY, _OFTEN, k=count)


def _blueprints(count: int) -> list[Item]:
    chance = random.Random(3)
    return [
        Item(
            Ref(ItemKind.BLUEPRINT, f"{'-'.join(_said(chance, 3))}-{number}"),
            " ".join(_said(chance, 7)),
            summary=" ".join(_said(chance, chance.randint(20, 120))),
        )
        for number in range(count)
    ]
