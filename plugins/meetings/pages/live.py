"""Running meetings as they are watched: one fold for all who watch one, and what is sent to each.

Rules:

1. The fold is made of the lines in the database, and goes on as they are committed: it is the same where
   another process holds the meeting. It begins with the first reader and is let go a while after the last.
2. What is sent is made by the same templates as the page, once for all readers who have the same links.
3. An event's id is a place in the room's journal. Whoever comes back with one gets the lines behind it, what
   reads otherwise since, and the panels as they stand; or where this process did not follow the meeting from
   there on, all lines that a page shows.
4. A redaction and a correction reach all who watch: the lines they changed are sent again. Every
   :data:`LOOK_AGAIN` the lines are read anew, since a redaction elsewhere may have changed some of them, too.
5. Once the meeting is over that is said, and the streams end. They end, too, where it becomes restricted:
   whoever may read it still comes again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from bot.model import Entry, Kind
from bot.plugin import Bot, read_lines
from bot.web import Event, Reader, Request, Response
from plugins.meetings import tables
from plugins.meetings.effects import Redact
from plugins.meetings.forms import NumberedLine, Times
from plugins.meetings.forms.outline import title_of
from plugins.meetings.forms.record import json_of
from plugins.meetings.forms.versions import Versions, versions_of
from plugins.meetings.meeting import Meeting, fold
from plugins.meetings.offered import page_path
from plugins.meetings.opening import Opening
from plugins.meetings.pages.log import line_as_json
from plugins.meetings.pages.meeting import headers_of
from plugins.meetings.pages.now import PANELS, Now, now_of
from plugins.meetings.pages.reading import Found, entries_of
from plugins.meetings.pages.rows import Rows
from plugins.meetings.pages.shared import templates

log = logging.getLogger(__name__)

SHOWN = 200
"""Lines at the end that the page shows; the log has all."""
LINGER = 60.0
"""Seconds that a fold is kept after its last reader."""
LOOK_AGAIN = 30.0
"""Seconds after which the lines are read anew while somebody watches."""
_MOST_SHOWN = 100
MOST_WAITING = 500
"""Changes that may wait for one who watches; with more, the stream ends and the browser comes again."""


@dataclass(slots=True)
class Change:
    """What became of a meeting by some lines: the new ones, those that read otherwise now, and the panels
    that changed. ``made`` keeps the events by what sets readers apart.
    """

    place: int
    lines: Sequence[NumberedLine]
    again: Sequence[NumberedLine]
    panels: Sequence[str]
    now: Now
    is_over: bool
    made: dict[tuple[str, str], list[Event]] = field(default_factory=dict)


class Live:
    """A meeting that is watched. ``place`` is that of the last line in its fold."""

    def __init__(self, bot: Bot, row: tables.Meeting) -> None:
        self._bot = bot
        self.row = row
        self.place = 0
        self.is_over = False
        self.is_gone = False
        """Whether it became restricted while those watched who may not read it then."""
        self.readers = 0
        self.meeting: Meeting
        self.now: Now
        self.tail: deque[NumberedLine] = deque(maxlen=SHOWN)
        self.versions = Versions()
        self._numbers: dict[str, int | None] = {}  # of the lines, by their ids
        self._prints: list[int] = []  # of each numbered line, to see which read otherwise later
        self._watchers: set[asyncio.Queue[Change | None]] = set()
        self._shown: dict[tuple[str, str, str], tuple[object, Markup]] = {}
        self._looked = 0.0
        self._began = 0
        self._changed: list[tuple[int, int]] = []  # at which place a line of which number changed

    async def begin(self) -> None:
        """Fold what there is. Raises :class:`LookupError` where nothing is left of the lines."""
        entries = await self._bot.store.read(entries_of, self.row.room, self.row.spans)
        if not entries:
            raise LookupError(f"nothing is left of the lines of {self.row.key}")
        await self._take(entries)
        self._began = self.place
        self.is_gone = self.meeting.restricted and not self.row.restricted

    async def _take(self, entries: list[Entry]) -> None:
        self.meeting = await asyncio.to_thread(_folded, self.row.key, entries)
        self.place = entries[-1].seq
        numbered = _numbered(entries, 0)
        self.versions = versions_of(self.meeting.minutes(), numbered)
        self._prints = list(map(self._print, numbered))
        self._numbers = {one.line.id: one.number for one in numbered if one.line.id is not None}
        self.tail = deque(numbered[-SHOWN:], SHOWN)
        self.now = now_of(self.meeting)
        self.is_over = not self.meeting.is_open
        self._looked = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Follow the room until the meeting is over, or Muster ends."""
        try:
            async with aclosing(self._bot.watch(self.row.room)) as places:
                async for place in places:
                    await self._go_on(place)
                    if self.is_over or self.is_gone:
                        break
        except SQLAlchemyError as error:
            log.error("%s: its page stands still: %s", self.row.key, error)
        finally:
            for queue in self._watchers:
                queue.put_nowait(None)

    async def _go_on(self, place: int) -> None:
        if place <= self.place:
            return
        entries = await self._bot.store.read(read_lines, self.row.room, self.place + 1, place)
        looked = asyncio.get_running_loop().time() - self._looked
        lines = _numbered(entries, len(self._prints))
        reads_otherwise = False
        for at, entry in enumerate(entries):
            effects = self.meeting.apply(entry.line)
            is_redacted = any(isinstance(effect, Redact) for effect in effects)
            reads_otherwise |= is_redacted or entry.line.kind is Kind.CORRECTED
            if self.meeting.restricted and not self.row.restricted:
                self.is_gone = True
                return
            if not self.meeting.is_open:
                entries = entries[: at + 1]
                lines = _numbered(entries, len(self._prints))
                break
        before_now = self.now
        again: list[NumberedLine] = []
        for one in lines:
            self._know(one)
        if reads_otherwise or looked > LOOK_AGAIN:
            again = await self._look_again(entries[-1].seq if entries else place)
        else:
            self.tail += lines
            self.place = entries[-1].seq if entries else place
        self._changed += [(self.place, one.number) for one in again if one.number is not None]
        before, self.now = before_now, now_of(self.meeting)
        self.is_over = not self.meeting.is_open
        panels = [name for name in PANELS if getattr(before, name) != getattr(self.now, name)]
        self._tell(Change(self.place, lines, again, panels, self.now, self.is_over))

    async def _look_again(self, place: int) -> list[NumberedLine]:
        """Read all lines anew up to a place; those that read otherwise than before."""
        before = self._prints
        spans = tuple((first, min(last or place, place)) for first, last in self.row.spans if first <= place)
        entries = await self._bot.store.read(entries_of, self.row.room, spans)
        if not entries:
            return []
        await self._take(entries)
        numbered = _numbered(entries, 0)
        return [one for one, known in zip(numbered, before, strict=False) if self._print(one) != known]

    def _know(self, numbered: NumberedLine) -> None:
        """Remember a new line: what it says, and what it is about."""
        line, number = numbered.line, numbered.number
        self._prints.append(self._print(numbered))
        if line.id is not None:
            self._numbers.setdefault(line.id, number)
        of = self._numbers.get(str(line.data.get("of"))) if line.kind is Kind.REACTED else None
        if of is not None and number is not None:
            self.versions.of[number] = of

    def _print(self, numbered: NumberedLine) -> int:
        """What a line shows, to be compared with what it showed before."""
        line = numbered.line
        return hash((self.versions.now(numbered.number, line.text), line.actor.nick))

    def _tell(self, change: Change) -> None:
        for queue in tuple(self._watchers):
            if queue.qsize() >= MOST_WAITING:
                self._watchers.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(change)

    # What readers get

    def panels(self, reader: Reader) -> dict[str, Markup]:
        """The panels as they stand, by their names."""
        return {name: self._panel(reader, name, self.now) for name in PANELS}

    def _panel(self, reader: Reader, name: str, now: Now) -> Markup:
        """A panel, which is made again only where it shows something else."""
        alike, shows = (*self._alike(reader), name), getattr(now, name)
        known = self._shown.get(alike)
        if known is not None and known[0] == shows:
            return known[1]
        made = self._made_panel(reader, name, now)
        if len(self._shown) > _MOST_SHOWN:
            self._shown.clear()
        self._shown[alike] = (shows, made)
        return made

    def _alike(self, reader: Reader) -> tuple[str, str]:
        """What sets apart those for whom links are others."""
        return reader.frame.prefix, reader.href(page_path(self.row.key))

    def _made_panel(self, reader: Reader, name: str, now: Now) -> Markup:
        return templates.part(
            reader,
            "meeting_panel.html",
            name=name,
            now=now,
            times=Times(self.meeting.zone.key),
            log=self._log(reader),
        )

    def _log(self, reader: Reader) -> str:
        return reader.href(f"{page_path(self.row.key)}log")

    def rows(self, reader: Reader, lines: Sequence[NumberedLine]) -> Markup:
        """Lines as the page shows them."""
        rows = Rows(Times(self.meeting.zone.key), log=self._log(reader), versions=self.versions)
        return Markup("").join(
            Markup(rows.row(one))  # noqa: S704 - escaped there
            for one in lines
        )

    async def events(self, reader: Reader, after: int) -> AsyncIterator[Event]:
        """What happens, behind a place of the journal that the reader has seen."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._watchers.add(queue)
        self.readers += 1
        try:
            place, now, is_over = self.place, self.now, self.is_over
            is_known = self._began <= after <= place
            numbers = {number for at, number in self._changed if at > after} if is_known else set()
            missed, again = await self._missed(after, place, numbers) if after != place else ((), ())
            if not is_known:
                yield Event("", name="anew")
            for event in self._events(reader, Change(place, missed, again, PANELS, now, is_over)):
                yield event
            while not (is_over or self.is_gone) and (change := await queue.get()) is not None:
                for event in self._events(reader, change):
                    yield event
                is_over = change.is_over
            if self.is_gone:
                yield Event("", name="gone")
        finally:
            self._watchers.discard(queue)
            self.readers -= 1

    async def _missed(
        self, after: int, place: int, numbers: Collection[int]
    ) -> tuple[Sequence[NumberedLine], Sequence[NumberedLine]]:
        """The lines of the meeting between two places, at most as many as the page shows; all of these where
        the first is not known here. And those with these numbers.
        """
        spans = tuple((first, min(last or place, place)) for first, last in self.row.spans if first <= place)
        entries = await self._bot.store.read(entries_of, self.row.room, spans)
        places = [entry.seq for entry in entries if entry.line.kind is not Kind.NOTE]
        numbered = _numbered(entries, 0)
        again = [one for one in numbered if one.number in numbers]
        if after >= self._began:
            numbered = [one for one, seq in zip(numbered, places, strict=True) if seq > after]
        return numbered[-SHOWN:], again

    def _events(self, reader: Reader, change: Change) -> list[Event]:
        alike = self._alike(reader)
        if alike not in change.made:
            change.made[alike] = list(self._made(reader, change))
        return change.made[alike]

    def _made(self, reader: Reader, change: Change) -> Iterator[Event]:
        """The events of a change; the last has its id, so that one that breaks off is sent again whole."""
        for one in change.again:
            data = {"id": f"l-{one.number}", "html": self.rows(reader, [one])}
            yield Event(json.dumps(data), name="line")
        for name in change.panels:
            data = {"id": f"now-{name}", "html": self._panel(reader, name, change.now)}
            yield Event(json.dumps(data), name="panel")
        rows, place = self.rows(reader, change.lines), str(change.place)
        if not change.is_over:
            yield Event(rows, id=place, name="lines")  # also where there are none: the place counts
            return
        yield Event(rows, name="lines")
        over = templates.part(reader, "meeting_over.html", page=reader.href(page_path(self.row.key)))
        yield Event(over, id=place, name="over")


class Lives:
    """The meetings that are watched now, by their ids."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._lives: dict[str, asyncio.Task[Live]] = {}
        self._runs: dict[str, asyncio.Task[None]] = {}

    async def of(self, row: tables.Meeting) -> Live:
        """A running meeting as it is watched. Raises :class:`LookupError` where nothing is left of it."""
        task = self._lives.get(row.key)
        if task is None:
            task = self._lives[row.key] = asyncio.create_task(self._begun(row), name=f"watching {row.key}")
        try:
            return await asyncio.shield(task)
        except BaseException:
            if task.done() and self._lives.get(row.key) is task:
                del self._lives[row.key]
            raise

    async def _begun(self, row: tables.Meeting) -> Live:
        live = Live(self._bot, row)
        await live.begin()
        self._runs[row.key] = asyncio.create_task(self._run(live), name=f"live page of {row.key}")
        return live

    async def _run(self, live: Live) -> None:
        following = asyncio.create_task(live.run())
        try:
            while not following.done():
                await asyncio.wait([following], timeout=LINGER)
                if not live.readers:
                    break
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            self._lives.pop(live.row.key, None)
            self._runs.pop(live.row.key, None)

    async def close(self) -> None:
        """Watch nothing any more."""
        runs = [*self._runs.values()]
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)


