"""Votes: who may vote, which ballot counts, and what it comes to."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.meetings.minutes import Choice
from plugins.meetings.votes import (
    MAX_OPTION_LENGTH,
    MAX_OPTIONS,
    MOTION_OPTIONS,
    Cast,
    Poll,
    Question,
    bare_ballot,
    outcome_text,
    parse_startvote,
    results_text,
    word_ballot,
)

START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
END = START + timedelta(minutes=5)


def poll(*options: str) -> Poll:
    return Poll.options("Ship on Friday?", options or ("Yes", "No"), START, 7)


def motion(required: int = 0) -> Poll:
    return Poll.motion("adopt the plan", START, 7, required=required)


def put(votes: Poll, *ballots: str) -> Poll:
    """Let a new person cast each of the ballots."""
    for number, ballot in enumerate(ballots):
        assert votes.cast(f"p{number}", f"person{number}", ballot).option
    return votes


def test_a_vote_by_options_from_its_start_to_its_item() -> None:
    votes = poll("Yes", "No", "Later")
    assert votes.cast("1", "bob", "yes") == Cast("Yes")
    assert votes.cast("2", "carol", "YES") == Cast("Yes")
    assert votes.cast("3", "dave", "l") == Cast("Later")
    assert votes.show() == ["Yes (2): bob, carol", "Later (1): dave"]
    vote = votes.close(END)
    assert vote.choices == (
        Choice("Yes", ("bob", "carol")),
        Choice("No", ()),
        Choice("Later", ("dave",)),
    )
    assert (vote.question, vote.started, vote.ended, vote.line) == ("Ship on Friday?", START, END, 7)
    assert (vote.motion, vote.outcome) == (False, "")
    assert results_text(vote) == 'Voted on "Ship on Friday?" Results are, Yes: 2, No: 0, Later: 1'
    assert outcome_text(vote) == ""


def test_a_vote_that_nobody_took_part_in_says_so() -> None:
    votes = poll()
    assert votes.show() == ["Nobody has voted yet."]
    assert results_text(votes.close(END)) == 'Voted on "Ship on Friday?" Results are, Yes: 0, No: 0'


def test_only_the_last_ballot_counts() -> None:
    votes = poll()
    votes.cast("1", "bob", "yes")
    votes.cast("1", "bob", "no")
    assert votes.show() == ["No (1): bob"]


def test_a_wrong_option_is_answered_with_the_right_ones_and_leaves_the_earlier_ballot() -> None:
    votes = poll()
    votes.cast("1", "bob", "yes")
    cast = votes.cast("1", "bob", "maybe")
    assert not cast.option
    assert cast.text == "bob: maybe is not a valid option. Valid options are Yes, No."
    assert votes.show() == ["Yes (1): bob"]


def test_a_vote_for_nothing_asks_for_an_option() -> None:
    assert poll().cast("1", "bob", "  ").text == (
        "bob: say which option, as in #vote Yes. Valid options are Yes, No."
    )


def test_a_prefix_will_do_where_it_fits_one_option_only() -> None:
    votes = poll("Monday", "Tuesday", "Thursday")
    assert votes.cast("1", "bob", "mo").option == "Monday"
    assert votes.cast("1", "bob", "t").text == "bob: t could be Tuesday or Thursday. Say more of it."
    assert votes.cast("1", "bob", "th.").option == "Thursday"


def test_an_option_that_begins_another_can_still_be_chosen() -> None:
    votes = poll("Yes", "Yes but later", "No")
    assert votes.cast("1", "bob", "yes").option == "Yes"
    assert votes.cast("1", "bob", "yes  BUT").option == "Yes but later"


def test_renaming_gives_no_second_vote_and_changes_the_name_shown() -> None:
    votes = poll()
    votes.cast("1", "bob", "yes")
    votes.rename("1", "bob_away")
    votes.cast("1", "bob_away", "no")
    assert votes.show() == ["No (1): bob_away"]
    votes.rename("1", "robert")
    votes.rename("2", "who has not voted")
    assert votes.show() == ["No (1): robert"]


def test_two_keys_that_prove_to_be_one_person_have_one_ballot_the_later() -> None:
    votes = poll()
    votes.cast("account", "bob", "no")
    votes.cast("webchat", "guest12", "yes")
    votes.merge("webchat", "account")
    assert votes.show() == ["Yes (1): guest12"]
    votes.cast("webchat", "bob", "no")
    votes.merge("account", "webchat")
    votes.merge("account", "account")
    assert votes.show() == ["No (1): bob"]


def test_an_earlier_ballot_of_the_person_merged_in_does_not_replace_a_later_one() -> None:
    votes = poll()
    votes.cast("webchat", "guest12", "yes")
    votes.cast("account", "bob", "no")
    votes.merge("webchat", "account")
    assert votes.show() == ["No (1): bob"]


def test_only_named_voters_may_vote_until_everyone_may() -> None:
    votes = Poll.options("Ship?", ("Yes", "No"), START, 1, voters=["Bob", "carol"])
    assert votes.voters == ("Bob", "carol")
    assert votes.cast("1", "bob", "yes").option
    refused = votes.cast("2", "mallory", "no")
    assert refused.text == (
        "mallory: you are not among the voters of this vote. A chair can name the voters with #voters."
    )
    votes.set_voters(None)
    assert votes.voters is None
    assert votes.cast("2", "mallory", "no").option
    assert votes.show() == ["Yes (1): bob", "No (1): mallory"]


def test_ballots_of_those_who_are_no_voters_any_more_do_not_count() -> None:
    votes = put(poll(), "yes", "no", "no")
    votes.set_voters(["person0"])
    assert votes.show() == ["Yes (1): person0"]
    votes.set_voters(["person0", "PERSON2"])
    assert votes.show() == ["Yes (1): person0", "No (1): person2"]
    votes.set_voters(None)
    assert [choice.count for choice in votes.counted()] == [1, 2]


def test_taking_a_voters_nick_after_they_voted_gives_no_vote() -> None:
    votes = poll()
    votes.set_voters(["alice"])
    assert votes.cast("1", "alice", "yes").option
    votes.rename("1", "alice_lunch")
    assert votes.cast("2", "alice", "no").text == (
        "alice: somebody else has voted as alice already. A chair can name the voters again with #voters."
    )
    assert votes.cast("1", "alice_lunch", "no").option
    assert votes.show() == ["No (1): alice_lunch"]


def test_voters_named_by_their_key_need_no_name() -> None:
    votes = poll()
    votes.set_voters([], people=["7"])
    assert not votes.cast("8", "alice", "no").option
    assert not votes.cast("8", "7", "no").option
    assert votes.cast("7", "alice", "yes").option
    votes.merge("7", "9")
    assert votes.cast("9", "alice", "no").option
    assert votes.show() == ["No (1): alice"]


def test_a_vote_with_an_empty_list_of_voters_is_nobodys() -> None:
    votes = poll()
    votes.set_voters([])
    assert not votes.cast("1", "bob", "yes").option


def test_a_secret_ballot_counts_and_its_voter_is_never_shown() -> None:
    votes = motion()
    votes.cast("1", "bob", "+1")
    votes.cast("2", "carol", "yes", secret=True)
    assert votes.show() == ["+1 (2): bob, 1 in secret"]
    vote = votes.close(END)
    assert vote.choices[0] == Choice("+1", ("bob",), secret=1)
    assert "carol" not in repr(vote)


def test_a_public_ballot_replaces_a_secret_one_and_the_other_way_round() -> None:
    votes = motion()
    votes.cast("1", "bob", "+1", secret=True)
    votes.cast("1", "bob", "-1")
    assert votes.show() == ["-1 (1): bob"]
    votes.cast("1", "bob", "+1", secret=True)
    assert votes.show() == ["+1 (1): 1 in secret"]


def test_a_written_log_gives_secret_ballots_as_totals() -> None:
    votes = put(motion(), "+1")
    votes.add_secret_totals("-1", 3)
    votes.add_secret_totals("-1", 1)
    votes.add_secret_totals("-1", -9)
    votes.add_secret_totals("perhaps", 5)
    vote = votes.close(END)
    assert [choice.count for choice in vote.choices] == [1, 4, 0]
    assert vote.outcome == "denied"


@pytest.mark.parametrize(
    ("ballots", "required", "outcome", "said"),
    [
        (["+1", "+1", "-1"], 0, "carried", "Motion carried"),
        (["+1", "-1", "-1"], 0, "denied", "Motion denied"),
        (["+1", "-1", "+0"], 0, "tied", "Deadlock, casting vote may be used"),
        ([], 0, "tied", "Deadlock, casting vote may be used"),
        (["+0", "+0", "+1"], 0, "carried", "Motion carried"),
        (["+1", "+1", "+1", "-1", "-1"], 3, "carried", "Motion carried"),
        (["+1", "+1"], 3, "inconclusive", "Motion inconclusive: 3 must vote for it, and 2 did"),
        (["+1", "-1"], 3, "inconclusive", "Motion inconclusive: 3 must vote for it, and 1 did"),
        (["-1"], 3, "denied", "Motion denied"),
        (["+1", "+1", "+1", "-1", "-1", "-1"], 3, "tied", "Deadlock, casting vote may be used"),
    ],
)
def test_what_becomes_of_a_motion(ballots: list[str], required: int, outcome: str, said: str) -> None:
    vote = put(motion(required), *ballots).close(END)
    assert vote.motion
    assert vote.required == required
    assert tuple(choice.option for choice in vote.choices) == MOTION_OPTIONS
    assert (vote.outcome, outcome_text(vote)) == (outcome, said)


def test_the_number_of_votes_required_can_be_said_while_the_vote_is_open() -> None:
    votes = put(motion(), "+1", "+1")
    votes.require(3)
    assert votes.close(END).outcome == "inconclusive"
    votes.require(-5)
    assert votes.close(END).required == 0
    assert votes.close(END).outcome == "carried"


def test_the_item_of_a_motion_says_the_numbers_and_what_became_of_it() -> None:
    votes = put(motion(), "+1", "aye", "nay", "abstain")
    assert results_text(votes.close(END)) == (
        'Voted on "adopt the plan" Results are, for: 2, against: 1, abstained: 1. Motion carried'
    )


@pytest.mark.parametrize(
    ("typed", "option"),
    [
        ("+1", "+1"),
        ("yes", "+1"),
        ("Aye!", "+1"),
        ("NO", "-1"),
        ("nay", "-1"),
        ("abstain", "+0"),
        ("+1 ok", "+1"),
    ],
)
def test_a_motion_takes_signs_and_words(typed: str, option: str) -> None:
    assert motion().cast("1", "bob", typed).option == option


def test_a_motion_refuses_what_it_does_not_understand() -> None:
    assert motion().cast("1", "bob", "no objection").text == (
        "bob: no objection is not a valid option. Valid options are +1, -1, +0."
    )


@pytest.mark.parametrize(
    ("text", "ballot"),
    [
        ("+1", "+1"),
        ("  +1  ", "+1"),
        ("+1 great idea", "+1"),
        ("+1, but later", "+1"),
        ("+1!", "+1"),
        ("-1", "-1"),
        ("−1 sorry", "-1"),
        ("–1", "-1"),
        ("+0", "+0"),
        ("-0 whatever", "+0"),
        ("0", "+0"),
        ("0.", "+0"),
        ("+1's", None),
        ("-1000", None),
        ("+10", None),
        ("+1/-1", None),
        ("0 bugs left", None),
        ("0x44", None),
        ("1", None),
        ("+2", None),
        ("so +1", None),
        ("", None),
        ("yes", None),
    ],
)
def test_what_counts_as_a_ballot_without_a_command(text: str, ballot: str | None) -> None:
    assert bare_ballot(text) == ballot


@pytest.mark.parametrize(
    ("word", "ballot"),
    [
        ("yes", "+1"),
        ("Yea", "+1"),
        ("in favour", "+1"),
        ("against.", "-1"),
        ("no!", "-1"),
        ("abstain", "+0"),
        ("−0", "+0"),
        ("yes but no", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_what_a_word_votes(word: str, ballot: str | None) -> None:
    assert word_ballot(word) == ballot


@pytest.mark.parametrize(
    ("rest", "question", "options"),
    [
        ("Ship on Friday? Yes, No, Maybe later", "Ship on Friday?", ("Yes", "No", "Maybe later")),
        ("Ship on Friday? Yes No Maybe", "Ship on Friday?", ("Yes", "No", "Maybe")),
        ("Ship on Friday?", "Ship on Friday?", ("Yes", "No")),
        ("Ship on Friday ?", "Ship on Friday ?", ("Yes", "No")),
        ("Which? A, B C", "Which?", ("A", "B C")),
        ("Which? A, B, .", "Which?", ("A", "B")),
        ("Which? A B .", "Which?", ("A", "B")),
        ("Which? A, B.", "Which?", ("A", "B")),
        ("Which? 1.0 2.0.", "Which?", ("1.0", "2.0")),
        ("Is it? Really? Yes. No. Maybe.", "Is it? Really?", ("Yes", "No", "Maybe")),
        ("On? .NET, Rust., Yes . , ...", "On?", (".NET", "Rust", "Yes")),
        ("Which? .", "Which?", ("Yes", "No")),
        ("Which? a,, b , A", "Which?", ("a", "b")),
        ("Good? Shall we? A, B", "Good? Shall we?", ("A", "B")),
        ("Take https://x.org/?id=4? A, B", "Take https://x.org/?id=4?", ("A", "B")),
        ("Versenden？ ja, nein", "Versenden？", ("ja", "nein")),
        ("Ship\ton   Friday? a b", "Ship on Friday?", ("a", "b")),
    ],
)
def test_how_a_vote_is_asked_for(rest: str, question: str, options: tuple[str, ...]) -> None:
    assert parse_startvote(rest) == Question(question, options)


@pytest.mark.parametrize(
    ("rest", "complaint"),
    [
        ("", "A vote starts with a question"),
        ("? a, b", "A vote starts with a question"),
        ("Yes, No", "A vote starts with a question"),
        ("Ship? Yes", "two options or more"),
        ("Ship? yes, YES", "two options or more"),
        (f"Ship? {' '.join(map(str, range(MAX_OPTIONS + 1)))}", f"takes {MAX_OPTIONS} options at most"),
        ("long" * 100 + "? a, b", "A question has 300 characters at most, and this has 401."),
        (f"Ship? a, {'b' * (MAX_OPTION_LENGTH + 1)}", f"has {MAX_OPTION_LENGTH} characters at most"),
    ],
)
def test_a_vote_asked_for_wrongly_says_what_would_be_right(rest: str, complaint: str) -> None:
    answer = parse_startvote(rest)
    assert isinstance(answer, str)
    assert complaint in answer
    assert len(answer) < 200


@given(st.text())
def test_no_text_breaks_the_reading_of_ballots_and_questions(text: str) -> None:
    assert bare_ballot(text) in {*MOTION_OPTIONS, None}
    assert word_ballot(text) in {*MOTION_OPTIONS, None}
    asked = parse_startvote(text)
    if isinstance(asked, Question):
        assert 2 <= len(asked.options) <= MAX_OPTIONS
        votes = Poll.options(asked.text, asked.options, START, 1)
        for option in asked.options:
            assert votes.cast("1", "bob", option).option == option
    for votes in (poll(), motion()):
        cast = votes.cast("1", "bob", text)
        assert (cast.option is not None) is (cast.text == "")


KEYS = st.sampled_from("abcdef")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("cast"), KEYS, st.sampled_from(("yes", "no")), st.booleans()),
        st.tuples(st.just("merge"), KEYS, KEYS),
        st.tuples(st.just("rename"), KEYS, st.sampled_from(("x", "y", "z"))),
    ),
    max_size=30,
)


@given(STEPS)
def test_each_person_has_one_ballot_their_last_through_renames_and_merges_in_any_order(
    steps: list[tuple[str, str, str] | tuple[str, str, str, bool]],
) -> None:
    votes = poll()
    person = {key: frozenset({key}) for key in "abcdef"}  # which keys are the same person
    ballots: dict[frozenset[str], tuple[bool, int, str]] = {}  # open, how late, for what
    for number, step in enumerate(steps):
        if step[0] == "cast":
            assert len(step) == 4
            votes.cast(step[1], step[1], step[2], secret=step[3])
            ballots[person[step[1]]] = (not step[3], number, step[2])
        elif step[0] == "merge":
            votes.merge(step[1], step[2])
            parts = {person[step[1]], person[step[2]]}
            together = frozenset().union(*parts)
            found = [ballots.pop(part) for part in parts if part in ballots]
            if found:
                ballots[together] = max(found)  # an open ballot goes before a secret one
            person.update(dict.fromkeys(together, together))
        else:
            votes.rename(step[1], step[2])
    counts = {choice.option: choice.count for choice in votes.counted()}
    options = [option for _, _, option in ballots.values()]
    assert counts == {"Yes": options.count("yes"), "No": options.count("no")}


VOTERS = st.one_of(st.none(), st.lists(st.sampled_from(("x", "y", "z"))))
CHANGES = st.one_of(
    st.tuples(st.just("cast"), KEYS, st.sampled_from(("x", "y", "z")), st.booleans()),
    st.tuples(st.just("merge"), KEYS, KEYS),
    st.tuples(st.just("rename"), KEYS, st.sampled_from(("x", "y", "z"))),
    st.tuples(st.just("voters"), VOTERS, st.lists(KEYS, max_size=2)),
)


@given(st.lists(CHANGES, max_size=30))
def test_what_the_open_ballots_come_to_hangs_on_no_secret_one(steps: list[tuple[Any, ...]]) -> None:
    votes, of_the_open = poll(), poll()
    for what, *step in steps:
        if what == "cast":
            key, name, secret = step
            if not secret:
                assert votes.cast(key, name, "yes") == of_the_open.cast(key, name, "yes")
            elif not votes.voted_openly(key):
                votes.cast(key, name, "no", secret=True)
        else:
            for each in (votes, of_the_open):
                change = {"merge": each.merge, "rename": each.rename, "voters": each.set_voters}[what]
                change(*step)
        [opened, in_secret], [alone, _] = votes.counted(), of_the_open.counted()
        assert opened == alone
        assert in_secret.voters == ()


def test_a_named_voter_who_voted_in_secret_is_counted_once_whoever_they_prove_to_be() -> None:
    votes = poll()
    votes.cast("1", "alice", "yes")
    votes.set_voters(["bob"])
    votes.cast("stranger", "bob", "no", secret=True)
    votes.merge("stranger", "1")
    assert votes.counted() == (Choice("Yes", (), 0), Choice("No", (), 1))
    votes.set_voters(None)
    assert votes.counted() == (Choice("Yes", ("alice",), 0), Choice("No", (), 0))


def test_an_open_ballot_takes_a_named_voters_place_before_a_secret_one() -> None:
    votes = poll()
    votes.set_voters(["bob"])
    assert votes.cast("1", "bob", "no", secret=True).option
    assert "somebody else has voted as bob" in votes.cast("2", "bob", "no", secret=True).text
    assert votes.cast("3", "bob", "yes").option
    assert votes.counted() == (Choice("Yes", ("bob",), 0), Choice("No", (), 0))
    assert "somebody else has voted as bob" in votes.cast("1", "bob", "no", secret=True).text


def test_what_a_vote_came_to_is_a_value_that_later_ballots_do_not_change() -> None:
    votes = put(poll(), "yes")
    vote = votes.close(END)
    votes.cast("late", "late", "yes")
    assert vote.choices[0].count == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        vote.line = 8  # type: ignore[misc]
