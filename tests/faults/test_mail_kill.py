"""Muster is killed at each step of a mail: none is lost, and one goes out twice only where nobody could know.

Whatever goes out twice does so under the same Message-ID.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from tests.faults.peer import NETWORK, ROOM, Peer
from tests.live.muster import ROOT, Muster, irc
from tests.plugins.publishing.peer import DIE, TAKE_AND_DIE, Mail
from tests.plugins.publishing.peer import Peer as Post
from tests.plugins.publishing.receiver import SECRET, Receiver

LIST = "nova@lists.example.org"
BEFORE = ["connect", "EHLO", "MAIL", f"RCPT {LIST}", "DATA"]
"""Steps at which the server has taken nothing yet."""


class Hasty(Muster):
    """A Muster that tries again within a second; its next life ends at ``point``, if there is one."""

    point: str = ""
    calls: int = 1

    async def start(self) -> Self:
        """Start it."""
        doomed = [self.point, str(self.calls)] if self.point else []
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.faults.hasty", *doomed, "run", "-c", str(self.config)),
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self.process))
        self.point = ""
        return self

    def kill_now(self) -> None:
        """End it between two of its instructions."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)


def mailing(folder: Path, room: Peer, post: Post, **more: object) -> Hasty:
    """A Muster with a team whose list the minutes are mailed to."""
    return Hasty(
        folder,
        {
            "bot": {"plugins": "meetings, tracker, rosters, publishing"},
            f"network {NETWORK}": irc(room.port, ROOM),
            "team nova": {"title": "Nova", "channel": f"{NETWORK}/{ROOM}", "list": LIST},
            "plugin publishing": {
                "smtp": "127.0.0.1",
                "port": post.port,
                "security": "none",
                "from": "muster@example.org",
                "wait": "0 seconds",
                "timeout": "5 seconds",
                **more,
            },
        },
    )


async def come(bot: Hasty, room: Peer) -> None:
    """Start Muster, and let it be in the room."""
    room.introduced = False
    await bot.start()
    await room.until(lambda: room.introduced, "Muster did not come")


async def meet(room: Peer, name: str) -> None:
    """Hold a short meeting, and do not wait for its end."""
    said = len(room.said)
    room.speak("alice", f"#startmeeting {name}")
    await room.hears("Useful Commands", said)
    room.speak("alice", f"#info what {name} came to")
    room.speak("alice", "#endmeeting")


async def come_back(bot: Hasty, room: Peer) -> None:
    """It was killed; it comes back."""
    assert await bot.ended() == -signal.SIGKILL
    await room.until(lambda: not room.joined, "the link did not close")
    await come(bot, room)


def once(what: Callable[[], None], step: str) -> Callable[[str], None]:
    """Do something the first time that a step is reached."""
    left = [1]

    def at(reached: str) -> None:
        if reached == step and left[0]:
            left[0] = 0
            what()

    return at


async def all_is_over(bot: Hasty) -> None:
    """Wait until nothing is to go out any more."""
    async with asyncio.timeout(60):
        while True:
            found = bot.query("SELECT state FROM outbox")
            if found and {state for (state,) in found} <= {"sent"}:
                return
            await asyncio.sleep(0.1)  # nothing tells from outside when a row is written


@pytest.mark.parametrize("step", [*BEFORE, "all of it", ".", "QUIT"])
async def test_killed_at_each_step_of_a_mail_it_arrives_and_twice_only_as_the_same(
    tmp_path: Path, step: str
) -> None:
    async with Peer(history=True) as room, Post() as post:
        room.enter("alice")
        bot = mailing(tmp_path, room, post)
        post.at = once(bot.kill_now, step)
        await come(bot, room)
        await meet(room, "release")
        await come_back(bot, room)
        await post.has_mails(1)
        await all_is_over(bot)
        await bot.close()
    times = 2 if step in {"all of it", "."} else 1
    assert len(post.mails) == times, post.steps
    assert len({mail.data for mail in post.mails}) == 1


POINTS = [
    ("plugins.publishing.tables:put", 1, 1),
    ("plugins.publishing.foundation:Foundation.hear_of", 1, 1),
    ("plugins.publishing.sending:Sending._mail_one", 1, 1),
    ("plugins.publishing.trying:begin", 1, 1),
    ("plugins.publishing.sending:compose", 1, 1),
    ("plugins.publishing.courier:dotted", 1, 1),
    ("plugins.publishing.trying:settle", 1, 2),
    ("plugins.publishing.courier:_leave", 1, 1),
    ("bot.alarms:end", 1, 1),
]


@pytest.mark.parametrize(("point", "calls", "times"), POINTS)
async def test_killed_between_two_steps_of_its_own_it_arrives_and_twice_only_as_the_same(
    tmp_path: Path, point: str, calls: int, times: int
) -> None:
    async with Peer(history=True) as room, Post() as post:
        room.enter("alice")
        bot = mailing(tmp_path, room, post)
        bot.point, bot.calls = point, calls
        await come(bot, room)
        await meet(room, "release")
        await come_back(bot, room)
        await post.has_mails(1)
        await all_is_over(bot)
        await bot.close()
    assert len(post.mails) == times, post.steps
    assert len({mail.data for mail in post.mails}) == 1


async def test_killed_before_a_program_answers_it_is_told_again_as_the_same_delivery(tmp_path: Path) -> None:
    async with Peer(history=True) as room, Post() as post, Receiver() as receiver:
        room.enter("alice")
        bot = mailing(tmp_path, room, post, hooks=receiver.url, hook_secret=SECRET)
        receiver.at = once(bot.kill_now, "posted")
        await come(bot, room)
        await meet(room, "release")
        await come_back(bot, room)
        await all_is_over(bot)
        await bot.close()
    assert len(receiver.posts) == 2
    assert len({told.delivery for told in receiver.posts}) == 1
    assert len({mail.data for mail in post.mails}) == 1


@pytest.mark.parametrize("seed", [1, 2])
async def test_killed_at_random_while_the_server_does_its_worst_no_mail_is_lost(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    troubles = [
        {"connect": "421 no"},
        {f"RCPT {LIST}": "451 greylisted"},
        {"DATA": DIE},
        {".": TAKE_AND_DIE},
        {".": DIE},
        {},
    ]
    begun = [0]  # how often a whole mail came
    async with Peer(history=True) as room, Post([rng.choice(troubles) for _ in range(12)]) as post:
        room.enter("alice")
        bot = mailing(tmp_path, room, post)
        kills = [rng.choice([*BEFORE, ".", "QUIT"]) for _ in range(4)]

        def at(step: str) -> None:
            if kills and step == kills[0]:
                kills.pop(0)
                bot.kill_now()
            if step == "all of it":
                begun[0] += 1

        post.at = at
        await come(bot, room)
        for count in range(5):
            await meet(room, f"release {count}")
            if bot.process is not None and bot.process.returncode is not None:
                await come_back(bot, room)
        async with asyncio.timeout(60):
            while len({mail.message["Subject"] for mail in post.mails}) < 5:
                if bot.process is not None and bot.process.returncode is not None:
                    await come_back(bot, room)
                await asyncio.sleep(0.2)
        await all_is_over(bot)
        await bot.close()
    by_id: defaultdict[str, list[Mail]] = defaultdict(list)
    for mail in post.mails:
        by_id[mail.id].append(mail)
    assert len(by_id) == 5
    assert begun[0] >= len(post.mails)
    for mails in by_id.values():
        assert len({mail.data for mail in mails}) == 1
