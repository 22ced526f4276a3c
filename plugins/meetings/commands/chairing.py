"""Who chairs and who scribes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bot.text import fold_nick
from plugins.meetings.effects import Effect
from plugins.meetings.owners import MAX_NICK_WORDS
from plugins.meetings.people import Connection, Person
from plugins.meetings.replies import say
from plugins.meetings.words import Said, Who, word

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting


_PART = re.compile(r'\s*(?:"([^"]*)"|([^",]+)|"|,)')


def names_in(text: str, is_nick: Callable[[str], bool] = lambda _: False) -> list[str]:
    """The names in ``A,B C``, each once. One with blanks stands in quotes, or is somebody's here."""
    names: list[str] = []
    for quoted, listed in _PART.findall(text):
        names += [" ".join(quoted.split())] if quoted.strip() else _split(listed.split(), is_nick)
    return list(dict.fromkeys(names))


def _split(words: list[str], is_nick: Callable[[str], bool]) -> Iterator[str]:
    at = 0
    while at < len(words):
        counts = range(min(MAX_NICK_WORDS, len(words) - at), 1, -1)
        count = next((count for count in counts if is_nick(" ".join(words[at : at + count]))), 1)
        yield " ".join(words[at : at + count])
        at += count


def names_said(meeting: Meeting, said: Said) -> list[str]:
    """The names behind a command."""
    network = said.line.actor.network
    return names_in(said.rest, lambda name: meeting.people.here(network, name) is not None)


def absent(names: list[str]) -> str:
    """`` (not here: A, B)``, or nothing."""
    return f" (not here: {', '.join(names)})" if names else ""


def _current(meeting: Meeting) -> str:
    return f"Current chairs: {meeting.profile.chairs_joined.join(meeting.chair_names) or 'none'}"


@word(
    "chair", syntax="A, B", example="chair bob, carol", meaning="Make people chairs; alone, say who they are."
)
def chair(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Who is not here only counts with a known account."""
    names = names_said(meeting, said)
    if names and not said.is_chair:
        yield meeting.tell(
            said, f"Only a chair can name chairs. Chairs: {', '.join(meeting.chair_names) or 'nobody'}."
        )
        return
    missing = []
    for name in names:
        target = meeting.target(said, name)
        if target is None:
            missing.append(name)
        else:
            meeting.give_chair(target)
    if len(missing) == len(names):
        meeting.changes_nothing()
    yield say(_current(meeting) + absent(missing))


@word(
    "unchair",
    who=Who.CHAIR,
    syntax="A B",
    example="unchair bob",
    meaning="Take the chair from people; the owner stays.",
)
def unchair(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """By any nick of theirs, or their account."""
    names = names_said(meeting, said)
    if not names:
        yield meeting.tell(said, f"Say whose chair to take: {meeting.prefix}unchair bob")
        return
    chairs = _chairs_named(meeting, names)
    if not chairs:
        meeting.changes_nothing()
    for person in chairs:
        if person is not meeting.owner_person:
            meeting.take_chair(person)
    yield say(_current(meeting))


def _chairs_named(meeting: Meeting, names: list[str]) -> list[Person]:
    """The chairs of those names: first by the nicks of now, then by accounts."""
    chairs = list(meeting.chairs)
    accounts = {account: person for person in chairs for _, account in person.accounts}
    nicks = {fold_nick(person.nick): person for person in chairs}
    found = (nicks.get(fold_nick(name)) or accounts.get(fold_nick(name)) for name in names)
    return list(dict.fromkeys(person for person in found if person is not None))


@word("scribe", who=Who.CHAIR, syntax="A, B", example="scribe carol", meaning="Let people note decisions.")
def scribe(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """A scribe may note what a chair may, and nothing more."""
    missing = []
    for name in names_said(meeting, said):
        target = meeting.target(said, name)
        if target is None:
            missing.append(name)
        else:
            meeting.scribes[target.person if isinstance(target, Connection) else target] = None
    if len(missing) == len(names_said(meeting, said)):
        meeting.changes_nothing()
    names = ", ".join(person.nick for person in meeting.scribes) or "none"
    yield say(f"Current scribes: {names}{absent(missing)}")
