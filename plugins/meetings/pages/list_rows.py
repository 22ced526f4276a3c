"""Meetings and actions as items of a list.

A page may have a hundred of them, so they are put together here and not by a template. All that came from the
chat goes through :func:`~bot.web.html.escaped` or
:func:`~plugins.meetings.forms.frame.linked`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup

from bot.text import plain
from bot.web import Reader, escaped
from bot.web.templates import shown
from plugins.meetings.forms.frame import linked
from plugins.meetings.minutes import ActionState
from plugins.meetings.offered import page_path
from plugins.meetings.pages.listing import Listed
from plugins.meetings.pages.shared import day_of, lasted, link_of, owners_of, team_link
from plugins.meetings.pages.tasks import Shown


def action_rows(actions: Iterable[Shown], reader: Reader, *, whose: bool = True) -> Markup:
    """What people said they would do; ``whose`` it is, too, where that is not plain from the page."""
    return Markup("".join(_action(one, reader, whose=whose) for one in actions))  # noqa: S704 - escaped there


def _action(action: Shown, reader: Reader, *, whose: bool) -> str:
    state, labels, mark = action.state, "", ""
    text = linked(plain(action.text))
    if state is not ActionState.OPEN:
        mark = " done"
        labels = f'<span class="label{" good" if state is ActionState.DONE else ""}">{state.value}</span>\n'
    elif action.is_late:
        mark = " late"
    if action.due:
        late = ("late, ", " bad") if action.is_late else ("", "")
        labels += f'<span class="label{late[1]}">{late[0]}due {action.due.isoformat()}</span>\n'
    owners = f"{escaped(owners_of(action))}, " if whose else ""
    href = escaped(reader.href(link_of(action)))
    meeting = f"{escaped(plain(action.title) or action.meeting)}, {day_of(action.held, reader.frame.zone)}"
    by = f", changed by {escaped(plain(action.changed_by))}" if action.changed_by else ""
    return (
        f'<li class="action{mark}"><span class="number">#{action.number}</span> {text}\n'
        f'{labels}<span class="who">{owners}<a href="{href}">{meeting}</a>{by}</span></li>\n'
    )


def meeting_rows(meetings: Iterable[Listed], reader: Reader) -> Markup:
    """Meetings that run or are over."""
    zone = reader.frame.zone
    rows = (
        _meeting(one, reader.href(page_path(one.key)), team_link(reader, one.team) if one.team else "", zone)
        for one in meetings
    )
    return Markup("".join(rows))  # noqa: S704 - escaped there


@lru_cache(4_096)  # the same ones stand in many lists
def _meeting(meeting: Listed, href: str, team_html: str, zone: str) -> str:
    title = plain(meeting.title)
    team = f'<span class="tag">{team_html}</span>' if meeting.team not in ("", title) else ""
    how_long = f", {lasted(meeting.started, meeting.ended)}" if meeting.ended else ""
    came = ""
    if meeting.came is not None:
        came = f", {meeting.came} of {meeting.came + (meeting.missed or 0)} of the team"
    return (
        f'<li>\n<a href="{escaped(href)}">'
        f"<strong>{escaped(title or meeting.key)}</strong></a>\n"
        f'{team}<span class="who">{shown(meeting.started, zone)}{how_long}, '
        f"{escaped(plain(meeting.room.name))} on {escaped(plain(meeting.room.network))}{came}</span>\n</li>\n"
    )
