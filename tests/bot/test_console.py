"""The terminal as a network: who speaks, and what is printed."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Actor, Kind, Line, Room, RoomState
from bot.networks.base import Hub, Known, Network
from bot.networks.console import ConsoleNetwork

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


class Heard(Hub):
    """Notes what the console reports."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.rooms: list[tuple[Room, bool]] = []

    def connected(self, network: Network) -> None: ...

    def disconnected(self, network: Network, why: str) -> None: ...

    def known(self, room: Room) -> Known | None:
        return None

    def entered(self, room: Room, history: Sequence[Line], complete: bool) -> None:
        self.rooms.append((room, complete))

    def identified(self, room: Room) -> None: ...

    def hear(self, line: Line) -> None:
        self.lines.append(line)

    def invited(self, room: Room, by: Actor) -> None: ...


class Terminal(io.StringIO):
    """A person at a keyboard."""

    def isatty(self) -> bool:
        return True


async def converse(stdin: IO[str], hub: Heard, settled: Callable[[], None] = lambda: None) -> str:
    """Read until the end of input; what was printed."""
    stdout = io.StringIO()

    async def idle() -> None:
        settled()

    console = ConsoleNetwork(
        "console", nick="muster", clock=lambda: NOW, settled=idle, stdin=stdin, stdout=stdout
    )
    running = asyncio.create_task(console.run(hub))
    await console.finished.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return stdout.getvalue()


def told(hub: Heard) -> list[tuple[Kind, str, str]]:
    return [(line.kind, line.actor.nick, line.text) for line in hub.lines]


async def test_with_input_from_elsewhere_anybody_speaks_and_a_bare_line_is_the_operator_s() -> None:
    hub = Heard()
    await converse(io.StringIO("hello\n<bob> hi\n<bob> * waves\n\n   \n<bob>no\n<Bob> again"), hub)
    assert told(hub) == [
        (Kind.SAID, "you", "hello"),
        (Kind.JOINED, "bob", ""),
        (Kind.SAID, "bob", "hi"),
        (Kind.ACTED, "bob", "waves"),
        (Kind.SAID, "you", "<bob>no"),
        (Kind.SAID, "Bob", "again"),
    ]
    assert {line.actor.account for line in hub.lines} == {"you", "bob"}
    assert {line.room for line in hub.lines} == {Room("console", "#console")}
    assert hub.rooms == [(Room("console", "#console"), True)]


async def test_at_a_terminal_every_line_is_the_operator_s_own() -> None:
    hub = Heard()
    printed = await converse(Terminal("<bob> hi\n"), hub)
    assert told(hub) == [(Kind.SAID, "you", "<bob> hi")]
    assert printed.startswith("-- You are in #console.")


async def test_from_elsewhere_each_line_is_answered_before_the_next_is_read() -> None:
    hub = Heard()
    counts: list[int] = []
    await converse(io.StringIO("one\ntwo\n"), hub, lambda: counts.append(len(hub.lines)))
    assert counts == [1, 2]


async def test_what_is_no_text_does_not_end_the_conversation() -> None:
    hub = Heard()
    stdin = io.TextIOWrapper(io.BytesIO(b"caf\xe9 \xff\n\x02bold\x02\x00\n"), encoding="utf-8")
    await converse(stdin, hub)
    assert [text for _, _, text in told(hub)] == ["caf\ufffd \ufffd", "bold"]


async def test_a_terminal_that_is_gone_is_the_end_of_input() -> None:
    class Gone(io.StringIO):
        def readline(self, _size: int = -1, /) -> str:  # type: ignore[override]
            raise OSError("Input/output error")

    hub = Heard()
    await converse(Gone(), hub)
    assert hub.lines == []


def console(stdout: IO[str]) -> ConsoleNetwork:
    async def idle() -> None: ...

    return ConsoleNetwork(
        "console", nick="muster", clock=lambda: NOW, settled=idle, stdin=io.StringIO(), stdout=stdout
    )


async def test_what_muster_says_is_printed_with_whom_it_is_for() -> None:
    out = io.StringIO()
    network = console(out)
    network.say(network.room("#console"), "hello")
    network.say(network.private("Bob"), "psst", notice=True)
    network.set_topic(network.room("#console"), "Bugs")
    assert out.getvalue() == "<muster> hello\n<muster -> bob> psst\n-- Topic: Bugs\n"
    state = network.state(network.room("#CONSOLE"))
    assert state == RoomState(Room("console", "#console"), (), "Bugs", may_set_topic=True)
    assert network.state(network.room("#other")) is None


async def test_when_nobody_reads_any_more_it_is_over() -> None:
    class Closed(io.StringIO):
        def write(self, _text: str, /) -> int:
            raise BrokenPipeError

    network = console(Closed())
    network.say(network.room("#console"), "hello")
    assert network.finished.is_set()


async def test_the_one_room_can_be_neither_left_nor_changed_for_another() -> None:
    network = console(io.StringIO())
    network.join(network.room("#other"))
    network.leave(network.room("#console"))
    assert network.rooms() == (network.room("#console"),)
    assert (network.nick, network.is_connected) == ("muster", True)


@pytest.mark.parametrize("is_terminal", [False, True])
@given(typed=st.text())
def test_whatever_is_typed_is_heard_as_lines_of_plain_text(is_terminal: bool, typed: str) -> None:
    hub = Heard()
    asyncio.run(converse(Terminal(typed) if is_terminal else io.StringIO(typed), hub))
    for line in hub.lines:
        assert line.kind is Kind.JOINED or line.text.strip()
        assert "\n" not in line.text
        assert "\0" not in line.text + line.actor.nick


async def test_what_is_said_is_printed_at_once_and_elsewhere_nothing_is() -> None:
    async def idle() -> None: ...

    stdout = io.StringIO()
    console = ConsoleNetwork("console", nick="muster", clock=lambda: NOW, settled=idle, stdout=stdout)
    console.say(console.room("#console"), "hello")
    assert await console.sent(console.room("#console"))
    assert "hello" in stdout.getvalue()
    assert await console.sent(console.private("you"))
    assert not await console.sent(console.room("#elsewhere"))
