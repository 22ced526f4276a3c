"""``/meetings/``: all public meetings, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from markupsafe import Markup
from sqlalchemy import Connection

from bot.derived import Derived
from bot.model import Json, Room
from bot.plugin import Bot
from bot.text import plain
from bot.web import Options, Reader, Request, Response, link, reader_of
from plugins.meetings.daily_pages import is_shown
from plugins.meetings.pages import listing
from plugins.meetings.pages.days import logged_rooms
from plugins.meetings.pages.list_rows import meeting_rows
from plugins.meetings.pages.shared import (
    asked,
    json_of,
    month_of,
    no_such_page,
    room_path,
    templates,
    with_query,
)

_FIRST_YEAR, _LAST_YEAR = 1971, 8999


@dataclass(frozen=True, slots=True)
class _Logged:
    """The rooms that have pages, and links to these."""

    rooms: Sequence[Room]
    links: Markup


class Index:
    """The list, for a running Muster."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._rooms: Derived[_Logged] = Derived()

    async def page(self, request: Request) -> Response:
        """A page of it, narrowed by ``room``, ``team`` and ``year``; ``before`` is where it begins."""
        bot, reader = self._bot, reader_of(request)
        wanted = listing.Wanted(
            room=_room(asked(request, "room")),
            team=asked(request, "team"),
            rooms=rooms_of(bot, asked(request, "team")),
            year=_year(asked(request, "year")),
            zone=reader.frame.zone,
        )
        before = asked(request, "before")
        page, on_now = await bot.store.look(_listed, wanted, before)
        if page is None:
            raise no_such_page()

        def address(place: str | None) -> str | None:
            if place is None:
                return None
            room, team, year = asked(request, "room"), wanted.team, wanted.year
            return with_query("/meetings/", room=room, team=team, year=year, before=place)

        older, newer = address(page.older), address(page.newer)
        offered = await bot.store.recall(_offered, reader.frame.zone)
        logged = self._logged(await bot.store.recall(logged_rooms), reader)

        def data() -> dict[str, Json]:
            return {
                "on_now": [json_of(meeting, reader) for meeting in on_now],
                "meetings": [json_of(meeting, reader) for meeting in page.meetings],
                "older": reader.href(older) if older else None,
                "newer": reader.href(newer) if newer else None,
                "logged_rooms": [reader.href(room_path(room)) for room in logged.rooms],
            }

        return templates.page(
            request,
            "meetings_index.html",
            title="Meetings",
            data=data,
            on_now=meeting_rows(on_now, reader),
            months=_months(page.meetings, reader),
            older=older,
            newer=newer,
            logged=logged.links,
            wanted=wanted,
            is_narrowed=bool(wanted.room or wanted.team or wanted.year),
            rooms=offered.rooms.with_chosen(str(wanted.room or "")),
            teams=offered.teams.with_chosen(wanted.team),
            years=offered.years,
        )

    def _logged(self, known: Sequence[Room], reader: Reader) -> _Logged:
        """Of the rooms that lines were kept of, those that have pages."""

        def make() -> _Logged:
            rooms = [room for room in known if is_shown(self._bot, room)]
            return _Logged(rooms, _links(rooms, reader))

        if reader.opened:  # their links have their signature
            return make()
        return self._rooms.of((known, self._bot.placed, reader.frame), make)


@dataclass(frozen=True, slots=True)
class _Offered:
    """What the list can be narrowed to, as a form offers it."""

    rooms: Options
    teams: Options
    years: tuple[int, ...]


def _offered(connection: Connection, zone: str) -> _Offered:
    choices = listing.choices(connection, zone)
    return _Offered(
        Options((str(room), _name(room)) for room in choices.rooms),
        Options((team, plain(team)) for team in choices.teams),
        choices.years,
    )


def _links(rooms: Iterable[Room], reader: Reader) -> Markup:
    """Links to the pages of rooms, put together by hand: there may be hundreds."""
    rows = (f"<li>{link(reader.href(room_path(room)), _name(room))}</li>\n" for room in rooms)
    return Markup("".join(rows))  # noqa: S704 - each is escaped


@lru_cache(4_096)
def _name(room: Room) -> str:
    return f"{plain(room.name)} on {plain(room.network)}"


def _listed(
    connection: Connection, wanted: listing.Wanted, before: str
) -> tuple[listing.Page | None, list[listing.Listed]]:
    """A page of the list, and on the first one what runs: a transaction."""
    on_now = [] if before else listing.running(connection, wanted)
    return listing.page(connection, wanted, before), on_now


def rooms_of(bot: Bot, team: str) -> tuple[Room, ...]:
    """The rooms that are a team's now; nothing where there is no such team."""
    found = bot.team_named(team) if team else None
    return () if found is None or found.name != team else found.rooms


def _months(meetings: tuple[listing.Listed, ...], reader: Reader) -> list[tuple[str, Markup]]:
    def month(meeting: listing.Listed) -> str:
        return month_of(meeting.started, reader.frame.zone)

    return [(title, meeting_rows(held, reader)) for title, held in groupby(meetings, month)]


def _room(name: str) -> Room | None:
    """``oftc/#nova``; what is none fits no meeting."""
    if not name:
        return None
    network, _, room = name.partition("/")
    return Room(network, room)


def _year(text: str) -> int:
    """A year; nothing where none is given. Raises as for a page that is not there."""
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and _FIRST_YEAR <= int(text[:5]) <= _LAST_YEAR):
        raise no_such_page()
    return int(text)
