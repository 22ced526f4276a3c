"""Where reviews come from, and how a source says no.

    SourceError                it did not answer what was asked; says why, for people
    ├── AwayError              it cannot be reached or does not work now: later the same may succeed
    ├── RefusedError           it does not let Muster in, or not see that (401, 403)
    └── BadAnswerError         what it answered is not what such a source answers

Rules:

1. A source keeps nothing and never tries again by itself: when it is asked again is decided in the database,
   for all processes (:mod:`plugins.reviews.polling`).
2. A source that fails costs no other anything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from plugins.reviews.review import Review


class SourceError(Exception):
    """A source did not do what it was asked; says why, for people, in one line."""


class AwayError(SourceError):
    """It cannot be reached, or does not work now; ``retry_after`` is in seconds, where it said so."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class RefusedError(SourceError):
    """It does not let Muster do that."""


class BadAnswerError(SourceError):
    """What it answered cannot be read."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a source has open. Where it is not ``is_whole``, there is more, and what is missing in it may be
    open still; ``bad`` says what of it could not be read, one line each.
    """

    reviews: tuple[Review, ...]
    is_whole: bool = True
    bad: tuple[str, ...] = ()


class Source(Protocol):
    """A Gerrit, or Launchpad. What is asked may raise :class:`SourceError`."""

    @property
    def name(self) -> str:
        """What tells it from the others: a word."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def every(self) -> timedelta:
        """How often it is looked at."""

    @property
    def is_silent(self) -> bool:
        """Whether it tells nothing of what it does not list: that is over, and nobody knows how."""

    async def open_reviews(self) -> Seen:
        """All that is open and matters."""

    async def missing(self, numbers: Collection[str]) -> Sequence[Review]:
        """What became of reviews that are not listed any more: those that are over, and those that should
        have been listed. What is not among them does not matter any more.
        """

    async def some(self, numbers: Collection[str]) -> Sequence[Review]:
        """The reviews of these numbers, open or not, whether they matter or not."""

    async def with_change_id(self, change_id: str) -> Sequence[Review]:
        """The reviews whose Change-Id begins so."""

    def number_in(self, url: str) -> str:
        """The number of the change whose address that is; nothing, where it is none of this source's."""

    async def close(self) -> None:
        """Let go of it."""


FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


def pause(failures: int, error: SourceError) -> timedelta:
    """How long to leave a source alone after so many failures in a row (1: the first): twice as long each
    time, at least what it asked for; one that refuses Muster, an hour.
    """
    if isinstance(error, RefusedError):
        return LONGEST_PAUSE
    longest = min(FIRST_PAUSE * float(2 ** min(failures - 1, 16)), LONGEST_PAUSE)
    asked = error.retry_after if isinstance(error, AwayError) else None
    return max(longest, timedelta(seconds=min(asked or 0, 86_400)))
