"""Votes and motions in a meeting."""

import pytest

from tests.plugins.meetings.story import Story

OTHERS = ["muster", "debian", "openstack", "fedora", "w3c"]


def begun(text: str = "", profile: str = "muster", **more: object) -> Story:
    story = Story(profile, **more)  # type: ignore[arg-type]
    story.play("<alice> #startmeeting Weekly")
    story.play(text)
    return story


def counts(story: Story) -> dict[str, int]:
    return {choice.option: choice.count for choice in story.minutes.votes[-1].choices}


@pytest.mark.parametrize("profile", ["muster", "debian", "openstack", "fedora", "ubuntu", "hcoop", "w3c"])
def test_a_vote_by_options_goes_as_in_openstack(profile: str) -> None:
    story = begun("", profile)
    assert story.play("<alice> #startvote Ship on Friday? Yes, No, Not yet.") == [
        "Begin voting on: Ship on Friday? Valid vote options are Yes, No, Not yet.",
        "Vote using '#vote OPTION'. Only your last vote counts.",
    ]
    assert story.play("<bob> #vote YES") == []
    assert story.play("<carol> #vote n") == ["carol: n could be No or Not yet. Say more of it."]
    assert story.play("<carol> #vote maybe") == [
        "carol: maybe is not a valid option. Valid options are Yes, No, Not yet."
    ]
    story.play("<carol> #vote y\n<dave> #vote no")
    assert story.play("<bob> #showvote") == ["Yes (2): bob, carol", "No (1): dave"]
    assert story.play("<alice> #endvote") == [
        'Voted on "Ship on Friday?" Results are',
        "Yes (2): bob, carol",
        "No (1): dave",
    ]
    assert story.noted() == ['VOTE: Voted on "Ship on Friday?" Results are, Yes: 2, No: 1, Not yet: 0']
    assert story.minutes == story.refolded()


def test_yes_and_no_are_the_default() -> None:
    assert (
        begun().play("<alice> #startvote Ship?")[0]
        == "Begin voting on: Ship? Valid vote options are Yes, No."
    )


def test_one_vote_at_a_time() -> None:
    story = begun("<alice> #startvote Ship?")
    assert story.play("<alice> #startvote Other?") == ["Already voting on 'Ship?'. #endvote ends it."]
    assert story.play("<alice> #motion Other") == ["Already voting on 'Ship?'. #endvote ends it."]
    assert story.play("<bob> +1") == []
    assert story.play("<alice> #endvote")[-1] == "Nobody voted."


def test_only_a_chair_opens_and_ends_a_vote() -> None:
    story = begun()
    for word in ("startvote Q?", "motion M", "endvote", "close", "voters bob", "votesrequired 3"):
        assert story.play(f"<bob> #{word}")[0].startswith("(to bob) Only a chair")


def test_without_a_vote_each_word_says_so() -> None:
    story = begun()
    for row in ("<bob> #vote x", "<bob> #showvote", "<alice> #endvote", "<alice> #close", "<alice> #failed"):
        (said,) = story.play(row)
        assert "is open" in said


def test_a_ballot_belongs_to_a_person_and_not_to_a_nick() -> None:
    story = begun("<alice> #startvote Ship?\n<bob> #vote yes\nbob => bob2\n<bob2> #vote no")
    assert story.play("<alice> #showvote") == ["No (1): bob2"]
    story.play("<-- bob2")
    story.hosts["bob2"] = story.hosts["bob2"]
    story.play("--> bob2\n<bob2> #vote yes\n<alice> #endvote")
    assert counts(story) == {"Yes": 1, "No": 0}


def test_a_login_makes_two_ballots_one_and_the_last_counts() -> None:
    story = begun("<alice> #startvote Ship?\n<bob> #vote yes", accounts={"bob": "robert"})
    story.play("--> guest\n<guest> #vote no\nguest == robert\n<alice> #endvote")
    assert counts(story) == {"Yes": 0, "No": 1}


