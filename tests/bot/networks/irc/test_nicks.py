from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.networks.backoff import Failure
from bot.networks.irc.nicks import alternative
from bot.settings import Secret

MakeFeed = Callable[..., Any]


def second(make_feed: MakeFeed, isupport: str = "", **settings: object) -> Any:
    """In under muster_ since somebody has muster."""
    feed = make_feed(**settings).start()
    feed(":srv 433 * muster :Nickname is already in use.")
    feed(":srv 001 muster_ :hi")
    if isupport:
        feed(f":srv 005 muster_ {isupport} :are supported")
    feed(":srv 376 muster_ :x")
    return feed


def test_a_nick_in_use_is_replaced_by_the_next_at_once(make_feed: MakeFeed) -> None:
    feed = make_feed().start()
    for nick in ("muster", "muster_", "muster__"):
        feed(f":srv 433 * {nick} :in use")
    assert feed.sent("NICK") == ["NICK muster", "NICK muster_", "NICK muster__", "NICK muster1"]


def test_a_nick_that_is_too_long_is_shortened_and_an_impossible_one_replaced(make_feed: MakeFeed) -> None:
    feed = make_feed(nick="1muster-the-bot").start()
    feed(":srv 432 * x :Nickname too long, max. 9 characters", ":srv 432 * x :Erroneous nickname")
    assert feed.sent("NICK") == ["NICK 1muster-the-bot", "NICK 1muster-t", "NICK muster"]
    feed(":srv 432 * x :Erroneous nickname")
    assert feed.closed().failure is Failure.PERMANENT
    assert "change nick" in feed.closed().why


def test_when_everything_is_in_use_we_come_again_later(make_feed: MakeFeed) -> None:
    feed = make_feed().start()
    for _ in range(30):
        feed(":srv 433 * x :in use")
    assert feed.closed().failure is Failure.TEMPORARY


def test_the_nick_is_taken_when_its_holder_quits(make_feed: MakeFeed) -> None:
    feed = second(make_feed).enter("#nova", "muster").clear()
    feed(":muster!x@y QUIT :bye")
    assert feed.sent("NICK") == ["NICK muster"]
    feed(":muster_!m@h NICK muster")
    assert feed.state.nick == "muster"
    feed.clear().later(300)
    assert not feed.sent("NICK") + feed.sent("ISON")


def test_the_nick_is_taken_when_its_holder_renames(make_feed: MakeFeed) -> None:
    feed = second(make_feed).clear()
    feed(":Muster!x@y NICK other")
    assert feed.sent("NICK") == ["NICK muster"]


def test_monitor_tells_when_the_nick_is_free(make_feed: MakeFeed) -> None:
    feed = second(make_feed, isupport="MONITOR=30")
    assert feed.sent("MONITOR") == ["MONITOR + muster"]
    feed(":srv 731 muster_ :other,muster")
    assert feed.sent("NICK")[-1] == "NICK muster"
    feed.clear()(":muster_!m@h NICK muster")
    assert feed.sent("MONITOR") == ["MONITOR - muster"]


def test_without_monitor_we_ask_from_time_to_time(make_feed: MakeFeed) -> None:
    feed = second(make_feed).clear()
    feed.later(130)
    assert feed.sent("ISON") == ["ISON muster"] * 3
    feed(":srv 303 muster_ :muster ")
    assert not feed.sent("NICK")
    feed(":srv 303 muster_ :")
    assert feed.sent("NICK") == ["NICK muster"]


def test_the_holder_of_the_nick_is_not_pestered(make_feed: MakeFeed) -> None:
    feed = second(make_feed).clear()
    for _ in range(50):
        feed(":srv 303 muster_ :", ":srv 433 muster_ muster :in use")
    assert feed.sent("NICK") == ["NICK muster"]


def test_who_is_logged_in_has_services_free_the_nick(make_feed: MakeFeed) -> None:
    feed = make_feed().start()
    feed(
        ":srv 433 * muster :in use", ":srv 900 * x muster :in", ":srv 001 muster_ :hi", ":srv 376 muster_ :x"
    )
    assert feed.sent("WHOIS") == ["WHOIS NickServ"]
    feed(":srv 313 muster_ NickServ :is a Network Service", ":srv 318 muster_ NickServ :End")
    assert feed.sent("PRIVMSG") == ["PRIVMSG NickServ :GHOST muster"]
    feed(":NickServ!NickServ@services.x NOTICE muster_ :muster has been ghosted.")
    assert feed.sent("NICK")[-1] == "NICK muster"


