"""A real server as a child process: on loopback, in a folder of its own, as an unprivileged user.

Rules:

1. A server listens on a free port of 127.0.0.1 that it keeps when it is started again.
2. It is ready when it answers, not when some time has passed.
3. Where its Debian package is missing the test is skipped with the package's name; with ``CI=true`` it fails.
"""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import pytest

LOOPBACK = "127.0.0.1"
PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def missing(package: str) -> NoReturn:
    """Skip the test, or in CI fail it, for want of a Debian package."""
    why = f"needs a server that is not installed: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def program(name: str, package: str) -> str:
    """The path of a program out of a Debian package."""
    return shutil.which(name, path=PLACES) or missing(package)


def _unused_ports() -> Iterator[int]:
    """Ports of the loopback interface on which nobody listens, each once, in an order of their own. Of the
    processes that run tests side by side each has its own ports, for what is free for one now may be given
    out by another before a server has taken it.
    """
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ours = _PORTS[number % count :: count]
    for port in random.sample(ours, len(ours)):
        with socket.socket() as sock:
            try:
                sock.bind((LOOPBACK, port))
            except OSError:
                continue
        yield port


_PORTS = range(10_000, 32_768)
"""Below those that Linux gives to connections: else one could take a server's port before it starts, or while
it is down between two starts.
"""
_ports = _unused_ports()


def free_port() -> int:
    """A port of the loopback interface on which nobody listens now, and that nobody was given before."""
    return next(_ports)


def unprivileged() -> pwd.struct_passwd | None:
    """Whom to run servers as, most of which refuse root; ``None`` where we are nobody special already."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


class Server(ABC):
    """One server process; as a context manager, started and in the end stopped."""

    start_within = 60.0
    """Seconds until it must answer, on a machine that does much else."""

    def __init__(self) -> None:
        self.user = unprivileged()
        self.folder = Path(tempfile.mkdtemp(prefix="muster-"))
        """Not pytest's ``tmp_path``, which another user than pytest's may not enter."""
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What to run, in the foreground. Called at each start; it writes the files that are needed."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server serves now. ``OSError`` means no."""

    @property
    def log(self) -> str:
        """What the server has printed, for the message of a failing test."""
        path = self.folder / "output"
        return path.read_text(errors="replace") if path.exists() else ""

    def write(self, name: str, text: str) -> Path:
        """Write a file of the server's into its folder, readable for it alone."""
        path = self.folder / name
        path.write_text(text)
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        path.chmod(0o600)
        return path

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Run something as the server's user, in its folder, what it prints going to :attr:`log`."""
        who = self.user
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env={"PATH": PLACES, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=who.pw_uid if who else None,
                group=who.pw_gid if who else None,
                extra_groups=[] if who else None,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start it, on the same port as ever, and return when it serves."""
        self.process = self.spawn(self.command())
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        """Return when the started server serves; fail the test if it ends or takes too long."""
        assert self.process is not None, "not started"
        step = 0.02
        for _ in range(round(self.start_within / step)):
            try:
                if self.answers():
                    return
            except OSError:
                pass  # not listening yet
            try:
                code = self.process.wait(step)  # the pause between two tries ends with the process
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"{type(self).__name__} ended with {code}:\n{self.log}", pytrace=False)
        pytest.fail(f"{type(self).__name__} does not answer:\n{self.log}", pytrace=False)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None, "not started"
        self.process.send_signal(number)

    def freeze(self) -> None:
        """Let it hang: connections stay open, nothing is read or sent."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as a crash would; :meth:`start` brings it back on the same port."""
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """End it in order, or after five seconds without."""
        if self.process is None:
            return
        self.thaw()
        self.process.terminate()
        try:
            self.process.wait(5)
            self.process = None
        except subprocess.TimeoutExpired:
            self.kill()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
