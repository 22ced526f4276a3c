"""``/actions/``: what people said they would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlalchemy import Connection

from bot.model import Json
from bot.plugin import Bot
from bot.text import plain
from bot.web import Options, Reader, Request, Response, escaped, reader_of
from plugins.meetings.minutes import ActionState
from plugins.meetings.pages import tasks
from plugins.meetings.pages.index import rooms_of
from plugins.meetings.pages.list_rows import action_rows
from plugins.meetings.pages.shared import asked, link_of, no_such_page, templates, with_query

MOST_PEOPLE = 100
"""People that are linked to; with more of them, those with the most to do. All can be typed."""
STATES = ("open", "done", "dropped", "all")
DUES = {"": "any", "late": "late", "soon": "within a week", "dated": "has a date", "undated": "has no date"}


def today_of(reader: Reader) -> date:
    """The day in Muster's zone."""
    return reader.now.astimezone(ZoneInfo(reader.frame.zone)).date()


async def actions(bot: Bot, request: Request) -> Response:
    """The list, narrowed by ``person``, ``team``, ``state`` and ``due``; ``behind`` is where this page of it
    begins.
    """
    reader = reader_of(request)
    wanted = tasks.Wanted(
        today=today_of(reader),
        person=asked(request, "person"),
        team=asked(request, "team"),
        rooms=rooms_of(bot, asked(request, "team")),
        state=asked(request, "state") or "open",
        due=asked(request, "due"),
    )
    if wanted.state not in STATES or wanted.due not in DUES:
        raise no_such_page()
    found, last = await bot.store.look(tasks.page, wanted, asked(request, "behind"))
    counted = await bot.store.recall(_counted, wanted.today)
    counts = counted.counts
    chosen = {"person": wanted.person, "team": wanted.team, "due": wanted.due}
    state = wanted.state if wanted.state != "open" else ""
    older = with_query("/actions/", **chosen, state=state, behind=last) if last else None

    def data() -> dict[str, Json]:
        return {
            "open": counts.open,
            "late": counts.late,
            "people": dict(counts.people),
            "teams": dict(counts.teams),
            "actions": [json_of(action, reader) for action in found],
            "more": reader.href(older) if older else None,
        }

    return templates.page(
        request,
        "actions.html",
        title="Actions",
        data=data,
        groups=[(title, action_rows(actions, reader)) for title, actions in grouped(found)],
        counts=counts,
        names=counted.names,
        teams=counted.teams.with_chosen(wanted.team),
        has_team=not wanted.team or wanted.team in counted.teams,
        people=counted.busiest,
        wanted=wanted,
        states=STATES,
        dues=DUES,
        is_narrowed=any(chosen.values()) or bool(state),
        older=older,
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """How much is open, who has most of it, the names of all who have any as options of an input, and the
    teams that have any.
    """

    counts: tasks.Counts
    busiest: Sequence[tuple[str, int]]
    names: Markup
    teams: Options


def _counted(connection: Connection, today: date) -> _Counted:
    counts = tasks.counts(connection, today)
    options = (f'<option value="{escaped(plain(name))}">' for name, _ in counts.people)
    names = Markup("".join(options))  # noqa: S704 - escaped here
    teams = Options((name, f"{plain(name)} ({number})") for name, number in counts.teams)
    return _Counted(counts, busiest(counts.people, MOST_PEOPLE), names, teams)


def busiest(people: Sequence[tuple[str, int]], most: int) -> list[tuple[str, int]]:
    """Those people who have the most actions, each with how many these are; in the order that they had."""
    if len(people) <= most:
        return list(people)
    chosen = set(sorted(people, key=lambda one: -one[1])[:most])
    return [one for one in people if one in chosen]


def grouped(found: list[tasks.Shown]) -> list[tuple[str, list[tasks.Shown]]]:
    """Actions under what matters of them: the late ones first."""
    groups: dict[str, list[tasks.Shown]] = {}
    for action in found:
        if action.state is not ActionState.OPEN:
            title = action.state.value.capitalize()
        elif action.is_late:
            title = "Late"
        else:
            title = "To do" if action.due else "Without a date"
        groups.setdefault(title, []).append(action)
    order = ("Late", "To do", "Without a date", "Done", "Dropped")
    return [(title, groups[title]) for title in order if title in groups]


def json_of(action: tasks.Shown, reader: Reader) -> dict[str, Json]:
    """An action of a list, for a page's JSON."""
    return {
        "number": action.number,
        "text": action.text,
        "owners": list(action.owners),
        "due": action.due.isoformat() if action.due else None,
        "state": action.state.value,
        "late": action.is_late,
        "changed_by": action.changed_by or None,
        "changed": action.changed.isoformat() if action.changed else None,
        "meeting": action.meeting,
        "team": action.team or None,
        "page": reader.href(link_of(action)),
    }
