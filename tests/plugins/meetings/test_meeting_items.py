"""Items: noted, undone, put back, edited."""

from datetime import date

import pytest

from plugins.meetings.effects import ActionSet
from plugins.meetings.minutes import ItemKind, by_person
from plugins.meetings.profiles import PROFILES
from tests.plugins.meetings.story import Story

COMMUNITIES = sorted(PROFILES)


def begun(profile: str = "muster", text: str = "", **more: object) -> Story:
    story = Story(profile, **more)  # type: ignore[arg-type]
    story.play("<alice> #startmeeting Weekly")
    story.play(text)
    return story


@pytest.mark.parametrize("profile", COMMUNITIES)
def test_every_profile_has_the_items_of_meetbot(profile: str) -> None:
    story = begun(
        profile,
        """
        <bob> #info i
        <bob> #idea d
        <bob> #help h
        <bob> #halp hh
        <bob> #link http://x.org/ l
        <bob> #action bob to a
        <bob> #progress p
        <alice> #agreed g
        <alice> #agree gg
        <alice> #accepted c
        <alice> #accept cc
        <alice> #rejected r
        <alice> #reject rr
        <alice> #done d
        """,
    )
    assert story.noted() == [
        "i",
        "IDEA: d",
        "HELP: h",
        "HELP: hh",
        "LINK: http://x.org/ l",
        "ACTION: bob to a",
        "PROGRESS: p",
        "AGREED: g",
        "AGREED: gg",
        "ACCEPTED: c",
        "ACCEPTED: cc",
        "REJECTED: r",
        "REJECTED: rr",
        "DONE: d",
    ]
    assert story.minutes == story.refolded()


@pytest.mark.parametrize("word", ["agreed", "agree", "accepted", "rejected", "done"])
def test_decisions_are_a_chairs_or_scribes(word: str) -> None:
    story = begun()
    (said,) = story.play(f"<bob> #{word} x")
    assert said.startswith("(to bob) Only a chair or scribe can use #")
    assert said.endswith("Chairs: alice.")
    story.play(f"<alice> #scribe bob\n<bob> #{word} y")
    assert len(story.noted()) == 1


def test_any_case_and_leading_blanks_are_a_command_and_the_middle_of_a_line_is_not() -> None:
    story = begun(text="<bob>    #INFO x\n<bob> say #info y\n<bob> #InFo: z")
    assert story.noted() == ["x", "z"]


def test_a_bare_address_is_a_link_without_closing_punctuation() -> None:
    story = begun(
        text="""
        <bob> http://bugs.example.org/1 is bad
        <bob> https://x.org/a_(b)).
        <bob> mailto:bob@example.org, ask him
        <bob> ircs://irc.example.org/nova
        <bob> see http://not.at.the/start
        <bob> javascript:alert(1)
        """
    )
    assert story.noted() == [
        "LINK: http://bugs.example.org/1 is bad",
        "LINK: https://x.org/a_(b)",
        "LINK: mailto:bob@example.org ask him",
        "LINK: ircs://irc.example.org/nova",
    ]
    assert story.minutes.sections[0].items[0].url == "http://bugs.example.org/1"


def test_a_word_without_text_is_answered_and_noted_nowhere() -> None:
    story = begun()
    for word in ("info", "idea", "action", "link", "progress"):
        said = story.play(f"<bob> #{word}")
        assert len(said) == 1
        assert said[0].startswith("(to bob) Say w")
    assert story.play("<bob> #help")[0].startswith("(to bob) Say !help meeting")
    assert story.noted() == []


def test_items_stand_under_their_topic_and_subtopic() -> None:
    story = begun(
        text="""
        <bob> #info before
        <alice> #topic A
        <bob> #info a
        <alice> #subtopic A1
        <bob> #info a1
        <alice> #topic B
        <bob> #info b
        """
    )
    assert story.noted() == ["before", "TOPIC: A", "  a", "  SUBTOPIC: A1", "    a1", "TOPIC: B", "  b"]


def test_an_action_has_owners_a_due_date_a_key_and_tells_the_world() -> None:
    story = begun()
    story.play("<alice> #action bob, carol to fix 123 by friday")
    key = "nova.2026-11-22-20.00-a1"
    text = "bob, carol to fix 123 by friday"
    assert story.effects == [ActionSet(key, text, ("bob", "carol"), date(2026, 11, 27), "open")]
    story.play("<alice> #edit 1 dave to fix 123")
    assert story.effects[0] == ActionSet(key, "dave to fix 123", ("dave",), None, "open")
    story.play("<alice> #undo 1")
    assert story.effects[0] == ActionSet(key, "dave to fix 123", ("dave",), None, "dropped")
    assert not story.minutes.actions
    story.play("<alice> #redo")
    assert story.effects[0] == ActionSet(key, "dave to fix 123", ("dave",), None, "open")


