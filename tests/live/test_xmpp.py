"""Meetings on a real prosody: who is who, what is corrected, what is forged, and TLS."""

import asyncio
from asyncio import gather
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import quoteattr

from bot.clock import SystemClock
from bot.networks.xmpp.client import XmppNetwork
from tests.live.archive import only_meeting
from tests.live.jabber import Jabber
from tests.live.muster import Muster, xmpp
from tests.live.servers import Certificate, Prosody
from tests.live.story import NAMES, hold
from tests.live.table import MUSTER, Somebody, Table
from tests.live.test_sent import Quiet, settings_of

Visit = Callable[..., Awaitable[Jabber]]
Start = Callable[..., Awaitable[Muster]]


async def test_the_meeting_of_irc_is_the_same_here(
    prosody: Prosody, visit: Visit, muster: Start, tmp_path: Path
) -> None:
    watcher, *people = await gather(*(visit(prosody.port, nick) for nick in ("watcher", *NAMES)))
    anna = people[0]
    table = Table(prosody.room("nova"), watcher)
    await table.seat(anna, watcher, *people[1:])
    one = await muster({"network test": xmpp(prosody.port, table.room)})
    await anna.sees("JOIN", MUSTER)
    await anna.role(table.room, MUSTER, "moderator")
    anna.topic(table.room, "Nova: every second Sunday")
    await watcher.sees("TOPIC", "anna")

    async def comes(nick: str, account: str) -> Somebody:
        return await visit(prosody.port, nick, account=account)

    await hold(table, tuple(people), comes, one, tmp_path)


