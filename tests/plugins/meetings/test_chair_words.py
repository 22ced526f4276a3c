"""What a chair of many years tries in their first hour: each answer says what to do, and none is cut off."""

import pytest

from plugins.meetings.words import TABLE, Style
from tests.plugins.meetings.story import Story


def begun(text: str = "", profile: str = "muster", **more: object) -> Story:
    story = Story(profile, **more)  # type: ignore[arg-type]
    story.play("<alice> #startmeeting Weekly")
    story.play(text)
    return story


@pytest.mark.parametrize("profile", ["muster", "debian", "w3c"])
def test_commands_names_every_word_that_can_be_typed_here(profile: str) -> None:
    said = begun(profile=profile).play("<bob> #commands")
    assert len(said) <= 2
    assert all(len(line.encode()) <= 380 and "…" not in line for line in said)
    words = " ".join(said).split()
    assert {f"#{entry.name}" for entry in TABLE if entry.style is Style.HASH} <= set(words)
    assert ("q+" in words) is (profile != "debian")
    assert not {"agenda=", "ballot", "s"} & set(words)


@pytest.mark.parametrize("log_url", ["", "https://m.example.org/a.log.html"])
def test_a_meeting_that_is_private_from_the_start_says_so(log_url: str) -> None:
    story = Story(log_url=log_url)
    said = story.play("<alice> #startmeeting --restricted Council")
    assert said[0].endswith("The chair is alice. The log is private.")


def test_a_vote_without_ballots_ends_without_a_yet() -> None:
    story = begun("<alice> #startvote Ship?")
    assert story.play("<alice> #showvote") == ["Nobody has voted yet."]
    assert story.play("<alice> #endvote") == ['Voted on "Ship?" Results are', "Nobody voted."]


@pytest.mark.parametrize("word", ["close", "failed", "inconclusive"])
def test_a_word_that_closes_motions_says_how_a_vote_by_options_is_closed(word: str) -> None:
    story = begun("<alice> #startvote Ship?")
    said = story.play(f"<alice> #{word}")
    assert said == ["(to alice) This is a vote by options: #endvote closes it."]


@pytest.mark.parametrize(
    ("profile", "how"),
    [("muster", "#startvote Question? A, B"), ("ubuntu", "#vote MOTION"), ("hcoop", "#vote MOTION")],
)
def test_voting_while_no_vote_is_open_is_told_how_one_is_opened_here(profile: str, how: str) -> None:
    said = begun(profile=profile).play("<bob> #vote yes")
    assert said == [f"(to bob) No vote is open. A chair opens one: {how}"]


def test_a_point_that_is_not_there_is_named_to_everybody_alike() -> None:
    story = begun("<carol> agenda+ Budget")
    for word in ("agenda- 9", "agenda 9 = Mine"):
        assert story.play(f"<bob> {word}") == ["(to bob) There is no point 9 on the agenda."]


def test_taking_up_the_point_that_is_open_opens_no_second_topic() -> None:
    story = begun("<carol> agenda+ Budget\n<alice> take up item 1")
    assert story.play("<alice> take up item 1") == ["(to alice) Point 1 is open already: Budget"]
    assert story.noted() == ["TOPIC: Budget"]


def test_a_subtopic_leaves_the_time_that_its_topic_was_given() -> None:
    story = begun("<alice> #topic Bugs\n<alice> #timebox 10m\n<alice> #subtopic The scheduler")
    assert story.meeting.clock.timebox is not None
    story.play("<alice> #topic Reviews")
    assert story.meeting.clock.timebox is None


def test_a_chairs_slip_in_a_speakers_name_is_answered_and_thanks_are_chat() -> None:
    story = begun("<carol> q+")
    assert story.play("<alice> ack crol") == [
        "crol is not on the speaker queue. I see carol on the speaker queue."
    ]
    assert story.play("<alice> ack thanks") == []
    assert story.play("<bob> ack crol") == []


@pytest.mark.parametrize("word", ["edit", "undo that", "redact it"])
def test_who_does_not_know_an_items_number_is_told_the_last_ones(word: str) -> None:
    story = begun("<bob> #info one\n<carol> #idea two\n<bob> #info three\n<bob> #info four\n<alice> #undo 3")
    (said,) = story.play(f"<alice> #{word}")
    assert said.endswith("Last items: 1 one; 2 IDEA: two; 4 four.")


def test_the_last_items_are_few_and_short() -> None:
    story = begun("\n".join(f"<bob> #info {number} {'long ' * 40}" for number in range(1, 9)))
    (said,) = story.play("<alice> #edit")
    assert "Last items: 6 6 long" in said
    assert len(said.encode()) <= 380


def test_a_motion_without_a_number_required_does_not_speak_of_one() -> None:
    story = begun("<alice> #motion Adopt it")
    said = story.play("<alice> #inconclusive")
    assert said[-1].endswith("Abstentions: 0. Motion inconclusive. Voting ended on: Adopt it")


def test_what_is_said_of_votes_has_the_prefix_that_works_here() -> None:
    story = Story(prefix=".")
    story.play("<alice> .startmeeting Weekly")
    assert ".startvote Shall we" in story.play("<alice> .startvote")[0]
    assert ".startvote Shall we" in story.play("<alice> .startvote Ship? Yes")[0]
    story.play("<alice> .startvote Ship?")
    assert ".vote Yes" in story.play("<bob> .vote")[0]
    story.play("<alice> .voters carol")
    assert story.play("<bob> .vote yes")[0].endswith("with .voters.")


def test_a_reopen_that_comes_too_late_or_from_a_stranger_is_told_why() -> None:
    story = begun("<alice> #endmeeting")
    assert story.meeting.reopen_refused(story.read("<bob> #reopen")) == (
        "Only a chair of the last meeting can take it up again. Chairs: alice."
    )
    assert story.meeting.reopen_refused(story.read("<bob> hello")) is None
    assert story.meeting.reopen_refused(story.read("<alice> #reopen")) is None
    story.play("++ 2h")
    assert story.meeting.reopen_refused(story.read("<alice> #reopen")) == (
        "The last meeting ended more than an hour ago. #startmeeting begins another; "
        "!minutes edit N TEXT still changes an item of that one."
    )


def test_me_in_a_list_of_names_is_whoever_says_it() -> None:
    story = begun("<bob> present- me\n<carol> regrets+")
    story.play("<bob> present+ Zoe, me\n<carol> Present+ me, Max\n<dave> regrets+ Tom, ME")
    rows = {each.nick: each.regrets for each in story.minutes.attendees}
    assert rows == {"alice": False, "bob": False, "carol": False, "Zoe": False, "Max": False} | {
        "dave": True,
        "Tom": True,
    }
    story.play("<carol> present- Max, me")
    assert not {"carol", "Max"} & {each.nick for each in story.minutes.attendees}
