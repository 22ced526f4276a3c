"""From a meeting's state to the values that its minutes are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.text import fold_nick
from plugins.meetings.course import action_key
from plugins.meetings.minutes import Action, Attendee, Item, ItemKind, Minutes, Section
from plugins.meetings.outside import action_of
from plugins.meetings.people import Person

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting


def minutes_of(meeting: Meeting) -> Minutes:
    """The minutes as they stand; while a vote is open it is not in them yet."""
    attending, attendees = _attendees(meeting)
    frozen = [item.frozen(meeting.shown(item.person.now(), item.nick)) for item in meeting.items]
    line_count = meeting.line_count if meeting.ended is None else meeting.lines_at_end
    return Minutes(
        id=meeting.id,
        network=meeting.room.network,
        room=meeting.room.name,
        name=meeting.name,
        title=meeting.title,
        zone=meeting.zone.key,
        profile=meeting.profile.name,
        version=meeting.opening.version,
        started=meeting.started,
        ended=meeting.ended,
        owner=meeting.owner,
        chairs=tuple(meeting.shown(person, person.first_nick) for person in meeting.chairs),
        restricted=meeting.restricted,
        sections=_sections(item for item in frozen if not item.removed),
        removed=tuple(item for item in frozen if item.removed),
        votes=tuple(meeting.votes),
        actions=tuple(
            Action(
                key=action_key(meeting, noted),
                text=noted.text,
                owners=meeting.owner_names(noted.owners),
                due=noted.due,
                state=noted.state,
                item=item,
            )
            for noted, item in zip(meeting.items, frozen, strict=True)
            if noted.kind is ItemKind.ACTION and not noted.removed
        ),
        old_actions=tuple(meeting.old_actions.values()),
        attendees=attendees,
        missing=_missing(meeting, attending, attendees),
        agenda=meeting.agenda.points,
        gaps=tuple(meeting.gaps),
        notes=(*meeting.notes, *_gaps(meeting), *_closed(meeting)),
        line_count=line_count,
        corrected=tuple(pair for pair in meeting.sent.pairs() if pair[1] <= line_count),
    )


@dataclass(slots=True)
class _Draft:
    """A section that is not finished yet."""

    topic: Item | None
    items: list[Item] = field(default_factory=list)
    sections: list[_Draft] = field(default_factory=list)

    def finished(self) -> Section:
        return Section(self.topic, tuple(self.items), tuple(each.finished() for each in self.sections))


def _sections(items: Iterable[Item]) -> tuple[Section, ...]:
    """Topics with what was noted under each; first, if anything was, what came before them."""
    top = _Draft(None)
    drafts = [top]
    current = topic = top
    for item in items:
        if item.kind is ItemKind.TOPIC:
            current = topic = _Draft(item)
            drafts.append(topic)
        elif item.kind is ItemKind.SUBTOPIC:
            current = _Draft(item)
            topic.sections.append(current)
        else:
            current.items.append(item)
    if not top.items and not top.sections:
        del drafts[0]
    return tuple(draft.finished() for draft in drafts)


def _attendees(meeting: Meeting) -> tuple[list[Person], tuple[Attendee, ...]]:
    """Who spoke or was declared present, those who said most first; then those who sent regrets."""
    persons = [person for person in meeting.people if person.lines or person.declared or person.regrets]
    here = [person for person in persons if not person.absent and not person.sent_regrets]
    here.sort(key=lambda person: -person.lines)
    regrets = [person for person in persons if person.sent_regrets]
    rows = [_attendee(meeting, person) for person in (*here, *regrets)]
    known = {
        fold_nick(name)
        for person in persons
        for name in (*person.nicks, *person.accounts.values(), person.name)
        if name
    }
    rows += [
        Attendee(name, regrets=sent_regrets)
        for folded, (name, sent_regrets) in meeting.named.items()
        if folded not in known
    ]
    rows.sort(key=lambda row: row.regrets)
    return here, tuple(rows)


def _attendee(meeting: Meeting, person: Person) -> Attendee:
    nicks = tuple(person.nicks)[1:]
    return Attendee(
        nick=meeting.shown(person, person.first_nick),
        nicks=nicks,
        account=person.account,
        name=person.name,
        lines=person.lines,
        regrets=person.sent_regrets,
    )


def _gaps(meeting: Meeting) -> Iterator[str]:
    """What is missing, as far as it is of the meeting: a place may have been silent since long before."""
    for gap in meeting.gaps:
        since = meeting.local(min(max(gap.since, meeting.started), max(gap.since, gap.until)))
        until = meeting.local(gap.until)
        times = f"from {since:%Y-%m-%d %H:%M:%S} to {until:%H:%M:%S} {meeting.zone.key}"
        where = f"in {gap.place} " if gap.place else ""
        yield f"Nothing is known of what was said {where}{times}."


def _closed(meeting: Meeting) -> Iterator[str]:
    """The actions that were closed while the meeting ran, with their texts of now."""
    for key, by, state in meeting.closed_actions:
        old, item = meeting.old_actions.get(key), action_of(meeting, key)
        text = old.text if old is not None else item.text if item is not None else key
        yield f"Action {state.value} (by {by}): {text}"


def _missing(meeting: Meeting, here: list[Person], attendees: tuple[Attendee, ...]) -> tuple[str, ...]:
    """Members of the team who neither took part nor sent regrets."""
    known = set(_members_among(meeting, here, attendees))
    return tuple(name for name, _ in meeting.opening.team_members if name not in known)


def attendance(meeting: Meeting) -> tuple[int, int] | tuple[None, None]:
    """How many of the team came, and how many did not (though they sent regrets); nothing of a meeting that
    is no team's. Looks at people alone, however long the meeting was.
    """
    members = meeting.opening.team_members
    if not members:
        return None, None
    here, attendees = _attendees(meeting)
    came = len(_members_among(meeting, here, tuple(row for row in attendees if not row.regrets)))
    return came, len(members) - came


def _members_among(meeting: Meeting, here: list[Person], attendees: tuple[Attendee, ...]) -> list[str]:
    """The members of the team who are among these, by any of their accounts or by name. On another network
    of a linked room anybody may have the name of a member whom accounts prove.
    """
    home = meeting.room.network
    accounts = {account for person in here for account in person.accounts}
    names = {fold_nick(name) for row in attendees for name in (row.nick, *row.nicks, row.name) if name}
    at_home = meeting.people.nicks_on(home)
    known = {
        name: {(at, fold_nick(account)) for at, account in pairs} for name, pairs in meeting.opening.known
    }
    found = []
    for name, theirs in meeting.opening.team_members:
        pairs = {(home, fold_nick(account)) for account in theirs} | known.get(name, set())
        is_named = fold_nick(name) in names and (not pairs or at_home is None or fold_nick(name) in at_home)
        if is_named or not accounts.isdisjoint(pairs):
            found.append(name)
    return found
