"""Reactions as ballots: which mean what, and when they count."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugins.meetings.reactions import meant
from plugins.meetings.votes import Poll
from tests.plugins.meetings.story import Story

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reaction", "ballot"),
    [
        ("👍", "+1"),
        ("👍🏽", "+1"),
        ("➕", "+1"),
        ("+", "+1"),
        ("+1", "+1"),
        ("yes", "+1"),
        ("👎", "-1"),
        ("👎🏿", "-1"),
        ("-", "-1"),
        ("−1", "-1"),
        ("0", "+0"),
        ("0️⃣", "+0"),
        ("+0", "+0"),
        ("🎉", None),
        ("1️⃣", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_on_a_motion(reaction: str, ballot: str | None) -> None:
    assert meant(reaction, Poll.motion("it", NOW, 1)) == ballot


@pytest.mark.parametrize(
    ("options", "reaction", "option"),
    [
        (("Pizza", "Pasta", "Soup"), "2️⃣", "Pasta"),
        (("Pizza", "Pasta", "Soup"), "🅱️", "Pasta"),
        (("Pizza", "Pasta", "Soup"), "🇨", "Soup"),
        (("Pizza", "Pasta", "Soup"), "c", "Soup"),
        (("Pizza", "Pasta", "Soup"), "pasta", "Pasta"),
        (("Pizza", "Pasta", "Soup"), "4️⃣", None),
        (("Pizza", "Pasta", "Soup"), "👍", None),
        (("🍕", "🍝"), "🍝", "🍝"),
        (("❤️", "🍝"), "❤", "❤️"),
        (("2", "1"), "1️⃣", "2"),
        (("2", "1"), "1", "1"),
        (("Yes", "No"), "👍", "Yes"),
        (("Yes", "No"), "👎", "No"),
        (("+1", "0", "-1"), "👍", "+1"),
        (("+1", "0", "-1"), "➖", "-1"),
        (("+1", "0", "-1"), "0", "0"),
        (tuple(f"o{n}" for n in range(12)), "🔟", "o9"),
    ],
)
def test_in_a_vote_by_options(options: tuple[str, ...], reaction: str, option: str | None) -> None:
    assert meant(reaction, Poll.options("q?", options, NOW, 1)) == option


def begun(text: str = "", profile: str = "muster", **more: object) -> Story:
    story = Story(profile, echo=True, **more)  # type: ignore[arg-type]
    story.play("<alice> #startmeeting Weekly")
    story.play(text)
    assert story.refolded() == story.minutes
    return story


def votes(story: Story) -> dict[str, tuple[str, ...]]:
    assert story.refolded() == story.minutes
    assert story.meeting.poll is not None
    return {choice.option: choice.voters for choice in story.meeting.poll.counted() if choice.count}


MOTION = "<alice> #motion it"
ANNOUNCED = (
    "Public votes can be registered by saying +1, -1 or +0 in channel (for private voting, private message "
    "me with 'vote +1|-1|+0 #nova')"
)


@pytest.mark.parametrize(
    "to",
    [
        "#motion it",
        "Please vote on: it",
        ANNOUNCED,
    ],
)
def test_a_reaction_to_what_opened_the_vote_is_a_ballot(to: str) -> None:
    story = begun(f"{MOTION}\nbob +> {to} +> 👍\ncarol +> {to} +> 🎉 👎")
    assert votes(story) == {"+1": ("bob",), "-1": ("carol",)}
    story.play("<alice> #endvote")
    assert [choice.count for choice in story.minutes.votes[0].choices] == [1, 1, 0]
    assert {row.nick for row in story.minutes.attendees} == {"alice", "bob", "carol"}


def test_reactions_elsewhere_and_outside_votes_do_nothing() -> None:
    story = begun("<alice> #topic T\n<bob> agenda+ x\nbob +> #topic T +> 👍\nbob +> agenda+ x +> 👎")
    before = story.minutes.sections
    story.play(f"bob +> of no line +> 👍\n{MOTION}\nbob +> #topic T +> 👍\n<alice> #showvote")
    story.play("carol +> Nobody has voted yet. +> 👍")
    assert votes(story) == {}
    story.play("<alice> #endvote\nbob +> #motion it +> 👍\n<alice> #motion that\nbob +> #motion it +> 👎")
    assert votes(story) == {}
    assert story.minutes.sections[0] == before[0] or story.minutes.sections


def test_taking_the_reaction_away_takes_the_vote_back_and_another_changes_it() -> None:
    story = begun(f"{MOTION}\nbob +> #motion it +> 👍\nbob +> #motion it +> 👎")
    assert votes(story) == {"-1": ("bob",)}
    story.play("bob +> #motion it +>")
    assert votes(story) == {}


def test_two_that_contradict_each_other_are_no_vote_and_the_voter_is_told() -> None:
    story = begun(f"{MOTION}\nbob +> #motion it +> 👍")
    assert story.play("bob +> #motion it +> 👍 👎") == [
        "(to bob) Your reactions contradict each other, so none counts: leave one of them."
    ]
    assert votes(story) == {}
    story.play("bob +> #motion it +> 👎")
    assert votes(story) == {"-1": ("bob",)}


def test_the_last_ballot_counts_typed_or_not() -> None:
    story = begun(f"{MOTION}\nbob +> #motion it +> 👍\n<bob> -1")
    assert votes(story) == {"-1": ("bob",)}
    story.play("bob +> #motion it +> 👍 🎉")  # says nothing new of the vote
    assert votes(story) == {"-1": ("bob",)}
    story.play("bob +> #motion it +>")  # and what is taken away does not count any more
    assert votes(story) == {"-1": ("bob",)}
    story.play("bob +> #motion it +> 👍")
    assert votes(story) == {"+1": ("bob",)}


def test_who_may_not_vote_is_told_as_for_a_vote_by_text_but_once() -> None:
    story = begun(f"<alice> #voters carol\n{MOTION}")
    told = story.play("bob +> #motion it +> 👍")
    assert told == [
        "bob: you are not among the voters of this vote. A chair can name the voters with #voters."
    ]
    assert story.play("bob +> #motion it +> 👎") == []
    story.play("carol +> #motion it +> 👍")
    assert votes(story) == {"+1": ("carol",)}


def test_a_reaction_replaces_a_secret_ballot_as_a_typed_vote_does() -> None:
    story = begun(f'{MOTION}\n## meetings.ballot {{"choice": "-1", "actor": "bob"}}\nbob +> #motion it +> 👍')
    assert votes(story) == {"+1": ("bob",)}
    refused = story.play('## meetings.ballot {"choice": "-1", "actor": "bob"}')
    assert refused == ["(to bob) You have voted openly, in #nova: change your vote there."]


def test_by_a_person_through_renames() -> None:
    story = begun(f"{MOTION}\nbob +> #motion it +> 👍\nbob => rob\nrob +> #motion it +> 👎")
    assert votes(story) == {"-1": ("rob",)}


@pytest.mark.parametrize("what", ["#redact l-{motion}", "#redact l-{reaction}"])
@pytest.mark.parametrize("reactions", ["👍 hunter2", "hunter2", "", "B"])
def test_a_redaction_takes_the_texts_of_reactions_and_leaves_the_ballots(what: str, reactions: str) -> None:
    story = begun("<alice> #startvote hunter2? Nova, hunter2, Yes")
    motion = story.meeting.line_count - 2
    story.play("carol +> #startvote hunter2? Nova, hunter2, Yes +> nova")
    story.play(f"bob +> #startvote hunter2? Nova, hunter2, Yes +> {reactions}")
    reaction = story.meeting.line_count
    before = [choice.count for choice in story.meeting.poll.counted()] if story.meeting.poll else []
    story.play(f"<alice> {what.format(motion=motion, reaction=reaction)}")
    assert story.meeting.poll is not None
    assert [choice.count for choice in story.meeting.poll.counted()] == before
    assert story.refolded() == story.minutes
    lines = [line for line in story.lines if line.kind.value != "note"]
    gone = lines if "motion" in what else [lines[reaction - 1]]
    if "motion" in what:
        assert not any("hunter2" in line.text for line in gone)
    assert "hunter2" not in repr(lines[reaction - 1].data)
    story.restart()
    assert [choice.count for choice in story.meeting.poll.counted()] == before


def test_a_flood_of_reactions_costs_little_and_says_nothing() -> None:
    story = begun(MOTION)
    line = story.read("bob +> #motion it +> 🎉")
    for number in range(2_000):
        data = {**line.data, "reactions": [f"{number}x{each}" for each in range(1_000)]}
        assert story.feed(line.replace(data=data)) == []
    assert votes(story) == {}