def test_an_action_without_an_owner_is_nobodys() -> None:
    story = begun(text="<alice> #action somebody should fix this")
    assert story.minutes.actions[0].owners == ()


def test_a_team_member_and_a_named_nick_can_own_an_action_while_away() -> None:
    story = begun(text="<alice> #nick zed\n<alice> #action ask zed and quinn", team_members=(("quinn", ()),))
    assert story.minutes.actions[0].owners == ("zed", "quinn")


def test_changing_an_old_action_with_the_wrong_word_is_hinted_at() -> None:
    story = begun()
    assert story.play("<bob> #action 12 done") == [
        "(to bob) To change an action that there is, say: !action 12 done"
    ]
    assert story.noted() == []


@pytest.mark.parametrize("profile", ["ubuntu"])
def test_ubuntus_bot_repeats_topics_actions_and_decisions(profile: str) -> None:
    story = begun(profile)
    assert "TOPIC: Bugs" in story.play("<alice> #topic Bugs")
    assert "ACTION: bob to x" in story.play("<bob> #action bob to x")
    assert story.play("<alice> #agreed yes") == ["AGREED: yes"]
    assert story.play("<bob> #info quiet") == []


@pytest.mark.parametrize("profile", sorted(set(COMMUNITIES) - {"ubuntu"}))
def test_other_bots_note_items_in_silence(profile: str) -> None:
    story = begun(profile)
    for row in ("<bob> #info x", "<bob> #link http://x.org", "<alice> #agreed y"):
        assert story.play(row) == []
    assert story.play("<bob> #action bob to x") == ["ActionSet"]


# Undo, redo, edit.


def test_a_chair_undoes_the_last_item_and_it_is_said_which() -> None:
    story = begun(text="<bob> #info a\n<bob> #idea b")
    assert story.play("<alice> #undo") == ["Removing item from minutes: IDEA: b (item 2)"]
    assert story.play("<alice> #undo") == ["Removing item from minutes: INFO: a (item 1)"]
    assert story.play("<alice> #undo") == ["(to alice) There is no item of yours to undo."]
    assert [item.number for item in story.minutes.removed] == [1, 2]


def test_anyone_undoes_their_own_last_item_and_nobody_elses() -> None:
    story = begun(text="<bob> #info bobs\n<carol> #info carols")
    assert story.play("<bob> #undo") == ["Removing item from minutes: INFO: bobs (item 1)"]
    assert story.play("<bob> #undo item 2") == [
        "(to bob) Item 2 is not yours: its author or a chair can change it."
    ]
    assert story.noted() == ["carols"]


def test_undo_by_number_and_redo_keep_the_numbers_and_the_place() -> None:
    story = begun(text="<bob> #info a\n<bob> #info b\n<bob> #info c\n<alice> #undo 2")
    assert story.noted() == ["a", "c"]
    assert story.play("<alice> #redo") == ["Item is back in the minutes: INFO: b (item 2)"]
    assert story.noted() == ["a", "b", "c"]
    story.play("<alice> #undo item #1\n<alice> #undo 3\n<alice> #redo 1\n<bob> #info d")
    assert story.noted() == ["a", "b", "d"]
    assert story.minutes.sections[0].items[-1].number == 4
    assert story.minutes == story.refolded()


def test_what_cannot_be_undone_is_answered() -> None:
    story = begun(text="<bob> #info a")
    for word in ("undo 7", "redo", "redo 1", "redo 99", "edit 9 x", "undo x", "redo x", "edit", "edit 1"):
        (said,) = story.play(f"<alice> #{word}")
        assert said.startswith("(to alice) ")
    assert story.noted() == ["a"]


def test_undoing_a_topic_gives_its_items_to_the_one_before_and_the_room_its_topic() -> None:
    story = begun(text="<alice> #topic A\n<bob> #info a\n<alice> #topic B\n<bob> #info b")
    assert story.play("<alice> #undo 3")[0] == "[topic] A (Meeting topic: Weekly)"
    assert story.noted() == ["TOPIC: A", "  a", "  b"]
    assert story.play("<alice> #redo")[0] == "[topic] B (Meeting topic: Weekly)"
    assert story.play("<alice> #edit 3 Bees")[0] == "[topic] Bees (Meeting topic: Weekly)"


