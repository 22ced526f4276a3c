"""Reviews in one line each. Pure."""

from __future__ import annotations

from bot.text import counted, listed, shorten
from plugins.reviews.ranking import Ranked, spoken
from plugins.reviews.review import Review

_TITLE = 120
_LISTED_TITLE = 60
_IN_MEETING = 4


def whole(one: Ranked, *, name: str, author: str, team: str, why_team: str, holder: str) -> str:
    """All that one asks of a review: ``1234: Quotas. openstack/nova, master, by bob; needs review, +1; fixes
    bug 7 (Critical), waits 5 days; for nova-api (path:nova/api); anna has it. https://...``
    """
    review = one.review
    place = ", ".join(part for part in (review.project, review.branch) if part)
    parts = [", ".join(part for part in (place, f"by {author}" if author else "") if part), review.standing]
    if review.is_open:
        parts.append(one.why)
    parts.append(f"for {team} ({why_team})" if team else "for no team")
    if holder:
        parts.append(f"{holder} has it")
    title = shorten(review.title, _TITLE).rstrip(".")
    said = f"{name}: {title}. {'; '.join(part for part in parts if part)}."
    return f"{said} {review.url}".rstrip()


def listed_line(one: Ranked, *, name: str, held: str) -> str:
    """A review among others: ``1234 (needs review, +1; fixes bug 7 (Critical), waits 5 days; anna has it):
    Quotas``.
    """
    review = one.review
    parts = [review.standing, one.why if review.is_open else "", held]
    return f"{name} ({'; '.join(part for part in parts if part)}): {shorten(review.title, _LISTED_TITLE)}"


def mentioned_line(review: Review, *, name: str, holder: str) -> str:
    """A review that somebody mentions: ``1234 (openstack/nova; needs review, +1): Quotas``."""
    parts = [review.project, review.standing, f"{holder} has it" if holder else ""]
    return f"{name} ({'; '.join(part for part in parts if part)}): {shorten(review.title, _TITLE)}"


def related_line(review: Review, name: str) -> str:
    """A review behind what it is about: ``review 1234 (needs review, +1)``."""
    return f"review {name} ({review.standing})"


def daily_line(waiting: list[Ranked], names: dict[tuple[str, str], str]) -> str:
    """``2 reviews wait, the longest 1234 (5 days): Quotas.``; nothing for none."""
    if not waiting:
        return ""
    longest = max(waiting, key=lambda one: one.waited)
    name = names[longest.review.key]
    title = shorten(longest.review.title, _LISTED_TITLE).rstrip(".")
    if len(waiting) == 1:
        return f"1 review waits, {name} ({spoken(longest.waited)}): {title}."
    return f"{len(waiting)} reviews wait, the longest {name} ({spoken(longest.waited)}): {title}."


def meeting_line(waiting: list[Ranked], names: dict[tuple[str, str], str]) -> str:
    """``3 reviews wait: 1234 (fixes bug 7 (Critical), waits 5 days), 1235 (waits 2 days) and 1 more.``;
    nothing for none.
    """
    if not waiting:
        return ""
    said = [f"{names[one.review.key]} ({one.why})" for one in waiting[:_IN_MEETING]]
    if len(waiting) > _IN_MEETING:
        said.append(f"{len(waiting) - _IN_MEETING} more")
    return f"{counted(len(waiting), 'review')} {'waits' if len(waiting) == 1 else 'wait'}: {listed(said)}."
