from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.model import Kind, Room
from bot.networks.irc.events import Delivered

MakeFeed = Callable[..., Any]


def test_what_is_said_comes_with_room_actor_time_and_id(feed: Any) -> None:
    feed("@time=2026-03-01T11:59:59.250Z;msgid=m1;account=alix :alice!a@h PRIVMSG #NOVA :\x02#topic\x02 one")
    (line,) = feed.heard()
    assert (line.room, line.kind, line.text, line.id) == (Room("net", "#nova"), Kind.SAID, "#topic one", "m1")
    assert line.actor.mask == "alice!a@h"
    assert line.actor.account == "alix"
    assert line.time.isoformat() == "2026-03-01T11:59:59.250000+00:00"
    assert not line.own
    assert not line.history


@pytest.mark.parametrize(
    ("command", "text", "kind", "said"),
    [
        ("PRIVMSG", "hi", Kind.SAID, "hi"),
        ("NOTICE", "hi", Kind.NOTICE, "hi"),
        ("PRIVMSG", "\x01ACTION waves\x01", Kind.ACTED, "waves"),
        ("PRIVMSG", "\x01ACTION waves", Kind.ACTED, "waves"),
        ("PRIVMSG", "\x01ACTION\x01", Kind.ACTED, ""),
    ],
)
def test_kinds_of_speech(feed: Any, command: str, text: str, kind: Kind, said: str) -> None:
    feed(f":bob!b@h {command} #nova :{text}")
    assert [(line.kind, line.text) for line in feed.heard()] == [(kind, said)]


def test_what_is_said_to_us_is_a_private_room_of_the_speaker(feed: Any) -> None:
    feed(":Bob!b@h PRIVMSG Muster :help")
    assert feed.heard()[0].room == Room("net", "bob", private=True)


def test_a_message_to_the_operators_is_the_channel_s_and_says_so(feed: Any) -> None:
    feed(":alice!a@h PRIVMSG @#nova :psst")
    assert feed.heard()[0].room.name == "#nova"
    assert feed.heard()[0].data == {"to": "@"}


@pytest.mark.parametrize(
    "line",
    [
        ":irc.test.invalid NOTICE muster :*** Looking up your hostname",
        "NOTICE AUTH :*** Found your hostname",
        ":alice!a@h PRIVMSG #elsewhere :hi",
        ":alice!a@h PRIVMSG $* :hi",
        ":alice!a@h PRIVMSG #nova",
        ":alice!a@h PRIVMSG",
        ":alice!a@h TAGMSG #nova",
        ":alice!a@h NOTICE #nova :\x01VERSION x\x01",
        ":alice!a@h PRIVMSG #nova :\x01DCC SEND x\x01",
    ],
)
def test_what_is_no_speech_in_our_rooms_is_dropped(feed: Any, line: str) -> None:
    assert feed(line) in ((), [])


def test_our_own_echo_is_dropped_and_is_a_receipt(feed: Any) -> None:
    feed(
        "@label=7;msgid=x :muster!muster@bot.test.invalid PRIVMSG #nova :hi",
        "@label=8 :srv 404 muster #nova :Cannot send",
        "@label=9 :srv ACK",
    )
    assert feed.heard() == []
    assert feed.events == [Delivered("7"), Delivered("8"), Delivered("9")]


def test_with_account_tag_a_message_without_one_comes_from_nobody_s_account(feed: Any) -> None:
    feed("@account=alix :alice!a@h PRIVMSG #nova :in", ":alice!a@h PRIVMSG #nova :out")
    assert [line.actor.account for line in feed.heard()] == ["alix", None]


def test_without_account_tag_the_account_known_otherwise_holds(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(caps="account-notify extended-join").enter("#nova", "alice")
    feed(":alice!a@h ACCOUNT alix", ":alice!a@h PRIVMSG #nova :hi")
    assert feed.heard()[-1].actor.account == "alix"


def test_nobody_inherits_an_account_with_a_nick(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(caps="account-notify extended-join").enter("#nova", "alice")
    feed(":alice!a@h ACCOUNT alix", ":alice!a@h PART #nova", ":alice!evil@h PRIVMSG muster :I am alice")
    assert feed.heard()[-1].actor.account is None
    feed(":alice!evil@h JOIN #nova * :x", ":alice!evil@h PRIVMSG #nova :I am alice")
    assert feed.heard()[-1].actor.account is None


@pytest.mark.parametrize("tag", ["bot", "draft/bot", "inspircd.org/bot"])
def test_a_bot_is_marked(feed: Any, tag: str) -> None:
    feed(f"@{tag} :bob!b@h PRIVMSG #nova :beep", f"@{tag} :stranger!s@h PRIVMSG muster :beep")
    assert [line.actor.bot for line in feed.heard()] == [True, True]


def test_ctcp_is_answered_rarely_and_only_in_private(feed: Any) -> None:
    feed(":bob!b@h PRIVMSG #nova :\x01VERSION\x01")
    assert not feed.sent()
    for _ in range(20):
        feed(":bob!b@h PRIVMSG muster :\x01VERSION\x01", ":bob!b@h PRIVMSG muster :\x01CLIENTINFO\x01")
    assert feed.sent() == ["NOTICE bob :\x01VERSION Muster\x01"]
    feed.later(11)
    feed(f":bob!b@h PRIVMSG muster :\x01PING {'9' * 300}\x01")
    assert feed.sent()[-1] == f"NOTICE bob :\x01PING {'9' * 100}\x01"


@pytest.mark.parametrize(
    "time", ["", "yesterday", "2026-03-01T11:59:59", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z"]
)
def test_a_time_that_is_none_is_now(feed: Any, time: str) -> None:
    feed(f"@time={time} :bob!b@h PRIVMSG #nova :hi")
    assert feed.heard()[0].time.utcoffset().total_seconds() == 0
