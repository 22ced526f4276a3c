"""The search and other pages with a million lines in the database, 50 asking at once, and the chat beside it.

The pages are made in as many processes as there are processors, as is advised for so many readers; and then
by the very process that hears the chat, to compare. What other pages are measured stands in
:mod:`bench.pages`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from itertools import cycle
from multiprocessing.context import SpawnProcess as Process
from multiprocessing.synchronize import Event
from pathlib import Path
from urllib.parse import urlencode

from bench import pages
from bench.crowd import PEOPLE, lines, members_of
from bench.figures import Figure, percentile
from bench.million import ROOMS, fill, questions, room_name
from bench.muster import Muster, in_rooms, muster
from bench.peer import Peer, is_pong
from bench.project import LARGE, Size
from bench.readers import AT_ONCE, Took, read
from bench.replies import latencies

SEARCH = 200.0
"""Milliseconds that a search may take, at the 99th percentile."""
PAGE = 100.0
"""Milliseconds that any other page may take."""
CHAT = 0.8
"""At least so much of what is done without readers the chat is to do beside them."""
_ROOM, _QUIET = "#chat", "#quiet"
_PORT = 18642
_SETTLED = 10.0  # seconds in which nothing more was stored
_PROCESSES = os.cpu_count() or 1


def measure(
    lines_kept: int = 1_000_000,
    asked: int = 1_500,
    at_once: int = AT_ONCE,
    chat: int = 20_000,
    size: Size = LARGE,
) -> Iterator[Figure]:
    """Ask ``asked`` questions of the search, and as many of the pages, ``at_once`` at a time; say ``chat``
    lines with and without readers.
    """
    meetings = 0
    built = 0.0

    def prepare(where: Path, configuration: Path) -> None:
        nonlocal meetings, built
        meetings = fill(where / "var" / "muster.db", lines_kept)
        pages.prepare(where, configuration, size)
        begun = time.perf_counter()
        muster("search", "rebuild", "-c", str(configuration))
        built = time.perf_counter() - begun

    settings = f"[web]\nlisten = 127.0.0.1:{_PORT}\n{_processes(_PROCESSES)}\n{pages.rooms()}"
    rooms = {_ROOM: members_of(0), _QUIET: members_of(1)}
    rooms |= {room_name(number): members_of(number) for number in range(ROOMS)}
    with in_rooms(rooms, more=settings, prepare=prepare) as (running, peer):
        yield Figure(
            f"the index made of {lines_kept:,} lines", lines_kept / built, "lines/s", note=_sizes(running)
        )
        begun = time.perf_counter()
        while running.count("SELECT count(*) FROM meeting_page") < meetings:
            peer.pump(0.5)
        took = time.perf_counter() - begun
        yield Figure(f"pages of {meetings:,} meetings made anew, beside the chat", took, "s")
        yield _days_stored(running, peer)
        searches = [(what, "/search?" + urlencode(given)) for what, given in questions(asked)]
        what = f"search, {lines_kept:,} lines, {at_once} at once"
        yield from _figures(_read(peer, searches, at_once), what, SEARCH)
        addresses = pages.addresses(running.folder / "var" / "muster.db", size)
        asked_for = {
            name: [(name, address()) for _ in range(max(asked // 3, 1))]
            for name, address in addresses.items()
        }
        for name, paths in asked_for.items():
            yield _slowest(f"{name}, {at_once} at once, p99", _read(peer, paths, at_once), PAGE)
        yield from _chat(peer, running, searches, chat, at_once)
        _make_pages_itself(running, peer)
        alone = "the same pages made by Muster's own process: "
        yield _slowest(f"{alone}search, p99", _read(peer, searches, at_once))
        for name in pages.MADE_ANEW:
            yield _slowest(f"{alone}{name}, p99", _read(peer, asked_for[name], at_once))


def _days_stored(running: Muster, peer: Peer) -> Figure:
    """Wait until no more days of logged rooms are stored, which nothing tells."""
    begun, last = time.perf_counter(), (0, 0.0)
    while time.perf_counter() - begun - last[1] < _SETTLED:
        stored = running.count("SELECT count(*) FROM room_day WHERE edition <> ''")
        if stored != last[0]:
            last = (stored, time.perf_counter() - begun)
        peer.pump(0.5)
    return Figure(f"then {last[0]:,} days of logged rooms stored", last[1] + 0.01, "s")


def _processes(count: int) -> str:
    return f"processes = {count}"


def _make_pages_itself(running: Muster, peer: Peer) -> None:
    """Have no processes of pages from now on."""
    settings = running.folder / "bot.ini"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(_processes(_PROCESSES), _processes(0)), encoding="utf-8")
    running.process.send_signal(signal.SIGHUP)
    while running.children():
        peer.pump(0.1)


def _slowest(name: str, took: Took, aim: float | None = None) -> Figure:
    return Figure(name, percentile([one for some in took.values() for one in some], 0.99) * 1e3, "ms", aim)


def _read(peer: Peer, asked: Sequence[tuple[str, str]], at_once: int) -> Took:
    """Ask in another process, while the chat's server goes on to answer."""
    with _process() as process:
        reading = process.submit(read, _PORT, asked, at_once)
        while not reading.done():
            peer.pump(0.5)
        return reading.result()


