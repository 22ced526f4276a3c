"""``/meetings/ID/``: the minutes of a meeting that is over, and its log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import quote
from zoneinfo import ZoneInfo

from bot.model import Json
from bot.web import Reader, Request, Response
from plugins.meetings.forms import ENDINGS, Times
from plugins.meetings.forms.record import json_of_minutes
from plugins.meetings.minutes import ActionState, Minutes
from plugins.meetings.offered import page_path
from plugins.meetings.pages.between import Task, actions_html, beside_html, files_html, team_html
from plugins.meetings.pages.reading import ActionNow, Found
from plugins.meetings.pages.rendering import pieces
from plugins.meetings.pages.shared import templates
from plugins.meetings.rendered import Facts
from plugins.meetings.rendered import Task as Made

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


def head_of(*, restricted: bool) -> str:
    """The same for the head of a page."""
    return '<meta name="robots" content="noindex, noarchive">' if restricted else ""


def minutes_page(request: Request, reader: Reader, found: Found, facts: Facts, body: bytes) -> Response:
    """The minutes as a page; ``body`` is what stays as it was when they were written."""
    row = found.row
    today = reader.now.astimezone(ZoneInfo(reader.frame.zone)).date()
    tasks = [_task(task, found.actions.get(task.key), today) for task in facts.actions]
    between = (
        team_html(reader, row.team),
        files_html(_forms(reader, found)),
        actions_html(tasks, log_link(reader, page_path(row.key)), Times(facts.zone)),
        beside_html(reader, found.before, found.after),
    )
    main = b"".join(
        part
        for piece, html in zip(pieces(body), between, strict=True)
        for part in (piece, html.encode("utf-8", "replace"))
    )
    return templates.framed(
        request,
        lambda: (main,),
        title=facts.title,
        tag=main,
        head=head_of(restricted=row.restricted),
        headers=headers_of(restricted=row.restricted),
    )


def log_link(reader: Reader, path: str) -> str:
    """The link to the log from a meeting's page: the same for all but those who came by a signed link, whose
    signature it has.
    """
    return reader.href(f"{path}log") if reader.opened else "log"


def data_page(request: Request, reader: Reader, found: Found, minutes: Minutes) -> Response:
    """The minutes as JSON."""
    return templates.data(
        request, json_of(reader, found, minutes), headers_of(restricted=found.row.restricted)
    )


def _task(task: Made, now: ActionNow | None, today: date) -> Task:
    """An action as a page shows it, whatever it was when the minutes were written."""
    state, due = (task.state, task.due) if now is None else (now.state, now.due)
    is_open = state is ActionState.OPEN
    return Task(
        text=task.text if now is None else now.text,
        owners=task.owners if now is None else now.owners,
        number=task.number if now is None else now.number,
        state=state,
        due=due,
        is_late=is_open and due is not None and due < today,
        changed_by=now.changed_by if now is not None and not is_open else "",
        line=task.line,
        time=task.time,
    )


def _forms(reader: Reader, found: Found) -> Iterator[tuple[str, str]]:
    """Links to the files in the archive that this reader may have."""
    if not found.row.written:
        return
    path = f"/archive/{found.row.path}"
    quoted = quote(path)  # an ending has nothing that is to be quoted
    for ending, title in _TITLES.items():
        if ending in ENDINGS and (not found.row.restricted or reader.may_see(f"{path}{ending}")):
            yield reader.href(f"{quoted}{ending}"), title


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
        "files": [href for href, _ in _forms(reader, found)],
        "before": reader.href(page_path(found.before.key)) if found.before else None,
        "after": reader.href(page_path(found.after.key)) if found.after else None,
    }
