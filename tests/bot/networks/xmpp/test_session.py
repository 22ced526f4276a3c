"""Being in rooms: joining, who is there, what is said, and what forged or malformed stanzas do not do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Actor, Kind, Line, Room
from bot.networks.base import Known
from bot.networks.xmpp.events import Gone, Reflected, Refused
from bot.networks.xmpp.settings import RoomRight
from bot.settings import TrustedMask
from bot.text import fold_nick
from tests.bot.networks.xmpp.feeding import (
    MAM,
    OCCUPANT,
    OPEN,
    RICH,
    ROOM,
    SID,
    START,
    Feed,
    presence,
    said,
)

Make = Callable[..., Feed]
NOVA = Room("net", ROOM)
VEILED = (MAM, SID, OCCUPANT)


def told(lines: Sequence[Line]) -> list[tuple[str, str, str]]:
    return [(line.kind.value, line.actor.nick, line.text) for line in lines]


# Joining


def test_a_room_is_asked_what_it_can_and_joined_with_our_nick_and_password(feed: Make) -> None:
    one = feed(wanted={ROOM.upper(): "s3cret"}, nick="bot")
    assert not one.sent("presence", f"{ROOM}/bot")
    one.features(*RICH)
    (join,) = one.sent("presence", f"{ROOM}/bot")
    assert (
        join.findtext("{http://jabber.org/protocol/muc}x/{http://jabber.org/protocol/muc}password")
        == "s3cret"
    )
    one(presence("alice"), presence("bot", codes=("110",)))
    one(f"<message type='groupchat' from='{ROOM}'><subject>Hello</subject></message>")
    (entered,) = one.entered
    assert (entered.room, entered.history, entered.complete) == (NOVA, (), True)
    state = one.session.room_state(NOVA)
    assert state is not None
    assert [actor.nick for actor in state.members] == ["alice"]
    assert state.topic == "Hello"
    assert not one.lines()


def test_a_room_that_does_not_say_what_it_can_is_joined_all_the_same(feed: Make) -> None:
    one = feed()
    one.later(11)
    assert one.sent("presence", f"{ROOM}/muster")


def test_a_room_that_was_not_there_before_we_made_it_is_asked_again_what_it_can(feed: Make) -> None:
    one = feed()
    one(answer(one.asked("http://jabber.org/protocol/disco#info"), "item-not-found"))
    one(presence("muster", codes=("110", "201"), jid="muster@home.test/muster"))
    setup = one.asked("http://jabber.org/protocol/muc#owner")
    one(f"<iq type='result' from='{ROOM}' id='{setup.get('id')}'/>")
    one.features(*RICH)
    one(f"<message type='groupchat' from='{ROOM}'><subject/></message>", said("hello", id_="r1"))
    assert [line.id for line in one.lines()] == ["r1"]


def test_who_came_before_is_not_reported_and_who_comes_later_is(feed: Make) -> None:
    one = feed().joined("alice", "bob")
    one(presence("carol"), presence("bob", type_="unavailable", extra=""), presence("carol", role="visitor"))
    assert told(one.lines()) == [("joined", "carol", ""), ("left", "bob", "")]
    assert one.lines()[1].data == {"how": "part"}


def test_kicks_and_bans_say_by_whom_and_why(feed: Make) -> None:
    one = feed().joined("alice", "bob", "carol")
    item = "><actor nick='alice'/><reason>spam</reason></item>"
    one(
        presence("bob", type_="unavailable", codes=("307",), item=item),
        presence("carol", type_="unavailable", codes=("301",), item=item),
    )
    assert told(one.lines()) == [("left", "bob", "spam"), ("left", "carol", "spam")]
    assert all(line.data == {"how": "kick", "by": "alice"} for line in one.lines())


def test_a_new_nick_is_a_rename_and_nothing_else(feed: Make) -> None:
    one = feed().joined("alice")
    one(presence("alice", type_="unavailable", codes=("303",), item=" nick='Alice A'/>"))
    one(presence("Alice A", jid="alice@home.test/pc", occupant="id-616c696365"))
    (line,) = one.lines()
    assert (line.kind, line.actor.nick, line.text) == (Kind.RENAMED, "alice", "Alice A")
    one(said("hi", "Alice A", id_="1", occupant="id-616c696365"))
    assert one.lines()[-1].actor == Actor("net", "Alice A", "alice@home.test", f"id-616c696365@{ROOM}")


def test_put_out_it_says_so_and_comes_back(feed: Make) -> None:
    one = feed().joined("alice")
    item = "><actor nick='alice'/><reason>out</reason></item>"
    one(presence("muster", type_="unavailable", codes=("110", "307"), item=item))
    (line,) = one.lines()
    assert (line.kind, line.own, line.data) == (Kind.LEFT, True, {"how": "kick", "by": "alice"})
    assert one.session.rooms() == []
    before = len(one.sent("iq", ROOM))
    one.later(6)
    assert len(one.sent("iq", ROOM)) == before + 1


def test_a_room_that_is_closed_is_left_and_its_other_place_not_entered(feed: Make) -> None:
    one = feed().joined("alice")
    gone = "<destroy jid='trap@evil.test'><reason>moved</reason></destroy>"
    one(presence("muster", type_="unavailable", codes=("110",), extra=gone))
    assert told(one.lines()) == [("left", "muster", "moved")]
    one.later(3600)
    assert not [stanza for stanza in one.sent() if "evil.test" in stanza.get("to", "")]


def error(nick: str, condition: str) -> str:
    return (
        f"<presence from='{ROOM}/{nick}' type='error'><error type='cancel'><{condition} "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
    )


def test_another_nick_is_taken_at_once_and_ours_when_it_is_free(feed: Make) -> None:
    one = feed()
    one.features(*RICH)
    one(presence("muster", jid="thief@home.test/pc"), error("muster", "conflict"))
    assert one.sent("presence", f"{ROOM}/muster_")
    one(presence("muster", jid="thief@home.test/pc"), presence("muster_", codes=("110",)))
    assert one.session.nick == "muster_"
    one(said("I am muster", "muster", id_="1"))
    assert one.lines()[-1].actor.account == "thief@home.test"
    tries = len(one.sent("presence", f"{ROOM}/muster"))
    one(presence("muster", jid="thief@home.test/pc", type_="unavailable"))
    one.later(6)
    assert len(one.sent("presence", f"{ROOM}/muster")) == tries + 1
    one(error("muster", "conflict"))  # somebody was faster
    assert one.session.nick == "muster_"
    one(presence("muster_", type_="unavailable", codes=("303", "110"), item=" nick='muster'/>"))
    one(presence("muster", codes=("110",)))
    assert one.session.nick == "muster"


def test_what_keeps_us_out_is_said_once_and_tried_again_ever_more_slowly(
    feed: Make, caplog: pytest.LogCaptureFixture
) -> None:
    one = feed()
    for _ in range(5):
        one.features(*RICH)
        one(error("muster", "not-authorized"))
        one.later(601)
    assert caplog.text.count("its password is wrong or missing") == 1


def test_who_put_us_out_and_then_bans_us_is_asked_for_in_the_log(
    feed: Make, caplog: pytest.LogCaptureFixture
) -> None:
    one = feed().joined("alice")
    one(presence("muster", type_="unavailable", codes=("110", "307")))
    one.later(6)
    one.features(*RICH)
    one(error("muster", "forbidden"))
    assert "we are banned from it: ask its admins" in caplog.text


def test_a_silent_room_is_asked_whether_we_are_in_it(feed: Make) -> None:
    one = feed().joined("alice")
    one.later(301)
    ping = one.asked("urn:xmpp:ping")
    assert ping.get("to") == f"{ROOM}/muster"
    one(answer(ping, "item-not-found"))  # as a service does that shows the ping to nobody
    assert one.session.rooms() == [NOVA]
    one.later(301)
    ping = one.asked("urn:xmpp:ping")
    one(answer(ping, "not-acceptable"))
    assert one.session.rooms() == []
    one.joined("alice")
    assert one.session.rooms() == [NOVA]
    assert len(one.entered) == 2


def answer(question: Any, condition: str) -> str:
    return (
        f"<iq type='error' from='{question.get('to')}' id='{question.get('id')}'>"
        f"<error type='cancel'><{condition} "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )


def test_a_stranger_cannot_say_that_we_are_out(feed: Make) -> None:
    one = feed().joined("alice")
    one.later(301)
    ping = one.asked("urn:xmpp:ping")
    forged = answer(ping, "not-acceptable").replace(f"from='{ROOM}/muster'", f"from='{ROOM}/alice'")
    one(forged, forged.replace(f"{ROOM}/alice", "mallory@home.test/pc"))
    assert one.session.rooms() == [NOVA]


def test_after_a_resumed_stream_we_are_where_we_were(feed: Make) -> None:
    one = feed().joined("alice")
    one.offline()
    assert one.session.rooms() == [NOVA]
    joins = len(one.sent("presence"))
    one.online(resumed=True)
    assert len(one.sent("presence")) == joins
    one(said("still here", id_="1"))
    assert told(one.lines()) == [("said", "alice", "still here")]


def test_what_was_kept_while_the_link_was_cut_has_its_own_time_and_no_other_may_claim_one(feed: Make) -> None:
    one = feed().joined("alice")
    stamped = "<delay xmlns='urn:xmpp:delay' from='{}' stamp='{}'/>"
    one.offline()
    one.now += timedelta(seconds=40)
    one.online(resumed=True)
    kept = stamped.format("muster@home.test", "2026-03-01T12:00:20Z")
    one(said("kept", id_="1", extra=kept))
    one(said("forged", id_="2", extra=stamped.format("muster@home.test", "2020-03-01T12:00:20Z")))
    one(said("forged", id_="3", extra=stamped.format("alice@home.test", "2026-03-01T12:00:20Z")))
    one.later(31)
    one(said("late", id_="4", extra=kept))
    assert [line.time - START for line in one.lines()] == [timedelta(seconds=n) for n in (20, 40, 40, 71)]


def test_after_a_new_stream_all_rooms_are_joined_again(feed: Make) -> None:
    one = feed().joined("alice")
    one.offline().online()
    assert one.session.rooms() == []
    one.joined("alice")
    assert len(one.entered) == 2


def test_a_silent_server_is_asked_and_then_given_up(feed: Make) -> None:
    one = feed().joined("alice")
    one.later(61)
    assert one.asked("urn:xmpp:ping").get("to") == "home.test"
    one.later(31)
    (closed,) = one.closed
    assert "the server is silent" in closed.why


# Who


def test_an_account_is_the_real_address_where_the_room_shows_it(feed: Make) -> None:
    one = feed().joined("alice")
    one(said("hi", id_="1"))
    assert one.lines()[0].actor == Actor("net", "alice", "alice@home.test", f"id-616c696365@{ROOM}")


def test_a_room_that_hides_addresses_gives_nobody_an_account_though_a_moderator_sees_them(feed: Make) -> None:
    one = feed().joined("alice", features=VEILED)
    one(said("hi", id_="1"))
    actor = one.lines()[0].actor
    assert (actor.account, actor.address) == (None, f"id-616c696365@{ROOM}")
    one(
        f"<message type='groupchat' from='{ROOM}'><x xmlns='http://jabber.org/protocol/muc#user'>"
        "<status code='172'/></x></message>",
        said("hi", id_="2"),
    )
    assert one.lines()[1].actor.account == "alice@home.test"
    one(
        f"<message type='groupchat' from='{ROOM}'><x xmlns='http://jabber.org/protocol/muc#user'>"
        "<status code='173'/></x></message>",
        said("hi", id_="3"),
    )
    assert one.lines()[2].actor.account is None


def test_occupant_ids_count_only_where_the_room_makes_them(feed: Make) -> None:
    one = feed().joined("alice", features=(MAM, SID, OPEN))
    one(said("hi", id_="1", occupant="forged"))
    assert one.lines()[0].actor.address is None


def test_two_occupant_ids_are_none(feed: Make) -> None:
    one = feed().joined("alice", features=VEILED)
    one(said("hi", id_="1", extra=f"<occupant-id xmlns='{OCCUPANT}' id='forged'/>"))
    assert one.lines()[0].actor.address == f"id-616c696365@{ROOM}"  # by her presence


def test_a_trusted_mask_names_an_account_by_the_occupants_id_alone(feed: Make) -> None:
    mask = TrustedMask(f"alice!id-616c696365@{ROOM}", "alice@home.test")
    one = feed(trusted_masks=(mask,)).joined("alice", features=VEILED)
    one(said("hi", id_="1"))
    assert one.lines()[0].actor.account == "alice@home.test"
    one(presence("alice", type_="unavailable"), presence("alice", occupant="another"))
    one(said("hi", id_="2", occupant="another"))
    assert one.lines()[-1].actor.account is None
    none = feed(trusted_masks=(mask,)).joined("alice", features=(MAM, SID))
    none(said("hi", id_="1"))
    assert none.lines()[0].actor.account is None


def test_an_affiliation_gives_the_rights_that_the_operator_mapped_in_that_room_alone(feed: Make) -> None:
    other = "ops@rooms.test"
    right = RoomRight(ROOM, "owner", "coordinator")
    one = feed(wanted={ROOM: "", other: ""}, rights=(right,))
    one.joined(features=VEILED).joined(features=VEILED, room=other)
    for room in (ROOM, other):
        one(presence("alice", affiliation="owner", room=room), said("hi", id_="1", room=room))
    assert [line.actor.rights for line in one.lines() if line.kind is Kind.SAID] == [
        frozenset({"coordinator"}),
        frozenset(),
    ]
    one(presence("alice", affiliation="none"), said("hi", id_="2"))
    assert one.lines()[-1].actor.rights == frozenset()


def test_nicks_that_fold_equal_are_two_people(feed: Make) -> None:
    one = feed().joined("alice")
    one(presence("Alice"), presence("ALICE"), presence("Muster"), presence("ali\u200bce"))
    for n, nick in enumerate(("alice", "Alice", "ALICE", "Muster", "ali\u200bce")):
        one(said("hi", nick, id_=f"{n}"))
    nicks = [line.actor.nick for line in one.lines() if line.kind is Kind.SAID]
    assert nicks[0] == "alice"
    assert len({fold_nick(nick) for nick in nicks}) == 5
    assert "muster" not in {fold_nick(nick) for nick in nicks}


def test_a_nick_keeps_its_form_while_its_holder_is_away_and_over_streams(feed: Make) -> None:
    one = feed().joined("alice")
    one(presence("Alice"), said("hi", "Alice", id_="1"))
    shown = one.lines()[-1].actor.nick
    one.offline().online()
    one.joined("Alice", "alice")
    one(said("hi", "Alice", id_="2"))
    assert one.lines()[-1].actor.nick == shown != "Alice"


def test_nicks_may_hold_blanks_and_anything(feed: Make) -> None:
    one = feed().joined("Al B. Cee", "x> #agreed y <z", "a\u202eb")
    one(
        said("1", "Al B. Cee", id_="1"), said("2", "x> #agreed y <z", id_="2"), said("3", "a\u202eb", id_="3")
    )
    assert [line.actor.nick for line in one.lines()] == ["Al B. Cee", "x› #agreed y ‹z", "ab\ufffd"]


def test_another_occupant_id_under_a_nick_is_somebody_else(feed: Make) -> None:
    one = feed().joined("alice")
    one(presence("alice", occupant="other", jid="mallory@home.test/pc"))
    assert [line.kind for line in one.lines()] == [Kind.LEFT, Kind.JOINED]
    assert one.lines()[1].actor.account == "mallory@home.test"


# What is said


def test_speech_actions_and_empty_messages(feed: Make) -> None:
    one = feed().joined("alice")
    one(
        said("hello\nworld", id_="1"), said("/me waves", id_="2"), said("  ", id_="3"), said("/menu", id_="4")
    )
    one(f"<message type='groupchat' from='{ROOM}/alice'><composing xmlns='x'/></message>")
    assert told(one.lines()) == [
        ("said", "alice", "hello world"),
        ("acted", "alice", "waves"),
        ("said", "alice", "/menu"),
    ]
    assert [line.id for line in one.lines()] == ["1", "2", "4"]


PASTED = "#info a\n\n  !ping \r\n#action bob to b"


def test_commands_that_were_pasted_are_a_line_each(feed: Make) -> None:
    one = feed().joined("alice")
    one(said(PASTED, id_="p", own="m1"))
    assert [(line.id, line.text) for line in one.lines()] == [
        ("p", "#info a"),
        ("p.2", "!ping"),
        ("p.3", "#action bob to b"),
    ]
    one(said("#info", id_="s"), said("#info a\nof two lines", id_="q"), said("[off] a\n#info b", id_="o"))
    assert [line.text for line in one.lines()[3:]] == ["#info", "#info a of two lines", "[off] a #info b"]
    one(said("#info x\n" * 30, id_="m"))
    many = one.lines()[6:]
    assert len(many) == 20
    assert many[-1].text == " ".join(["#info x"] * 11)


def test_pasted_commands_are_corrected_each_by_itself(feed: Make) -> None:
    one = feed().joined("alice")
    replace = "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"
    one(said(PASTED, id_="p", own="m1"), said("#info a\n!ping\n#action bob to c", id_="c1", extra=replace))
    one(said("#info a\n\n#action dave to c", id_="c2", extra=replace))
    one(said("#info x\n#info y\n#info z\n#info more", id_="c3", extra=replace))
    corrected = [(line.id, line.data["of"], line.text) for line in one.lines()[3:]]
    assert corrected == [
        ("c1.3", "p.3", "#action bob to c"),
        ("c2.2", "p.2", "#action dave to c"),
        ("c2.3", "p.3", ""),
        ("c3", "p", "#info x"),
        ("c3.2", "p.2", "#info y"),
        ("c3.3", "p.3", "#info z #info more"),
    ]


def test_ids_by_others_than_the_room_are_none_of_it(feed: Make) -> None:
    one = feed().joined("alice")
    forged = f"<stanza-id xmlns='{SID}' by='alice@home.test' id='forged'/>"
    one(said("a", id_="right", extra=forged), said("b", extra=forged))
    assert one.lines()[0].id == "right"
    assert one.lines()[1].id is None
    one(said("c", id_="1", extra=f"<stanza-id xmlns='{SID}' by='{ROOM}' id='forged'/>"))
    assert one.lines()[2].id is None  # one of the two is forged


def test_where_the_room_gives_no_ids_they_are_made_and_never_given_twice(feed: Make) -> None:
    one = feed().joined("alice", "bob", features=())
    one(said("a", own="m1"), said("b", own="m1"), said("c", "bob", own="m1"), said("d"))
    ids = [line.id for line in one.lines()]
    assert ids[0] is not None
    assert ids[2] not in (None, ids[0])
    assert (ids[1], ids[3]) == (None, None)


def test_our_own_words_are_not_reported_but_have_arrived(feed: Make) -> None:
    one = feed().joined("alice")
    events = one(said("pong", "muster", id_="r1", own="muster-1"))
    assert not one.lines()
    assert Reflected("muster-1") in events


def replace(of: str) -> str:
    return f"<replace xmlns='urn:xmpp:message-correct:0' id='{of}'/>"


def test_a_correction_names_the_line_that_it_corrects_and_so_does_one_of_a_correction(feed: Make) -> None:
    one = feed().joined("alice")
    one(said("#agred x", id_="r1", own="m1"))
    one(said("#agreed x", id_="r2", own="m2", extra=replace("m1")))
    one(said("#agreed y", id_="r3", own="m3", extra=replace("m2")))
    one(said("#agreed z", id_="r4", own="m4", extra=replace("m1")))
    first, *corrections = one.lines()
    assert first.kind is Kind.SAID
    assert told(corrections) == [("corrected", "alice", f"#agreed {letter}") for letter in "xyz"]
    assert all(line.data == {"of": "r1"} for line in corrections)
    assert [line.id for line in corrections] == ["r2", "r3", "r4"]


def test_nobody_corrects_what_another_said(feed: Make) -> None:
    one = feed().joined("alice", "mallory")
    one(said("#agreed x", id_="r1", own="m1"))
    one(said("#agreed evil", "mallory", id_="r2", extra=replace("m1")))
    one(said("#agreed evil", "mallory", id_="r3", extra=replace("r1")))
    assert [(line.kind, line.data) for line in one.lines()[1:]] == [(Kind.CORRECTED, {"of": ""})] * 2
    one(
        presence("alice", type_="unavailable"), presence("alice", occupant="thief", jid="mallory@home.test/2")
    )
    one(said("#agreed evil", "alice", id_="r4", extra=replace("m1"), occupant="thief"))
    assert one.lines()[-1].data == {"of": ""}


def test_without_occupant_ids_who_left_cannot_correct_any_longer(feed: Make) -> None:
    one = feed().joined("alice", features=(MAM, SID))
    one(said("x", id_="r1", own="m1"), said("y", id_="r2", extra=replace("m1")))
    assert one.lines()[-1].data == {"of": "r1"}
    one(presence("alice", type_="unavailable"), presence("alice"), said("z", id_="r3", extra=replace("m1")))
    assert one.lines()[-1].data == {"of": ""}


def react(of: str, *reactions: str, nick: str = "alice") -> str:
    each = "".join(f"<reaction>{one}</reaction>" for one in reactions)
    return (
        f"<message type='groupchat' from='{ROOM}/{nick}'>"
        f"<reactions xmlns='urn:xmpp:reactions:0' id='{of}'>{each}</reactions>"
        f"<occupant-id xmlns='{OCCUPANT}' id='id-{nick.encode().hex()}'/></message>"
    )


def test_reactions_name_a_line_and_all_that_their_sender_has_on_it(feed: Make) -> None:
    one = feed().joined("alice", "bob")
    one(said("good?", "bob", id_="r1", own="m1"))
    one(said("Vote!", "muster", id_="r2", own="muster-7"))
    one(
        react("r1", "👍", "🎉", "👍"),
        react("m1"),
        react("r2", "👎"),
        react("older", "👍"),
        react("muster-7", "👍"),
    )
    assert [line.data for line in one.lines()[1:]] == [
        {"of": "r1", "reactions": ["👍", "🎉"]},
        {"of": "r1", "reactions": []},
        {"of": "muster-7", "reactions": ["👎"]},
        {"of": "older", "reactions": ["👍"]},
        {"of": "muster-7", "reactions": ["👍"]},
    ]
    assert {line.kind for line in one.lines()[1:]} == {Kind.REACTED}


def test_reactions_are_few_and_short(feed: Make) -> None:
    one = feed().joined("alice")
    one(react("r1", *(f"r{n}" for n in range(200)), "x" * 5000))
    reactions = one.lines()[0].data["reactions"]
    assert isinstance(reactions, list)
    assert len(reactions) == 20


def test_a_reply_names_what_it_answers_and_its_quote_is_taken_out(feed: Make) -> None:
    one = feed().joined("alice", "bob")
    one(said("ship it?", "bob", id_="r1", own="m1"))
    quote = "> ship it?\n"
    extra = (
        f"<reply xmlns='urn:xmpp:reply:0' to='{ROOM}/bob' id='r1'/><fallback xmlns='urn:xmpp:fallback:0' "
        f"for='urn:xmpp:reply:0'><body start='0' end='{len(quote)}'/></fallback>"
    )
    one(said(quote + "#agreed yes", id_="r2", extra=extra))
    line = one.lines()[-1]
    assert (line.text, line.data) == ("#agreed yes", {"reply_to": "r1"})


@pytest.mark.parametrize(
    "place", ["start='-1' end='4'", "start='9' end='2'", "start='x'", "end='99999999999'"]
)
def test_a_fallback_that_makes_no_sense_takes_nothing_out(feed: Make, place: str) -> None:
    one = feed().joined("alice")
    extra = (
        "<reply xmlns='urn:xmpp:reply:0' id='r1'/><fallback xmlns='urn:xmpp:fallback:0' "
        f"for='urn:xmpp:reply:0'><body {place}/></fallback>"
    )
    one(said("all of it", id_="r2", extra=extra))
    assert one.lines()[-1].text == "all of it"


def test_a_topic_is_told_once_and_reported_when_it_changes(feed: Make) -> None:
    one = feed().joined("alice", topic="Old")
    subject = "<message type='groupchat' from='{}/{}'><subject>{}</subject></message>"
    one(
        subject.format(ROOM, "alice", "New"),
        subject.format(ROOM, "alice", "New"),
        subject.format(ROOM, "muster", "Mine"),
    )
    assert [(line.text, line.own) for line in one.lines()] == [("New", False), ("Mine", True)]
    state = one.session.room_state(NOVA)
    assert state is not None
    assert state.topic == "Mine"


def test_errors_and_what_the_room_itself_says_are_not_speech(feed: Make) -> None:
    one = feed().joined("alice")
    one(
        f"<message type='error' from='{ROOM}/alice' id='x'><body>!ping</body></message>",
        f"<message type='groupchat' from='{ROOM}'><body>!ping</body></message>",
        f"<message type='groupchat' from='{ROOM}/muster'><body>!ping</body></message>",
        "<message type='groupchat' from='other@rooms.test/alice'><body>!ping</body></message>",
        "<message from='home.test'><body>!ping</body></message>",
        "<message><body>!ping</body></message>",
    )
    assert not one.lines()


def test_a_message_that_came_back_is_told_and_one_from_a_room_that_lost_us_is_kept(feed: Make) -> None:
    one = feed().joined("alice")
    back = (
        "<message type='error' from='{}' id='muster-1'><error type='cancel'><{} "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    )
    assert Refused("muster-1", later=False) in one(back.format(ROOM, "forbidden"))
    assert Refused("muster-1", later=True) in one(back.format(ROOM, "not-acceptable"))
    assert one.asked("urn:xmpp:ping").get("to") == f"{ROOM}/muster"


# In private


def test_private_messages_are_of_the_occupant_or_the_address(feed: Make) -> None:
    one = feed().joined("alice")
    one(
        f"<message type='chat' from='{ROOM}/alice' id='1'><body>vote +1</body></message>",
        "<message type='chat' from='Bob@Home.test/phone' id='1'><body>help</body></message>",
    )
    aside, direct = one.lines()
    assert aside.room == Room("net", f"{ROOM}/alice", private=True)
    assert aside.actor.account == "alice@home.test"
    assert direct.room == Room("net", "bob@home.test", private=True)
    assert direct.actor == Actor("net", "bob@home.test", "bob@home.test", "bob@home.test")
    assert one.session.private("alice", NOVA) == aside.room == one.session.private("alice", aside.room)
    assert one.session.private("bob@home.test", direct.room) == direct.room
    assert one.session.private("alice", None) == aside.room


def test_a_nick_that_two_have_in_two_rooms_leads_nowhere_without_a_room(feed: Make) -> None:
    other = "ops@rooms.test"
    one = feed(wanted={ROOM: "", other: ""})
    one.joined("alice").joined(room=other)
    one(presence("alice", room=other, jid="mallory@home.test/pc"))
    nowhere = one.session.private("alice", None)
    assert one.session.message(nowhere, "secret", "muster-1") is None
    for room in (ROOM, other):
        stanza = one.session.message(one.session.private("alice", Room("net", room)), "secret", "muster-1")
        assert stanza is not None
        assert stanza.get("to") == f"{room}/alice"


def test_who_takes_a_nick_gets_nothing_that_was_for_another(feed: Make) -> None:
    one = feed().joined("alice")
    room = one.session.private("alice", NOVA)
    assert Gone(room) in one(presence("alice", type_="unavailable"))
    assert one.session.message(room, "secret", "muster-1") is None
    one(presence("Alice"))  # folded, this would be her
    assert one.session.message(room, "secret", "muster-1") is None


def test_what_the_server_kept_for_us_is_not_answered_late(feed: Make) -> None:
    one = feed().joined("alice")
    kept = (
        "<message type='chat' from='bob@home.test/x'><body>!ping</body>"
        "<delay xmlns='urn:xmpp:delay' from='{}' stamp='2026-02-01T00:00:00Z'/></message>"
    )
    one(kept.format("home.test"), kept.format("bob@home.test"))
    assert [line.history for line in one.lines()] == [True, False]


def test_invitations_say_who_invites_where_that_is_known(feed: Make) -> None:
    one = feed().joined("alice")
    one("<message from='boss@work.test/x'><x xmlns='jabber:x:conference' jid='ops@rooms.test'/></message>")
    mediated = (
        "<message from='{}'><x xmlns='http://jabber.org/protocol/muc#user'>"
        "<invite from='boss@work.test/x'/></x></message>"
    )
    one(
        mediated.format("dev@rooms.test"),
        mediated.format("trap@evil.test"),
        mediated.format("dev@rooms.test/boss"),
    )
    assert [(event.room.name, event.by.account) for event in one.invited] == [
        ("ops@rooms.test", "boss@work.test"),
        ("dev@rooms.test", "boss@work.test"),
    ]


def test_an_occupant_cannot_invite_in_anothers_name_through_a_room(feed: Make) -> None:
    one = feed().joined("mallory")
    one(
        f"<message type='chat' from='{ROOM}/mallory'><x xmlns='http://jabber.org/protocol/muc#user'>"
        "<invite from='boss@work.test'/></x><x xmlns='jabber:x:conference' jid='trap@evil.test'/></message>"
    )
    assert not one.invited


# What no stanza may do

TAGS = ("message", "presence", "iq")
KNOWN = [
    "<x xmlns='http://jabber.org/protocol/muc#user'/>",
    "<x xmlns='http://jabber.org/protocol/muc#user'><item/><status code='110'/></x>",
    "<x xmlns='http://jabber.org/protocol/muc#user'><item nick=''/><status code='303'/></x>",
    "<x xmlns='http://jabber.org/protocol/muc#user'><status/><destroy/></x>",
    "<x xmlns='http://jabber.org/protocol/muc#user'><invite/></x>",
    "<x xmlns='jabber:x:conference'/>",
    "<x xmlns='jabber:x:conference' jid='////@@@'/>",
    f"<result xmlns='{MAM}'/>",
    f"<result xmlns='{MAM}' queryid='x'><forwarded xmlns='urn:xmpp:forward:0'/></result>",
    "<delay xmlns='urn:xmpp:delay' stamp='0001-01-01T00:00:00+23:59'/>",
    "<delay xmlns='urn:xmpp:delay' stamp='9999-12-31T23:59:59-23:59'/>",
    "<reactions xmlns='urn:xmpp:reactions:0'/>",
    "<replace xmlns='urn:xmpp:message-correct:0'/>",
    "<reply xmlns='urn:xmpp:reply:0'/>",
    "<fallback xmlns='urn:xmpp:fallback:0'><body start='7'/></fallback>",
    f"<stanza-id xmlns='{SID}'/>",
    f"<occupant-id xmlns='{OCCUPANT}'/>",
    "<body/>",
    "<body>hello</body>",
    "<subject/>",
    "<error/>",
    "<error><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
]
SENDERS = [
    ROOM,
    f"{ROOM}/alice",
    f"{ROOM}/muster",
    f"{ROOM}/",
    "/",
    "@",
    "",
    "x@y/z",
    "home.test",
    "\u2126@\u2126",
]


@settings(max_examples=400)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(TAGS),
            st.sampled_from(SENDERS),
            st.sampled_from(["", "error", "unavailable", "groupchat", "chat", "result", "set", "headline"]),
            st.lists(st.sampled_from(KNOWN), max_size=4),
        ),
        max_size=8,
    )
)
def test_no_stanza_raises(stanzas: list[tuple[str, str, str, list[str]]]) -> None:
    one = Feed(lambda _room: Known(START - timedelta(hours=1), frozenset({"r1"})), {ROOM: ""}).online()
    one.joined("alice")
    for tag, sender, type_, children in stanzas:
        element = ElementTree.fromstring(f"<s xmlns='jabber:client'><{tag}>{''.join(children)}</{tag}></s>")[
            0
        ]
        element.set("from", sender)
        if type_:
            element.set("type", type_)
        one.session.receive(element, one.now)
    one.later(1000)
