"""Notes: what is not chat and yet changes a meeting (:mod:`plugins.meetings.notes`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.model import Json, Line
from bot.text import plain
from plugins.meetings.agenda import DONE, DROPPED
from plugins.meetings.course import action_effect, action_key, clock_struck, end
from plugins.meetings.effects import Effect, Tell
from plugins.meetings.items import Noted, is_stub
from plugins.meetings.minutes import ActionState, ItemKind
from plugins.meetings.notes import ACTION, AGENDA, BALLOT, BALLOTS, CLOCK, CLOSED, EDITED, KNOWN, OFF
from plugins.meetings.opening import action_state, day, pairs_in
from plugins.meetings.owners import parse_action
from plugins.meetings.redaction import redact_line
from plugins.meetings.replies import cut, say
from plugins.meetings.words import Said, split_link

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting

_MOST_BALLOTS = 1_000_000
_CLOSED = {ActionState.DONE: DONE, ActionState.DROPPED: DROPPED}  # and what becomes of its point


def noted(meeting: Meeting, line: Line) -> Iterator[Effect]:
    """Fold a note in; one that is not known, or has nothing to say now, changes nothing."""
    if meeting.ended is not None and line.text not in _ALSO_AFTERWARDS:
        return
    handler = _HANDLERS.get(line.text)
    if handler is not None:
        yield from handler(meeting, line)


def _ballot(meeting: Meeting, line: Line) -> Iterator[Effect]:
    nick = line.actor.nick
    if meeting.poll is None:
        yield Tell(line.actor, f"No vote is open in {meeting.room.name}.")
        return
    choice = line.data.get("choice")
    voter = meeting.voter(meeting.poll, line.actor)
    if meeting.poll.voted_openly(voter):
        # Else a log that names no secret voter would count the open ballot as well.
        yield Tell(line.actor, f"You have voted openly, in {meeting.room.name}: change your vote there.")
        return
    cast = meeting.poll.cast(voter, nick, choice if isinstance(choice, str) else "", secret=True)
    meeting.poll.secret_lines[meeting.ballot_count] = cast.option
    if cast.option is None:
        yield Tell(line.actor, cut(cast.text))
    else:
        yield Tell(
            line.actor,
            cut(f"Your vote is counted, and nobody sees whose it is: {cast.option}, {meeting.poll.question}"),
        )


def _ballots(meeting: Meeting, line: Line) -> Iterator[Effect]:
    if meeting.poll is not None:
        for option, count in line.data.items():
            if isinstance(count, int) and not isinstance(count, bool) and 0 < count <= _MOST_BALLOTS:
                meeting.poll.add_secret_totals(option, count)
    return
    yield


def _agenda(meeting: Meeting, line: Line) -> Iterator[Effect]:
    points = line.data.get("points")
    keys = line.data.get("keys")
    by = meeting.opening.team or "the team"
    added: list[int] = []
    for text, key in itertools.zip_longest(
        points if isinstance(points, list) else [], keys if isinstance(keys, list) else []
    ):
        numbers = meeting.agenda.import_points([plain(text)] if isinstance(text, str) else [], by)
        added += numbers
        if numbers and isinstance(key, str):
            meeting.point_of_action[key] = numbers[0]
    how_many = f"{len(added)} points" if len(added) != 1 else "1 point"
    yield say(f"The agenda has {how_many} more." if added else "There is nothing to put on the agenda.")


def _action(meeting: Meeting, line: Line) -> Iterator[Effect]:
    data = line.data
    key, by = data.get("key"), data.get("by")
    state = action_state(data.get("state"))
    owners = _names(data.get("owners"))
    if not isinstance(key, str):
        return
    if meeting.ended is None and state in _CLOSED and (point := meeting.point_of_action.get(key)) is not None:
        meeting.agenda.settle(point, _CLOSED[state])
    if (old := meeting.old_actions.get(key)) is not None:
        meeting.old_actions[key] = replace(
            old,
            state=state or old.state,
            due=day(data.get("due")) if "due" in data else old.due,
            owners=old.owners if owners is None else owners,
        )
    elif (item := action_of(meeting, key)) is not None:
        item.state = state or item.state
        if "due" in data:
            item.due = day(data.get("due"))
        if owners is not None:
            item.owners = owners
    else:
        return
    if meeting.ended is None and state in _CLOSED:
        meeting.closed_actions.append((key, by if isinstance(by, str) else "Somebody", state))
    return
    yield


def action_of(meeting: Meeting, key: str) -> Noted | None:
    """The item of the action of that key, if it is of this meeting."""
    _, found, number = key.rpartition("-a")
    if not found or not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    item = meeting.items.get(int(number))
    known = item is not None and item.kind is ItemKind.ACTION and action_key(meeting, item) == key
    return item if known else None


def _edited(meeting: Meeting, line: Line) -> Iterator[Effect]:
    number, text, by = (line.data.get(key) for key in ("item", "text", "by"))
    if not isinstance(number, int) or not isinstance(text, str) or not plain(text).strip():
        return
    item = meeting.items.get(number)
    if item is None or item.redacted:
        return
    who = by if isinstance(by, str) else line.actor.nick
    change_text(meeting, item, plain(text).strip(), who, line, None)
    if meeting.ended is not None:
        when = meeting.local(line.time)
        meeting.notes.append(
            f"Item {item.number} was edited by {who} at {when:%Y-%m-%d %H:%M} {meeting.zone.key}."
        )
    if item.kind is ItemKind.ACTION:
        yield action_effect(meeting, item)


def _known(meeting: Meeting, line: Line) -> Iterator[Effect]:
    """Some accounts are one person's: whose actions they are may go by another name now."""
    actions = [item for item in meeting.items if item.kind is ItemKind.ACTION]
    before = [action_effect(meeting, item) for item in actions]
    meeting.people.know(pairs_in(line.data.get("accounts")))
    for item, effect in zip(actions, before, strict=True):
        if (now := action_effect(meeting, item)) != effect:
            yield now


