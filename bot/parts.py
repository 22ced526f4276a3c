"""What plugins put on pages that are about something of another plugin's, or of nobody's. Pure values.

The page of a team belongs to the plugin that knows teams; what the team decided and which bugs wait for it,
other plugins know. Each gives :class:`Part` values about a :class:`Subject`, and the page shows them in the
order of their places.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.model import Json


class HasHtml(Protocol):
    """HTML that is safe to show as it is: a :class:`markupsafe.Markup`."""

    def __html__(self) -> str:
        """The HTML."""


class About(enum.StrEnum):
    """What a page with parts is about."""

    HOME = "home"
    TEAM = "team"
    PERSON = "person"
    MILESTONE = "milestone"


@dataclass(frozen=True, slots=True)
class Subject:
    """What one page is about: a team, say, and its short name. Of the home page the name is empty."""

    about: About
    name: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a page: its heading, its content, and the same as ``data`` for the page's JSON, where it
    stands under ``key``; a function that returns it, where making it takes time. ``place`` orders the parts:
    10 what is on now, 20 what comes next, 30 what was decided or is to be done, 40 and on what is there
    besides. One whose ``title`` is empty has no heading of its own.
    """

    key: str
    title: str
    html: HasHtml
    data: Json | Callable[[], Json]
    place: int = 50

    @property
    def told(self) -> Json:
        """What the page's JSON tells."""
        return self.data() if callable(self.data) else self.data


@dataclass(frozen=True, slots=True)
class Door:
    """A link in the head of every page: ``path`` is as in ``/teams/``. Doors stand in the order of their
    places. One that ``needs_server``, since what is there is asked for, is missing in a static copy. ``also``
    are paths of pages that stand behind the door too: at these it is shown as the one that one came by.
    """

    title: str
    path: str
    place: int = 50
    needs_server: bool = False
    also: tuple[str, ...] = ()

    def leads_to(self, path: str) -> bool:
        """Whether a page is behind this door."""
        return path.startswith((self.path, *self.also))
