"""Pages that are made in processes of their own: chat has the processor first then, and pages have several.

    a reader -> the one listening socket -> process of pages 1..N -> the database
                                               | what only Muster can answer (:mod:`bot.web.forwarding`)
                                               v
                                             Muster's own site, at a socket in a folder of its own

Rules:

1. Muster listens and hands the socket on; it accepts nothing there itself. Whichever process has few
   connections takes the next (:mod:`bot.web.shares`). Until the first has loaded, connections wait.
2. Each process is a ``muster web`` (:mod:`bot.pages`) with the settings that its Muster has, which it is told
   by a channel (:mod:`bot.web.channel`), and again when they change.
3. One that ends is started again, after a pause that grows while it lives for less than :data:`SETTLED`
   seconds each time. The log has one line of each end. The others go on.
4. They end with Muster: told to, they have :data:`PATIENCE` seconds to let answers go out, and are killed
   then. Where Muster itself was killed, the channel's end tells them, and they end at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from datetime import timedelta
from pathlib import Path
from typing import Self

from bot.config import Config
from bot.networks.backoff import Backoff, Failure
from bot.settings import Endpoint
from bot.text import one_line
from bot.web.channel import packed, said_in
from bot.web.metrics import Traffic
from bot.web.server import WebServer, address_of, listening_at
from bot.web.shares import SHARES, Shares
from bot.web.site import Site

log = logging.getLogger(__name__)

PATIENCE = 1.6
"""Seconds: with what is left to do then, less than the two in which a web server has ended."""
SETTLED = 30.0
"""Seconds."""
COUNTED_WITHIN = 1.0
"""Seconds in which a process must tell how many requests it has answered; else it counts the next time."""
_FIRST = timedelta(seconds=0.5)
_LONGEST = timedelta(minutes=1)


class Processes:
    """A site that processes of pages serve together. Made by :meth:`open`, ended by :meth:`close`."""

    def __init__(self, config: Config, listening: socket.socket, folder: Path, site: Site) -> None:
        self.asked = config.web.listen
        """The address as ``bot.ini`` has it."""
        self.count = config.web.processes
        """How many there are."""
        self.endpoint: Endpoint = address_of(listening) or config.web.listen
        """The address that it is: with port 0, the port that was free."""
        self.site = site
        """Muster's own, of which they pass on what they cannot answer."""
        self.traffic = Traffic()
        """What all have told so far."""
        self._listening = listening
        self._folder = folder
        at = folder / "site"
        shares = Shares.make(folder / SHARES, self.count)
        with contextlib.ExitStack() as failed:
            own = failed.enter_context(socket.socket(socket.AF_UNIX))
            own.bind(str(at))
            failed.pop_all()
        self._own = WebServer(own, self.asked, site)
        self._all = [
            _Process(number, config, listening, at, shares, self.traffic)
            for number in range(1, self.count + 1)
        ]
        self._keeping = [asyncio.create_task(one.keep(), name=f"web {one.number}") for one in self._all]

    @classmethod
    def open(cls, config: Config, site: Site) -> Self:
        """Serve a site from now on. Raises :class:`OSError` where the address cannot be listened on."""
        with contextlib.ExitStack() as failed:
            listening = failed.enter_context(listening_at(config.web.listen))
            folder = Path(tempfile.mkdtemp(prefix="muster-web-"))  # which nobody else may enter
            failed.callback(shutil.rmtree, folder, ignore_errors=True)
            made = cls(config, listening, folder, site)
            failed.pop_all()
        return made

    def configure(self, config: Config) -> None:
        """From now on these settings hold, there too."""
        self.site.configure(config.web)
        for one in self._all:
            one.configure(config)

    async def gather(self) -> None:
        """Have :attr:`traffic` hold what was answered until now, of all who tell it in time."""
        await asyncio.wait({one.ask() for one in self._all}, timeout=COUNTED_WITHIN)

    async def close(self) -> None:
        """Take no more requests, let answers go out that are being given, and end; within 2 seconds."""
        self._listening.close()
        closing = asyncio.create_task(self._own.close(), name="web")
        for one in self._all:
            one.end()
        _, late = await asyncio.wait(self._keeping, timeout=PATIENCE)
        if late:
            for one in self._all:
                one.kill()
        await asyncio.wait([*self._keeping, closing])
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


class _Process:
    """One of them, in all its lives. ``at`` is where Muster's own site is."""

    def __init__(
        self,
        number: int,
        config: Config,
        listening: socket.socket,
        at: Path,
        shares: Shares,
        traffic: Traffic,
    ) -> None:
        self.number = number
        self._config = config
        self._listening = listening
        self._at = at
        self._shares = shares
        self._traffic = traffic
        self._process: Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._asked: asyncio.Future[None] | None = None
        self._over = asyncio.Event()

    async def keep(self) -> None:
        """Let it live, again and again, until it is to end."""
        pauses = Backoff(_FIRST, _LONGEST)
        loop = asyncio.get_running_loop()
        while not self._over.is_set():
            began = loop.time()
            try:
                why = _reason(await self._live())
            except OSError as error:
                why = f"cannot be started: {one_line(str(error))}"
            if self._over.is_set():
                return
            if loop.time() - began >= SETTLED:
                pauses.succeeded()
            pause = pauses.after(Failure.TEMPORARY).total_seconds()
            log.error("web %d %s; it is started again in %.1f s", self.number, why, pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), pause)

    async def _live(self) -> int:
        """One life; the code that it ends with. Raises :class:`OSError` where it cannot be started."""
        ours, theirs = socket.socketpair()
        handed = self._listening.fileno(), theirs.fileno()
        words = [str(self.number), *map(str, handed), str(self._at)]
        try:
            # -P: of what lies in the folder where Muster was started nothing is taken for a module. A process
            # group of its own: what is typed at a terminal is for Muster. But no session of its own: with
            # Linux' autogroups (sched(7)) a lower priority counts within one session alone.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "bot", "page-process", *words),
                pass_fds=handed,
                stdin=DEVNULL,
                stdout=DEVNULL,
                process_group=0,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self._writer.write(packed(self._config))
        if self._over.is_set():
            self.end()
        code, _ = await asyncio.gather(self._process.wait(), self._hear(reader))
        self._writer.close()
        self._process = self._writer = None
        self._shares.leave(self.number - 1)
        self._told()
        return code

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                try:
                    said = said_in(line)
                    if "traffic" in said:
                        self._traffic.add(said["traffic"])
                        self._told()
                    else:
                        log.info("web %d makes pages, as process %d", self.number, said["ready"])
                except (ValueError, TypeError, KeyError, AttributeError):
                    log.error("web %d says what is not understood", self.number)

    def configure(self, config: Config) -> None:
        """Tell it the settings that hold from now on."""
        self._config = config
        if self._writer is not None:
            self._writer.write(packed(config))

    def ask(self) -> asyncio.Future[None]:
        """Ask how many requests it has answered; done once that is added to all, or it has ended."""
        if self._asked is not None:
            return self._asked
        asked = self._asked = asyncio.get_running_loop().create_future()
        if self._writer is not None:
            self._writer.write(packed(None))
        else:
            self._told()  # one that does not live has answered none
        return asked

    def _told(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None and not asked.done():
            asked.set_result(None)

    def end(self) -> None:
        """It is to end, and not to be started again."""
        self._over.set()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def kill(self) -> None:
        """It has had its time."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


def _reason(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"has ended with exit code {code}"
