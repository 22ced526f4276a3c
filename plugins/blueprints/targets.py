"""Which milestone is meant, and whether a blueprint may be for it. Pure.

Rules:

1. A blueprint may be for an active milestone of the series that is worked on; where none is known, of any.
2. A milestone is named whole, or by the beginning of the one name alone, among those that may be taken.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.text import listed, shorten
from plugins.blueprints.progress import in_order
from plugins.tracker import Milestone

NONE = "none"
_SHOWN = 8


class NoSuchMilestoneError(ValueError):
    """No milestone that may be taken is meant; says why, and which may."""


def valid(milestones: Iterable[Milestone], series: str) -> list[Milestone]:
    """The milestones that take blueprints, as they come."""
    return in_order(one for one in milestones if one.is_active and series in {"", one.series})


def milestone_to_take(word: str, milestones: Iterable[Milestone], series: str) -> Milestone:
    """The milestone meant, of those that take blueprints. Raises :class:`NoSuchMilestoneError`."""
    known = list(milestones)
    may = valid(known, series)
    found = meant(word, may)
    if len(found) == 1:
        return found[0]
    if found:
        raise NoSuchMilestoneError(_several(word, found))
    return_to = f"{_those(may)}."
    other = meant(word, known)
    if len(other) == 1:
        why = f"is of the series {other[0].series}" if other[0].is_active else "takes nothing more"
        raise NoSuchMilestoneError(f"{other[0].name} {why}; {return_to}")
    raise NoSuchMilestoneError(f"There is no milestone {shorten(word, 40)!r}; {return_to}")


def milestone_named(word: str, milestones: Iterable[Milestone]) -> Milestone:
    """The milestone that a word means, of all. Raises :class:`NoSuchMilestoneError`."""
    known = list(milestones)
    found = meant(word, known)
    if len(found) == 1:
        return found[0]
    if found:
        raise NoSuchMilestoneError(_several(word, found))
    raise NoSuchMilestoneError(f"There is no milestone {shorten(word, 40)!r}; {_those(in_order(known))}.")


def meant(word: str, milestones: Iterable[Milestone]) -> list[Milestone]:
    """The milestone of that name, or else those whose names begin so."""
    wanted = word.lower()
    known = list(milestones)
    exact = [one for one in known if one.name == wanted]
    return exact or [one for one in known if wanted and one.name.startswith(wanted)]


def _several(word: str, found: list[Milestone]) -> str:
    return (
        f"{shorten(word, 40)!r} may be {listed((one.name for one in found[:_SHOWN]), 'or')}; say more of it."
    )


def _those(milestones: list[Milestone]) -> str:
    if not milestones:
        return "there are none to take"
    rest = len(milestones) - _SHOWN
    names = [one.name for one in milestones[:_SHOWN]] + ([f"{rest} more"] if rest > 0 else [])
    return f"there {'is' if len(milestones) == 1 else 'are'} {listed(names)}"