def live_page(request: Request, reader: Reader, found: Found, live: Live) -> Response:
    """A running meeting's page."""
    row, page = found.row, page_path(found.row.key)
    lines = list(live.tail)
    return templates.page(
        request,
        "meeting_live.html",
        title=title_of(live.meeting.minutes()),
        data={
            "id": row.key,
            "page": reader.href(page),
            "log": reader.href(f"{page}log"),
            "live": reader.href(f"{page}live"),
            "running": True,
            "place": live.place,
            "started": row.started.isoformat(),
            "now": json_of(live.now),
            "lines": [line_as_json(one) for one in lines],
        },
        headers={"Cache-Control": "no-store", **headers_of(restricted=row.restricted)},
        row=row,
        zone=live.meeting.zone.key,
        times=Times(live.meeting.zone.key),
        page=reader.href(page),
        log=reader.href(f"{page}log"),
        live=reader.href(f"{page}live?after={live.place}"),
        place=live.place,
        panels=live.panels(reader),
        lines=live.rows(reader, lines),
        is_cut=bool(lines) and lines[0].number != 1,
        before=found.before,
    )


async def over(reader: Reader, key: str) -> AsyncIterator[Event]:
    """What whoever watches a meeting that is over is told."""
    told = templates.part(reader, "meeting_over.html", page=reader.href(page_path(key)))
    yield Event(told, name="over")


def _folded(key: str, entries: list[Entry]) -> Meeting:
    return fold((entry.line for entry in entries), Opening(key))


def _numbered(entries: Sequence[Entry], number: int) -> list[NumberedLine]:
    """Lines with their numbers, behind so many; notes are left out."""
    lines = (entry.line for entry in entries if entry.line.kind is not Kind.NOTE)
    return [NumberedLine(count, line) for count, line in enumerate(lines, number + 1)]
