"""What one place of a room hears of another, as far as it needs no network: names, texts, echoes, events."""

from __future__ import annotations

import re
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot import lines
from bot.journal import Journal
from bot.linking import Echoes, Links, Repeats, merged, relayed
from bot.model import Actor, Kind, Line, Room, RoomState
from bot.store import Store
from tests.bot.conftest import EIGHT

NOVA, JABBER, DEV = Room("oftc", "#nova"), Room("jabber", "nova@c"), Room("oftc", "#nova-dev")
LINKS = Links([(NOVA, JABBER, DEV), (Room("oftc", "#glance"),)])
_XML = re.compile("[\x09\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


def said(text: str, nick: str = "alice", room: Room = NOVA, kind: Kind = Kind.SAID, **more: object) -> Line:
    return Line(room, EIGHT, kind, Actor(room.network, nick), text).replace(**more)


def test_a_place_is_of_the_room_that_goes_by_the_first() -> None:
    assert [LINKS.home(place) for place in (NOVA, JABBER, DEV)] == [NOVA] * 3
    assert LINKS.places(NOVA) == (NOVA, JABBER, DEV)
    assert LINKS.others(JABBER) == (NOVA, DEV)
    alone = Room("oftc", "#glance")
    assert (LINKS.home(alone), LINKS.places(alone), LINKS.others(alone)) == (alone, (alone,), ())
    assert set(LINKS.homes()) == {NOVA}


def test_a_line_keeps_the_place_where_it_was_said() -> None:
    line = LINKS.homed(said("hello", room=JABBER))
    assert (line.room, line.place, line.where) == (NOVA, JABBER, JABBER)
    line = LINKS.homed(said("hello"))
    assert (line.room, line.place, line.where) == (NOVA, None, NOVA)
    gap = LINKS.homed(said("", kind=Kind.GAP, data={"since": "x"}))
    assert gap.data == {"since": "x", "in": "oftc/#nova"}


@given(st.text(), st.text())
@example("alice> <bob", "x")
@example("\u202e\u2066", "\u202eevil\u2067")
@example("a\r\nb", "\x01ACTION x\x01\r\nQUIT\0")
@example("x", "\ud800\uffff")
@example("x", "\u0301" * 100_000)
def test_nothing_passes_for_what_another_says_whatever_it_is(nick: str, text: str) -> None:
    for kind, form in ((Kind.SAID, "<{}> "), (Kind.CORRECTED, "<{}> (corrected) "), (Kind.ACTED, "* {} ")):
        shown = relayed(said(text, nick, kind=kind))
        if kind is Kind.CORRECTED and not text:
            assert shown is None
            continue
        assert shown is not None
        pattern = re.escape(form).replace(r"\{\}", r"([^<>\s]+)")
        found = re.match(pattern, shown)
        assert found is not None
        assert len(found[1].encode()) < 300
        assert _XML.fullmatch(shown)
        assert not set(shown) & set("\r\n\0\x01\x02\x03\u202d\u202e")
        assert len(shown.encode()) < 1_600


def test_an_echo_is_known_for_a_while_by_the_name_before_it() -> None:
    echoes = Echoes()
    assert not echoes.is_one(said("hello"), EIGHT)
    for text in ("<alice> hello", "[alice] hello", "<x> <alice> hello", "* <alice> hello", "<alice>  hello "):
        assert echoes.is_one(said(text, "bridge"), EIGHT)
    assert not echoes.is_one(said("hello", "bob"), EIGHT)
    assert not echoes.is_one(said("<alice> goodbye", "bridge"), EIGHT)
    assert not echoes.is_one(said("<alice> hello", "bridge", room=DEV), EIGHT)
    assert not echoes.is_one(said("<alice> hello", "bridge"), EIGHT + timedelta(seconds=11))


def test_one_event_in_two_places_counts_once_and_two_events_twice() -> None:
    repeats = Repeats()
    quits = [LINKS.homed(said("bye", room=room, kind=Kind.LEFT)) for room in (NOVA, DEV)]
    assert [repeats.counts(line, ()) for line in quits] == [True, False]
    later = [line.replace(time=EIGHT + timedelta(seconds=1)) for line in quits]
    assert [repeats.counts(line, ()) for line in later] == [True, False]
    login = LINKS.homed(said("", kind=Kind.LOGIN))
    assert [repeats.counts(line, ()) for line in (login, login)] == [True, True]  # as its place tells it
    assert repeats.counts(said("hello"), ())
    beside = [RoomState(DEV, (Actor("oftc", "Alice"),))]
    assert not repeats.counts(said("", kind=Kind.JOINED), beside)
    assert repeats.counts(said("", "bob", kind=Kind.JOINED), beside)
    assert repeats.counts(said("", kind=Kind.JOINED, history=True), beside)


def test_who_is_in_two_places_on_one_network_is_there_once() -> None:
    alice = Actor("oftc", "alice")
    states = [
        RoomState(NOVA, (alice, Actor("oftc", "muster")), "one", may_set_topic=False),
        RoomState(DEV, (Actor("oftc", "ALICE"),), "two", may_set_topic=True),
        RoomState(JABBER, (Actor("jabber", "alice"),), "three"),
    ]
    state = merged(NOVA, states, {"oftc": "muster"})
    assert [(one.network, one.nick, one.bot) for one in state.members] == [
        ("oftc", "alice", False),
        ("oftc", "muster", True),
        ("jabber", "alice", False),
    ]
    assert (state.room, state.topic, state.may_set_topic) == (NOVA, "one", True)


async def test_the_record_knows_where_a_line_was_said_and_on_which_network_its_actor_is(store: Store) -> None:
    journal = Journal(store)
    await journal.open()
    kept = [
        LINKS.homed(said("a secret", room=JABBER, data={"x": 1})),
        Line(NOVA, EIGHT, Kind.NOTE, Actor("jabber", "alice"), "a.ballot", data={"choice": "yes"}),
        said("plain"),
    ]
    for line in kept:
        journal.append(line, lasting=True)
    await journal.settled()
    assert [entry.line for entry in await journal.lines(NOVA, 1)] == kept

    def redact(session: Session) -> None:
        lines.redact(session, NOVA, {1: "[redacted by bob]", 2: "", 3: ""})

    await store.write(redact)
    found = [entry.line for entry in await journal.lines(NOVA, 1)]
    assert [(line.place, line.actor.network, dict(line.data)) for line in found] == [
        (JABBER, "jabber", {}),
        (None, "jabber", {}),
        (None, "oftc", {}),
    ]


async def test_what_a_place_said_before_it_was_linked_is_not_taken_for_missed(store: Store) -> None:
    journal = Journal(store)
    await journal.open()
    journal.append(said("before", room=JABBER, id="j1"), lasting=True)
    journal.append(said("hello"), lasting=True)
    await journal.settled()
    again = Journal(store)
    await again.open(LINKS.homes())
    history = [
        LINKS.homed(said("before", room=JABBER, id="j1")),
        LINKS.homed(said("new", room=JABBER, id="j2")),
    ]
    assert [line.text for line in again.unknown(JABBER, history)] == ["new"]
    assert again.append(history[1], lasting=True).seq == 2
    assert again.rooms() == [JABBER, NOVA]