def _process() -> ProcessPoolExecutor:
    """Who reads has a process of their own, as the chat's server has: one must not keep the other waiting."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _figures(took: Took, name: str, aim: float) -> Iterator[Figure]:
    every = [seconds for some in took.values() for seconds in some]
    yield Figure(f"{name}, p50", percentile(every, 0.5) * 1e3, "ms")
    yield Figure(f"{name}, p99", percentile(every, 0.99) * 1e3, "ms", aim)
    for what, some in took.items():
        yield Figure(f"of these {what}, p99", percentile(some, 0.99) * 1e3, "ms", aim)


def _sizes(running: Muster) -> str:
    """How large the database is, and how much of it without the index."""
    file = running.folder / "var" / "muster.db"
    with closing(sqlite3.connect(file)) as database:
        text = database.execute("SELECT sum(length(text)) FROM line").fetchone()[0]
    return f"{file.stat().st_size / 1e6:.0f} MB with {text / 1e6:.0f} MB of text"


def _chat(
    peer: Peer, running: Muster, searches: list[tuple[str, str]], count: int, at_once: int
) -> Iterator[Figure]:
    """The chat alone, and while all ask; in turn, since a machine is not the same at all times."""
    peer.start_meetings([_ROOM])
    rates: dict[bool, list[float]] = {False: [], True: []}
    replies: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(4):
        beside = bool(turn % 2)
        with _Readers(searches, at_once if beside else 0):
            data = lines([_ROOM], count, tagged=True)
            begun = time.perf_counter()
            peer.flood(data)
            peer.send(peer.said(PEOPLE[turn], _ROOM, "!ping"))
            rates[beside].append(count / (peer.answers(1, is_pong)[-1].at - begun))
            asked = [peer.said(PEOPLE[n % len(PEOPLE)], _QUIET, "!ping") for n in range(100)]
            replies[beside] += latencies(peer, asked, is_pong, every=0.02, load=0)
    alone, together = max(rates[False]), max(rates[True])
    yield Figure("lines a second into a meeting, nobody reads", alone, "lines/s", more_is_better=True)
    yield Figure(f"the same while {at_once} search all the time", together, "lines/s", more_is_better=True)
    yield Figure(
        "the chat's rate beside readers, of that without", together / alone, "", CHAT, more_is_better=True
    )
    for share in (0.5, 0.99):
        yield Figure(
            f"!ping, nobody reads, p{share * 100:.0f}", percentile(replies[False], share) * 1e3, "ms"
        )
        yield Figure(
            f"!ping while {at_once} search all the time, p{share * 100:.0f}",
            percentile(replies[True], share) * 1e3,
            "ms",
        )
    indexed = "SELECT count(*) FROM search_doc d JOIN room r ON r.id = d.room_id WHERE r.name = '{}'"
    kept = running.count("SELECT count(*) FROM line JOIN room r ON r.id = room_id WHERE r.name = '#chat'")
    begun = time.perf_counter()
    while running.count(indexed.format(_ROOM)) < kept * 0.9 and time.perf_counter() - begun < 60:
        peer.pump(0.2)
    yield Figure(
        f"until {kept:,} lines that were said so fast are found", time.perf_counter() - begun + 0.01, "s"
    )


class _Readers:
    """Ask in another process until it is left; with 0 at once, nobody does."""

    def __init__(self, searches: list[tuple[str, str]], at_once: int) -> None:
        self._searches = searches
        self._at_once = at_once
        self._reading: Process | None = None

    def __enter__(self) -> None:
        if self._at_once:
            told = multiprocessing.get_context("spawn")
            begun = told.Event()
            self._reading = told.Process(
                target=_read_on, args=(self._searches, self._at_once, begun), daemon=True
            )
            self._reading.start()
            begun.wait()

    def __exit__(self, *_why: object) -> None:
        if self._reading is not None:
            self._reading.terminate()
            self._reading.join()


def _read_on(searches: list[tuple[str, str]], at_once: int, begun: Event) -> None:
    """Ask all the time; ``begun`` is set once all were answered for the first time."""
    for some in cycle([searches[at : at + at_once] for at in range(0, len(searches), at_once)]):
        read(_PORT, some, at_once)
        begun.set()
