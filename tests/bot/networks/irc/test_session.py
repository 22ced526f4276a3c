"""What holds for any lines whatever, and for the faults that were measured in the irc package."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.networks.base import Known
from bot.networks.events import Heard
from bot.networks.irc.events import Priority, Send
from bot.networks.irc.message import encode
from bot.networks.irc.session import _HANDLERS
from bot.settings import Secret

MakeFeed = Callable[..., Any]

WORDS = (
    "muster muster_ alice bob NickServ #nova #a #nova,#a @#nova * + - +h -h chathistory znc.in/playback "
    "labeled-response netsplit LS NEW DEL ACK NAK +o-v+b 77 0 01 H@B :x sasl=PLAIN batch AFTER CHATHISTORY "
    "muster-1 PREFIX=(ov CHANTYPES= TARGMAX=JOIN:x CASEMAPPING=ascii CHATHISTORY=0 LINELEN=9 NICKLEN=0 "
    "\x01ACTION \x01VERSION\x01 \u202e \ud800 é , ! @ : ; = \\ ~&@%+x"
)
WORD = st.sampled_from(WORDS.split(" ")) | st.text(max_size=8)
TAGS = st.sampled_from(
    [
        "",
        "",
        "@batch=h ",
        "@time=x;account=;msgid=;label= ",
        "@time=2026-03-01T11:55:00.000Z;msgid=a;account=alix ",
        "@ ",
    ]
)
SOURCE = st.sampled_from(
    ["", ":muster!m@h ", ":alice!a@h ", ":bob!b@h ", ":srv.test ", ":! ", ":!@ ", ":NickServ!n@h ", ":x "]
)
COMMAND = st.sampled_from([*sorted(_HANDLERS), "TAGMSG", "999", "x"])
LINE = st.one_of(
    st.text(max_size=80),
    st.builds(
        lambda tags, source, command, words, last: f"{tags}{source}{command} {' '.join(words)}{last}",
        TAGS,
        SOURCE,
        COMMAND,
        st.lists(WORD, max_size=9),
        st.sampled_from(["", " :", " :some text", " :@alice +bob!b@h  x"]),
    ),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    lines=st.lists(LINE, max_size=25), caps=st.booleans(), history=st.booleans(), pause=st.integers(0, 400)
)
def test_no_lines_whatever_raise_and_nothing_bad_goes_out(
    make_feed: MakeFeed, lines: list[str], caps: bool, history: bool, pause: int
) -> None:
    feed = make_feed(
        known=Known(make_feed().now - timedelta(minutes=5), frozenset({"a"})),
        wanted=["#nova", "#a"],
        sasl="plain",
        sasl_user="muster",
        sasl_password=Secret("s3cret"),
        nickserv_password=Secret("hunter2"),
    )
    if caps:
        feed.welcome(
            caps="batch message-tags server-time account-tag extended-join" + " draft/chathistory" * history
        )
        feed.enter("#nova", "@alice!a@h", "bob")
    else:
        feed.start()
    for line in lines:
        feed(line)
    feed.later(pause)
    feed.events += feed.session.lost(feed.now)
    for event in feed.events:
        if isinstance(event, Send):
            wire = encode(event.line)
            assert wire.count(b"\r") == wire.count(b"\n") == 1
            assert b"\0" not in wire
            assert len(wire) <= 512
            assert event.priority in Priority
            if b"s3cret" in wire or b"hunter2" in wire:
                assert wire.startswith((b"AUTHENTICATE", b"PRIVMSG NickServ :"))
        elif isinstance(event, Heard):
            assert event.line.time.utcoffset() == timedelta(0)
            assert "\n" not in event.line.text
            assert "\x02" not in event.line.text


@pytest.mark.parametrize(
    "line",
    [
        " ",
        "",
        ":",
        "QUIT",
        ":alice!a@h QUIT",
        "NICK",
        "NICK other",
        ":alice!a@h PRIVMSG #nova",
        ":alice!a@h PRIVMSG",
        ":srv 005 muster PREFIX= :are supported",
        ":srv 005 muster PREFIX=(ov)@ :are supported",
        ":srv 005 muster PREFIX=@+ TARGMAX=JOIN,PRIVMSG:x :are supported",
        ":srv 005 muster",
        ":srv 353 muster = #nova :@ + @+",
        ":srv 354 muster",
        ":srv 433",
        "MODE #nova +ooo",
        ":x MODE #nova +l",
    ],
)
def test_lines_that_cost_the_irc_package_its_connection_cost_us_nothing(feed: Any, line: str) -> None:
    feed(line, ":bob!b@h PRIVMSG #nova :still here")
    assert [heard.text for heard in feed.heard()][-1] == "still here"
    assert feed.closed() is None


def test_the_budget_of_a_line_counts_what_the_server_puts_before_it(feed: Any) -> None:
    text = "x" * feed.session.budget("PRIVMSG", "#nova")
    assert len(f":muster!muster@bot.test.invalid PRIVMSG #nova :{text}\r\n") == 512
    feed(":muster!muster@bot.test.invalid CHGHOST muster a.much.longer.cloak.test.invalid")
    text = "x" * feed.session.budget("PRIVMSG", "#nova")
    assert len(f":muster!muster@a.much.longer.cloak.test.invalid PRIVMSG #nova :{text}\r\n") == 512
    feed(":srv 396 muster short :is now your displayed host")
    assert feed.state.address == "muster@short"


def test_before_our_address_is_known_the_longest_one_is_reckoned_with(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome()
    assert 350 < feed.session.budget("PRIVMSG", "#nova") < 400


def test_a_topic_is_cut_to_what_the_server_takes(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(isupport="TOPICLEN=10")
    (event,) = feed.session.set_topic("#nova", "éééééééééé", feed.now)
    assert event.line == "TOPIC #nova ééééé"


def test_a_silent_server_is_asked_and_then_given_up(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome().clear()
    feed.later(59)
    assert not feed.sent("PING")
    feed.later(2)
    assert feed.sent("PING") == ["PING muster"]
    feed("PONG srv :muster")
    feed.later(59)
    assert feed.closed() is None
    feed.later(60)
    assert "silent" in feed.closed().why


def test_any_line_is_a_sign_of_life(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome().clear()
    for _ in range(20):
        feed.later(40)
        feed(":srv NOTICE muster :x")
    assert not feed.sent("PING")
    assert feed.closed() is None