def test_an_edit_keeps_the_history() -> None:
    story = begun(text="<bob> #link http://x.org old\n<bob> #edit 1 http://y.org/ new\n<alice> #undo")
    (item,) = story.minutes.removed
    assert (item.url, item.text, item.kind) == ("http://y.org/", "new", ItemKind.LINK)
    assert [(change.what, change.by, change.before) for change in item.changes] == [
        ("edited", "bob", "http://x.org old"),
        ("removed", "alice", "http://y.org/ new"),
    ]


def test_nobody_edits_other_peoples_items() -> None:
    story = begun(text="<bob> #info bobs")
    assert story.play("<carol> #edit 1 mine now")[0].startswith("(to carol) Item 1 is not yours")
    story.play("bob => bobby\n<bobby> #edit 1 still mine")
    assert story.noted() == ["still mine"]


def test_w3cs_people_correct_with_s_old_new() -> None:
    story = begun("w3c", "<bob> #info teh gate\n<bob> #info teh other teh\n<carol> #info hers")
    assert story.play("<bob> s/teh/the/") == ["Item 2 is now: the other teh"]
    assert story.play("<alice> s/teh/the/g") == ["Items changed: 1, 2"]
    assert story.noted() == ["the gate", "the other the", "hers"]
    assert story.play("<bob> s/hers/his/") == ["(to bob) No item that you may change has that text."]
    assert story.play(r"<carol> s/hers/his\/hers/") == ["Item 3 is now: his/hers"]
    assert story.minutes == story.refolded()


def test_elsewhere_s_old_new_is_chat() -> None:
    story = begun("debian", "<bob> #info teh gate\n<bob> s/teh/the/")
    assert story.noted() == ["teh gate"]


def test_a_correction_cannot_blow_a_text_up() -> None:
    story = begun("w3c", "<bob> #info a")
    for _ in range(40):
        story.play("<bob> s/a/aa/g")
    assert len(story.minutes.sections[0].items[0].text) <= 4000


@pytest.mark.usefixtures("not_for_ever")
def test_ten_thousand_items_fold_in_well_under_a_second() -> None:
    story = begun("w3c")
    line = story.read("<alice> #action bob to x")
    rows = [
        line,
        line.replace(text="#topic t"),
        line.replace(text="#subtopic t"),
        line.replace(text="#info x"),
    ]
    undo = line.replace(text="#undo")
    substitution = line.replace(text="s/nothing/x/")
    for row in rows * 2500:
        story.meeting.apply(row)
    for _ in range(2500):
        story.meeting.apply(undo)
        story.meeting.apply(substitution)
    story.meeting.minutes()
    assert len(story.meeting.items) == 10_000


def test_a_hundred_kilobytes_are_answered_in_one_short_line() -> None:
    story = begun(text="<bob> #info " + "x" * 100_000)
    (said,) = story.play("<alice> #undo")
    assert len(said.encode()) <= 380


def test_one_person_in_two_spellings_has_one_heading() -> None:
    story = begun(
        "muster", "<alice> #action Zoe to do A\n<alice> #action Tim and zoe will do B\n<alice> #action C"
    )
    rows = [(owner, [action.text for action in owned]) for owner, owned in by_person(story.minutes.actions)]
    assert rows == [
        ("Tim", ["Tim and zoe will do B"]),
        ("Zoe", ["Zoe to do A", "Tim and zoe will do B"]),
        ("UNASSIGNED", ["C"]),
    ]


@pytest.mark.parametrize("date", ["2020-01-01", "31 feb", "nov 3 2026", "the 32nd"])
def test_a_date_that_will_never_come_is_told_to_the_author_alone(date: str) -> None:
    story = begun()
    hint = f"(to bob) {date} is no date to come, so this action is never due: #edit 1 TEXT"
    assert story.play(f"<bob> #action bob to dig by {date}") == ["ActionSet", hint]
    assert story.play(f"<bob> #edit 1 bob to dig deep by {date}")[-1] == hint
    assert story.play("<bob> #edit 1 bob to dig by friday")[-1].startswith("Item 1 is now")


@pytest.mark.parametrize(
    "text", ["pass by the 2 bridges", "due to bug 3", "dig by friday, not by 2020-01-01", "x"]
)
def test_what_means_no_date_is_told_to_nobody(text: str) -> None:
    assert begun().play(f"<bob> #action bob to {text}") == ["ActionSet"]
