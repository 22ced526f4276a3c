"""What stands between the pieces of the minutes' page (:func:`plugins.meetings.pages.rendering.pieces`):
whose they are, their files, what their actions came to, the meetings beside them. Pure.

It is put together by hand: a template took for it half of the time that all the page takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from markupsafe import escape

from bot.text import plain
from bot.web import Reader
from plugins.meetings.forms import Times
from plugins.meetings.forms.frame import shown_text
from plugins.meetings.minutes import ActionState, by_person
from plugins.meetings.offered import page_path
from plugins.meetings.pages.reading import Neighbour
from plugins.meetings.pages.shared import day_of, team_link


@dataclass(frozen=True, slots=True)
class Task:
    """An action as a page shows it: as it is now."""

    text: str
    owners: tuple[str, ...]
    number: int
    state: ActionState
    due: date | None
    is_late: bool
    changed_by: str
    line: int
    time: datetime


def team_html(reader: Reader, team: str) -> str:
    """Whose the meeting was, as HTML; nothing where nobody's."""
    return f"<dt>Team</dt><dd>{team_link(reader, team)}</dd>\n" if team else ""


def files_html(files: Iterable[tuple[str, str]]) -> str:
    """Links to files, each with its title, as HTML."""
    rows = "".join(f'<li><a href="{escape(href)}">{escape(title)}</a></li>' for href, title in files)
    if not rows:
        return ""
    before = '<dt class="no-print">Files</dt><dd class="no-print"><ul class="inline">'
    return f"{before}{rows}</ul></dd>\n"


def actions_html(tasks: Sequence[Task], log: str, times: Times) -> str:
    """Actions under their owners' names, as HTML; ``log`` is the link to the log."""
    if not tasks:
        return '<p class="quiet">(none)</p>\n'
    found = []
    for owner, owned in by_person(tasks):
        if owned or owner != "UNASSIGNED":
            rows = "".join(_task(one, log, times) for one in owned)
            found.append(f'<h3>{escape(plain(owner))}</h3>\n<ul class="items">\n{rows}</ul>\n')
    return "".join(found)


def _task(task: Task, log: str, times: Times) -> str:
    labels, class_ = "", "action"
    if task.state is not ActionState.OPEN:
        class_ = "action done"
        is_good = " good" if task.state is ActionState.DONE else ""
        labels += f'<span class="label{is_good}">{task.state.value}</span>'
    elif task.is_late:
        class_ = "action late"
    if task.due is not None:
        bad, late = (" bad", "late, ") if task.is_late else ("", "")
        labels += f'<span class="label{bad}">{late}due {task.due.isoformat()}</span>'
    number = f'<span class="number">#{task.number}</span> ' if task.number else ""
    line = f'<a href="{escape(log)}#l-{task.line}">{times.clock(task.time)}</a>'
    by = f", {escape(plain(task.changed_by))}" if task.changed_by else ""
    return (
        f'<li class="{class_}">{shown_text(task.text)}\n{labels}'
        f'<span class="who">{number}{line}{by}</span></li>\n'
    )


def beside_html(reader: Reader, before: Neighbour | None, after: Neighbour | None) -> str:
    """Links to the meetings before and after, as HTML."""
    rows = "".join(
        f'<a rel="{rel}" href="{escape(reader.href(page_path(one.key)))}">'
        f"{word}: {escape(plain(one.title))}, {_day(one.started, reader.frame.zone)}</a>"
        for rel, word, one in (("prev", "Before", before), ("next", "After", after))
        if one is not None
    )
    return f'<nav class="pages" aria-label="Other meetings in this room">\n{rows}</nav>\n' if rows else ""


_day = lru_cache(1_024)(day_of)
