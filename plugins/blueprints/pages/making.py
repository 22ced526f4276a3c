"""What the pages are made with: their templates, and pieces that last as long as what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Generic, TypeVar

from bot.text import one_line
from bot.web import Templates
from plugins.blueprints.addresses import blueprint_path, list_path, milestone_path
from plugins.blueprints.pages.shown import web_address, without_address
from plugins.blueprints.progress import days_to
from plugins.rosters import person_path, person_word, shown_name, team_path
from plugins.tracker import Milestone

T = TypeVar("T")

templates = Templates(
    __file__,
    blueprint_path=blueprint_path,
    milestone_path=milestone_path,
    list_path=list_path,
    team_path=team_path,
    person_path=person_path,
    person_word=person_word,
    shown_name=shown_name,
    without_address=without_address,
    web_address=web_address,
    line=one_line,
)
_MOST = 64


class Lasting(Generic[T]):
    """Values by their keys, each kept while what it stands on is the same: equal, or the very object. Of more
    than :data:`_MOST` the one that was made first goes.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[object, ...], T]] = {}

    def get(self, key: str, stands_on: tuple[object, ...], make: Callable[[], T]) -> T:
        """The value of a key, made where it is not there, or stood on something else."""
        known = self._kept.pop(key, None)
        if known is None or known[0] != stands_on:
            known = (stands_on, make())
        self._kept[key] = known
        if len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]
        return known[1]


def due(milestone: Milestone, today: date) -> str:
    """When a milestone is due, in words; nothing where that is not known."""
    return "" if milestone.due is None else f"{milestone.due}, {days_to(milestone.due, today)}"
