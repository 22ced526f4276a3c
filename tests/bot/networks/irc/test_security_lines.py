"""A hostile user, or a hostile server, gains nothing by what a line of the protocol holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.model import Room
from bot.networks.base import Known
from bot.networks.irc.events import Priority
from bot.networks.irc.outbox import Outbox, Speech
from bot.networks.pacing import Bucket
from bot.networks.receipts import KEPT

MakeFeed = Callable[..., Any]
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


UNSEEN = [
    "\u200b",
    "\u200d",
    "\u2060",
    "\u2066\u2069",
    "\u034f",
    "\u00ad",
    "\u3164",
    "\ufe0f",
    "\u00a0",
    "\U000e0061",
]


@pytest.mark.parametrize("hidden", ["\u202e", "\u202d", "\x02", "\x03", "\x7f", *UNSEEN])
def test_a_nick_with_what_cannot_be_seen_is_nobody_elses(feed: Any, hidden: str) -> None:
    feed(
        f":ali{hidden}ce!m@evil PRIVMSG #nova :#endmeeting", f":ali{hidden}ce!m@evil PRIVMSG muster :!actions"
    )
    for line in feed.heard():
        assert line.actor.nick == "alice\ufffd"
    assert feed.heard()[1].room == Room("net", "alice\ufffd", private=True)


@pytest.mark.parametrize("hidden", ["\u202e", "\x02", *UNSEEN])
def test_nobody_renames_or_kicks_under_another_s_name(feed: Any, make_feed: MakeFeed, hidden: str) -> None:
    thief = f"ali{hidden}ce"
    lines = [f":bob!b@bob.test.invalid NICK {thief}", f":{thief}!b@bob.test.invalid KICK #nova alice"]
    feed(*lines)
    renamed, kicked = feed.heard()
    assert renamed.text == kicked.data["by"] == "alice\ufffd"
    known = Known(START - timedelta(minutes=5), frozenset())
    feed = make_feed(known=known, wanted=["#nova"]).welcome(caps="batch draft/chathistory server-time")
    feed(":muster!m@h JOIN #nova", ":srv BATCH +h chathistory #nova")
    feed(*(f"@batch=h;time=2026-03-01T11:56:00.000Z {line}" for line in lines), ":srv BATCH -h")
    feed.later(30)
    renamed, kicked, *_ = (line for entered in feed.entered() for line in entered.history)
    assert renamed.text == kicked.data["by"] == "alice\ufffd"


@pytest.mark.parametrize("hidden", UNSEEN)
def test_a_channel_with_what_cannot_be_seen_in_its_name_is_left(make_feed: MakeFeed, hidden: str) -> None:
    name = f"#no{hidden}va"
    feed = make_feed(wanted=[name]).welcome()
    assert not feed.sent("JOIN")
    feed(f":muster!m@h JOIN {name}")
    assert feed.sent("PART") == [f"PART {name}"]


@pytest.mark.parametrize("nick", ["zoë", "Ἀθηνᾶ", "李雷", "נועה", "e\u0301va", "[a]|b^"])
def test_a_nick_in_any_script_is_left_as_it_is(feed: Any, nick: str) -> None:
    feed(f":{nick}!a@h PRIVMSG #nova :hi")
    assert feed.heard()[0].actor.nick == nick


@pytest.mark.parametrize("hidden", ["\u202e", "\x02", "\x1f", "\\s", *UNSEEN])
def test_an_account_with_what_cannot_be_seen_vouches_for_nobody(feed: Any, hidden: str) -> None:
    feed(f"@account=own{hidden}er :mallory!m@evil PRIVMSG #nova :!room leave #nova")
    assert feed.heard()[0].actor.account is None


@pytest.mark.parametrize("tag", ["+account", "+draft/account", "vendor/account", "account-tag", "label"])
def test_no_tag_that_a_client_may_send_vouches_for_it(feed: Any, tag: str) -> None:
    feed(f"@{tag}=owner :mallory!m@evil PRIVMSG #nova :x", f"@{tag}=owner :mallory!m@evil PRIVMSG muster :x")
    assert [line.actor.account for line in feed.heard()] == [None, None]


@pytest.mark.parametrize(
    "stamp",
    [
        "0001-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "2026-03-03T12:00:00.000Z",
        "1970-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00+14:00",
        "now",
        "",
    ],
)
def test_a_time_that_cannot_be_true_is_the_time_now(feed: Any, stamp: str) -> None:
    feed(f"@time={stamp} :alice!a@alice.test.invalid PRIVMSG #nova :x")
    assert feed.heard()[0].time == START


def test_a_clock_somewhat_off_is_believed(feed: Any) -> None:
    feed("@time=2026-03-01T15:00:00.000Z :alice!a@alice.test.invalid PRIVMSG #nova :x")
    assert feed.heard()[0].time == START + timedelta(hours=3)


def test_what_was_told_to_operators_alone_is_marked_so_in_history_too(make_feed: MakeFeed) -> None:
    known = Known(START - timedelta(minutes=5), frozenset())
    feed = make_feed(known=known, wanted=["#nova"]).welcome(
        caps="batch draft/chathistory message-tags server-time", isupport="CHATHISTORY=50 STATUSMSG=@+"
    )
    feed(
        ":muster!m@h JOIN #nova",
        ":srv BATCH +h chathistory #nova",
        "@batch=h;time=2026-03-01T11:56:00.000Z :alice!a@h PRIVMSG #nova :to all",
        "@batch=h;time=2026-03-01T11:57:00.000Z :alice!a@h PRIVMSG @#nova :to operators",
        ":srv BATCH -h",
    )
    feed.later(30)
    told = {line.text: dict(line.data) for entered in feed.entered() for line in entered.history}
    assert told == {"to all": {}, "to operators": {"to": "@"}}


def drain(outbox: Outbox) -> list[str]:
    out: list[str] = []
    while (found := outbox.next(0.0, Bucket(1000, 1.0, 0.0), lambda room: True)) is not None:
        out.append(found if isinstance(found, str) else found.texts[0])
    return out


def test_a_chair_who_sets_topic_after_topic_costs_one_line_and_holds_up_no_room() -> None:
    outbox = Outbox()
    for n in range(1000):
        outbox.put(f"TOPIC #evil :topic {n}", Priority.REPLY)
    outbox.put("TOPIC #evil2 other", Priority.REPLY)
    outbox.put("TOPIC #nova :T", Priority.REPLY)
    for text in ("one", "two"):
        room = Room("net", "#nova")
        outbox.say(Speech(room, (text,), notice=False, priority=Priority.REPLY, expires=KEPT))
    assert drain(outbox) == ["TOPIC #evil :topic 999", "one", "TOPIC #evil2 other", "two", "TOPIC #nova :T"]
