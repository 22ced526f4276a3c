"""``/meetings/ID/``: the minutes of a meeting that is over, and its log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from bot.model import Json
from bot.text import plain
from bot.web import Reader, Request, Response
from plugins.meetings.forms import ENDINGS, Times, outline
from plugins.meetings.forms.record import json_of_minutes
from plugins.meetings.minutes import Action, ActionState, Minutes, by_person
from plugins.meetings.offered import page_path
from plugins.meetings.pages.reading import Found
from plugins.meetings.pages.shared import templates

if TYPE_CHECKING:
    from plugins.meetings.pages.reading import ActionNow

_TITLES = {
    ".txt": "text",
    ".rst": "reStructuredText",
    ".md": "Markdown",
    ".moin.txt": "MoinMoin",
    ".mw.txt": "MediaWiki",
    ".json": "JSON",
    ".html": "one page",
    ".log.txt": "log as text",
    ".log.html": "log as one page",
}


def headers_of(*, restricted: bool) -> dict[str, str]:
    """What is restricted is kept by nobody between, and found by no search engine."""
    return {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, noarchive"} if restricted else {}


@dataclass(frozen=True, slots=True)
class Task:
    """An action as a page shows it: as it is now."""

    text: str
    number: int
    state: ActionState
    due: date | None
    is_late: bool
    changed_by: str
    line: int
    time: datetime


def minutes_page(request: Request, reader: Reader, found: Found, minutes: Minutes) -> Response:
    """The minutes as a page."""
    path = page_path(found.row.key)
    today = reader.now.astimezone(ZoneInfo(reader.frame.zone)).date()
    actions = [_as_now(action, found.actions.get(action.key)) for action in minutes.actions]
    return templates.page(
        request,
        "meeting_minutes.html",
        title=outline.title_of(minutes),
        data=json_of(reader, found, minutes),
        headers=headers_of(restricted=found.row.restricted),
        minutes=minutes,
        team=found.row.team,
        times=Times(minutes.zone),
        log=reader.href(f"{path}log"),
        forms=list(_forms(reader, found)),
        chairs=", ".join(plain(chair) for chair in minutes.chairs),
        owners=[
            (owner, [_task(action, found.actions.get(action.key), today) for action in owned])
            for owner, owned in by_person(tuple(actions))
        ],
        people=outline.present(minutes.attendees),
        regrets=[person for person in minutes.attendees if person.regrets],
        left_over=[point for point in minutes.agenda if point.state == "waiting"],
        before=found.before,
        after=found.after,
    )


def _as_now(action: Action, now: ActionNow | None) -> Action:
    if now is None:
        return action
    return Action(action.key, now.text, now.owners, now.due, now.state, action.item, now.number)


def _task(action: Action, now: ActionNow | None, today: date) -> Task:
    is_open = action.state is ActionState.OPEN
    return Task(
        text=action.text,
        number=action.number,
        state=action.state,
        due=action.due,
        is_late=is_open and action.due is not None and action.due < today,
        changed_by=now.changed_by if now is not None and not is_open else "",
        line=action.item.line,
        time=action.item.time,
    )


def _forms(reader: Reader, found: Found) -> Iterator[dict[str, str]]:
    """Links to the files in the archive that this reader may have."""
    if not found.row.written:
        return
    for ending in _TITLES:
        path = f"/archive/{found.row.path}{ending}"
        if ending in ENDINGS and (not found.row.restricted or reader.may_see(path)):
            yield {"href": reader.href(quote(path)), "title": _TITLES[ending]}


def json_of(reader: Reader, found: Found, minutes: Minutes) -> dict[str, Json]:
    """All that the page shows."""
    path = page_path(found.row.key)
    return {
        "id": found.row.key,
        "page": reader.href(path),
        "log": reader.href(f"{path}log"),
        "running": minutes.ended is None,
        "team": found.row.team or None,
        "minutes": json_of_minutes(minutes),
        "actions": [
            {
                "number": now.number,
                "text": now.text,
                "owners": list(now.owners),
                "due": now.due.isoformat() if now.due else None,
                "state": now.state.value,
            }
            for now in found.actions.values()
        ],
        "files": [form["href"] for form in _forms(reader, found)],
        "before": reader.href(page_path(found.before.key)) if found.before else None,
        "after": reader.href(page_path(found.after.key)) if found.after else None,
    }
