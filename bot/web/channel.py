"""What Muster and a process that makes its pages tell each other, over a pair of sockets of their own.

Rules:

1. Muster tells what the process is to know as values of Python (:mod:`pickle`): both are the same program of
   the same user, and so the process has the very settings that hold, whatever ``bot.ini`` says meanwhile.
2. The process tells what it has done in JSON, a line each: it is the one that strangers talk to, and nothing
   that it says is ever run.
3. Where the other has ended, the channel has too.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import socket
import struct
from typing import Any

from bot.config import Config

_LENGTH = struct.Struct("!I")

Told = Config | None
"""What Muster tells: the settings that hold from now on; or nothing: it asks how many requests came."""


def packed(told: Told) -> bytes:
    """What Muster tells, as it is sent."""
    body = pickle.dumps(told)
    return _LENGTH.pack(len(body)) + body


async def next_told(reader: asyncio.StreamReader) -> Told:
    """What Muster tells next. Raises :class:`EOFError` where it has ended."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        return _told(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise EOFError("Muster has ended") from error


def first_told(line: socket.socket) -> Config:
    """The settings, which Muster tells first. Raises :class:`EOFError` where it has ended before."""
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size))
    found = _told(_exactly(line, length))
    if found is None:
        raise TypeError("Muster tells its settings first")
    return found


def _told(body: bytes) -> Told:
    found = pickle.loads(body)  # noqa: S301 - rule 1
    if found is not None and not isinstance(found, Config):
        raise TypeError(f"Muster does not tell a {type(found).__name__}")
    return found


def _exactly(line: socket.socket, count: int) -> bytes:
    body = b""
    while len(body) < count:
        part = line.recv(count - len(body))
        if not part:
            raise EOFError("Muster has ended")
        body += part
    return body


def line_of(said: dict[str, Any]) -> bytes:
    """What a process says, as it is sent."""
    return json.dumps(said).encode() + b"\n"


def said_in(line: bytes) -> dict[str, Any]:
    """What a process says. Raises :class:`ValueError` or ``TypeError`` where no process says that."""
    found = json.loads(line)
    if not isinstance(found, dict):
        raise TypeError("a process says an object")
    return found
