"""``!mail``: what waits, what failed, and what may be done about it."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

from bot.loader import installed
from bot.model import Kind
from plugins.publishing.tables import State
from tests.plugins.publishing.house import LIST, MEETING, stage, states
from tests.plugins.publishing.peer import HANG, TAKE_AND_DIE, Peer

WAITED = "-- 2 minutes pass\n"


class Heard(list[str]):
    """What Muster says, with an event when it does."""

    def __init__(self) -> None:
        super().__init__()
        self.news = asyncio.Event()

    def append(self, text: str) -> None:
        super().append(text)
        self.news.set()


async def test_coordinators_and_leads_see_what_waits_and_nobody_else(tmp_path: Path) -> None:
    async with Peer([{"RCPT": "451 greylisted"}]) as peer, stage(tmp_path, peer.port) as on:
        await on.play(MEETING + WAITED)
        await on.play(f"""
            <owner> !mail
            <muster> 1 edition of minutes to go out, 0 went out in the last 7 days. !mail queue lists them.
            <owner> !mail queue
            <muster> 1: stage.2026-11-22-20.00 to {LIST}, tried 1 time, next in 1 minute: 451 greylisted
            <eve> !mail
            <muster> eve: That is for coordinators and leads; you are logged in as eve.
            <eve> !mail drop 1
            <muster> eve: That is for coordinators, and for the lead of its team; you are logged in as eve.
            <lena> hello
            <owner> !lead set nova lena
            <muster> [...]
            <lena> !mail queue
            <muster> 1: stage.2026-11-22-20.00 to {LIST}, tried 1 time, next in 1 minute: 451 greylisted
            -- 1 hour passes
            <owner> !mail
            <muster> 0 editions of minutes to go out, 1 went out in the last 7 days.
            <owner> !mail queue
            <muster> Nothing waits, and nothing failed.
            <owner> !mail drop 1
            <muster> owner: 1 does not wait: it went out, or was given up.
            <owner> !mail retry 1
            <muster> owner: 1 went out, or is just on its way.
            <owner> !mail drop 7
            <muster> owner: There is no 7 in the outbox: !mail queue lists it.
        """)


async def test_what_failed_is_tried_again_when_somebody_says_so(tmp_path: Path) -> None:
    async with Peer([{"RCPT": "550 no such list"}]) as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            {WAITED}
            <muster> [...]
            <owner> !mail
            <muster> 0 editions of minutes to go out, 1 failed, 0 went out in the last 7 days. [...]
            <owner> !mail queue
            <muster> 1: stage.2026-11-22-20.00 to {LIST}, failed: 550 no such list
            <owner> !mail retry 1
            <muster> 1 is tried again now.
            -- 1 second passes
        """)
        assert await states(on) == [State.SENT]
    assert len(peer.mails) == 1


async def test_what_is_dropped_is_never_sent(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            <owner> !mail drop 1
            <muster> 1 is not sent.
            -- 1 day passes
            -- muster is killed
            -- 1 day passes
        """)
    assert peer.steps == []


async def test_who_drops_what_may_have_gone_out_is_told_so(tmp_path: Path) -> None:
    async with Peer([{".": TAKE_AND_DIE}]) as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            {WAITED}
            <owner> !mail queue
            <muster> 1: [...], tried 1 time, next in 1 minute: Unexpected EOF received
            <owner> !mail drop 1
            <muster> 1 is not sent. It may have gone out already.
            -- 1 day passes
        """)
    assert len(peer.mails) == 1


async def test_without_a_server_and_without_hooks_it_says_so(tmp_path: Path) -> None:
    async with stage(tmp_path, 1, mail=False) as on:
        await on.play("""
            <owner> !mail
            <muster> No minutes are mailed or posted: bot.ini has no smtp and no hooks.
        """)


async def test_chat_goes_on_while_the_mail_server_hangs(tmp_path: Path) -> None:
    async with Peer([{"MAIL": HANG}]) as peer, stage(tmp_path, peer.port, timeout="100 seconds") as on:
        await on.play(MEETING)
        await on.clock.advance(timedelta(minutes=2), lambda: None)
        await peer.until(lambda: "MAIL" in peer.steps, "nothing was sent")
        on.network.said = heard = Heard()
        waits = []
        for nick in ("ann", "ben", "cat", "dan", "eve"):
            who = on.network.actor(on.room, nick, account=nick)
            before = time.perf_counter()
            on.network.hub.hear(on.network.line(on.room, Kind.SAID, who, "!ping"))
            await asyncio.wait_for(heard.news.wait(), 30)
            waits.append(time.perf_counter() - before)
            assert heard == ["<muster> pong"]
            heard.clear()
            heard.news.clear()
        assert min(waits) < 0.5  # a machine that does nothing else has all of them so
        assert await states(on) == [State.WAITING]
        before = time.perf_counter()
        await on.app.stop()
        assert time.perf_counter() - before < 30  # the server hangs for 100
        assert not on.app.failed


def test_the_first_word_is_nobody_else_s() -> None:
    owners = {
        name
        for name, plugin in installed().items()
        for one in plugin.commands()
        if one.name.split()[0] == "mail"
    }
    assert owners == {"publishing"}
