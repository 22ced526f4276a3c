"""A chair who forgets, chairs who are gone."""

from datetime import timedelta

from tests.plugins.meetings.story import BEGAN, Story

TICK = "## meetings.clock"


def begun(**more: object) -> Story:
    story = Story("muster", **more)  # type: ignore[arg-type]
    story.play("<alice> #startmeeting")
    return story


def until_woken(story: Story) -> list[str]:
    wake = story.meeting.wake()
    assert wake is not None
    story.time = wake - timedelta(seconds=1)
    return story.play(TICK)


def test_a_forgetful_chair_is_asked_then_anyone_may_end_then_it_ends_by_itself() -> None:
    story = begun(topic="Nova")
    story.play("<bob> #info x\n<alice> #startvote Ship?\n<bob> #vote yes")
    assert story.meeting.wake() == story.meeting.started + timedelta(minutes=80)
    assert until_woken(story) == ["alice: is the meeting over? Then say #endmeeting."]
    assert story.meeting.wake() == story.time + timedelta(minutes=10)
    assert until_woken(story) == ["The meeting still runs. Anyone may end it now with #endmeeting."]
    assert until_woken(story) == [
        (
            "Nobody has said anything for 99 minutes, so the meeting ends here. "
            "A chair can take it up again with #reopen, within the hour."
        ),
        'Voted on "Ship?" Results are',
        "Yes (1): bob",
        "Ended",
    ]
    minutes = story.minutes
    assert minutes.ended == BEGAN + timedelta(minutes=100, seconds=1)
    assert minutes.notes == ("Ended by Muster after 99 minutes of silence.",)
    assert minutes == story.refolded()


def test_a_word_after_the_question_starts_the_silence_anew() -> None:
    story = begun(planned_minutes=30)
    assert until_woken(story)[0].startswith("alice: is the meeting over?")
    story.play("<bob> still talking")
    assert story.meeting.wake() == story.time + timedelta(minutes=20)
    assert until_woken(story)[0].startswith("alice: is the meeting over?")


def test_what_bots_say_is_silence() -> None:
    story = begun()
    story.play("++ 70m\n<muster> hello\n<gitbot> push\n-carol- notice")
    assert story.meeting.wake() == story.meeting.started + timedelta(minutes=80)


def test_once_offered_anyone_may_end_it() -> None:
    story = begun()
    until_woken(story)
    until_woken(story)
    assert story.play("<bob> #endmeeting") == ["Ended"]


def test_a_chair_who_speaks_takes_the_offer_back_and_others_do_not() -> None:
    story = begun()
    until_woken(story)
    until_woken(story)
    story.play("<carol> hm")
    assert story.meeting.clock.end_offered
    story.play("<alice> I am here")
    assert not story.meeting.clock.end_offered
    assert story.play("<bob> #endmeeting")[0].startswith("(to bob) Only a chair can end the meeting")


def test_a_deadline_acts_only_when_its_note_is_folded() -> None:
    story = begun()
    story.play("++ 5h\n<bob> long silence, but nobody told the meeting")
    assert story.meeting.is_open
    assert story.play(TICK) == []


def test_a_note_before_the_deadline_does_nothing() -> None:
    story = begun()
    story.play("++ 79m")
    assert story.play(TICK) == []


def test_after_long_downtime_the_chairs_still_have_their_ten_minutes() -> None:
    story = begun()
    story.play("++ 48h")
    assert story.play(TICK)[0].startswith("alice: is the meeting over?")
    assert story.meeting.is_open
    assert story.meeting.wake() == story.time + timedelta(minutes=10)


def test_when_all_chairs_are_gone_for_a_quarter_of_an_hour_anyone_may_end_it() -> None:
    story = begun(accounts={"alice": "alice"})
    story.play("<alice> #chair bob\n<-- bob\n<-- alice")
    gone = story.time
    assert story.meeting.wake() == gone + timedelta(minutes=15)
    assert until_woken(story) == ["No chair is here any more. Anyone may end the meeting with #endmeeting."]
    assert story.play("<carol> #endmeeting") == ["Ended"]


def test_a_chair_who_comes_back_keeps_the_meeting() -> None:
    story = begun(accounts={"alice": "alice"})
    story.play("<-- alice\n++ 16m\n## meetings.clock\n--> alice")
    assert story.play("<carol> #endmeeting")[0].startswith("(to carol) Only a chair")
    story.play("<-- alice\n++ 14m\n--> alice\n++ 5m")
    assert story.play(TICK) == []


def test_a_meeting_left_alone_does_not_stay_open_for_two_weeks() -> None:
    story = begun()
    ticks = 0
    while story.meeting.is_open:
        until_woken(story)
        ticks += 1
        assert ticks < 10
    assert story.time - BEGAN < timedelta(hours=2)


def test_reopened_it_forgets_that_it_ended_by_itself() -> None:
    story = begun()
    while story.meeting.is_open:
        until_woken(story)
    story.play("<alice> #reopen")
    assert story.minutes.notes == ()
    assert story.meeting.wake() == story.time + timedelta(minutes=20)


def test_without_a_chair_both_refusals_say_the_same_and_what_to_do() -> None:
    story = begun()
    story.play("<bob> hello\n<-- alice\n--> alice")
    advice = "No chair is here: if none comes, anyone may end it with #endmeeting from 20:15:03 UTC on."
    assert story.play("<alice> #endmeeting") == [f"(to alice) Only a chair can end the meeting. {advice}"]
    busy = "Can't start another meeting, one is in progress: nova."
    assert story.play("<alice> #startmeeting x") == [f"{busy} {advice}"]
    assert until_woken(story) == ["No chair is here any more. Anyone may end the meeting with #endmeeting."]
    assert story.play("<bob> #startmeeting x") == [
        f"{busy} No chair is here: anyone may end it with #endmeeting."
    ]
    assert "Ended" in story.play("<alice> #endmeeting")


def test_a_chair_who_is_away_is_named_as_such() -> None:
    story = begun(accounts={"alice": "alice"})
    assert story.play("<bob> #endmeeting") == ["(to bob) Only a chair can end the meeting. Chairs: alice."]
    story.play("<-- alice")
    (said,) = story.play("<bob> #endmeeting")
    assert "No chair is here (alice): if none comes" in said
