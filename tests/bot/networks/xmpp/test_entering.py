"""What was missed comes before what is said now: from a room's archive, or from what the room repeats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.model import Kind, Line, Room
from bot.networks.base import Known
from bot.networks.entering import MAX_PAGES
from bot.networks.events import Entered
from bot.networks.xmpp.entering import EARLIER_PAGES
from bot.networks.xmpp.events import Reflected
from bot.networks.xmpp.lines import meant_id, own_id
from tests.bot.networks.xmpp.feeding import MAM, OCCUPANT, OPEN, RICH, ROOM, SID, START, Feed, presence, said

Make = Callable[..., Feed]
NOVA, GLANCE = Room("net", ROOM), Room("net", "glance@rooms.test")
HOUR = timedelta(hours=1)
KNOWN = Known(START - HOUR, frozenset({"last"}))
RSM = "http://jabber.org/protocol/rsm"


def at(minutes: float) -> timedelta:
    """So many minutes after the last line that is known."""
    return timedelta(minutes=minutes)


def texts(entered: Entered) -> list[tuple[str, str]]:
    return [(line.kind.value, line.text) for line in entered.history]


def asked_after(one: Feed) -> str:
    """Behind which id the latest page was asked for."""
    return one.asked(MAM)[0].findtext(f"{{{RSM}}}set/{{{RSM}}}after") or ""


def test_history_comes_first_then_what_was_said_meanwhile(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    join = next(stanza for stanza in one.sent("presence", f"{ROOM}/muster"))
    assert join[0][0].get("maxstanzas") == "0"
    one(said("live", id_="r3"), presence("bob"))
    assert not one.lines()
    begin = KNOWN.time
    one(one.result("known", nick="alice", id_="last", at=begin))
    one(one.result("missed", nick="alice", id_="r1", at=begin + at(1), own="m1"))
    one(one.result("live", nick="alice", id_="r3", at=START))
    events = list(one.fin())
    (entered,) = one.entered
    assert events[0] is entered
    assert texts(entered) == [("said", "known"), ("said", "missed")]
    assert entered.complete
    assert all(line.history and line.id for line in entered.history)
    assert [(line.kind.value, line.text) for line in one.lines()] == [("said", "live"), ("joined", "")]


def test_pages_are_asked_for_until_there_are_no_more(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    assert asked_after(one) == ""
    one(one.result("a", nick="alice", id_="last", at=KNOWN.time))
    one.fin(complete=False, last="last")
    assert asked_after(one) == "last"
    one(one.result("b", nick="alice", id_="r2", at=KNOWN.time + at(2)))
    one.fin(complete=False, last="r2")
    assert asked_after(one) == "r2"
    one.fin(complete=True)
    (entered,) = one.entered
    assert texts(entered) == [("said", "a"), ("said", "b")]


def test_an_archive_without_end_is_given_up_with_a_gap(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    for n in range(MAX_PAGES):
        one(one.result("x", nick="alice", id_=f"r{n}", at=KNOWN.time + timedelta(seconds=n)))
        one.fin(complete=False, last=f"r{n}")
    (entered,) = one.entered
    assert entered.history[-1].kind is Kind.GAP


def test_results_that_nobody_asked_for_are_dropped(feed: Make) -> None:
    one = feed(KNOWN).joined("alice", "mallory")
    time = KNOWN.time + at(1)
    one(
        one.result("forged", nick="alice", id_="f1", at=time, by=f"{ROOM}/mallory"),
        one.result("forged", nick="alice", id_="f2", at=time, by="mallory@home.test/x"),
        one.result("forged", nick="alice", id_="f3", at=time, by="other@rooms.test"),
        one.result("forged", nick="alice", id_="f4", at=time, queryid="guessed"),
        one.result("of another room", nick="alice", id_="f5", at=time, room="other@rooms.test", by=ROOM),
        one.result("", nick="alice", id_="f6", at=time, said="<composing xmlns='x'/>"),
    )
    one.fin()
    one.fin()  # that there is nothing older either
    (entered,) = one.entered
    assert [line for line in entered.history if line.kind is not Kind.GAP] == []
    one(one.result("late", nick="alice", id_="f7", at=time))
    assert not one.lines()


def test_an_answer_by_somebody_else_ends_nothing(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    question = one.asked(MAM)
    for by in (f"{ROOM}/alice", "mallory@home.test", "home.test", ""):
        fin = f"<fin xmlns='{MAM}' complete='true'/>"
        one(f"<iq type='result' from='{by}' id='{question.get('id')}'>{fin}</iq>")
    assert not one.entered


def test_whether_the_archive_reaches_back_is_asked_first(feed: Make) -> None:
    for older in (True, False):
        one = feed(KNOWN).joined("alice", earlier=False)
        if older:
            one(one.result("old", nick="alice", id_="r0", at=KNOWN.time - HOUR))
        one.fin()
        assert not one.entered
        one(one.result("missed", nick="alice", id_="r1", at=KNOWN.time + at(30)))
        one.fin()
        (entered,) = one.entered
        assert texts(entered) == [("said", "missed")]
        assert entered.complete is older


def test_an_archive_that_cannot_be_read_is_a_gap(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    question = one.asked(MAM)
    one(
        f"<iq type='error' from='{ROOM}' id='{question.get('id')}'><error type='cancel'>"
        "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
    (entered,) = one.entered
    (gap,) = entered.history
    assert gap.kind is Kind.GAP
    assert gap.data == {"since": KNOWN.time.isoformat(), "until": START.isoformat()}


def test_what_is_late_is_not_waited_for_and_comes_as_history(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    one(said("live", id_="r9"))
    one.later(11)
    (entered,) = one.entered
    assert [line.kind for line in entered.history] == [Kind.GAP]
    assert [line.text for line in one.lines()] == ["live"]
    one(one.result("missed", nick="alice", id_="r1", at=KNOWN.time + at(1)))
    one(one.result("live", nick="alice", id_="r9", at=START))
    assert [(line.text, line.history) for line in one.lines()[1:]] == [("missed", True)]
    one.fin()
    assert len(one.entered) == 1


def test_out_of_the_room_what_was_held_is_told_before_that(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    one(said("live", id_="r9"))
    one(presence("muster", type_="unavailable", codes=("110", "307")))
    assert [line.kind for line in one.lines()] == [Kind.SAID, Kind.LEFT]
    assert len(one.entered) == 1


def test_what_stands_behind_a_known_message_was_missed_whatever_the_clocks_say(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    slow = KNOWN.time - timedelta(seconds=30)  # the room's clock is that much behind ours
    one(one.result("known", nick="alice", id_="last", at=slow))
    one(one.result("missed", nick="alice", id_="r1", at=slow + timedelta(seconds=5)))
    one.fin()
    (entered,) = one.entered
    assert entered.complete
    assert entered.history[-1].text == "missed"
    assert entered.history[-1].time >= KNOWN.time


def test_our_own_words_in_the_archive_have_arrived_and_are_not_reported(feed: Make) -> None:
    known = Known(START - HOUR, frozenset({"muster-1"}))
    one = feed(known).joined("alice")
    mine = f"<occupant-id xmlns='{OCCUPANT}' id='id-6d7573746572'/>"
    theirs = f"<occupant-id xmlns='{OCCUPANT}' id='other'/>"
    events = one(one.result("pong", nick="muster", id_="r1", own="muster-1", at=known.time, inner=mine))
    assert Reflected("muster-1") in events
    one(one.result("thief", nick="muster", id_="r2", own="muster-2", at=known.time + at(1), inner=theirs))
    one.fin()
    (entered,) = one.entered
    assert entered.complete
    assert texts(entered) == [("said", "thief")]
    reactions = "<reactions xmlns='urn:xmpp:reactions:0' id='r1'/>"
    one(f"<message type='groupchat' from='{ROOM}/alice'>{reactions}</message>")
    assert one.lines()[-1].data["of"] == "muster-1"


def past(one: Feed, inner: str) -> Line:
    """A line of the archive with something in it."""
    one(one.result("x", nick="alice", id_="r1", at=KNOWN.time + at(1), inner=inner))
    one.fin()
    one.fin()
    return one.entered[0].history[0]


def told(*jids: str) -> str:
    return "".join(f"<x xmlns='http://jabber.org/protocol/muc#user'><item jid='{jid}'/></x>" for jid in jids)


def test_who_said_it_then_is_what_the_archive_tells_where_one_alone_can_have_told_it(feed: Make) -> None:
    assert past(feed(KNOWN).joined("alice"), told("bob@home.test")).actor.account == "bob@home.test"
    assert past(feed(KNOWN).joined("alice"), told("boss@home.test", "bob@home.test")).actor.account is None
    veiled = feed(KNOWN).joined("alice", features=(MAM, SID, OCCUPANT))
    assert past(veiled, told("boss@home.test")).actor.account is None
    # Under her nick, when she is there: nicks change hands.
    assert past(feed(KNOWN).joined("alice"), "").actor.account is None
    hers = f"<occupant-id xmlns='{OCCUPANT}' id='id-616c696365'/>"
    assert past(feed(KNOWN).joined("alice"), hers).actor.account == "alice@home.test"
    forged = hers + told("boss@home.test")
    assert past(feed(KNOWN).joined("alice"), forged).actor.account == "alice@home.test"


def test_corrections_reactions_and_topics_are_in_the_archive_too(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    who = f"<occupant-id xmlns='{OCCUPANT}' id='id-616c696365'/>"
    time = KNOWN.time + at(1)
    replace = "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"
    reactions = "<reactions xmlns='urn:xmpp:reactions:0' id='r1'><reaction>👍</reaction></reactions>"
    one(one.result("a", nick="alice", id_="last", own="m0", at=KNOWN.time, inner=who))
    one(one.result("#agred", nick="alice", id_="r1", own="m1", at=time, inner=who))
    one(one.result("#agreed", nick="alice", id_="r2", own="m2", at=time, inner=who + replace))
    one(one.result("#evil", nick="bob", id_="r3", own="m3", at=time, inner=replace))
    one(one.result("", nick="bob", id_="r4", at=time, said=reactions))
    one(one.result("", nick="bob", id_="r5", at=time, said="<subject>New</subject>"))
    one.fin()
    lines = one.entered[0].history[1:]
    assert [(line.kind, line.text, dict(line.data)) for line in lines] == [
        (Kind.SAID, "#agred", {}),
        (Kind.CORRECTED, "#agreed", {"of": "r1"}),
        (Kind.CORRECTED, "#evil", {"of": ""}),
        (Kind.REACTED, "", {"of": "r1", "reactions": ["👍"]}),
        (Kind.TOPIC, "New", {}),
    ]
    assert [line.id for line in lines] == ["r1", "r2", "r3", "r4", "r5"]


POOR = (OPEN,)


def repeated(text: str, minutes: float, own: str = "", by: str = ROOM) -> str:
    stamp = (KNOWN.time + at(minutes)).isoformat()
    return said(text, own=own, extra=f"<delay xmlns='urn:xmpp:delay' from='{by}' stamp='{stamp}'/>")


def test_where_there_is_no_archive_the_room_repeats_and_its_topic_ends_that(feed: Make) -> None:
    one = feed(KNOWN).joined("alice", features=POOR, topic=None)
    join = next(stanza for stanza in one.sent("presence", f"{ROOM}/muster"))
    assert join[0][0].get("since") == "2026-03-01T10:59:00.000Z"
    one(repeated("known", -0.5, own="m0"), repeated("missed", 1, own="m1"))
    assert not one.entered
    one(f"<message type='groupchat' from='{ROOM}'><subject>T</subject></message>")
    (entered,) = one.entered
    assert texts(entered) == [("said", "known"), ("said", "missed")]
    assert entered.complete
    # From now on a stamp is its sender's word.
    one(repeated("forged", 2, own="m2"))
    (line,) = one.lines()
    assert (line.text, line.time, line.history) == ("forged", one.now, False)


def test_what_a_room_repeats_unasked_is_never_taken_for_live(feed: Make) -> None:
    for known in (None, KNOWN):
        one = feed(known).joined("alice", features=RICH, topic=None)
        one(repeated("!ping", 1))
        assert not one.lines()


def test_the_id_of_a_repeated_message_is_the_one_that_it_had(feed: Make) -> None:
    one = feed(KNOWN).joined("alice", features=POOR)
    one(said("hello", own="m1"))
    (line,) = one.lines()
    one.offline().online()
    one.joined("alice", features=POOR, topic=None)
    one(repeated("hello", 60, own="m1"))
    one(f"<message type='groupchat' from='{ROOM}'><subject>T</subject></message>")
    assert one.entered[-1].history[0].id == line.id


def test_a_room_that_was_slow_to_say_that_it_keeps_an_archive_is_caught_up_from_it(feed: Make) -> None:
    one = feed(KNOWN)
    one.later(11)  # and it has not said what it can
    one(presence("alice"), presence("muster", codes=("110",), jid="muster@home.test/muster"))
    one(repeated("repeated", 3, own="m3"))
    one(f"<message type='groupchat' from='{ROOM}'><subject>T</subject></message>")
    assert not one.entered
    one.features(*RICH)
    one.fin()
    one(one.result("known", nick="alice", id_="last", at=KNOWN.time))
    one(one.result("missed", nick="alice", id_="r1", at=KNOWN.time + at(1)))
    one(one.result("repeated", nick="alice", id_="r3", at=KNOWN.time + at(3), own="m3"))
    one.fin()
    (entered,) = one.entered
    assert texts(entered) == [("said", "known"), ("said", "missed"), ("said", "repeated")]
    assert entered.complete


def test_a_room_that_never_says_what_it_can_is_caught_up_from_what_it_repeats(feed: Make) -> None:
    one = feed(KNOWN)
    one.later(11)
    one(presence("alice"), presence("muster", codes=("110",), jid="muster@home.test/muster"))
    one(repeated("known", -0.5, own="m0"), repeated("missed", 1, own="m1"))
    one(f"<message type='groupchat' from='{ROOM}'><subject>T</subject></message>")
    one.later(11)
    (entered,) = one.entered
    assert texts(entered) == [("said", "known"), ("said", "missed")]
    assert entered.complete


def test_what_was_heard_before_the_room_gave_ids_keeps_its_id(feed: Make) -> None:
    one = feed(KNOWN).joined("alice", features=POOR)
    one(said("hello", own="m1"))
    (line,) = one.lines()
    assert line.id is not None
    again = feed(Known(START, frozenset({line.id}))).joined("alice")
    again(again.result("hello", nick="alice", id_="r1", at=START, own="m1"))
    again.fin()
    assert again.entered[0].history[0].id == line.id


REPLACE = "<replace xmlns='urn:xmpp:message-correct:0' id='{}'/>"
REACTED = "<reactions xmlns='urn:xmpp:reactions:0' id='{}'><reaction>+</reaction></reactions>"


def test_what_was_said_before_a_restart_can_be_corrected_and_reacted_to(feed: Make) -> None:
    one = feed(KNOWN).joined("alice", earlier=False)
    who = f"<occupant-id xmlns='{OCCUPANT}' id='id-{b'alice'.hex()}'/>"
    ours = own_id(NOVA, "t-1")
    old = KNOWN.time - HOUR
    one(one.result("#info fux", nick="alice", id_="r1", at=old, own="m1", inner=who))
    page = f"<fin xmlns='{MAM}'><set xmlns='{RSM}'><first>r1</first><last>r1</last></set></fin>"
    one(f"<iq type='result' from='{ROOM}' id='{one.asked(MAM).get('id')}'>{page}</iq>")
    assert one.asked(MAM)[0].findtext(f"{{{RSM}}}set/{{{RSM}}}before") == "r1"
    me = f"<occupant-id xmlns='{OCCUPANT}' id='id-{b'muster'.hex()}'/>"
    one(one.result("older, under the same id", nick="alice", id_="r00", at=old, own="m1", inner=who))
    one(one.result("<ian> hello", nick="muster", id_="r0", at=old, own=ours, inner=me))
    one.fin()
    missed = one.result("#info fix", nick="alice", id_="r2", at=START, inner=who + REPLACE.format("m1"))
    one(missed)
    one.fin()
    (entered,) = one.entered
    assert [(line.text, line.data["of"]) for line in entered.history] == [("#info fix", "r1")]
    one(
        said("#info fixed", id_="r3", extra=REPLACE.format("m1")),
        said("", id_="r4", extra=REACTED.format("r0")),
    )
    assert [line.data["of"] for line in one.lines()] == ["r1", "t-1"]


def test_pasted_commands_are_the_same_lines_in_history(feed: Make) -> None:
    one = feed(KNOWN).joined("alice")
    one(one.result("#info a\n#info b", nick="alice", id_="last", at=KNOWN.time))
    one(one.result("missed", nick="alice", id_="r1", at=KNOWN.time + at(1)))
    one.fin()
    (entered,) = one.entered
    assert [(line.id, line.text) for line in entered.history] == [
        ("last", "#info a"),
        ("last.2", "#info b"),
        ("r1", "missed"),
    ]
    assert entered.complete


def test_no_more_is_looked_at_of_before_than_a_few_pages(feed: Make) -> None:
    one = feed(KNOWN).joined("alice", earlier=False)
    for n in range(20):
        if one.asked(MAM)[0].find(f"{{{RSM}}}set/{{{RSM}}}before") is None:
            break
        one(one.result("x", nick="alice", id_=f"r{n}", at=KNOWN.time - HOUR))
        first = f"<first>r{n}</first><last>r{n}</last>"
        one(
            f"<iq type='result' from='{ROOM}' id='{one.asked(MAM).get('id')}'><fin xmlns='{MAM}'>"
            f"<set xmlns='{RSM}'>{first}</set></fin></iq>"
        )
    assert n == EARLIER_PAGES
    one.fin()
    (entered,) = one.entered
    assert entered.complete
    assert not entered.history


@pytest.mark.parametrize("id_", ["r1", "a.b~1", "é", "x" * 128, None, "y" * 129])
def test_an_id_of_ours_tells_what_the_record_calls_it(id_: str | None) -> None:
    made = own_id(NOVA, id_)
    named = id_ is not None and len(id_) <= 128
    assert meant_id(made) == (id_ if named else made)
    assert meant_id(f"{made}.2") == meant_id(made)
    assert own_id(GLANCE, id_) != made


def test_an_id_that_only_looks_like_ours_means_itself() -> None:
    for odd in ("muster-of-", "muster-of-12345678-zz", "muster-of-12345678-ff", "muster-of-12345678-"):
        assert meant_id(odd) == odd