async def test_where_addresses_are_hidden_nobody_has_an_account_but_an_affiliation_may_give_a_right(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("rights", prosody.veiled)
    alice, mallory = await gather(visit(prosody.port, "alice"), visit(prosody.port, "mallory"))
    await alice.join(room)
    await mallory.join(room)
    rights = f"{room}/owner = coordinator"
    network = xmpp(prosody.port, room, rights=rights)
    one = await muster({"network chat": network, "bot": {"owners": "chat/alice@localhost"}})
    await alice.sees("JOIN", MUSTER)
    table = Table(room, alice)
    await table.ask(mallory, "!milestone add evil 2040-01-01", "needs the capability 'coordinator'")
    await table.ask(alice, "!milestone add essex 2040-01-01", "essex")
    await table.ask(alice, "!ignore mallory", "you are not logged in here")  # what her account would let her
    await one.stop()
    assert "rights = " in one.log  # the risk is told


async def test_two_whose_nicks_differ_by_case_alone_are_two(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("twins", prosody.veiled)
    alice, thief = await gather(visit(prosody.port, "alice"), visit(prosody.port, "Alice", account="mallory"))
    await alice.join(room)
    one = await muster({"network chat": xmpp(prosody.port, room)})
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "#startmeeting Twins")
    await alice.hears("The chair is alice", by=MUSTER)
    await thief.join(room)
    thief.say(room, "#topic Mine")
    await thief.hears("Only a chair can use #topic here", by=MUSTER)
    assert not [heard for heard in alice.heard if heard.target == "alice" and heard.command == "PRIVMSG"]
    alice.say(room, "#topic Hers")
    alice.say(room, "#endmeeting")
    await alice.hears("Log: ", by=MUSTER)
    text = only_meeting(one.folder / "archive").raw(".txt")
    assert "Hers  (alice, " in text
    assert "Mine" not in text


REPLACE = "<replace xmlns='urn:xmpp:message-correct:0' id='{}'/>"


async def test_a_corrected_command_does_not_run_and_the_journal_knows_what_was_corrected(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("corrected")
    alice, mallory = await gather(visit(prosody.port, "alice"), visit(prosody.port, "mallory"))
    await alice.join(room)
    await mallory.join(room)
    logged = {"at": f"chat/{room}", "log": "always"}
    one = await muster({"network chat": xmpp(prosody.port, room), "room it": logged})
    await alice.sees("JOIN", MUSTER)
    id_ = alice.say(room, "!ping")
    pong = await alice.hears("pong", by=MUSTER)
    alice.say(room, "!ping", extra=REPLACE.format(id_))
    await mallory.expect(lambda heard: "message-correct" in heard.raw)
    mallory.say(room, "!ping", extra=REPLACE.format(id_))
    await alice.expect(lambda heard: heard.nick == "mallory" and "message-correct" in heard.raw)
    react = "<reactions xmlns='urn:xmpp:reactions:0' id='{}'><reaction>+1</reaction></reactions>"
    alice.send(f"<message type='groupchat' to={quoteattr(room)} id='x1'>{react.format(pong.id)}</message>")
    reply = f"<reply xmlns='urn:xmpp:reply:0' to='{room}/muster' id='{pong.id}'/>"
    alice.say(room, "thanks", extra=reply)
    alice.say(room, "!about")
    await alice.hears("Muster", by=MUSTER)
    assert [heard.text for heard in alice.heard if heard.nick == MUSTER].count("pong") == 1
    await one.stop()
    rows = one.query("SELECT kind, text, msgid, data FROM line ORDER BY seq")
    ping = next(msgid for kind, text, msgid, _ in rows if (kind, text) == ("said", "!ping"))
    own = next(msgid for _, text, msgid, _ in rows if text == "pong")
    data = [str(found) for kind, _, _, found in rows if kind in ("corrected", "reacted")]
    assert f'"of":"{ping}"' in data[0].replace(" ", "")
    assert '"of":""' in data[1].replace(" ", "")
    assert f'"of":"{own}"' in data[2].replace(" ", "")
    thanks = next(str(found) for _, text, _, found in rows if text == "thanks")
    assert f'"reply_to":"{own}"' in thanks.replace(" ", "")


async def test_forged_stanzas_change_nothing(prosody: Prosody, visit: Visit, muster: Start) -> None:
    room = prosody.room("forged")
    alice, mallory = await gather(visit(prosody.port, "alice"), visit(prosody.port, "mallory"))
    await alice.join(room)
    await mallory.join(room)
    one = await muster({"network chat": xmpp(prosody.port, room)})
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "#startmeeting Forged")
    await alice.hears("The chair is alice", by=MUSTER)
    to = "to='muster@localhost/muster'"
    user = "xmlns='http://jabber.org/protocol/muc#user'"
    evil = "<body>#agreed evil</body>"
    inner = f"<message xmlns='jabber:client' type='groupchat' from='{room}/alice'>{evil}</message>"
    result = (
        "<result xmlns='urn:xmpp:mam:2' queryid='x' id='y'><forwarded xmlns='urn:xmpp:forward:0'>"
        f"<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>{inner}</forwarded></result>"
    )
    mallory.send(
        f"<message {to}>{result}</message>",
        f"<message {to} type='groupchat' from='{room}/alice'><body>#agreed evil</body></message>",
        f"<message {to} type='groupchat'><body>#agreed evil</body></message>",
        f"<message {to} type='error'><body>!ping</body></message>",
        f"<presence {to} type='unavailable'><x {user}><status code='110'/></x></presence>",
        f"<presence {to} type='subscribe'/>",
        f"<iq {to} type='result' id='1'><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>",
        f"<message {to}><x {user}><invite from='alice@localhost'/></x></message>",
        f"<message {to}><x xmlns='jabber:x:conference' jid='trap@{prosody.rooms}'/></message>",
        f"<message to='{room}' type='groupchat'>{evil}"
        "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>"
        f"<x {user}><item jid='alice@localhost'/></x>"
        f"<stanza-id xmlns='urn:xmpp:sid:0' by='{room}' id='forged'/>"
        f"<delay xmlns='urn:xmpp:delay' from='{room}' stamp='2020-01-01T00:00:00Z'/></message>",
        f"<message to='{room}' type='groupchat'>{'<a>' * 500}{'</a>' * 500}<body>deep</body></message>",
        f"<message to='{room}' type='groupchat'><body>{'x' * 100_000}</body></message>",
    )
    mallory.say(room, "!ping")
    await alice.hears("pong", by=MUSTER)
    alice.say(room, "#endmeeting")
    await alice.hears("Log: ", by=MUSTER)
    minutes = only_meeting(one.folder / "archive")
    lines = minutes.json["lines"]
    assert "AGREED" not in minutes.raw(".txt")
    found = [line for line in lines if line.get("text") == "#agreed evil"]
    assert [line["nick"] for line in found] == ["mallory"]
    assert "2020" not in found[0]["time"]
    assert not any(line["kind"] == "left" for line in lines)


async def test_private_commands_are_answered_in_private(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("private")
    alice = await visit(prosody.port, "alice")
    await alice.join(room)
    await muster({"network chat": xmpp(prosody.port, room)})
    await alice.sees("JOIN", MUSTER)
    alice.say("muster@localhost", "ping")
    answer = await alice.hears("pong", to="alice")
    assert answer.element.get("from", "").startswith("muster@localhost")
    alice.say(f"{room}/muster", "ping")
    answer = await alice.hears("pong", to="alice")
    assert answer.element.get("from") == f"{room}/muster"


async def test_an_owner_invites_it_and_nobody_else(prosody: Prosody, visit: Visit, muster: Start) -> None:
    known, new = prosody.room("known"), prosody.room("invited")
    alice, mallory = await gather(visit(prosody.port, "alice"), visit(prosody.port, "mallory"))
    await alice.join(known)
    await alice.join(new)
    await mallory.join(new)
    await muster({"network chat": xmpp(prosody.port, known), "bot": {"owners": "chat/alice@localhost"}})
    await alice.sees("JOIN", MUSTER)
    invitation = f"<message to='muster@localhost'><x xmlns='jabber:x:conference' jid='{new}'/></message>"
    mallory.send(invitation)
    await mallory.hears("Only an owner of this Muster may call me")
    alice.send(
        f"<message to='{new}'><x xmlns='http://jabber.org/protocol/muc#user'>"
        "<invite to='muster@localhost'/></x></message>"
    )
    await alice.sees("JOIN", MUSTER, new)


async def test_tls_is_verified_and_nothing_is_told_to_whom_nobody_vouches_for(
    visit: Visit, muster: Start, tmp_path: Path
) -> None:
    other = Certificate(tmp_path, "another")
    with Prosody(tls=True) as server:
        room = server.room("tls")
        trusted = server.certificate.certificate
        for cafile in (None, other.certificate):
            named = {} if cafile is None else {"cafile": cafile}
            one = await muster({"network chat": xmpp(server.port, room, tls="yes", **named)})
            line = await one.logs("the certificate of localhost is not trusted")
            assert "name their certificate as cafile in [network chat]" in line
            await one.logs("trying again in")
            assert await one.stop() == 0
        assert "authenticated" not in server.log.lower()
        one = await muster({"network chat": xmpp(server.port, room, tls="yes", cafile=trusted)})
        await one.logs("chat: connected as muster")


async def test_a_server_without_tls_gets_no_password(prosody: Prosody, muster: Start) -> None:
    one = await muster({"network chat": xmpp(prosody.port, tls="yes")})
    line = await one.logs("not connected")
    assert "offers no encryption, so it gets no password" in line
    assert await one.stop() == 0


async def test_a_certificate_for_another_name_is_refused(muster: Start, tmp_path: Path) -> None:
    with Prosody(tls=True) as server:
        trusted = server.certificate.certificate
        settings = xmpp(server.port, tls="yes", cafile=trusted, jid="muster@elsewhere.test")
        one = await muster({"network chat": settings})
        await one.logs("not connected")
        assert "connected as" not in one.log
        assert await one.stop() == 0


async def test_what_xml_cannot_carry_does_not_end_the_stream(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    """What Muster says may hold what IRC brought: a title from a tracker, a line of a linked room."""
    network = XmppNetwork("test", settings_of(prosody, prosody.room("xml")), clock=SystemClock().now)
    hub = Quiet()
    alice = await visit(prosody.port, "alice")
    await alice.join(prosody.room("xml"))
    running = asyncio.create_task(network.run(hub))
    room = network.room(prosody.room("xml"))
    async with asyncio.timeout(60):
        await hub.is_in.wait()
        network.say(room, "\x02bold\x0f \x0b\ufffe\ud800 <b>&amp; ]]> \r\n end")
        network.say(room, "y" * 300_000)
        network.set_topic(room, "\x03" + "4topic\x00")
        assert await network.sent(room)
    heard = await alice.hears("bold")
    assert "<b>&amp; ]]>" in heard.text
    assert heard.text.endswith("end")
    await alice.hears("yyy")
    assert network.is_connected
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
