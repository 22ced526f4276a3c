from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from bot.networks.backoff import Failure
from bot.networks.irc.events import Priority, Ready, Send
from bot.networks.irc.sasl import chunks
from bot.settings import Secret

MakeFeed = Callable[..., Any]


def plain_sasl(make_feed: MakeFeed, **settings: object) -> Any:
    return make_feed(sasl="plain", sasl_user="muster", sasl_password=Secret("s3cret"), **settings).start()


def test_capabilities_are_asked_for_before_nick_and_user(make_feed: MakeFeed) -> None:
    feed = make_feed(password=Secret("srv pass")).start()
    assert [line.split(" ")[0] for line in feed.sent()] == ["CAP", "PASS", "NICK", "USER"]
    assert feed.sent()[0] == "CAP LS 302"
    assert feed.sent("PASS") == ["PASS :srv pass"]
    assert all(event.priority is Priority.NOW for event in feed.events)


def test_a_list_in_several_lines_is_read_to_its_end_before_anything_is_asked_for(make_feed: MakeFeed) -> None:
    feed = make_feed().start()
    feed("CAP * LS * :batch unknown/thing")
    assert not feed.sent("CAP REQ")
    feed("CAP * LS :server-time sts=port=6697,duration=1")
    assert feed.sent("CAP REQ") == ["CAP REQ :batch server-time"]
    assert not feed.sent("CAP END")
    feed(":srv CAP * ACK :batch server-time ")
    assert feed.sent("CAP END") == ["CAP END"]


def test_a_server_that_refuses_several_capabilities_is_asked_for_each(make_feed: MakeFeed) -> None:
    feed = make_feed().start()
    feed("CAP * LS :batch away-notify", ":srv CAP * NAK :away-notify batch")
    assert feed.sent("CAP REQ")[1:] == ["CAP REQ away-notify", "CAP REQ batch"]
    feed(":srv CAP * NAK :away-notify", ":srv CAP * ACK :batch")
    assert feed.state.caps.enabled == {"batch"}
    assert feed.sent("CAP END")


