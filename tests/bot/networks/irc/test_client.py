"""The client against a scripted peer on the loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.model import Kind
from bot.networks.backoff import Backoff
from bot.networks.base import Known, PermanentError, Urgency
from bot.networks.irc.client import IrcNetwork
from bot.networks.irc.keepalive import Keepalive
from bot.networks.irc.settings import IrcSettings
from bot.settings import Secret

CAPS = "batch message-tags server-time labeled-response echo-message"


def network(peer: Any, *, keepalive: Keepalive | None = None, **settings: Any) -> IrcNetwork:
    settings = {"tls": False, "channels": ("#nova",), "host": "127.0.0.1", "port": peer.port, **settings}
    backoff = Backoff(first=timedelta(milliseconds=20), throttled=timedelta(milliseconds=300))
    return IrcNetwork(
        "net", IrcSettings(**settings), clock=SystemClock().now, keepalive=keepalive, backoff=backoff
    )


@asynccontextmanager
async def running(net: IrcNetwork, hub: Any) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(net.run(hub))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, PermanentError):
            await task


async def test_it_connects_joins_hears_says_and_leaves_politely(
    peer: Any, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.networks.irc.client.QUIT_WITHIN", 0.05)
    net = network(peer)
    assert not net.is_connected
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("connected", "muster")
        await hub.until("entered", "#nova", [], True)
        assert net.is_connected
        assert net.rooms() == [net.room("#Nova")]
        state = net.state(net.room("#nova"))
        assert state is not None
        assert [actor.nick for actor in state.members] == ["alice"]
        link.send(":alice!a@h PRIVMSG #nova :hello")
        await hub.until("heard", "#nova", "said", "hello")
        net.say(net.room("#NOVA"), "hi all")
        net.say(net.private("Alice"), "psst", notice=True)
        assert await link.until("PRIVMSG") == "PRIVMSG #nova :hi all"
        assert await link.until("NOTICE") == "NOTICE alice psst"
    assert await link.until("QUIT") == "QUIT :Muster is leaving"
    assert not net.is_connected
    assert net.rooms() == ()


async def test_it_leaves_also_a_server_that_does_not_close(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
    # The peer has not closed, and never would.
    assert ("disconnected", "leaving") in hub.log


async def test_it_enters_its_room_with_all_capabilities(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(caps=CAPS, rooms="#nova")
        await hub.until("entered", "#nova")
        link.close()


async def test_what_is_said_while_the_link_is_down_goes_out_after_the_next_join(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.close()
        await hub.until("disconnected")
        net.say(net.room("#nova"), "Minutes: https://example.org/")
        link = await peer.accept()
        await link.welcome()
        assert (await link.until("JOIN")) == "JOIN #nova"
        link.joined("#nova")
        assert await link.until("PRIVMSG") == "PRIVMSG #nova :Minutes: https://example.org/"
        link.close()


async def test_what_the_server_did_not_confirm_is_said_again(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(caps=CAPS, rooms="#nova")
        await hub.until("entered")
        net.say(net.room("#nova"), "one")
        net.say(net.room("#nova"), "two")
        first = await link.until("PRIVMSG")
        label = first.partition(" ")[0]
        assert label.startswith("@label=")
        link.send(f"{label};msgid=x :muster!~m@host.test.invalid PRIVMSG #nova :one")
        await link.until("PRIVMSG")
        link.send(":alice!a@h PRIVMSG #nova :go")
        await hub.until("heard", "#nova", "said", "go")
        link.close()
        link = await peer.accept()
        await link.welcome(caps=CAPS, rooms="#nova")
        assert (await link.until("PRIVMSG")).endswith("PRIVMSG #nova two")
        assert "one" not in [line.text for line in hub.lines]
        link.close()


async def test_a_line_cut_off_by_the_end_of_the_link_is_no_line(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.writer.write(b":alice!a@h PRIVMSG #nova :#agreed to half")
        await link.writer.drain()
        link.writer.close()
        await hub.until("disconnected")
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("connected")
        assert hub.lines == []
        link.close()


async def test_a_server_that_hangs_without_closing_is_left(peer: Any, hub: Any) -> None:
    quick = Keepalive(idle=timedelta(milliseconds=50), patience=timedelta(milliseconds=50))
    net = network(peer, keepalive=quick)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("connected")
        why = (await hub.until("disconnected"))[1]
        assert "silent" in why
        link = await peer.accept()
        await link.welcome()
        await hub.until("connected")
        link.close()


async def test_a_kill_is_survived(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.send(
            ":oper!o@h KILL muster :K-lined for fun", "ERROR :Closing Link: host (Killed (oper (K-lined)))"
        )
        assert "Killed" in (await hub.until("disconnected"))[1]
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.close()


async def test_a_throttling_server_is_left_alone_for_longer(peer: Any, hub: Any) -> None:
    net = network(peer)
    loop = asyncio.get_running_loop()
    async with running(net, hub):
        link = await peer.accept()
        link.send("ERROR :Closing Link: host (Throttled: reconnecting too fast)")
        await link.gone()
        began = loop.time()
        link = await peer.accept()
        assert loop.time() - began >= 0.3
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.close()


async def test_what_a_lost_connection_had_due_is_not_done_on_the_next(peer: Any, hub: Any) -> None:
    hub.last["#nova"] = Known(datetime.now(UTC), frozenset())
    net = network(peer, keepalive=Keepalive(idle=timedelta(milliseconds=250)))
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome()
        await link.until("JOIN")
        link.send(":muster!~m@host.test.invalid JOIN #nova", "ERROR :Throttled")  # its history was awaited
        await hub.until("entered", "#nova", [""], True)
        link = await peer.accept()
        link.send(":srv 001 muster :hi", ":srv 376 muster :x")
        assert await link.until("JOIN") == "JOIN #nova"
        assert [line.partition(" ")[0] for line in link.seen] == ["CAP", "NICK", "USER", "JOIN"]
        link.close()


async def test_a_refused_nick_is_replaced_and_regained(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.until("USER")
        link.send(":srv 433 * muster :Nickname is already in use")
        assert await link.until("NICK") == "NICK muster_"
        link.send(":srv 001 muster_ :hi", ":srv 376 muster_ :x")
        await hub.until("connected", "muster_")
        assert net.nick == "muster_"
        link.send(":muster!x@y QUIT :bye")
        assert await link.until("NICK") == "NICK muster"
        link.send(":muster_!m@h NICK muster", ":alice!a@h PRIVMSG muster :hi")
        await hub.until("heard", "alice")
        assert net.nick == "muster"
        link.close()


async def test_a_refused_login_is_permanent(peer: Any, hub: Any) -> None:
    net = network(peer, sasl="plain", sasl_user="muster", sasl_password=Secret("s3cret"))
    task = asyncio.create_task(net.run(hub))
    link = await peer.accept()
    await link.until("USER")
    link.send("CAP * LS :sasl=PLAIN")
    await link.until("CAP REQ")
    link.send(":srv CAP * ACK :sasl")
    assert await link.until("AUTHENTICATE") == "AUTHENTICATE PLAIN"
    link.send("AUTHENTICATE +")
    await link.until("AUTHENTICATE")
    link.send(":srv 904 * :SASL authentication failed")
    with pytest.raises(PermanentError, match="sasl_user and sasl_password"):
        await asyncio.wait_for(task, 30)
    assert hub.log == []


async def test_a_network_that_worked_is_not_given_up_when_its_server_turns_us_away(
    peer: Any, hub: Any, caplog: pytest.LogCaptureFixture
) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.close()
        await hub.until("disconnected")
        link = await peer.accept()
        await link.until("USER")
        link.send(":srv 465 * :You are banned from this server")
        link.close()
        link = await peer.accept()
        await link.until("USER")
        assert "banned" in caplog.text
        link.close()


async def test_history_by_command_comes_before_the_live_lines(peer: Any, hub: Any) -> None:
    known = datetime.now(UTC) - timedelta(minutes=3)
    hub.last["#nova"] = Known(known, frozenset({"k"}))
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(caps=f"{CAPS} draft/chathistory", isupport="CHATHISTORY=2", rooms="#nova")
        assert (await link.until("CHATHISTORY")).startswith("CHATHISTORY AFTER #nova timestamp=")
        link.send(":bob!b@h PRIVMSG #nova :live")
        for page in (["k", "m1"], ["m2"]):
            link.send(":srv BATCH +1 chathistory #nova")
            for msgid in page:
                time = known.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                link.send(f"@batch=1;msgid={msgid};time={time} :alice!a@h PRIVMSG #nova :{msgid}")
            link.send(":srv BATCH -1")
        await hub.until("entered", "#nova", ["k", "m1", "m2"], True)
        await hub.until("heard", "#nova", "said", "live")
        link.close()


async def test_a_bouncer_plays_back(peer: Any, hub: Any) -> None:
    known = datetime.now(UTC) - timedelta(minutes=3)
    hub.last["#nova"] = Known(known, frozenset())
    net = network(peer, password=Secret("user/net:pw"))
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(caps="batch server-time znc.in/playback")
        assert "PASS user/net:pw" in link.seen
        link.joined("#nova")
        play = await link.until("PRIVMSG *playback")
        assert float(play.split(" ")[-1]) == pytest.approx(known.timestamp() - 60, abs=0.01)
        time = known.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        link.send(
            ":znc.in BATCH +1 znc.in/playback #nova",
            f"@batch=1;time={time} :alice!a@h PRIVMSG #nova :missed",
            ":znc.in BATCH -1",
        )
        fence = await link.until("PING")
        link.send(f":znc.in PONG znc.in {fence.split(' ')[1]}")
        await hub.until("entered", "#nova", ["missed"], True)
        link.close()


async def test_a_long_text_is_split_so_that_nothing_is_cut_on_the_way(peer: Any, hub: Any) -> None:
    net = network(peer, burst=100)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        text = " ".join(["Größenwahn\U0001f469\u200d\U0001f680"] * 60)
        net.say(net.room("#nova"), text)
        prefix = len(b":muster!~m@host.test.invalid ")
        parts: list[str] = []
        while sum(map(len, parts)) + len(parts) - 1 < len(text):
            line = await link.until("PRIVMSG")
            assert prefix + len(line.encode()) + 2 <= 512
            parts.append(line.removeprefix("PRIVMSG #nova :"))
        assert " ".join(parts) == text
        link.close()


async def test_one_text_is_one_line_of_the_protocol_whatever_is_in_it(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        net.say(net.room("#nova"), "a\rQUIT\nb\0\x01c")
        net.say(net.room("#nova"), " \r\n")
        net.say(net.room("#nova"), "end")
        assert await link.until("PRIVMSG") == "PRIVMSG #nova :a QUIT b c"
        assert await link.until("PRIVMSG") == "PRIVMSG #nova end"
        link.close()


async def test_replies_overtake_bulk_and_everything_is_paced(peer: Any, hub: Any) -> None:
    net = network(peer, burst=3, rate=20.0)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        for n in range(10):
            net.say(net.room("#nova"), f"bulk{n}", urgency=Urgency.BULK)
        net.say(net.room("#nova"), "reply")
        loop = asyncio.get_running_loop()
        assert (await link.until("PRIVMSG")).endswith("reply")
        began = loop.time()
        for n in range(10):
            assert (await link.until("PRIVMSG")).endswith(f"bulk{n}")
        assert loop.time() - began >= 0.3
        link.close()


@pytest.mark.parametrize("gone", ["NICK robert", "QUIT :bye"])
async def test_who_takes_a_nick_does_not_read_what_waited_for_another(peer: Any, hub: Any, gone: str) -> None:
    net = network(peer, burst=1, rate=1.0)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.send(":bob!b@h JOIN #nova")
        net.say(net.room("#nova"), "one")
        net.say(net.private("Bob"), "for bob alone", notice=True)
        link.send(f":bob!b@h {gone}")
        await link.until("PRIVMSG")
        net.say(net.room("#nova"), "two")
        while not (line := await link.until("")).endswith("two"):
            assert "for bob" not in line
        link.close()


async def test_rooms_are_joined_and_left_on_demand_and_kept_through_a_reconnect(peer: Any, hub: Any) -> None:
    net = network(peer, channels=("#nova key",))
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome()
        assert await link.until("JOIN") == "JOIN #nova key"
        link.joined("#nova")
        net.join(net.room("#Glance"), "k2")
        assert await link.until("JOIN") == "JOIN #glance k2"
        link.joined("#glance")
        await hub.until("entered", "#glance")
        net.leave(net.room("#nova"), "bye now")
        assert await link.until("PART") == "PART #nova :bye now"
        link.close()
        link = await peer.accept()
        await link.welcome()
        assert await link.until("JOIN") == "JOIN #glance k2"
        link.close()


async def test_which_names_are_rooms_is_as_the_server_says(peer: Any, hub: Any) -> None:
    net = network(peer)
    assert net.is_room("#nova")
    assert not any(net.is_room(name) for name in ("", "0", "nova", "#a,0", "#a b", "#a\x07", "#a\u202e"))
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(isupport="CHANTYPES=+")
        await hub.until("connected")
        assert net.is_room("+nova")
        assert not net.is_room("#nova")


async def test_a_topic_is_set_where_we_may(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        net.set_topic(net.room("#nova"), "not yet")
        link.send(":alice!a@h MODE #nova +o muster", ":alice!a@h PRIVMSG #nova :go")
        await hub.until("heard")
        net.set_topic(net.room("#nova"), "Gate\r\nQUIT")
        assert await link.until("TOPIC") == "TOPIC #nova :Gate QUIT"
        link.close()


async def test_an_error_of_ours_in_one_line_costs_no_more_than_that_line(
    peer: Any, hub: Any, caplog: pytest.LogCaptureFixture
) -> None:
    net = network(peer)
    hear: Callable[..., None] = hub.hear

    def fail_once(line: Any) -> None:
        if line.text == "boom":
            raise RuntimeError
        hear(line)

    hub.hear = fail_once
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.send(":alice!a@h PRIVMSG #nova :boom", ":alice!a@h PRIVMSG #nova :after")
        await hub.until("heard", "#nova", "said", "after")
        link.close()
    assert "could not be handled" in caplog.text
    assert "boom" not in caplog.text.replace('if line.text == "boom"', "")


async def test_hostile_bytes_do_not_end_the_connection(peer: Any, hub: Any) -> None:
    net = network(peer)
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.writer.write(b" \r\n\r\n\0\r\n:\r\n@\r\n\xff\xfe\r\nNICK\r\n:x PRIVMSG #nova\r\n")
        link.writer.write(b":alice!a@h PRIVMSG #nova :" + b"x" * 100_000 + b"\r\n")
        link.writer.write(b":alice!a@h PRIVMSG #nova :caf\xe9\r\n")
        await hub.until("heard", "#nova", "said", "café")
        assert [line.kind for line in hub.lines] == [Kind.SAID, Kind.SAID]
        link.close()


async def test_a_server_that_is_not_there_is_tried_again(
    peer: Any, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()

    def after(_backoff: Backoff, _failure: object) -> timedelta:
        failed.set()
        return timedelta(0)

    monkeypatch.setattr(Backoff, "after", after)
    port = peer.port
    await peer.shut()
    net = network(peer)
    async with running(net, hub):
        await asyncio.wait_for(failed.wait(), 30)
        await peer.open(port)
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.close()


async def test_passwords_and_chat_are_in_no_log(
    peer: Any, hub: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    net = network(peer, password=Secret("s3cret"))
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.send(":alice!a@h PRIVMSG #nova :off the record")
        await hub.until("heard")
        net.say(net.room("#nova"), "an answer")
        await link.until("PRIVMSG")
        link.close()
    for text in ("s3cret", "off the record", "an answer"):
        assert text not in caplog.text


async def test_a_certificate_that_cannot_be_used_is_permanent(peer: Any, hub: Any, tmp_path: Path) -> None:
    for cert in (tmp_path / "missing.pem", tmp_path / "empty.pem"):
        (tmp_path / "empty.pem").write_text("nothing")
        net = network(peer, tls=True, cert=cert)
        with pytest.raises(PermanentError, match="certificate and key"):
            await net.run(hub)


async def test_tls_is_verified_by_default_and_told_apart_from_a_lost_link(
    peer: Any, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ssl.SSLContext] = []
    real = ssl.create_default_context

    def make() -> ssl.SSLContext:
        made.append(real())
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", make)
    for verify in (True, False):
        net = network(peer, tls=True, tls_verify=verify)
        async with running(net, hub):
            link = await peer.accept()
            link.send("NOTICE * :this is not TLS")
            await link.gone()
            link = await peer.accept()
            link.close()
    assert [(context.verify_mode, context.check_hostname) for context in made] == [
        (ssl.CERT_REQUIRED, True),
        (ssl.CERT_NONE, False),
    ]


def test_a_name_that_is_no_host_is_permanent() -> None:
    async def connect() -> None:
        class Nobody:
            def known(self, room: object) -> None: ...

        settings = IrcSettings(host="a" * 70 + ".invalid", tls=False)
        await IrcNetwork("net", settings, clock=SystemClock().now).run(Nobody())  # type: ignore[arg-type]

    with pytest.raises(PermanentError, match="host"):
        asyncio.run(asyncio.wait_for(connect(), 30))


async def test_who_waits_hears_when_it_is_said_through_a_reconnect(peer: Any, hub: Any) -> None:
    net = network(peer)
    nova = net.room("#nova")
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        assert await net.sent(nova)
        net.say(nova, "one")
        assert await net.sent(nova)
        assert await link.until("PRIVMSG") == "PRIVMSG #nova one"
        link.close()
        await hub.until("disconnected")
        net.say(nova, "two")
        waiting = asyncio.create_task(net.sent(nova))
        link = await peer.accept()
        await link.welcome()
        await link.until("JOIN")
        assert not waiting.done()
        link.joined("#nova")
        assert await waiting
        assert await link.until("PRIVMSG") == "PRIVMSG #nova two"
        link.close()


async def test_who_waits_hears_that_a_room_was_left_and_that_muster_ends(peer: Any, hub: Any) -> None:
    net = network(peer, burst=1, rate=0.001, channels=("#nova", "#glance"))
    nova, glance = net.room("#nova"), net.room("#glance")
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova,#glance")
        await hub.until("entered", "#glance")
        waiting = []
        for room in (nova, glance, net.private("alice")):
            net.say(room, "one")
            net.say(room, "two")
            waiting.append(asyncio.create_task(net.sent(room)))
        cancelled = asyncio.create_task(net.sent(nova))
        await asyncio.sleep(0)
        cancelled.cancel()
        net.leave(nova)
        assert not await waiting[0]
        assert not await net.sent(nova)
        assert not waiting[1].done()
        link.close()
        assert not await waiting[2]  # who has the nick after that, nobody knows
    assert not await waiting[1]
    assert not await net.sent(glance)


async def test_what_waits_in_the_connection_has_not_been_said(peer: Any, hub: Any) -> None:
    net = network(peer, burst=10_000, rate=10_000)
    nova = net.room("#nova")
    async with running(net, hub):
        link = await peer.accept()
        await link.welcome(rooms="#nova")
        await hub.until("entered")
        link.writer.transport.pause_reading()
        left = 0
        while net._connection is not None and net._connection.is_drained:
            for _ in range(100):
                net.say(nova, "x" * 400)
                left += 1
            await asyncio.sleep(0.01)  # the kernel takes in what it can
        waiting = asyncio.create_task(net.sent(nova))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        link.writer.transport.resume_reading()
        while left:
            await link.until("PRIVMSG")
            left -= 1
        assert await waiting
        link.close()
