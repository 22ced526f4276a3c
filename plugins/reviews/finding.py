"""Which review a word means. Pure.

Rules:

1. A number (``1234``, ``#1234``), a Change-Id or the beginning of one (``I8473b959``), the address of a
   change, or ``SOURCE/1234`` where several sources have that number.
2. A review's name is its number, or ``SOURCE/NUMBER`` where another source has the same number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from plugins.reviews.review import Review, in_order

_NUMBER = re.compile(r"#?(?P<number>[0-9]{1,9})")
_CHANGE_ID = re.compile(r"I[0-9a-f]{6,40}", re.IGNORECASE)
_IN_SOURCE = re.compile(r"(?P<source>[a-z][a-z0-9-]*)[/:]#?(?P<number>[0-9]{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a word means: a number, in a source if it says so, or a Change-Id; nothing of these where it is no
    review's name.
    """

    number: str = ""
    source: str = ""
    change_id: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether it names no review."""
        return not self.number and not self.change_id


def meant(word: str, sources: Collection[str]) -> Meant:
    """What a word that is no address means."""
    if match := _NUMBER.fullmatch(word):
        return Meant(str(int(match["number"])))
    if match := _IN_SOURCE.fullmatch(word):
        source = match["source"].lower()
        return Meant(str(int(match["number"])), source) if source in sources else Meant()
    if _CHANGE_ID.fullmatch(word):
        return Meant(change_id=f"I{word[1:].lower()}")
    return Meant()


def chosen(what: Meant, reviews: Iterable[Review]) -> list[Review]:
    """The reviews that are meant; those that are open where there are such."""
    found = [
        review
        for review in reviews
        if (not what.source or review.source == what.source)
        and (review.number == what.number if what.number else review.change_id.startswith(what.change_id))
    ]
    is_open = [review for review in found if review.is_open]
    # A Change-Id stands for one change in several branches: what is closed is rarely meant. A number is one.
    return in_order(is_open if what.change_id and is_open else found)


def name_of(review: Review, others: Collection[tuple[str, str]], sources: Collection[str]) -> str:
    """What a review is called; ``others`` are the keys of all reviews."""
    for source in sources:
        if source != review.source and (source, review.number) in others:
            return f"{review.source}/{review.number}"
    return review.number
