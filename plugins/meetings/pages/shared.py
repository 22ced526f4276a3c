"""What all pages of meetings share: their templates, and small words in them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from bot.model import Json, Room
from bot.text import listed, one_line, plain, shorten
from bot.web import HTTPException, Reader, Request, Templates
from plugins.meetings.forms import outline
from plugins.meetings.forms.frame import FOLDER, shown_text
from plugins.meetings.forms.lines import MONTHS
from plugins.meetings.minutes import DECISIONS, Item
from plugins.meetings.offered import page_path
from plugins.meetings.pages.tasks import UNASSIGNED, Shown

if TYPE_CHECKING:
    from plugins.meetings.pages.listing import Listed


_LONGEST = 1000  # characters of a name in an address


def day_of(time: datetime, zone: str) -> str:
    """``22 November 2026``."""
    local = time.astimezone(ZoneInfo(zone))
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def month_of(time: datetime, zone: str) -> str:
    """``November 2026``."""
    local = time.astimezone(ZoneInfo(zone))
    return f"{MONTHS[local.month - 1]} {local.year}"


def lasted(since: datetime, until: datetime) -> str:
    """``1 h 20 min``."""
    minutes = max(round((until - since).total_seconds() / 60), 0)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


@lru_cache(4_096)
def room_path(room: Room) -> str:
    """The page of a logged room."""
    return f"/rooms/{quote(room.network, safe='')}/{quote(room.name, safe='')}/"


def team_link(reader: Reader, team: str) -> Markup:
    """A team's name, as a link where teams have pages."""
    if not any(door.path == "/teams/" for door in reader.frame.doors):
        return escape(plain(team))
    return _link(reader.href(_team_path(team)), team)


@lru_cache(4_096)
def _team_path(team: str) -> str:
    return f"/teams/{quote(team, safe='')}/"


@lru_cache(4_096)
def _link(href: str, name: str) -> Markup:
    # Each part is escaped; Markup.format() takes several times as long.
    return Markup(f'<a href="{escape(href)}">{escape(plain(name))}</a>')  # noqa: S704


def link_of(action: Shown) -> str:
    """Where an action was made: its line, or its meeting while that runs."""
    return link_of_line(action.meeting, action.line) if action.line else page_path(action.meeting)


def link_of_line(meeting: str, line: int) -> str:
    """The permanent address of a line."""
    return f"{page_path(meeting)}log#l-{line}"


def owners_of(action: Shown) -> str:
    """``bob and carol``, or ``UNASSIGNED``."""
    return listed(plain(owner) for owner in action.owners) or UNASSIGNED


def with_query(path: str, **values: object) -> str:
    """A path with those of the values that are not empty."""
    given = {name: value for name, value in values.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def is_decision(item: Item) -> bool:
    """Whether an item is a decision."""
    return item.kind in DECISIONS


def asked(request: Request, name: str) -> str:
    """What an address asks for under a name, as one line that any database takes; nothing where it asks for
    nothing.
    """
    return shorten(one_line(request.query_params.get(name, "")), _LONGEST)


def named(request: Request, name: str) -> str:
    """What an address has in its path. Raises as for a page that is not there where no name could be so."""
    found: str = request.path_params[name]
    if found != one_line(found) or len(found) > _LONGEST:
        raise no_such_page()
    return found


def no_such_page() -> HTTPException:
    """What is not there, or must look as if it were not."""
    return HTTPException(404, "There is no such page.")


def json_of(meeting: Listed, reader: Reader) -> dict[str, Json]:
    """A meeting of a list, for a page's JSON."""
    return {
        "id": meeting.key,
        "page": reader.href(page_path(meeting.key)),
        "title": plain(meeting.title),
        "network": meeting.room.network,
        "room": meeting.room.name,
        "team": meeting.team or None,
        "started": meeting.started.isoformat(),
        "ended": meeting.ended.isoformat() if meeting.ended else None,
        "came": meeting.came,
        "missed": meeting.missed,
    }


templates = Templates(
    __file__,
    folders=[FOLDER],
    text=shown_text,
    plain=plain,
    day_of=day_of,
    page_path=page_path,
    team_link=team_link,
    with_query=with_query,
    one_line=one_line,
    link_of_line=link_of_line,
    is_decision=is_decision,
    also=outline.also,
    choice_name=outline.choice_name,
    choice_voters=outline.choice_voters,
    outcome=outline.outcome,
    old_owners=outline.old_owners,
    old_number=outline.old_number,
)
