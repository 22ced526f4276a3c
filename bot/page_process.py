"""One of the processes that make pages for a Muster (:mod:`bot.web.processes`), seen from within.

It is started by ``muster run`` and nobody else. It is a ``muster web`` at an address that it shares with
others, and that asks its Muster for what only that one can answer.
"""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
import os
import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from bot.config import Config
from bot.pages import Pages
from bot.plugin import Plugin
from bot.store import Store
from bot.web.channel import line_of, next_told
from bot.web.forwarding import Forwarding
from bot.web.inside import rehearse
from bot.web.shares import SHARES, Shares
from bot.web.templates import compile_all

log = logging.getLogger(__name__)

_NICER = 15  # what chat needs of the processor it has first, however many pages are asked for


class PageProcess(Pages):
    """Pages, for the Muster at the other end of ``line``: the process of that ``number``, the first is 1.
    ``listening`` is the socket to accept at, ``home`` where Muster's own site is.
    """

    def __init__(
        self,
        config: Config,
        available: Mapping[str, type[Plugin]],
        store: Store,
        number: int,
        line: socket.socket,
        listening: socket.socket,
        home: Path,
    ) -> None:
        super().__init__(config, available, store)
        store.looks_here = True  # there is no chat here that would wait
        self._line = line
        self._listening = listening
        self._home = home
        self._shares = Shares(home.with_name(SHARES), number - 1)
        self.web.parent = Forwarding(home)

    async def run(self) -> bool:
        """Serve the pages until Muster, or somebody else, says to end; whether all went well."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # Muster tells what is set
        reader, writer = await asyncio.open_connection(sock=self._line)
        hearing = asyncio.create_task(self._hear(reader, writer), name="Muster says")

        async def begin() -> bool:
            # Before the first connection is taken: readers would wait for it.
            compile_all()
            site = self.inner_site()
            site.configure(dataclasses.replace(self.config.web, public=True))  # nobody sees what is made
            await rehearse(site)
            is_open = self.web.open_beside(self.config, self._listening, self._shares)
            gc.collect()
            gc.freeze()  # what is loaded by now is not looked through for garbage again
            os.nice(_NICER)  # not before: where others keep the processor busy it would not come to this
            writer.write(line_of({"ready": os.getpid()}))
            return is_open

        try:
            return await self.serve(begin)
        finally:
            hearing.cancel()
            writer.close()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                told = await next_told(reader)
                if told is None:
                    writer.write(line_of({"traffic": self.web.counted()}))
                else:
                    self.configure(told)
                    logging.getLogger().setLevel(told.bot.log_level.upper())
        except EOFError:
            # It was killed. The address is to be free for the next one; and nothing is lost here.
            log.warning("Muster has ended, and so does this process")
            shutil.rmtree(self._home.parent, ignore_errors=True)
            os._exit(1)
