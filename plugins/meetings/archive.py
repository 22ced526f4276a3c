"""Where the files of meetings are, and how they get there: from the journal, in a thread beside the chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from bot.model import Entry, Room
from bot.plugin import Bot
from plugins.meetings.files import is_taken, withdraw, write_files
from plugins.meetings.forms import render, render_in_pieces
from plugins.meetings.meeting import fold
from plugins.meetings.minutes import Minutes
from plugins.meetings.names import archive_path, meeting_id, public_address, unique
from plugins.meetings.opening import Opening
from plugins.meetings.results import Results, results_of
from plugins.meetings.running import numbered, with_numbers


@dataclass(slots=True)
class Archive:
    """The folder ``archive`` in ``data_dir``, and its public address."""

    bot: Bot

    @property
    def root(self) -> Path:
        """The folder."""
        return self.bot.data_dir / "archive"

    def address(self, path: PurePosixPath, ending: str) -> str:
        """What people are told: the file's public address, or without ``base_url`` its path."""
        if not self.bot.base_url:
            return str(self.root / f"{path}{ending}")
        return public_address(self.bot.base_url, path, ending)

    def free_path(
        self,
        pattern: str,
        room: Room,
        name: str,
        started: datetime,
        taken: Set[str],
        *,
        is_shared: bool = False,
    ) -> PurePosixPath:
        """Where a new meeting's files go, without ending: a place that no meeting and no file has.

        ``taken`` are the ids of all meetings, which are the last parts of their paths; an id is given once.
        ``is_shared``: another process may give ids for a room of that name, so this one's has the network's.
        """
        on_disk = is_taken(self.root)
        local = started.astimezone(ZoneInfo(self.bot.zone))
        wanted = archive_path(
            pattern, network=room.network, channel=room.name, meetingname=name, started=local
        )

        def is_gone(path: PurePosixPath) -> bool:
            return (is_shared and path == wanted) or meeting_id(path) in taken or on_disk(path)

        return unique(wanted, is_gone, room.network)

    def has(self, path: PurePosixPath) -> bool:
        """Whether any file of that meeting is there."""
        return is_taken(self.root)(path)

    async def entries(self, room: Room, spans: Iterable[tuple[int, int | None]]) -> list[Entry]:
        """A meeting's lines, committed and on their way."""
        found: list[Entry] = []
        for first, last in spans:
            found += await self.bot.lines(room, first, last)
        return found

    async def write(
        self,
        path: PurePosixPath,
        entries: list[Entry],
        numbers: dict[str, int],
        is_withdrawn: Callable[[], bool],
    ) -> Results:
        """Write all forms of a meeting: its lines folded once more, so that the files hold what the journal
        holds; what it came to. ``entries`` is emptied. ``numbers`` are its actions' short numbers, by key;
        ``is_withdrawn`` says, in another thread, whether the meeting is restricted by now.
        """

        def work() -> Results:
            try:
                return write_meeting(self.root, path, entries, numbers, is_withdrawn)
            finally:
                _let_go(entries)

        return await asyncio.to_thread(work)

    def withdraw(self, path: PurePosixPath) -> None:
        """Let nobody else read a meeting's files from now on, those that are just being written included."""
        withdraw(self.root, path)


def write_meeting(
    root: Path,
    path: PurePosixPath,
    entries: Sequence[Entry],
    numbers: dict[str, int],
    is_withdrawn: Callable[[], bool] = lambda: False,
) -> Results:
    """Write all forms of a meeting from its journal; what it came to. The same entries, the same bytes."""
    meeting = fold((entry.line for entry in entries), Opening(path.name))
    minutes = with_numbers(meeting.minutes(), numbers)
    lines = numbered(entries)
    forms = render_in_pieces(minutes, lines, name=path.name)
    results = results_of(minutes, meeting.opening.team or "", entries, lines)
    _let_go(lines)
    write_files(root, path, forms, restricted=minutes.restricted, is_withdrawn=is_withdrawn)
    return results


def forms_of(
    path: PurePosixPath, entries: Sequence[Entry], numbers: dict[str, int]
) -> tuple[Minutes, dict[str, str]]:
    """A meeting's minutes, and all their forms by their endings, from its journal; nothing is written."""
    meeting = fold((entry.line for entry in entries), Opening(path.name))
    minutes = with_numbers(meeting.minutes(), numbers)
    return minutes, render(minutes, numbered(entries), name=path.name)


def results_in(key: str, entries: Sequence[Entry]) -> Results:
    """What a meeting came to, from its journal; its actions have no short numbers."""
    meeting = fold((entry.line for entry in entries), Opening(key))
    return results_of(meeting.minutes(), meeting.opening.team or "", entries, numbered(entries))


def _let_go(values: list[Any]) -> None:
    """Empty a long list little by little: nothing else runs while the memory of all of it is given back."""
    while values:
        del values[-1_000:]
