"""Who is who: renames, logins, returns, gaps; who may chair; who was there."""

import pytest

from tests.plugins.meetings.story import Story


def begun(text: str = "", profile: str = "muster", **more: object) -> Story:
    story = Story(profile, **more)  # type: ignore[arg-type]
    story.play("<alice> #startmeeting Weekly")
    story.play(text)
    return story


def attendance(story: Story) -> list[tuple[str, int]]:
    return [(each.nick, each.lines) for each in story.minutes.attendees]


def test_chairs_are_split_on_commas_and_blanks() -> None:
    story = begun()
    assert story.play("<alice> #chair bob,carol dave") == ["Current chairs: alice bob carol dave"]
    assert story.play("<alice> #unchair bob, carol") == ["Current chairs: alice dave"]
    assert story.play("<bob> #chair") == ["Current chairs: alice dave"]


@pytest.mark.parametrize(
    ("profile", "said"), [("ubuntu", "alice, bob"), ("hcoop", "alice, bob"), ("debian", "alice bob")]
)
def test_chairs_are_named_as_each_community_does(profile: str, said: str) -> None:
    assert begun(profile=profile).play("<alice> #chair bob") == [f"Current chairs: {said}"]


def test_the_owner_stays_a_chair() -> None:
    story = begun("<alice> #chair bob")
    assert story.play("<bob> #unchair alice") == ["Current chairs: alice bob"]


def test_who_is_not_here_is_named_and_counts_only_with_a_known_account() -> None:
    story = begun(known_accounts=("Zoe",))
    assert story.play("<alice> #chair ghost zoe") == ["Current chairs: alice Zoe (not here: ghost)"]
    story.play("--> ghost\n<ghost> #topic boo")
    assert story.noted() == []
    story.accounts["zz"] = "Zoe"
    story.play("--> zz\n<zz> #topic mine")
    assert story.noted() == ["TOPIC: mine"]


def test_a_renamed_chair_stays_a_chair_with_and_without_account() -> None:
    for accounts in ({}, {"alice": "alice"}):
        story = begun("alice => alice_away\n<alice_away> #topic still mine", accounts=accounts)
        assert story.noted() == ["TOPIC: still mine"]
        assert story.meeting.chair_names == ("alice_away",)
        assert story.minutes.chairs == ("alice",)


def test_taking_a_chairs_nick_gives_nothing() -> None:
    story = begun("alice => lunch")
    story.hosts["alice"] = "eve@evil"
    story.play("--> alice\n<alice> #topic mine\n<alice> #endmeeting")
    assert story.noted() == []
    assert story.meeting.is_open


def test_a_chair_without_account_who_leaves_loses_the_chair_and_keeps_attendance() -> None:
    story = begun("<alice> #chair bob\n<bob> one\n<-- bob\n--> bob\n<bob> #topic x\n<bob> two")
    assert story.noted() == []
    assert story.meeting.chair_names == ("alice",)
    assert ("bob", 3) in attendance(story)


def test_a_chair_with_an_account_keeps_the_chair_through_leaving_and_other_nicks() -> None:
    story = begun("<alice> #chair bob\n<-- bob", accounts={"bob": "robert", "rob2": "robert"})
    story.hosts["rob2"] = "x@elsewhere"
    story.play("--> rob2\n<rob2> #topic mine")
    assert story.noted() == ["TOPIC: mine"]
    assert ("bob", 1) in attendance(story)


def test_a_chairs_right_follows_the_account_after_a_login() -> None:
    story = begun("alice == al\n<-- alice")
    story.accounts["other"] = "al"
    story.play("--> other\n<other> #topic mine")
    assert story.noted() == ["TOPIC: mine"]


def test_logged_out_a_chair_by_account_has_no_right_until_logged_in_again() -> None:
    story = begun("alice ==\n<alice> #topic x\nalice == alice\n<alice> #topic y", accounts={"alice": "alice"})
    assert story.noted() == ["TOPIC: y"]
    assert attendance(story) == [("alice", 3)]


def test_a_new_host_without_account_keeps_attendance_and_not_the_chair() -> None:
    story = begun()
    story.hosts["alice"] = "cloaked@elsewhere"
    story.play("<alice> #topic x")
    assert story.noted() == []
    assert attendance(story) == [("alice", 2)]


