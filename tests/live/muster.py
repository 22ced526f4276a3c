"""``muster run`` as a process of its own, watched from outside: by what it logs, and by what it does on IRC.

Rules:

1. A test waits for what Muster does (its JOIN, a line of its log), never for time to pass.
2. When the test ends, Muster must end in order, and its log must hold no traceback and no error but those
   that the test expects.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Self

PATIENCE = 60.0
"""Seconds to wait for a line of the log, or for the end of the process."""
STOP_WITHIN = 60.0
"""Seconds to wait for an end in order. That Muster takes less than five is asserted of what it waits for, in
``tests/bot/test_cli.py``: how long a loaded machine takes besides says nothing of Muster.
"""
ROOT = Path(__file__).parent.parent.parent
UNPACED = {"burst": "1000", "rate": "1000"}
"""For servers that do not mind how fast somebody talks."""

Sections = Mapping[str, Mapping[str, object]]


def bot_ini(folder: Path, sections: Sections) -> Path:
    """Write ``bot.ini`` into ``folder``, which is the data folder too."""
    all_sections = {"bot": {}, **sections}
    all_sections["bot"] = {"data_dir": folder, **all_sections["bot"]}
    text = "".join(
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()) + "\n"
        for name, settings in all_sections.items()
    )
    path = folder / "bot.ini"
    path.write_text(text)
    path.chmod(0o600)
    return path


def irc(port: int, *channels: str, **settings: object) -> dict[str, object]:
    """The settings of an IRC network on the loopback interface, without TLS unless ``settings`` say so."""
    return {
        "type": "irc",
        "host": "127.0.0.1",
        "port": port,
        "tls": "no",
        "channels": ", ".join(channels),
        **UNPACED,
        **settings,
    }


def xmpp(port: int, *rooms: str, **settings: object) -> dict[str, object]:
    """The settings of an XMPP network on the loopback interface, without TLS unless ``settings`` say so."""
    return {
        "type": "xmpp",
        "jid": "muster@localhost",
        "password": "secret",
        "host": "127.0.0.1",
        "port": port,
        "tls": "no",
        "rooms": ", ".join(rooms),
        **UNPACED,
        **settings,
    }


class Muster:
    """One Muster on one data folder; it may be killed and started again.

    ``hurry`` names how many seconds some waits last, shorter than in earnest (``tests/live/hurried.py``).
    ``subcommand`` is another that goes on until it is told to end: ``web``.
    """

    def __init__(
        self,
        folder: Path,
        sections: Sections,
        hurry: Mapping[str, float] | None = None,
        environment: Mapping[str, str] | None = None,
        subcommand: str = "run",
    ) -> None:
        self.subcommand = subcommand
        self.folder = folder
        self.config = bot_ini(folder, sections)
        self.hurry = dict(hurry or {})
        self.environment = dict(environment or {})
        self.process: asyncio.subprocess.Process | None = None
        self.logged: list[str] = []
        """Every line on standard error of all its lives."""
        self.place = 0
        """How much of that :meth:`logs` has passed over."""
        self.expected: list[str] = []
        """Regular expressions for the errors that the test means to cause."""
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> Self:
        """Start it; its first signs of life are to be awaited by the caller."""
        module = "tests.live.hurried" if self.hurry else "bot"
        words = [f"{name}={value}" for name, value in self.hurry.items()]
        command = [sys.executable, "-m", module, *words, self.subcommand, "-c", str(self.config)]
        self.process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "default", **self.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self.process))
        return self

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while line := await process.stderr.readline():
            self.logged.append(line.decode("utf-8", "replace").rstrip("\n"))
            self._news.set()
        self._news.set()

    @property
    def log(self) -> str:
        """Its log so far."""
        return "\n".join(self.logged)

    async def logs(self, pattern: str, timeout: float = PATIENCE) -> str:  # noqa: ASYNC109
        """The next line of the log that ``pattern`` is found in; those before it are passed over."""
        wanted = re.compile(pattern)
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for place in range(self.place, len(self.logged)):
                        if wanted.search(self.logged[place]):
                            self.place = place + 1
                            return self.logged[place]
                    if self._reading is None or self._reading.done():
                        raise AssertionError(f"Muster ended without {pattern!r} in its log:\n{self.log}")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{pattern!r} did not come in Muster's log:\n{self.log}") from None

    def expect(self, pattern: str) -> None:
        """The test causes an error that looks like this: it is no fault of Muster's."""
        self.expected.append(pattern)

    async def kill(self) -> None:
        """End it from one instruction to the next."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.ended()

    async def ended(self, within: float = PATIENCE) -> int:
        """Wait until the process is over, and all that it logged is here; gives its exit code."""
        assert self.process is not None
        assert self._reading is not None
        try:
            async with asyncio.timeout(within):
                code = await self.process.wait()
                await self._reading
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise AssertionError(f"Muster did not end within {within} s:\n{self.log}") from None
        self.process = None
        return code

    async def stop(self) -> int:
        """End it as a service is ended; gives its exit code."""
        assert self.process is not None
        code = self.process.returncode
        assert code is None, f"Muster has ended by itself with {code}:\n{self.log}"
        self.process.send_signal(signal.SIGTERM)
        return await self.ended(STOP_WITHIN)

    async def close(self) -> None:
        """The test is over: end in order, with a clean log."""
        if self.process is not None:
            await self.stop()
        assert not (wrong := self.faults()), "\n".join(wrong) + f"\n---- whole log:\n{self.log}"

    def faults(self) -> list[str]:
        """What its log holds that must not be there."""
        bad = [line for line in self.logged if _FAULT.search(line)]
        return [line for line in bad if not any(re.search(pattern, line) for pattern in self.expected)]

    # What it has kept

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask its database, from beside it."""
        with closing(sqlite3.connect(f"file:{self.folder / 'muster.db'}?mode=ro", uri=True)) as database:
            return database.execute(statement, values).fetchall()

    def files(self, ending: str = "") -> list[Path]:
        """The archive's files with that ending, in order of their names."""
        return sorted(path for path in (self.folder / "archive").rglob(f"*{ending}") if path.is_file())

    async def command(self, *words: str) -> str:
        """Run another subcommand of ``muster``, which must succeed; gives what it prints."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *words,
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return output.decode()


_FAULT = re.compile(r"Traceback|\bERROR\b|\bCRITICAL\b|never awaited|never retrieved|Warning:")
