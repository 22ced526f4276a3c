"""How a meeting opens, ends, and is taken up again; and what is said when its time comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.model import Line
from plugins.meetings.clock import Due
from plugins.meetings.effects import ActionSet, Effect, Ended, SetTopic
from plugins.meetings.items import Noted
from plugins.meetings.minutes import ActionState, ItemKind, Vote
from plugins.meetings.people import Person
from plugins.meetings.replies import say
from plugins.meetings.votes import Poll, outcome_text, results_text, show_choices

if TYPE_CHECKING:
    from plugins.meetings.meeting import Meeting

ENDED_IN_SILENCE = "Ended by Muster after {minutes} minutes of silence."


def opened(meeting: Meeting, line: Line) -> Iterator[Effect]:
    """Say that it started, when, who chairs, where the live log is, and what can be typed."""
    profile = meeting.profile
    local = meeting.local(line.time)
    zone = "" if local.utcoffset() == line.time.utcoffset() else f" ({local:%H:%M} {meeting.zone.key})"
    chair = profile.chairs_word.format(chair=meeting.owner)
    log = f" Live log: {meeting.opening.log_url}" if meeting.opening.log_url else ""
    if meeting.restricted:
        log = " The log is private."
    yield say(f"Meeting started {line.time.strftime(profile.started)}{zone}.  {chair}{log}")
    if not meeting.opening.quiet:
        yield from _announced_at_first(meeting)
    if meeting.meeting_topic:
        yield from meeting.topic_effects()


def _announced_at_first(meeting: Meeting) -> Iterator[Effect]:
    """What can be typed, how the meeting is named, and what is open: nobody asked for it."""
    profile = meeting.profile
    useful = " ".join(_with_prefix(each, meeting.prefix) for each in profile.useful.split())
    yield say(f"Useful Commands: {useful}.")
    if profile.names_itself:
        yield say(f"The meeting name has been set to '{meeting.name}'")
    if profile.asks_here:
        yield say(profile.asks_here)
    if meeting.old_actions:
        texts = [
            (f"#{action.number} " if action.number else "")
            + action.text
            + (f" ({', '.join(action.owners)})" if action.owners else "")
            for action in list(meeting.old_actions.values())[:20]
        ]
        yield say(f"Still open from before ({len(meeting.old_actions)}): {'; '.join(texts)}")


def _with_prefix(word: str, prefix: str) -> str:
    return prefix + word[1:] if word.startswith("#") else word


def end(meeting: Meeting, line: Line, person: Person, nick: str) -> Iterator[Effect]:
    """End it: close the open vote, restore the room's topic, have the files written."""
    poll = meeting.poll
    if poll is not None:
        item, said = close_vote(meeting, poll, line, person, nick)
        meeting.closed_at_end = (poll, item)
        yield from said
    meeting.ended = line.time
    meeting.lines_at_end = meeting.line_count
    meeting.clock.timebox = None
    if meeting.has_set_topic:
        yield SetTopic(meeting.opening.topic)
    yield Ended()


def reopen(meeting: Meeting, line: Line) -> Iterator[Effect]:
    """Take it up again as if it had not ended, its open vote included, and what was noted meanwhile."""
    for item in meeting.items:
        if item.kind is ItemKind.ACTION:
            yield action_effect(meeting, item)
    meeting.ended = None
    if meeting.closed_at_end is not None:
        meeting.poll, item = meeting.closed_at_end
        meeting.items.take_back(item)
        meeting.votes.pop()
        meeting.closed_at_end = None
    meeting.notes[:] = [note for note in meeting.notes if note != meeting.end_note]
    meeting.end_note = ""
    meeting.clock.reopened(line.time)
    if meeting.has_set_topic:
        yield from meeting.topic_effects()
    yield say(f"Meeting reopened: {meeting.title}.  {_chairs(meeting)}")


def _chairs(meeting: Meeting) -> str:
    return f"Current chairs: {meeting.profile.chairs_joined.join(meeting.chair_names) or 'none'}"


def close_vote(
    meeting: Meeting, poll: Poll, line: Line, person: Person, nick: str, ruling: str = ""
) -> tuple[Noted, Iterator[Effect]]:
    """Close the open vote: its item, and what to say. ``ruling`` is a chair's own word on a motion."""
    vote = poll.close(line.time)
    if ruling:
        vote = replace(vote, outcome=ruling)
    meeting.poll = None
    meeting.votes.append(vote)
    item = meeting.items.note(
        ItemKind.VOTE,
        results_text(vote),
        person,
        nick,
        line.time,
        meeting.line_count,
        derived=True,
        sources=(poll.line,),
    )
    item.left = poll.left
    poll.items.append((item, vote))
    return item, _announced(meeting, poll, vote)