def test_an_open_vote_is_closed_and_announced_when_the_meeting_ends() -> None:
    story = begun("<alice> #startvote Ship?\n<bob> #vote yes")
    assert story.play("<alice> #endmeeting")[:2] == ['Voted on "Ship?" Results are', "Yes (1): bob"]
    assert counts(story) == {"Yes": 1, "No": 0}
    assert story.noted() == ['VOTE: Voted on "Ship?" Results are, Yes: 1, No: 0']


@pytest.mark.parametrize("profile", OTHERS)
def test_a_motion_takes_bare_ballots(profile: str) -> None:
    story = begun("", profile)
    assert story.play("<alice> #motion Ship it") == [
        "Please vote on: Ship it",
        (
            "Public votes can be registered by saying +1, -1 or +0 in channel "
            "(for private voting, private message me with 'vote +1|-1|+0 #nova')"
        ),
    ]
    story.play("<bob> +1\n<carol> -1 too early\n<dave> +0\n<carol> #vote aye\n<alice> I gave it +1")
    assert story.play("<alice> #endvote") == [
        "Votes for: 2, Votes against: 0, Abstentions: 1. Motion carried. Voting ended on: Ship it"
    ]
    vote = story.minutes.votes[0]
    assert (vote.motion, vote.outcome) == (True, "carried")
    assert story.minutes == story.refolded()


def test_ubuntus_vote_opens_a_motion_and_acknowledges_ballots() -> None:
    story = begun("", "ubuntu")
    assert story.play("<alice> #vote Ship it")[0] == "Please vote on: Ship it"
    assert story.play("<bob> +1") == ["+1 received from bob"]
    assert story.play("<carol> #vote no") == ["-1 received from carol"]
    assert story.play("<alice> #vote Another motion") == ["Voting still open on: Ship it"]
    assert story.play("<alice> #endvote") == [
        "Voting ended on: Ship it",
        "Votes for: 1, Votes against: 1, Abstentions: 0",
        "Deadlock, casting vote may be used",
    ]
    assert story.minutes.votes[0].outcome == "tied"


def test_hcoops_motion_is_closed_in_hcoops_words() -> None:
    story = begun("", "hcoop")
    assert story.play("<alice> #motion Ship it") == ["Voting is open"]
    story.play("<bob> #vote +1\n<carol> #vote -1\n<dave> +1")
    assert story.play("<alice> #close") == [
        "Motion accepted: 2 in favor to 1 opposed",
        "In favor: bob, dave",
        "Opposed: carol",
    ]


@pytest.mark.parametrize("profile", ["ubuntu", "hcoop"])
def test_a_late_ballot_opens_nothing(profile: str) -> None:
    story = begun("", profile)
    for text in ("yes", "+1", "No", "aye", "abstain", "-1 because"):
        assert story.play(f"<alice> #vote {text}")[0].startswith("(to alice) No vote is open")
    assert story.play("<bob> #vote Make bob king")[0].startswith("(to bob) Only a chair can open a vote")
    assert story.play("<bob> +1") == []


@pytest.mark.parametrize("profile", OTHERS)
def test_elsewhere_vote_opens_no_motion(profile: str) -> None:
    assert begun("", profile).play("<alice> #vote Ship it")[0].startswith("(to alice) No vote is open")


def test_yes_counts_for_and_no_against() -> None:
    story = begun("<alice> #motion M\n<bob> #vote yes\n<carol> #vote nay\n<dave> #vote aye\n<alice> #endvote")
    assert counts(story) == {"+1": 2, "-1": 1, "+0": 0}


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("accepted", "carried"), ("failed", "denied"), ("inconclusive", "inconclusive"), ("close", "denied")],
)
def test_a_chair_rules_on_a_motion(word: str, outcome: str) -> None:
    story = begun(f"<alice> #motion M\n<bob> -1\n<alice> #{word}")
    assert story.minutes.votes[0].outcome == outcome
    assert counts(story)["-1"] == 1
    assert len(story.noted()) == 1