def test_after_a_gap_the_same_address_is_believed_and_another_is_not() -> None:
    story = begun("<alice> #chair bob\n~~")
    story.hosts["bob"] = "eve@evil"
    story.play("<alice> #topic by alice\n<bob> #topic by eve")
    assert story.noted() == ["TOPIC: by alice"]
    assert attendance(story) == [("alice", 3), ("bob", 1)]


def test_after_a_gap_somebody_seen_joining_has_lost_the_chair() -> None:
    story = begun("~~\n--> alice\n<alice> #topic x")
    assert story.noted() == []


def test_a_login_makes_two_persons_one() -> None:
    story = begun("<bob> one", accounts={"bob": "robert"})
    story.hosts["guest"] = "somewhere@else"
    story.play("--> guest\n<guest> two\n<guest> three\nguest == robert\n<guest> four")
    assert ("bob", 4) in attendance(story)
    (bob,) = [each for each in story.minutes.attendees if each.nick == "bob"]
    assert (bob.nicks, bob.account) == (("guest",), "robert")


def test_an_account_seen_all_of_a_sudden_is_a_login_too() -> None:
    story = begun("<bob> one")
    story.accounts["bob"] = "robert"
    story.play("<bob> two\n<-- bob")
    story.accounts["rob"] = "robert"
    story.play("--> rob\n<rob> three")
    assert ("bob", 3) in attendance(story)


def test_the_same_nick_from_another_host_is_another_person() -> None:
    story = begun("<bob> one\n<-- bob")
    story.hosts["bob"] = "not@bob"
    story.play("--> bob\n<bob> two")
    assert [row for row in attendance(story) if row[0] == "bob"] == [("bob", 1), ("bob", 1)]


def test_a_rename_does_not_split_attendance() -> None:
    story = begun("<bob> one\nbob => bob_away\n<bob_away> two\nbob_away => bob\n<bob> three")
    assert ("bob", 3) in attendance(story)


def test_somebody_who_takes_a_left_nick_by_rename_is_somebody_else() -> None:
    story = begun("<alice> #chair bob\nbob => rob\ncarol => bob\n<bob> #topic x\n<rob> #topic y")
    assert story.noted() == ["TOPIC: y"]


def test_two_accounts_are_two_persons_even_on_one_connection() -> None:
    story = begun("<bob> one\nbob == second\n<bob> two", accounts={"bob": "first"})
    assert [row for row in attendance(story) if row[0] == "bob"] == [("bob", 1), ("bob", 1)]


def test_nicks_differ_in_case_alone_where_the_network_says_so() -> None:
    story = begun("<alice> #chair BOB")
    assert story.meeting.chair_names == ("alice", "bob")


def test_on_another_network_of_a_linked_room_the_same_nick_is_somebody_else() -> None:
    story = begun()
    line = story.read("<alice> #topic theirs")
    story.feed(line.replace(actor=type(line.actor)("other", "alice")))
    assert story.noted() == []
    assert attendance(story) == [("alice (testnet)", 1), ("alice (other)", 1)]


def test_may_chair_is_asked_of_an_account_that_is_not_in_the_room() -> None:
    story = begun(accounts={"alice": "alice"})
    story.accounts["elsewhere"] = "alice"
    assert story.meeting.may_chair(story.actor("elsewhere"))
    assert not story.meeting.may_chair(story.actor("bob"))


# Attendance.


def test_those_who_spoke_are_present_with_their_lines_and_the_silent_are_not() -> None:
    story = begun("<bob> hi\n* bob waves\n<muster> hello\n<gitbot> push\n-carol- notice")
    assert attendance(story) == [("bob", 2), ("alice", 1)]


def test_nick_here_present_and_regrets() -> None:
    story = begun("""
        <alice> #nick carol,zed
        <bob> #here Bob Smith
        <dave> present+
        <alice> present+ Ann Lee, Max
        <alice> regrets+ Tom
        <alice> present- Max
    """)
    rows = {each.nick: (each.name, each.lines, each.regrets) for each in story.minutes.attendees}
    assert rows == {
        "alice": ("", 5, False),
        "bob": ("Bob Smith", 1, False),
        "dave": ("", 1, False),
        "carol": ("", 0, False),
        "zed": ("", 0, False),
        "Ann Lee": ("", 0, False),
        "Tom": ("", 0, True),
    }
    assert story.minutes.attendees[-1].nick == "Tom"
    assert story.minutes == story.refolded()


