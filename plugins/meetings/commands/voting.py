"""Votes by options, and motions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from plugins.meetings.commands.chairing import names_said
from plugins.meetings.commands.noting import note
from plugins.meetings.course import close_vote
from plugins.meetings.effects import Effect
from plugins.meetings.people import Connection, Person
from plugins.meetings.replies import say
from plugins.meetings.votes import Poll, bare_ballot, parse_startvote, word_ballot
from plugins.meetings.words import Said, Style, Who, word

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting

_EVERYONE = frozenset({"everyone", "everybody", "all"})
_COUNT = re.compile(r"\d{1,6}")


def _open(meeting: Meeting, poll: Poll, said: Said) -> None:
    meeting.poll = meeting.polls[poll.line] = poll
    poll.prefix = meeting.prefix
    poll.shown_as = meeting.shown_as
    if said.line.id is not None:
        poll.ids.add(said.line.id)
    if meeting.voters is not None:
        names, people = meeting.voters
        poll.set_voters(names, [person.now().key for person in people])


@word(
    "startvote",
    who=Who.CHAIR,
    syntax="Question? A, B C",
    example="startvote Ship on Friday? Yes, No, Later",
    meaning="Open a vote; Yes and No by default.",
)
def startvote(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """One vote at a time."""
    if meeting.poll is not None:
        yield _already(meeting, said, meeting.poll)
        return
    question = parse_startvote(said.rest, meeting.prefix)
    if isinstance(question, str):
        yield meeting.tell(said, question)
        return
    poll = Poll.options(question.text, question.options, said.line.time, said.number)
    _open(meeting, poll, said)
    options = ", ".join(question.options)
    yield meeting.announce(
        poll, f"Begin voting on: {question.text} Valid vote options are {options}.", repeats=True
    )
    yield meeting.announce(poll, f"Vote using '{meeting.prefix}vote OPTION'. Only your last vote counts.")


def _already(meeting: Meeting, said: Said, poll: Poll) -> Effect:
    meeting.refuse(said)
    if meeting.profile.name == "ubuntu":
        return meeting.say_of(poll, f"Voting still open on: {poll.question}")
    return meeting.say_of(poll, f"Already voting on '{poll.question}'. {meeting.prefix}endvote ends it.")


@word(
    "motion",
    who=Who.CHAIR,
    syntax="TEXT",
    example="motion adopt the new rules",
    meaning="Open a plus/minus vote.",
)
def motion(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """``+1``, ``-1`` and ``+0`` count until it is closed."""
    if meeting.poll is not None:
        yield _already(meeting, said, meeting.poll)
        return
    if not said.rest:
        yield meeting.tell(said, f"Say what the motion is: {meeting.prefix}motion TEXT")
        return
    poll = Poll.motion(said.rest, said.line.time, said.number, required=meeting.votes_required)
    poll.word = said.name
    _open(meeting, poll, said)
    room = meeting.room.name
    if meeting.profile.name == "hcoop":
        yield meeting.announce(poll, "Voting is open")
        return
    yield meeting.announce(poll, f"Please vote on: {said.rest}", repeats=True)
    yield meeting.announce(
        poll,
        "Public votes can be registered by saying +1, -1 or +0 in channel "
        f"(for private voting, private message me with 'vote +1|-1|+0 {room}')",
    )


@word("vote", syntax="OPTION", example="vote yes", meaning="Vote; the last vote counts.")
def vote(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Where the profile has it so, and no vote is open, a chair opens a motion."""
    poll = meeting.poll
    if poll is None:
        is_ballot = word_ballot(said.rest) is not None or bare_ballot(said.rest) is not None
        if meeting.profile.vote_opens_motion and said.rest and not is_ballot:
            if said.is_chair:
                yield from motion(meeting, said)
            else:
                yield meeting.tell(said, "Only a chair can open a vote, and none is open.")
        else:
            how = "vote MOTION" if meeting.profile.vote_opens_motion else "startvote Question? A, B"
            yield meeting.tell(said, f"No vote is open. A chair opens one: {meeting.prefix}{how}")
        return
    opens_motion = meeting.profile.vote_opens_motion and poll.is_motion and said.is_chair
    if opens_motion and bare_ballot(said.rest) is None and word_ballot(said.rest) is None:
        yield _already(meeting, said, poll)
        return
    yield from cast(meeting, poll, said)