def test_a_nick_taken_from_us_is_worked_for_again(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome().clear()
    feed(":muster!m@h NICK Guest123")
    assert feed.state.nick == "Guest123"
    feed.later(10)
    assert feed.sent("ISON") == ["ISON muster"]


def test_a_nick_cut_by_the_server_is_the_nick_we_want_there(make_feed: MakeFeed) -> None:
    feed = make_feed(nick="muster-of-nova").start()
    feed(":srv 001 muster-of :hi", ":srv 005 muster-of NICKLEN=9 :are supported", ":srv 376 muster-of :x")
    feed.later(100)
    assert not feed.sent("ISON")


@pytest.mark.parametrize("limit", [9, 30])
@given(nick=st.text("abc", min_size=1, max_size=40), attempt=st.integers(0, 100))
def test_alternatives_fit(limit: int, nick: str, attempt: int) -> None:
    assert 0 < len(alternative(nick, attempt, limit)) <= limit


def nickserv(make_feed: MakeFeed, **settings: object) -> Any:
    return make_feed(nickserv_password=Secret("s3cret"), wanted=["#nova"], **settings).welcome(caps="")


def test_the_password_goes_to_a_service_and_rooms_wait_for_the_login(make_feed: MakeFeed) -> None:
    feed = nickserv(make_feed)
    assert feed.sent("WHOIS")
    assert not feed.sent("PRIVMSG") + feed.sent("JOIN")
    feed(":srv 313 muster NickServ :is a Network Service", ":srv 318 muster NickServ :End")
    assert feed.sent("PRIVMSG") == ["PRIVMSG NickServ :IDENTIFY s3cret"]
    assert not feed.sent("JOIN")
    feed(":NickServ!n@services.x NOTICE muster :You are now identified for muster.")
    assert feed.sent("JOIN") == ["JOIN #nova"]


def test_a_services_server_is_enough(make_feed: MakeFeed) -> None:
    feed = nickserv(make_feed)
    feed(":srv 312 muster NickServ services.test.invalid :x", ":srv 318 muster NickServ :End")
    assert feed.sent("PRIVMSG")


@pytest.mark.parametrize(
    "lines",
    [
        [":srv 401 muster NickServ :No such nick", ":srv 318 muster NickServ :End"],
        [
            ":srv 311 muster NickServ evil services.evil * :is a Network Service",
            ":srv 312 muster NickServ hub.test.invalid :My services are the best",
            ":srv 318 muster NickServ :End",
        ],
        [
            ":srv 313 muster NickServ :is a Services Administrator",
            ":srv 313 muster NickServ :is an IRC operator",
            ":srv 318 muster NickServ :End",
        ],
        [":srv 318 muster NickServ :End"],
        [":NickServ!evil@services.evil NOTICE muster :Identify yourself!"],
    ],
)
def test_the_password_never_goes_to_somebody_who_only_took_the_name(
    make_feed: MakeFeed, lines: list[str]
) -> None:
    feed = nickserv(make_feed)
    feed(*lines)
    feed.later(5)
    assert not feed.sent("PRIVMSG")
    assert feed.sent("JOIN") == ["JOIN #nova"]
    feed.clear().later(70)
    assert feed.sent("WHOIS") == ["WHOIS NickServ"]  # services may come back


def test_a_wrong_password_is_not_tried_again(make_feed: MakeFeed) -> None:
    feed = nickserv(make_feed)
    feed(":srv 313 muster NickServ :is a Network Service", ":srv 318 muster NickServ :End")
    feed(":NickServ!n@s NOTICE muster :Invalid password for muster.")
    assert feed.sent("JOIN")
    feed.clear().later(600)
    assert not feed.sent("PRIVMSG") + feed.sent("WHOIS")


def test_under_another_nick_the_account_is_named(make_feed: MakeFeed) -> None:
    feed = second(make_feed, nickserv_password=Secret("s3cret"))
    feed(":srv 313 muster_ NickServ :is a Network Service", ":srv 318 muster_ NickServ :End")
    assert feed.sent("PRIVMSG") == ["PRIVMSG NickServ :IDENTIFY muster s3cret"]
    feed(
        ":srv 900 muster_ x muster :in",
        ":srv 313 muster_ NickServ :is a service",
        ":srv 318 muster_ NickServ :End",
    )
    assert feed.sent("PRIVMSG")[-1] == "PRIVMSG NickServ :GHOST muster"