def test_a_named_nick_who_turns_up_is_listed_once() -> None:
    story = begun("<alice> #nick zed\n--> zed\n<zed> hi")
    assert attendance(story) == [("alice", 2), ("zed", 1)]


def test_who_sends_regrets_and_comes_after_all_is_present() -> None:
    story = begun("<bob> regrets+\n<bob> present+ me\n<carol> present-")
    assert [(each.nick, each.regrets) for each in story.minutes.attendees] == [
        ("bob", False),
        ("alice", False),
    ]


def test_w3cs_spellings_are_twins() -> None:
    story = begun(
        """
        <alice> Meeting: Web Things
        <alice> Chair: bob
        <alice> Scribe: carol
        <alice> Present: bob, Ann Lee
        <alice> Regrets: Tom
        <bob> Topic: Things
        <dave> ACTION: dave to write
        <carol> RESOLVED: do it
        <carol> Resolution: and that
        <alice> Agenda: http://x.org/agenda
        """,
        "w3c",
    )
    assert story.noted() == [
        "TOPIC: Things",
        "  ACTION: dave to write",
        "  AGREED: do it",
        "  AGREED: and that",
        "  LINK: http://x.org/agenda",
    ]
    minutes = story.minutes
    assert (minutes.title, minutes.name, minutes.chairs) == ("Web Things", "web_things", ("alice", "bob"))
    assert {each.nick for each in minutes.attendees} >= {"Ann Lee", "Tom", "bob"}


@pytest.mark.parametrize("profile", ["debian", "openstack", "fedora", "ubuntu", "hcoop", "muster"])
def test_w3cs_spellings_are_chat_in_other_profiles(profile: str) -> None:
    story = begun("<alice> Topic: Things\n<alice> ACTION: bob to x\n<alice> RESOLVED: x", profile)
    assert story.noted() == []


@pytest.mark.parametrize("profile", ["debian", "openstack", "fedora", "ubuntu", "hcoop"])
def test_bare_words_are_chat_in_other_profiles(profile: str) -> None:
    story = begun("", profile)
    for text in ("q+", "agenda+ x", "agenda?", "present+ zed", "ack bob", "next agendum", "q?"):
        assert story.play(f"<alice> {text}") == []
    assert attendance(story) == [("alice", 8)]


@pytest.mark.usefixtures("not_for_ever")
def test_ten_thousand_nicks_come_speak_are_named_and_go() -> None:
    story = begun()
    line = story.read("<alice> x")
    names = [f"n{number}" for number in range(10_000)]
    for name in names:
        line = story.read(f"--> {name}")
        story.meeting.apply(line)
        story.meeting.apply(story.read(f"<{name}> #action {name} to do it"))
    story.meeting.apply(story.read(f"<alice> #chair {','.join(names)}"))
    for name in names:
        story.meeting.apply(story.read(f"<-- {name}"))
    assert len(story.minutes.attendees) == 10_001


def test_a_chair_given_after_a_gap_is_kept_by_whoever_has_that_nick_now() -> None:
    story = Story(hosts={"dave": "dave@old"})
    story.play("""
        <alice> #startmeeting
        <dave> hello
        ~~
    """)
    story.hosts["dave"] = "dave@new"  # came anew, unseen
    story.play("<alice> #chair dave")
    assert story.play("<dave> #topic Bugs") == ["[topic] Bugs"]
    assert story.minutes == story.refolded()


def test_whoever_spoke_is_present_also_with_regrets() -> None:
    story = begun(
        "<bob> hello\n<bob> regrets+\n<carol> regrets+ Dave\n<dave> I came after all\n<eve> regrets+"
    )
    story.play("<eve> regrets+ me")
    assert [(row.nick, row.lines, row.regrets) for row in story.minutes.attendees] == [
        ("bob", 2, False),
        ("alice", 1, False),
        ("carol", 1, False),
        ("dave", 1, False),
        ("eve", 2, True),
    ]
    assert story.minutes == story.refolded()
