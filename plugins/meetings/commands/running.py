"""Starting, saving, hushing, ending and reopening."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plugins.meetings.course import end, reopen
from plugins.meetings.effects import Effect, Restrict, Save
from plugins.meetings.replies import say, say_words
from plugins.meetings.words import TABLE, Said, Style, Who, word

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting


@word(
    "startmeeting",
    syntax="[--restricted] [NAME or topic]",
    example="startmeeting Nova weekly",
    meaning="Open a meeting.",
)
def startmeeting(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """One is open already: say whose."""
    meeting.changes_nothing()
    if meeting.first_time(said.person, f"startmeeting {meeting.chairs.any_here}"):
        first = f" Use {meeting.prefix}endmeeting first." if meeting.chairs.any_here else ""
        yield say(
            f"Can't start another meeting, one is in progress: {meeting.title}. {_who_ends(meeting)}{first}"
        )


def _who_ends(meeting: Meeting) -> str:
    """Who may end the meeting; where no chair is here, how it ends all the same."""
    since, end = meeting.clock.anyone_from, f"{meeting.prefix}endmeeting"
    chairs = ", ".join(meeting.chair_names)
    if since is None:
        return f"Chairs: {chairs}."
    when = f"{meeting.local(since):%H:%M:%S %Z}"
    away = f" ({chairs})" if chairs else ""
    if meeting.clock.end_offered:
        return f"No chair is here{away}: anyone may end it with {end}."
    return f"No chair is here{away}: if none comes, anyone may end it with {end} from {when} on."


@word("endmeeting", meaning="End the meeting and write its minutes.")
def endmeeting(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """A chair may; anyone once Muster has offered it."""
    if said.is_chair or meeting.clock.end_offered:
        yield from end(meeting, said.line, said.person, said.nick)
    elif meeting.first_time(said.person, f"endmeeting {meeting.chairs.any_here}"):
        yield meeting.tell(said, f"Only a chair can end the meeting. {_who_ends(meeting)}")


@word("reopen", who=Who.CHAIR, meaning="Take the last meeting up again, within the hour.")
def reopen_(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The fold lets this through only where it may be."""
    if meeting.ended is None:
        yield meeting.tell(said, "The meeting is open.")
    else:
        meeting.people.gap(said.connection)  # who came, went or took whose nick meanwhile was not folded
        yield from reopen(meeting, said.line)


@word("save", who=Who.CHAIR, meaning="Write the minutes now.")
def save(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The files are written while the meeting goes on."""
    yield Save()
    if meeting.profile.confirms_save:
        yield say("Meeting saved")


@word("lurk", who=Who.CHAIR, meaning="Record, but say nothing.")
def lurk(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Hold the tongue."""
    meeting.is_lurking = True
    return
    yield


@word("unlurk", who=Who.CHAIR, meaning="Speak again.")
def unlurk(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Loosen it."""
    meeting.is_lurking = False
    return
    yield


@word("restrictlogs", who=Who.CHAIR, meaning="Make the minutes and logs private, from the first line on.")
def restrictlogs(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Withdraws what was public."""
    meeting.restricted = True
    yield Restrict()
    yield say("The logs and minutes of this meeting are private from now on; what was public is withdrawn.")


@word("commands", meaning="What can be typed in a meeting.")
def commands(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """All of them, in the fewest lines that hold them."""
    words = sorted(entry.typed(meeting.prefix) for entry in TABLE if entry.style is Style.HASH)
    if meeting.profile.bare:
        words += sorted(entry.name for entry in TABLE if entry.style is Style.BARE and entry.is_typed)
    yield from say_words(f"Available commands: {' '.join(words)}")
