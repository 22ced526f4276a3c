"""What a room is told of what happened to reviews: one line for each burst. Pure.

Rules:

1. One event is told with the review's title and address; several are gathered by what happened, with their
   numbers.
2. A line names at most :data:`NAMED` reviews of each kind, and says how many more there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.text import counted, listed, shorten
from plugins.reviews.events import Event, Kind

NAMED = 6
_TITLE = 100
_ONE = {
    Kind.NEW: "New review",
    Kind.UPDATED: "New patch set of",
    Kind.ASKED: "Asked to review",
    Kind.REJECTED: "A vote against",
    Kind.APPROVED: "Approved:",
    Kind.MERGED: "Merged:",
    Kind.ABANDONED: "Abandoned:",
    Kind.CLOSED: "Closed:",
    Kind.RESTORED: "Taken up again:",
}
_MANY = {
    Kind.NEW: "new",
    Kind.UPDATED: "new patch sets of",
    Kind.ASKED: "reviewers asked for",
    Kind.REJECTED: "votes against",
    Kind.APPROVED: "approved",
    Kind.MERGED: "merged",
    Kind.ABANDONED: "abandoned",
    Kind.CLOSED: "closed",
    Kind.RESTORED: "taken up again",
}


def told(events: Sequence[Event], names: Mapping[str, str]) -> str:
    """What is said of a burst, in one line. ``names`` are what people call those whom a source knows by
    another name.
    """
    if len(events) == 1:
        return _one(events[0], names)
    projects = list(dict.fromkeys(event.review.project for event in events if event.review.project))
    where = f" in {projects[0]}" if len(projects) == 1 else ""
    parts = []
    for kind in Kind:
        numbers = list(dict.fromkeys(event.review.number for event in events if event.kind is kind))
        if numbers:
            parts.append(f"{_MANY[kind]} {_named(numbers)}")
    count = len({event.review.key for event in events})
    return f"{counted(count, 'review')}{where}: {'; '.join(parts)}."


def _named(numbers: Sequence[str]) -> str:
    if len(numbers) <= NAMED:
        return listed(numbers)
    return f"{', '.join(numbers[:NAMED])} and {len(numbers) - NAMED} more"


def _one(event: Event, names: Mapping[str, str]) -> str:
    review = event.review
    head = _ONE[event.kind]
    if event.kind is Kind.ASKED:
        head = f"{listed(names.get(who, who) for who in event.who[:NAMED])} asked to review"
    number = (
        f"{review.number} (patch set {review.patch_set})" if event.kind is Kind.UPDATED else review.number
    )
    author = names.get(review.author, review.author)
    parts = [part for part in (review.project, f"by {author}" if author else "") if part]
    title = shorten(review.title, _TITLE)
    said = f"{head} {number} ({', '.join(parts)}): {title}" if parts else f"{head} {number}: {title}"
    return f"{said} {review.url}".rstrip()
