"""A real ``muster run`` in a process of its own, with a database of its own, for one bench."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.crowd import Person
from bench.peer import Peer

ROOT = Path(__file__).parent.parent

_CONFIGURATION = """\
[bot]
data_dir = var
log_level = error

{more}
[network bench]
type = irc
host = 127.0.0.1
port = {port}
tls = no
; No pacing: what is measured is Muster, not the patience that servers ask of it.
burst = 10000
rate = 100000
channels = {channels}
"""


@dataclass(frozen=True, slots=True)
class Muster:
    """A running Muster: its folder, its process, and when it was started."""

    folder: Path
    process: subprocess.Popen[bytes]
    started: float

    def memory(self) -> tuple[float, float]:
        """Resident and proportional memory now, in MB (10^6 bytes)."""
        told = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text(encoding="ascii")
        sizes = dict(re.findall(r"^(\w+): +(\d+) kB$", told, re.MULTILINE))
        return int(sizes["Rss"]) * 1024 / 1e6, int(sizes["Pss"]) * 1024 / 1e6

    def cpu(self) -> float:
        """Seconds of processor time used so far, by all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def children(self) -> list[int]:
        """The processes that it has started and that live."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(word) for word in told.split()]

    def lines_kept(self) -> int:
        """How many lines are committed in the database."""
        return self.count("SELECT count(*) FROM line")

    def count(self, query: str) -> int:
        """What a query of one number finds in the database."""
        with contextlib.closing(sqlite3.connect(self.folder / "var" / "muster.db")) as database:
            return int(database.execute(query).fetchone()[0])


class FailedError(Exception):
    """Muster did not do what it was measured doing."""


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder on the file system of this checkout, where a commit costs what it costs."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as name:
        yield Path(name)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "bot", *words]


def muster(*words: str) -> None:
    """Run a subcommand of ``muster`` to its end. It must end well."""
    subprocess.run(_command(*words), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _configure(where: Path, peer: Peer, more: str = "") -> Path:
    file = where / "bot.ini"
    channels = ", ".join(peer.rooms)
    file.write_text(_CONFIGURATION.format(port=peer.port, channels=channels, more=more), encoding="utf-8")
    return file


@contextlib.contextmanager
def started(where: Path, peer: Peer, more: str = "") -> Iterator[Muster]:
    """Start Muster in a folder, let it connect to ``peer``, and end it. It must end well. ``more`` is added
    to ``bot.ini``.
    """
    command = _command("run", "-c", str(_configure(where, peer, more)))
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        peer.accept()
        yield Muster(where, process, begun)
        process.terminate()
        with contextlib.suppress(OSError):
            while process.poll() is None:
                peer.pump(0.05)
        if process.wait(10) != 0:
            raise FailedError(f"Muster ended with {process.returncode}")
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def in_rooms(
    rooms: Mapping[str, Sequence[Person]],
    *,
    tagged: bool = True,
    more: str = "",
    prepare: Callable[[Path, Path], None] | None = None,
) -> Iterator[tuple[Muster, Peer]]:
    """A Muster that is in these rooms, and its server. Its database is new, made by a process before it.

    ``more`` is added to ``bot.ini``; ``prepare``, given the folder and ``bot.ini``, fills the database.
    """
    with folder() as where, Peer(rooms, tagged=tagged) as peer:
        configuration = _configure(where, peer, more)
        muster("db", "upgrade", "-c", str(configuration))
        if prepare is not None:
            prepare(where, configuration)
        with started(where, peer, more) as running:
            peer.wait_joined()
            peer.wait(lambda: peer.asked == set(rooms))
            yield running, peer
