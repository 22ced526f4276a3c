"""Who is there, who is not, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.text import fold_nick
from plugins.meetings.commands.chairing import names_said
from plugins.meetings.effects import Effect
from plugins.meetings.items import is_stub
from plugins.meetings.people import Person
from plugins.meetings.replies import say
from plugins.meetings.words import Said, Style, word

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting

_ME = "me"


def _declare(meeting: Meeting, said: Said, name: str, *, regrets: bool = False) -> None:
    """Somebody is there, or sends regrets."""
    if name.lower() == _ME:
        _mark(said.person, regrets=regrets)
        return
    connection = meeting.people.here(said.line.actor.network, name, begun=True)
    if connection is not None:
        _mark(connection.person, regrets=regrets)
    else:
        meeting.named[fold_nick(name)] = (name, regrets)
        meeting.people.nicks.add(name)


def _mark(person: Person, *, regrets: bool = False) -> None:
    person.regrets, person.absent, person.declared = regrets, False, not regrets


def _names(rest: str) -> list[str]:
    """Names as W3C's people write them: commas apart where there are any, since they may hold blanks. Without
    a name it is whoever says it. What a redaction left is one name.
    """
    if is_stub(rest):
        return [rest]
    parts = rest.split(",") if "," in rest else [rest]
    return [part for part in (" ".join(each.split()).strip('"') for each in parts) if part] or [_ME]


@word(
    "nick",
    syntax="A, B",
    example="nick bob, carol",
    meaning="Note that people are present who have not spoken.",
)
def nick(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Actions can name them then."""
    names = [said.rest] if is_stub(said.rest) else names_said(meeting, said)
    for name in names:
        _declare(meeting, said, name)
    if not names:
        yield meeting.tell(said, f"Say who: {meeting.prefix}nick alice, bob")
    elif meeting.profile.name == "hcoop":
        yield say(f"Current nicks: {', '.join(meeting.people.nicks)}")


@word(
    "here", syntax="[Name]", example="here Bob Smith", meaning="Say that you are here, and what your name is."
)
def here(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Ties a person's name to the nick."""
    _mark(said.person)
    if said.rest:
        said.person.name = said.rest
        meeting.people.nicks.add(said.rest)
    return
    yield


@word(
    "present+",
    style=Style.BARE,
    syntax="[A, B]",
    example="present+ bob, carol",
    meaning="Note yourself or others as present.",
)
@word("present", syntax="[A, B]", example="present bob, carol", meaning="Note yourself or others as present.")
def present(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Somebody, or several."""
    for name in _names(said.rest):
        _declare(meeting, said, name)
    return
    yield


@word(
    "present-",
    style=Style.BARE,
    syntax="[A]",
    example="present- bob",
    meaning="Take somebody out of those present.",
)
def not_present(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Somebody, or several."""
    changed = False
    for name in _names(said.rest):
        changed |= meeting.named.pop(fold_nick(name), None) is not None
        connection = meeting.people.here(said.line.actor.network, name)
        person = said.person if name.lower() == _ME else None if connection is None else connection.person
        if person is None:
            continue
        if person is not said.person and person.lines and not said.is_chair:
            yield meeting.tell(said, f"{name} has spoken here; only a chair can take {name} out.")
            continue
        person.absent, person.declared = True, False
        changed = True
    if not changed:
        meeting.changes_nothing()


@word(
    "regrets+",
    style=Style.BARE,
    syntax="[A]",
    example="regrets+ carol",
    meaning="Note that somebody sends regrets.",
)
@word("regrets", syntax="[A, B]", example="regrets carol", meaning="Note that somebody sends regrets.")
def regrets(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Somebody, or several. Who has spoken is present all the same."""
    for name in _names(said.rest):
        _declare(meeting, said, name, regrets=True)
    said.person.excuses += said.person.regrets  # who only says this much has said nothing else
    return
    yield
