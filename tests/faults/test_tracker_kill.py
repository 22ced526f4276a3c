"""Muster is killed at random points while assignments wait for Launchpad and arrive there.

In the end each assignment that Muster confirmed has taken effect exactly once, or is reported as diverged.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.peer import NETWORK, ROOM, Peer
from tests.launchpad.messages import Request
from tests.launchpad.server import Fault, Server
from tests.launchpad.state import World
from tests.live.muster import Muster, irc

KILLS = 6
BLUEPRINTS = 60
TEAM = "nova-api"
_DIVERGED = re.compile(
    r"alice: (blueprint-\d+): .* was not done: |alice: \d+ changes were not made, .*: (.*);"
)


@pytest.fixture
def launchpad() -> Iterator[Server]:
    with Server(World.of_nova(blueprints=BLUEPRINTS)) as server:
        yield server


class Handing:
    """alice, an owner, hands out blueprints one by one; Launchpad comes and goes, and others change things.

    ``asked`` are the blueprints that she gave to the team; whether Muster said so, and what, tells what it
    said in the room.
    """

    def __init__(self, peer: Peer, launchpad: Server, bot: Muster, seed: int) -> None:
        self.peer = peer
        self.launchpad = launchpad
        self.bot = bot
        self.rng = random.Random(seed)
        names = [f"blueprint-{n:04}" for n in range(1, BLUEPRINTS + 1)]
        self.left = [name for name in names if launchpad.world.blueprint(name).assignee != TEAM]
        self.asked: list[str] = []
        self.is_away = False
        self.read = 0
        self.asked_launchpad = asyncio.Event()
        loop = asyncio.get_running_loop()

        def noted(_request: Request) -> None:
            loop.call_soon_threadsafe(self.asked_launchpad.set)

        launchpad.on_request = noted

    async def begin(self) -> None:
        """Muster comes, reads Launchpad, and hears of the team."""
        await self.bot.start()
        await self.peer.until(lambda: self.peer.introduced, "Muster did not come")
        self.peer.speak("alice", "!tracker sync")
        await self.peer.hears(rf"alice: Launchpad .*: {BLUEPRINTS} blueprints")
        self.peer.speak("alice", f"!team add {TEAM} Nova API")
        await self.peer.hears(TEAM)
        self.peer.speak("alice", f"!team set {TEAM} launchpad {TEAM}")
        await self.peer.hears("launchpad")

    def assign(self) -> None:
        """One more assignment; what comes of it may never be said."""
        name = self.left.pop(0)
        self.asked.append(name)
        self.peer.speak("alice", f"!assign {name} {TEAM}")

    def trouble(self) -> None:
        """Something happens in Launchpad."""
        what = self.rng.choice(["away", "back", "cut before", "cut after", "other field", "same field"])
        if what == "away" and not self.is_away:
            self.launchpad.stop()
            self.is_away = True
        elif what == "back" and self.is_away:
            self.launchpad.start()
            self.is_away = False
        elif what.startswith("cut"):
            self.launchpad.fail(Fault(cut=what.removeprefix("cut ")), method="PATCH")  # type: ignore[arg-type]
        elif what == "other field" and self.asked:
            self.launchpad.world.edit(self.rng.choice(self.asked), priority=self.rng.choice(["Low", "High"]))
        elif what == "same field":
            self.launchpad.world.edit(self.rng.choice(self.left[:3]), assignee="bcwaldon")

    def said_of(self, name: str) -> list[str]:
        """What Muster said in the room of a blueprint."""
        return [text for text in self.peer.said if name in text]

    def is_confirmed(self, name: str) -> bool:
        """Whether Muster said that it is assigned."""
        return any(
            re.search(rf"{name}.* {TEAM}", text) and "not done" not in text for text in self.said_of(name)
        )

    def is_reported(self, name: str) -> bool:
        """Whether Muster said that it was not done, since it has changed."""
        return any(_DIVERGED.search(text) or "changed" in text for text in self.said_of(name))

    async def answered(self) -> None:
        """Wait until Muster has said something of all that it was asked in this life."""
        await self.peer.until(
            lambda: all(self.said_of(name) for name in self.asked[self.read :]),
            f"no word of one of {self.asked[self.read :]}",
        )

    async def revive(self) -> None:
        """Kill it, and start it again."""
        await self.bot.kill()
        await self.peer.until(lambda: not self.peer.joined, "the link did not close")
        self.peer.introduced = False
        self.read = len(self.asked)
        await self.bot.start()
        await self.peer.until(lambda: self.peer.introduced, "Muster did not come back")

    async def drained(self) -> None:
        """Wait until nothing waits for Launchpad any more, asking Muster what does."""
        async with asyncio.timeout(120):
            while self.waiting():
                self.asked_launchpad.clear()
                said = len(self.peer.said)
                self.peer.speak("alice", "!tracker")
                await self.peer.hears(r"Launchpad .* blueprints", said)
                with suppress(TimeoutError):  # after the last request there is none to wait for
                    await asyncio.wait_for(self.asked_launchpad.wait(), 1)

    def waiting(self) -> int:
        """How many writes wait, by Muster's own database."""
        ((count,),) = self.bot.query(
            "SELECT count(*) FROM tracker_write WHERE state IN ('waiting', 'sending')"
        )
        assert isinstance(count, int)
        return count

    def effects(self, name: str) -> int:
        """How often a blueprint's assignee was set over the web service, and the change was made."""
        return sum(
            request.status == 209 and "assignee_link" in request.fields and request.path.endswith(f"/{name}")
            for request in self.launchpad.asked("PATCH")
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_killed_at_random_points_each_assignment_arrives_once_or_is_reported(
    tmp_path: Path, launchpad: Server, seed: int
) -> None:
    credentials = launchpad.credentials("muster", tmp_path)
    sections: dict[str, dict[str, object]] = {
        "bot": {"plugins": "rosters, tracker, blueprints", "owners": f"{NETWORK}/alice"},
        "tracker": {
            "type": "launchpad",
            "project": "nova",
            "service_root": launchpad.root,
            "credentials_file": credentials,
            "sync_every": "1 day",
        },
    }
    async with Peer(history=True) as peer:
        peer.enter("alice")
        sections[f"network {NETWORK}"] = irc(peer.port, ROOM)
        handing = Handing(peer, launchpad, Muster(tmp_path, sections), seed)
        rng = handing.rng
        await handing.begin()
        for _ in range(KILLS):
            for _ in range(rng.randint(2, 6)):
                if rng.random() < 0.5:
                    handing.trouble()
                handing.assign()
            if rng.random() < 0.4:
                await handing.answered()
            else:  # let it come to somewhere in the middle of those
                await asyncio.sleep(rng.choice([0, 0.005, 0.02, 0.05, 0.1]))
            await handing.revive()
        if handing.is_away:
            launchpad.start()
        await handing.revive()  # a new life tries at once
        await handing.drained()
        for name in handing.asked:
            confirmed, effects = handing.is_confirmed(name), handing.effects(name)
            told = f"{name}: {effects} effects; said: {handing.said_of(name)}"
            assert effects <= 1, told
            if confirmed and not effects:
                await peer.until(lambda name=name: handing.is_reported(name), told)  # type: ignore[misc]
        assert any(handing.effects(name) for name in handing.asked)
        await handing.bot.close()
