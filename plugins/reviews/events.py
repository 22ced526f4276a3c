"""What happened between two looks at a source. Pure.

Rules:

1. The first look at a source tells nothing: all that is there is old.
2. Of one change one event is told for each look, the weightiest: what became of it before what was said of
   it, and that before a new patch set.
3. Work in progress is new once it is ready; nobody is told of it before.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugins.reviews.review import Review, State, Waits


class Kind(enum.StrEnum):
    """What happened to a change. The values are what people type, and are stored."""

    NEW = "new"
    UPDATED = "updated"  # a new patch set
    ASKED = "asked"  # somebody was asked to review it
    REJECTED = "rejected"
    APPROVED = "approved"
    MERGED = "merged"
    ABANDONED = "abandoned"
    CLOSED = "closed"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a review; ``who`` are those who were asked."""

    kind: Kind
    review: Review
    who: tuple[str, ...] = ()


_CLOSED = {
    State.MERGED: Kind.MERGED,
    State.ABANDONED: Kind.ABANDONED,
    State.CLOSED: Kind.CLOSED,
}


def differences(before: Mapping[str, Review], after: Iterable[Review]) -> list[Event]:
    """What happened to the reviews of one source, which are known by their numbers, in their order."""
    found = (_difference(before.get(review.number), review) for review in after)
    return [event for event in found if event is not None]


def _difference(before: Review | None, after: Review) -> Event | None:
    if before is None or (before.is_wip and not after.is_wip and after.is_open):
        return Event(Kind.NEW, after) if after.is_open and not after.is_wip else None
    if before.state is not after.state:
        return Event(_CLOSED.get(after.state, Kind.RESTORED), after)
    if not after.is_open or after.is_wip:
        return None
    if after.waits_for is Waits.MERGE and before.waits_for is not Waits.MERGE:
        return Event(Kind.APPROVED, after)
    if after.is_rejected and not before.is_rejected:
        return Event(Kind.REJECTED, after)
    asked = tuple(who for who in after.reviewers if who not in before.reviewers and who != after.author)
    voters = {vote.who for vote in after.votes if vote.value}
    asked = tuple(who for who in asked if who not in voters)
    if asked:
        return Event(Kind.ASKED, after, asked)
    return Event(Kind.UPDATED, after) if after.patch_set > before.patch_set else None
