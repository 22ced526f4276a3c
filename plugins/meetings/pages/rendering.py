"""The HTML of a meeting that is over, as it is kept (:mod:`plugins.meetings.rendered`). Pure, for a thread.

What may change without the minutes (whose page the team has, which files there are, what actions came to)
stands between the :func:`pieces`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from bot.text import plain
from plugins.meetings import rendered
from plugins.meetings.forms import NumberedLine, Times, outline
from plugins.meetings.forms.versions import Versions, versions_of
from plugins.meetings.minutes import Action, Item, ItemKind, Minutes
from plugins.meetings.pages.rows import Rows
from plugins.meetings.pages.shared import templates
from plugins.meetings.rendered import Facts, Rendered, Task, compress
from plugins.meetings.results import items_of

TEAM = Markup("<!-- the team -->\n")
FILES = Markup("<!-- the files -->\n")
ACTIONS = Markup("<!-- the actions -->\n")
LINES = Markup("<!-- the lines -->\n")


def render(minutes: Minutes, lines: Sequence[NumberedLine]) -> Rendered | None:
    """The pages of a meeting; ``None`` of one that is restricted, or not over."""
    if minutes.restricted or minutes.ended is None:
        return None
    head, tail = log_body(minutes, "./").split(LINES)
    rows = rows_of(minutes, versions_of(minutes, lines))
    return Rendered(
        edition=rendered.edition(),
        facts=facts_of(minutes),
        minutes=compress([minutes_body(minutes, "log")]),
        log=compress([head, *rows.pieces(lines), rows.end(), tail]),
    )


def facts_of(minutes: Minutes) -> Facts:
    """What the page of the minutes is made of besides its HTML."""
    return Facts(outline.title_of(minutes), minutes.zone, tuple(map(_task, minutes.actions)))


def _task(action: Action) -> Task:
    return Task(
        key=action.key,
        number=action.number,
        text=action.text,
        owners=action.owners,
        due=action.due,
        state=action.state,
        line=action.item.line,
        time=action.item.time,
    )


def minutes_body(minutes: Minutes, log: str) -> Markup:
    """The minutes, with marks; ``log`` is the link to the log."""
    return templates.fragment(
        "minutes_body.html",
        minutes=minutes,
        times=Times(minutes.zone),
        log=log,
        chairs=", ".join(plain(chair) for chair in minutes.chairs),
        people=outline.present(minutes.attendees),
        regrets=[person for person in minutes.attendees if person.regrets],
        left_over=[point for point in minutes.agenda if point.state == "waiting"],
        team_here=TEAM,
        files_here=FILES,
        actions_here=ACTIONS,
    )


def log_body(minutes: Minutes, back: str) -> Markup:
    """The log, with a mark for its lines; ``back`` is the link to the meeting's own page."""
    times = Times(minutes.zone)
    where = f"{plain(minutes.room)} on {plain(minutes.network)}"
    return templates.fragment(
        "log_body.html",
        times=times,
        lead=f"{times.date(minutes.started)}, {where}.",
        links=[{"href": back, "title": "Minutes" if minutes.ended else "The meeting"}],
        topics=list(_topics(minutes)),
        lines=LINES,
    )


def rows_of(minutes: Minutes, versions: Versions) -> Rows:
    """What makes the rows of a meeting's log."""
    return Rows(Times(minutes.zone), {topic.line for topic in _topics(minutes)}, versions=versions)


def _topics(minutes: Minutes) -> Iterator[Item]:
    kinds = {ItemKind.TOPIC, ItemKind.SUBTOPIC}
    return (item for item in items_of(minutes.sections) if item.kind in kinds)


def pieces(body: bytes) -> list[bytes]:
    """The pieces of the minutes between the marks of the team, the files and the actions."""
    found = []
    for mark in _BETWEEN:
        piece, _, body = body.partition(mark)
        found.append(piece)
    return [*found, body]


_BETWEEN = tuple(mark.encode() for mark in (TEAM, FILES, ACTIONS))