def _announced(meeting: Meeting, poll: Poll, vote: Vote) -> Iterator[Effect]:
    if not vote.motion:
        rows = show_choices(vote.choices) if any(each.count for each in vote.choices) else ["Nobody voted."]
        yield meeting.say_of(poll, f'Voted on "{vote.question}" Results are')
        yield from meeting.say_lines_of(poll, rows)
        return
    votes_for, against, abstained = (choice.count for choice in vote.choices)
    outcome = outcome_text(vote)
    if meeting.profile.name == "hcoop":
        word = {"carried": "accepted", "denied": "failed"}.get(vote.outcome, "inconclusive")
        yield say(f"Motion {word}: {votes_for} in favor to {against} opposed")
        for title, choice in zip(("In favor", "Opposed"), vote.choices, strict=False):
            names = [*choice.voters, *([f"{choice.secret} in secret"] if choice.secret else [])]
            yield say(f"{title}: {', '.join(names)}")
        return
    ended = f"Voting ended on: {vote.question}"
    counts = f"Votes for: {votes_for}, Votes against: {against}, Abstentions: {abstained}"
    if meeting.profile.name == "ubuntu":
        yield from (meeting.say_of(poll, ended), say(counts), say(outcome))
    else:
        yield meeting.say_of(poll, f"{counts}. {outcome}. {ended}")


def action_effect(meeting: Meeting, item: Noted) -> ActionSet:
    """An action as it stands, for the list outside."""
    state = ActionState.DROPPED if item.removed else item.state
    owners = meeting.owner_names(item.owners)
    return ActionSet(action_key(meeting, item), item.text, owners, item.due, state.value)


def action_key(meeting: Meeting, item: Noted) -> str:
    """What names an action for ever: the meeting's id and the item's number."""
    return f"{meeting.id}-a{item.number}"


def actions_changed(before: Meeting, after: Meeting) -> Iterator[ActionSet]:
    """The actions that another fold of the same meeting sees otherwise: whose they are may have hung on a
    name that is gone.
    """
    known = {action_effect(before, item) for item in before.items if item.kind is ItemKind.ACTION}
    for item in after.items:
        if item.kind is ItemKind.ACTION and (made := action_effect(after, item)) not in known:
            yield made


def _about_topic(meeting: Meeting, topic: Noted | None, text: str) -> Effect:
    return say(f"{text}.") if topic is None else meeting.say_of(topic, f"{text}: {topic.whole}")


_NOT_ASKED_FOR = frozenset({Due.ASK, Due.OFFER, Due.NO_CHAIR})


def clock_struck(meeting: Meeting, line: Line) -> Iterator[Effect]:
    """Do what is due at the line's time. In a quiet room nobody is asked or offered anything, but the end
    is told, and a timebox that somebody wanted.
    """
    prefix = meeting.prefix
    for due in meeting.clock.due(line.time):
        if meeting.opening.quiet and due in _NOT_ASKED_FOR:
            continue
        topic, _ = meeting.items.current_topics()
        if due is Due.ASK:
            chairs = ", ".join(meeting.chair_names) or "chairs"
            yield say(f"{chairs}: is the meeting over? Then say {prefix}endmeeting.")
        elif due is Due.OFFER:
            yield say(f"The meeting still runs. Anyone may end it now with {prefix}endmeeting.")
        elif due is Due.NO_CHAIR:
            yield say(f"No chair is here any more. Anyone may end the meeting with {prefix}endmeeting.")
        elif due is Due.NUDGE:
            yield _about_topic(meeting, topic, "The time for this is nearly up")
        elif due is Due.TIME_UP:
            yield _about_topic(meeting, topic, "Time is up")
        else:
            silent = int((line.time - meeting.clock.spoken).total_seconds() // 60)
            meeting.end_note = ENDED_IN_SILENCE.format(minutes=silent)
            meeting.notes.append(meeting.end_note)
            yield say(
                f"Nobody has said anything for {silent} minutes, so the meeting ends here. "
                f"A chair can take it up again with {prefix}reopen, within the hour."
            )
            yield from end(meeting, line, meeting.owner_person, meeting.opening.own_nick or line.actor.nick)