def test_without_a_motion_accepted_is_a_decision() -> None:
    story = begun("<alice> #startvote Q?\n<alice> #accepted the plan")
    assert story.noted() == ["ACCEPTED: the plan"]


def test_only_the_named_voters_count_until_everyone_may() -> None:
    story = begun("<alice> #chair carol")
    assert story.play("<alice> #voters bob, carol") == ["Current voters: bob, carol"]
    story.play("<alice> #motion M")
    assert story.play("<dave> +1")[0].startswith("dave: you are not among the voters")
    story.play("bob => rob\n<rob> +1\ndave => bob\n<bob> -1")
    assert story.play("<alice> #showvote") == ["+1 (1): rob"]
    assert story.play("<alice> #voters everyone") == ["Everyone can now vote"]
    story.play("<bob> -1\n<alice> #endvote")
    assert counts(story) == {"+1": 1, "-1": 1, "+0": 0}


def test_too_few_votes_are_inconclusive() -> None:
    story = begun()
    assert story.play("<alice> #votesrequired 3") == ["Votes now need 3 to be passed"]
    story.play("<alice> #motion M\n<bob> +1\n<alice> #endvote")
    assert story.minutes.votes[0].outcome == "inconclusive"


def test_a_secret_ballot_counts_and_its_voter_is_never_shown() -> None:
    story = begun("<alice> #motion M\n<bob> +1")
    assert story.play('## meetings.ballot {"actor": "carol", "choice": "-1"}') == [
        "(to carol) Your vote is counted, and nobody sees whose it is: -1, M"
    ]
    assert story.play("<alice> #showvote") == ["+1 (1): bob", "-1 (1): 1 in secret"]
    story.play("<alice> #endvote")
    (vote,) = story.minutes.votes
    assert [choice.voters for choice in vote.choices] == [("bob",), (), ()]
    assert vote.choices[1].secret == 1


def test_a_secret_ballot_and_a_log_with_its_sum_alone_come_to_the_same() -> None:
    before = "<alice> #motion M\n<bob> +1"
    after = "<carol> +0\n<alice> #endvote"
    live = begun(before)
    live.play('## meetings.ballot {"actor": "carol", "choice": "+1"}')
    live.play('## meetings.ballot {"actor": "dave", "choice": "no"}')
    live.play(after)
    written = begun(before + '\n## meetings.clock\n## meetings.ballots {"-1": 1}\n' + after)
    assert written.minutes == live.minutes
    assert counts(live) == {"+1": 1, "-1": 1, "+0": 1}


def test_who_has_voted_openly_changes_that_vote_openly() -> None:
    story = begun("<alice> #motion M\n<bob> +1")
    (said,) = story.play('## meetings.ballot {"actor": "bob", "choice": "-1"}')
    assert said == "(to bob) You have voted openly, in #nova: change your vote there."


def test_a_secret_ballot_with_nothing_open_or_no_such_option_is_answered() -> None:
    story = begun()
    assert story.play('## meetings.ballot {"actor": "bob", "choice": "+1"}') == [
        "(to bob) No vote is open in #nova."
    ]
    story.play("<alice> #motion M")
    assert "not a valid option" in story.play('## meetings.ballot {"actor": "bob", "choice": "perhaps"}')[0]
    assert story.play('## meetings.ballots {"+1": -4, "-1": 1e99, "+0": true, "x": 3}') == []
    assert story.play("<alice> #showvote") == ["Nobody has voted yet."]


def test_a_rename_and_a_rejoin_give_no_second_vote() -> None:
    story = Story("muster", hosts={"dave": "d@host", "davy": "d@host"})
    story.play("<alice> #startmeeting\n<alice> #motion x\n<dave> +1\ndave => davy\n<davy> +1\n<-- davy")
    story.play("--> dave\n<dave> +1")
    assert story.play("<alice> #showvote") == ["+1 (1): dave"]
    assert [row.nick for row in story.minutes.attendees] == ["alice", "dave"]
    assert story.minutes == story.refolded()