@word(
    "bare ballot", style=Style.BARE, syntax="+1, -1 or +0", example="+1", meaning="Vote on the open motion."
)
def ballot(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The fold has found that a motion is open."""
    if meeting.poll is not None:
        yield from cast(meeting, meeting.poll, said)


def cast(meeting: Meeting, poll: Poll, said: Said, line: int = 0) -> Iterator[Effect]:
    """Take a ballot. ``line`` is the number of the line that it belongs to, where that is another than the
    one that says it: the line that is corrected.
    """
    found = poll.cast(said.person.key, said.nick, said.rest, line=line or said.number)
    poll.lines[said.number] = found.option
    if found.option is None:
        yield meeting.say_of(poll, found.text, meeting.refuse(said))
    elif meeting.profile.ballots_received and poll.is_motion:
        yield say(f"{found.option} received from {said.nick}")


@word("showvote", meaning="Say how the open vote stands.")
def showvote(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """A line for each option with its voters."""
    if meeting.poll is None:
        yield meeting.tell(said, "No vote is open.")
    else:
        yield from meeting.say_lines_of(meeting.poll, meeting.poll.show())


@word("endvote", who=Who.CHAIR, meaning="Close the vote and announce it.")
def endvote(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Of either kind."""
    if meeting.poll is None:
        yield meeting.tell(said, "No vote is open.")
    else:
        yield from _close(meeting, meeting.poll, said)


@word("close", who=Who.CHAIR, meaning="Close the open motion and announce it.")
def close(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """As hcoop's bot has it."""
    yield from _rule(meeting, said, "")


@word("failed", who=Who.CHAIR, meaning="Close the open motion as denied.")
def failed(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The chair rules."""
    yield from _rule(meeting, said, "denied")


@word("inconclusive", who=Who.CHAIR, meaning="Close the open motion without a result.")
def inconclusive(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """The chair rules."""
    yield from _rule(meeting, said, "inconclusive")


@word(
    "accepted",
    "accept",
    who=Who.SCRIBE,
    syntax="TEXT",
    example="accepted the new rules",
    meaning="Note that something was accepted; closes an open motion as carried.",
)
def accepted(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """With a motion open a chair rules on it; else it is a decision."""
    if meeting.poll is not None and meeting.poll.is_motion and said.is_chair:
        yield from _rule(meeting, said, "carried")
    else:
        yield from note(meeting, said)


def _rule(meeting: Meeting, said: Said, ruling: str) -> Iterator[Effect]:
    if meeting.poll is not None and not meeting.poll.is_motion:
        yield meeting.tell(said, f"This is a vote by options: {meeting.prefix}endvote closes it.")
    elif meeting.poll is None:
        yield meeting.tell(said, f"No motion is open. A chair opens one: {meeting.prefix}motion TEXT")
    else:
        yield from _close(meeting, meeting.poll, said, ruling)


def _close(meeting: Meeting, poll: Poll, said: Said, ruling: str = "") -> Iterator[Effect]:
    _, announced = close_vote(meeting, poll, said.line, said.person, said.nick, ruling)
    yield from announced


@word(
    "voters", who=Who.CHAIR, syntax="A B or everyone", example="voters alice bob", meaning="Say who may vote."
)
def voters(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """Somebody here, or a known account, is meant as a person; any other name by its first bearer."""
    wanted = names_said(meeting, said)
    if not wanted:
        yield meeting.tell(said, f"Say who may vote: {meeting.prefix}voters alice, bob (or everyone)")
        return
    if any(name.lower() in _EVERYONE for name in wanted):
        meeting.voters = None
        if meeting.poll is not None:
            meeting.poll.set_voters(None)
        yield say("Everyone can now vote")
        return
    names: list[str] = []
    people: list[Person] = []
    for name in wanted:
        target = meeting.target(said, name)
        if target is None:
            names.append(name)
        else:
            people.append(target.person if isinstance(target, Connection) else target)
    meeting.voters = (tuple(names), tuple(people))
    if meeting.poll is not None:
        meeting.poll.set_voters(names, [person.key for person in people])
    yield say(f"Current voters: {', '.join([*(person.nick for person in people), *names])}")


@word(
    "votesrequired",
    who=Who.CHAIR,
    syntax="N",
    example="votesrequired 5",
    meaning="Say how many votes for it a motion needs.",
)
def votesrequired(meeting: Meeting, said: Said) -> Iterator[Effect]:
    """0: a majority is enough."""
    if _COUNT.fullmatch(said.rest) is None:
        yield meeting.tell(said, f"Say how many: {meeting.prefix}votesrequired 3")
        return
    meeting.votes_required = int(said.rest)
    if meeting.poll is not None:
        meeting.poll.require(meeting.votes_required)
    yield say(f"Votes now need {meeting.votes_required} to be passed")
