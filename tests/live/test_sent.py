"""Who waits until what was said has gone out hears so once a real server has it, also through TLS."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import pytest

from bot.clock import SystemClock
from bot.model import Actor, Line, Room
from bot.networks.base import Hub, Known, Network
from bot.networks.irc.client import IrcNetwork
from bot.networks.irc.settings import IrcSettings
from bot.networks.xmpp.client import XmppNetwork
from bot.networks.xmpp.settings import XmppSettings
from bot.settings import Secret
from tests.live.jabber import Jabber
from tests.live.person import LOOPBACK, Person
from tests.live.servers import InspIRCd, Prosody

LINES = 300


class Quiet(Hub):
    """Waits for the room, and for nothing else."""

    def __init__(self) -> None:
        self.is_in = asyncio.Event()

    def connected(self, network: Network) -> None: ...

    def disconnected(self, network: Network, why: str) -> None: ...

    def known(self, room: Room) -> Known | None:
        return None

    def entered(self, room: Room, history: Sequence[Line], complete: bool) -> None:
        self.is_in.set()

    def identified(self, room: Room) -> None: ...

    def hear(self, line: Line) -> None: ...

    def invited(self, room: Room, by: Actor) -> None: ...


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
async def test_all_that_was_said_is_there_once_it_is_told_so(
    inspircd: InspIRCd, arrive: Callable[..., Awaitable[Person]], tls: bool
) -> None:
    alice = await arrive(inspircd.port, "alice")
    await alice.join("#sent")
    settings = IrcSettings(
        host=LOOPBACK,
        port=inspircd.tls_port if tls else inspircd.port,
        tls=tls,
        tls_verify=False,
        nick="sender",
        channels=("#sent",),
        burst=1000,
        rate=1000.0,
    )
    network, hub = IrcNetwork("test", settings, clock=SystemClock().now), Quiet()
    running = asyncio.create_task(network.run(hub))
    room = network.room("#sent")
    async with asyncio.timeout(60):
        for n in range(LINES):
            network.say(room, f"line {n} {'x' * 300}")
        assert await network.sent(room)
        assert hub.is_in.is_set()
        network.leave(room)
        assert not await network.sent(room)
    for n in range(LINES):
        await alice.hears(f"line {n} ")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def settings_of(prosody: Prosody, room: str) -> XmppSettings:
    """An unpaced network in one room."""
    return XmppSettings(
        jid="muster@localhost",
        password=Secret("secret"),
        host=LOOPBACK,
        port=prosody.port,
        tls=False,
        nick="sender",
        rooms=(room,),
        burst=1000,
        rate=1000.0,
    )


async def test_on_xmpp_too_and_nothing_is_held_back_for_ever(
    prosody: Prosody, visit: Callable[..., Awaitable[Jabber]]
) -> None:
    alice = await visit(prosody.port, "alice")
    name = prosody.room("sent")
    await alice.join(name)
    network, hub = XmppNetwork("test", settings_of(prosody, name), clock=SystemClock().now), Quiet()
    running = asyncio.create_task(network.run(hub))
    room, aside = network.room(name), network.private("alice@localhost")
    async with asyncio.timeout(60):
        ids = [network.say(room, f"line {n} {'x' * 300}") for n in range(LINES)]
        assert await network.sent(room)
        assert hub.is_in.is_set()
        assert network.say(aside, "aside") is not None
        assert await network.sent(aside)
        assert len({*ids}) == LINES
        network.leave(room)
        assert not await network.sent(room)
    for n in range(LINES):
        await alice.hears(f"line {n} ")
    await alice.hears("aside")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