def _off(meeting: Meeting, line: Line) -> Iterator[Effect]:
    """A line is off the record now, as its author says: it is redacted with all that corrected it."""
    sent = meeting.sent.get(line.data.get("of"))
    if sent is None:
        return
    connection = meeting.people.see(line.actor)
    if connection.person is sent.person.now():
        said = Said(line, meeting.line_count, connection, "redact", "", is_chair=False)
        yield from redact_line(meeting, said, sent.number)


def _closed(meeting: Meeting, line: Line) -> Iterator[Effect]:
    why = line.data.get("why")
    if isinstance(why, str) and why:
        meeting.end_note = plain(why)
        meeting.notes.append(meeting.end_note)
    yield from end(meeting, line, meeting.owner_person, meeting.opening.own_nick or meeting.owner)


def change_text(meeting: Meeting, item: Noted, text: str, by: str, line: Line, number: int | None) -> None:
    """Give an item another text, and what follows from it: a link's address, an action's owners."""
    url = ""
    if item.kind is ItemKind.LINK:
        url, text = split_link(text)
    meeting.items.edit(item, text, url, by, line.time, number)
    if item.kind is ItemKind.ACTION:
        read_action(meeting, item, line)


def read_action(meeting: Meeting, item: Noted, line: Line) -> None:
    """Whose an action is and when it is due, from its text; a stub says neither."""
    if is_stub(item.text):
        item.owners, item.due = (), None
        return
    read = parse_action(item.text, meeting.people.nicks, meeting.local(line.time).date())
    item.owners, item.due = read.owners, read.due


def _names(value: Json) -> tuple[str, ...] | None:
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else None


_HANDLERS: dict[str, Callable[[Meeting, Line], Iterator[Effect]]] = {
    CLOCK: clock_struck,
    BALLOT: _ballot,
    BALLOTS: _ballots,
    AGENDA: _agenda,
    ACTION: _action,
    EDITED: _edited,
    KNOWN: _known,
    OFF: _off,
    CLOSED: _closed,
}
_ALSO_AFTERWARDS = frozenset({ACTION, EDITED})