def test_a_long_request_goes_out_in_several_lines(
    make_feed: MakeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [f"vendor.test/{'x' * 40}{n}" for n in range(20)]
    monkeypatch.setattr("bot.networks.irc.capabilities.WANTED", tuple(many))
    feed = make_feed().start()
    feed(f"CAP * LS :{' '.join(many)}")
    assert len(feed.sent("CAP REQ")) == 3
    assert all(len(line.encode()) <= 510 for line in feed.sent("CAP REQ"))


def test_capabilities_that_need_others_are_not_asked_for_without_them(make_feed: MakeFeed) -> None:
    feed = make_feed().start()
    feed("CAP * LS :echo-message labeled-response message-tags draft/chathistory")
    assert feed.sent("CAP REQ") == ["CAP REQ message-tags"]


def test_new_capabilities_are_taken_up_and_withdrawn_ones_dropped_later(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(caps="batch cap-notify").clear()
    feed(":srv CAP muster NEW :away-notify", ":srv CAP muster ACK :away-notify")
    assert feed.sent() == ["CAP REQ away-notify"]
    assert "away-notify" in feed.state.caps.enabled
    feed(":srv CAP muster DEL :away-notify")
    assert "away-notify" not in feed.state.caps.enabled


def test_a_server_without_capabilities_lets_us_in_all_the_same(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#nova"]).welcome(caps="", isupport="")
    assert Ready() in feed.events
    assert feed.sent("JOIN") == ["JOIN #nova"]


def test_a_welcome_without_a_message_of_the_day_is_enough_after_a_while(make_feed: MakeFeed) -> None:
    feed = make_feed().start()
    feed(":srv 001 muster :hi")
    assert Ready() not in feed.events
    feed.later(5)
    assert Ready() in feed.events


def test_ready_comes_once(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome()
    feed(":srv 376 muster :again", ":srv 422 muster :again")
    assert feed.events.count(Ready()) == 1


def test_a_server_that_does_not_let_us_in_is_given_up(make_feed: MakeFeed) -> None:
    feed = make_feed().start()
    feed.later(70)
    assert feed.closed().failure is Failure.TEMPORARY


def test_sasl_plain_logs_in_before_the_negotiation_ends(make_feed: MakeFeed) -> None:
    feed = plain_sasl(make_feed)
    feed("CAP * LS :batch sasl=PLAIN,EXTERNAL", ":srv CAP * ACK :batch sasl")
    assert feed.sent("AUTHENTICATE") == ["AUTHENTICATE PLAIN"]
    feed("AUTHENTICATE +")
    payload = feed.sent("AUTHENTICATE")[1].split(" ")[1]
    assert base64.b64decode(payload) == b"muster\0muster\0s3cret"
    assert not feed.sent("CAP END")
    feed(":srv 900 * *!*@* muster :You are now logged in", ":srv 903 * :ok")
    assert feed.sent("CAP END")
    assert feed.state.account == "muster"


def test_sasl_external_sends_no_password(make_feed: MakeFeed) -> None:
    feed = make_feed(sasl="external").start()
    feed("CAP * LS :sasl", ":srv CAP * ACK :sasl", "AUTHENTICATE +")
    assert feed.sent("AUTHENTICATE") == ["AUTHENTICATE EXTERNAL", "AUTHENTICATE +"]


def test_wrong_credentials_are_permanent_and_say_what_to_change(make_feed: MakeFeed) -> None:
    feed = plain_sasl(make_feed)
    feed("CAP * LS :sasl", ":srv CAP * ACK :sasl", "AUTHENTICATE +", ":srv 904 * :SASL authentication failed")
    assert feed.closed().failure is Failure.PERMANENT
    assert "sasl_password" in feed.closed().why
    assert "s3cret" not in feed.closed().why


@pytest.mark.parametrize(
    "lines",
    [
        ["CAP * LS :batch"],
        ["CAP * LS :sasl=EXTERNAL", ":srv CAP * ACK :sasl"],
        ["CAP * LS :sasl", ":srv CAP * ACK :sasl", ":srv 904 * :no services"],
        ["CAP * LS :sasl", ":srv CAP * ACK :sasl", "AUTHENTICATE +", ":srv 906 * :aborted"],
        ["CAP * LS :sasl", ":srv CAP * NAK :sasl"],
    ],
)
def test_with_services_away_we_go_on_without_an_account(make_feed: MakeFeed, lines: list[str]) -> None:
    feed = plain_sasl(make_feed)
    feed(*lines)
    feed(":srv CAP * ACK :batch")
    assert feed.sent("CAP END") == ["CAP END"]
    assert feed.closed() is None


def test_services_that_never_answer_do_not_keep_us_out(make_feed: MakeFeed) -> None:
    feed = plain_sasl(make_feed)
    feed("CAP * LS :sasl", ":srv CAP * ACK :sasl")
    feed.later(16)
    assert feed.sent()[-2:] == ["AUTHENTICATE *", "CAP END"]


def test_services_that_come_back_are_logged_in_to(make_feed: MakeFeed) -> None:
    feed = plain_sasl(make_feed)
    feed("CAP * LS :cap-notify", ":srv CAP * ACK :cap-notify", ":srv 001 muster :hi", ":srv 376 muster :x")
    feed.clear()
    feed(
        ":srv CAP muster NEW :sasl=PLAIN",
        ":srv CAP muster ACK :sasl",
        "AUTHENTICATE +",
        ":srv 903 muster :ok",
    )
    assert feed.sent("AUTHENTICATE")[0] == "AUTHENTICATE PLAIN"
    assert not feed.sent("CAP END")


def test_services_that_come_back_without_a_word_are_found_too(make_feed: MakeFeed) -> None:
    feed = plain_sasl(make_feed)
    feed("CAP * LS :batch", ":srv CAP * ACK :batch", ":srv 001 muster :hi", ":srv 376 muster :x")
    feed.clear().later(61)
    assert feed.sent("CAP") == ["CAP LS 302"]
    feed(":srv CAP muster LS :batch sasl=PLAIN", ":srv CAP muster ACK :sasl", ":srv 904 muster :still away")
    feed.later(61)
    assert feed.sent("AUTHENTICATE") == ["AUTHENTICATE PLAIN"] * 2
    feed("AUTHENTICATE +", ":srv 900 muster x muster :in", ":srv 903 muster :ok")
    feed.clear().later(600)
    assert not feed.sent("CAP") + feed.sent("AUTHENTICATE")


def test_services_that_log_us_out_are_logged_in_to_again(make_feed: MakeFeed) -> None:
    feed = plain_sasl(make_feed)
    login = ("AUTHENTICATE +", ":srv 900 muster x muster :in", ":srv 903 muster :ok")
    feed("CAP * LS :batch sasl=PLAIN", ":srv CAP * ACK :batch sasl", *login)
    feed(":srv 001 muster :hi", ":srv 376 muster :x")
    feed.later(300)
    feed.clear()(":srv 901 muster x :You are now logged out")
    feed.later(61)
    assert feed.sent("AUTHENTICATE") == ["AUTHENTICATE PLAIN"]
    feed(*login)
    assert feed.state.account == "muster"
    feed.clear().later(600)
    assert not feed.sent("AUTHENTICATE")


@pytest.mark.parametrize(
    ("size", "lengths"), [(10, [16]), (297, [396]), (300, [400, 1]), (301, [400, 4]), (600, [400, 400, 1])]
)
def test_sasl_goes_out_in_chunks_of_400(size: int, lengths: list[int]) -> None:
    parts = list(chunks(b"x" * size))
    assert [len(part) for part in parts] == lengths
    assert base64.b64decode("".join(parts).removesuffix("+")) == b"x" * size


@pytest.mark.parametrize(
    ("line", "failure"),
    [
        ("ERROR :Closing Link: host (Throttled: Reconnecting too fast)", Failure.THROTTLED),
        ("ERROR :Trying to reconnect too fast.", Failure.THROTTLED),
        ("ERROR :Closing link: (m@h) [Z-Lined: spam]", Failure.PERMANENT),
        ("ERROR :Closing Link: host (K-Lined)", Failure.PERMANENT),
        ("ERROR :Closing Link: host (Bad Password)", Failure.PERMANENT),
        ("ERROR :Closing Link: host (Ping timeout)", Failure.TEMPORARY),
        ("ERROR", Failure.TEMPORARY),
        (":srv 464 * :Password incorrect", Failure.PERMANENT),
        (":srv 465 * :You are banned from this server", Failure.PERMANENT),
        (":srv 465 * :You are banned: too many connections from your host", Failure.THROTTLED),
        (":srv 465 * :You are banned from this server- Temporary K-line 60 min. - spam", Failure.THROTTLED),
    ],
)
def test_being_turned_away_is_told_apart(make_feed: MakeFeed, line: str, failure: Failure) -> None:
    feed = make_feed().start()
    feed(line)
    assert feed.closed().failure is failure


def test_once_in_nobody_s_words_keep_us_away_for_good(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome().clear()
    feed("ERROR :Closing Link: host (Killed (oper (K-Lined for bad password)))")
    assert feed.closed().failure is Failure.TEMPORARY


def test_a_ping_is_answered_at_once_with_what_it_carries(make_feed: MakeFeed) -> None:
    feed = make_feed().start().clear()
    feed("PING :some cookie", "PING a b")
    assert feed.events == [Send("PONG :some cookie", Priority.NOW), Send("PONG b", Priority.NOW)]


def test_we_say_that_we_are_a_bot_where_that_can_be_said(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(isupport="BOT=B")
    assert feed.sent("MODE") == ["MODE muster +B"]


def test_where_multi_prefix_is_no_capability_namesx_is_asked_for(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(caps="", isupport="NAMESX UHNAMES")
    assert feed.sent("PROTOCTL") == ["PROTOCTL NAMESX", "PROTOCTL UHNAMES"]


def test_a_login_that_is_refused_later_costs_no_connection(make_feed: MakeFeed, caplog: Any) -> None:
    feed = make_feed(sasl="plain", sasl_user="muster", sasl_password=Secret("wrong")).welcome().clear()
    feed(":srv CAP muster NEW :sasl", ":srv CAP muster ACK :sasl")
    feed("AUTHENTICATE +", ":srv 904 muster :SASL authentication failed")
    assert not feed.closed()
    assert "correct sasl_user and sasl_password" in caplog.text
    feed.later(200)
    assert len(feed.sent("AUTHENTICATE PLAIN")) == 1
