"""Items: what people want remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from plugins.meetings.course import action_effect
from plugins.meetings.effects import Effect
from plugins.meetings.items import Noted
from plugins.meetings.minutes import DECISIONS, ItemKind
from plugins.meetings.outside import read_action
from plugins.meetings.owners import date_missed
from plugins.meetings.words import Said, Who, split_link, word

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting

_CHANGE = re.compile(
    r"#?(?P<number>\d{1,9})\s+(?P<change>done|drop|dropped|due\s+\S.*|to\s+\S+)[.!]?", re.IGNORECASE
)


@word("info", syntax="TEXT", example="info fourteen reviews wait", meaning="Note something.")
@word("idea", syntax="TEXT", example="idea meet in the morning", meaning="Note an idea.")
@word(
    "progress",
    syntax="TEXT",
    example="progress the scheduler passes its tests",
    meaning="Note what has moved on.",
)
@word(
    "agreed",
    "agree",
    "resolved",
    "resolution",
    who=Who.SCRIBE,
    syntax="TEXT",
    example="agreed we release on Friday",
    meaning="Note an agreement.",
)
@word(
    "rejected",
    "reject",
    who=Who.SCRIBE,
    syntax="TEXT",
    example="rejected the new scheduler",
    meaning="Note that something was rejected.",
)
@word(
    "done",
    who=Who.SCRIBE,
    syntax="TEXT",
    example="done bug 1 is fixed",
    meaning="Note that something is done.",
)
def note(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """An item of the kind that the word names."""
    kind = ITEM_KINDS[said.name]
    if not said.rest:
        yield meeting.tell(said, f"Say what to note: {meeting.prefix}{kind.value} TEXT")
        return
    item = meeting.items.note(kind, said.rest, said.person, said.nick, said.line.time, said.number)
    if meeting.profile.echoes and kind in DECISIONS:
        yield meeting.say_of(item, f"{kind.label}: {item.text}")


ITEM_KINDS = {
    "info": ItemKind.INFO,
    "idea": ItemKind.IDEA,
    "help": ItemKind.HELP,
    "halp": ItemKind.HELP,
    "progress": ItemKind.PROGRESS,
    "agreed": ItemKind.AGREED,
    "agree": ItemKind.AGREED,
    "resolved": ItemKind.AGREED,
    "resolution": ItemKind.AGREED,
    "accepted": ItemKind.ACCEPTED,
    "accept": ItemKind.ACCEPTED,
    "rejected": ItemKind.REJECTED,
    "reject": ItemKind.REJECTED,
    "done": ItemKind.DONE,
    "link": ItemKind.LINK,
    "action": ItemKind.ACTION,
    "topic": ItemKind.TOPIC,
    "subtopic": ItemKind.SUBTOPIC,
}
"""As what each word notes the text behind it."""


@word(
    "help",
    "halp",
    syntax="TEXT",
    example="help somebody who knows the scheduler",
    meaning="Note that help is wanted.",
)
def help_(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Alone it asks for Muster's help."""
    if said.rest:
        yield from note(meeting, said)
    elif meeting.first_time(said.person, "help"):
        ask = f"{meeting.opening.command_prefix}help meeting"
        yield meeting.tell(
            said, f"Say {ask} for the commands; {meeting.prefix}help TEXT notes that help is wanted."
        )


@word(
    "link",
    syntax="URL [TEXT]",
    example="link http://bugs.example.org/1 is the critical one",
    meaning="Note an address; a line that begins with one does too.",
)
def link(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The address and the rest of the line are kept apart."""
    url, text = split_link(said.rest)
    if not url and not text:
        yield meeting.tell(said, f"Say what to link: {meeting.prefix}link URL TEXT")
        return
    meeting.items.note(ItemKind.LINK, text, said.person, said.nick, said.line.time, said.number, url=url)


@word(
    "action",
    syntax="WHO to WHAT [by WHEN]",
    example="action bob to fix bug 1 by friday",
    meaning="Give somebody a task.",
)
def action(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """An action has owners, a due date and a state, and outlives the meeting."""
    if not said.rest:
        yield meeting.tell(said, f"Say who does what: {meeting.prefix}action bob to fix the build by friday")
        return
    change = changes_action(said.rest)
    if change is not None:
        wanted = f"{meeting.opening.command_prefix}action {change['number']} {change['change']}"
        yield meeting.tell(said, f"To change an action that there is, say: {wanted}")
        return
    item = meeting.items.note(ItemKind.ACTION, said.rest, said.person, said.nick, said.line.time, said.number)
    read_action(meeting, item, said.line)
    yield action_effect(meeting, item)
    if meeting.profile.echoes:
        yield meeting.say_of(item, f"ACTION: {item.text}")
    yield from date_hint(meeting, said, item)


def changes_action(rest: str) -> re.Match[str] | None:
    """What is typed behind ``#action`` to change an action that there is, for which there is another word."""
    return _CHANGE.fullmatch(rest)


def date_hint(meeting: Meeting, said: Said, item: Noted) -> Iterator[Effect]:
    """Tell the author that a date was no date to come: an action that is never due reminds nobody."""
    missed = date_missed(item.text, meeting.local(said.line.time).date())
    if missed is not None:
        mend = f"{meeting.prefix}edit {item.number} TEXT"
        yield meeting.tell(said, f"{missed} is no date to come, so this action is never due: {mend}")
