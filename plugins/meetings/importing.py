"""Taking over an archive that MeetBot wrote: its files copied, its meetings recorded, their lines searchable.

Every file keeps its path and its bytes, so each published address goes on to work under this archive; the
forms that MeetBot did not write are written beside it. Done again, it adds only what is new.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import add_old_lines
from bot.store import Store
from plugins.meetings import tables
from plugins.meetings.meetbot import Imported, complete, import_archive, unreadable
from plugins.meetings.names import meeting_id
from plugins.meetings.replay import Options


@dataclass(frozen=True, slots=True)
class Import:
    """What an import came to: how many meetings are new and how many were known, and what is to be told."""

    new: int
    known: int
    problems: tuple[str, ...]


def take_over(source: Path, root: Path, store: Store, options: Options) -> Import:
    """Take the archive ``source`` over into the archive ``root`` and the database. No Muster may be running.

    Raises ``OSError`` where a file cannot be read or written; what was done before stays, and doing it again
    goes on from there.
    """
    problems = []
    if source.resolve() != root.resolve():
        problems = _copy(source, root)
    known_paths = store.read_now(tables.paths)
    new = known = 0
    found = []
    for each in import_archive(root, options):
        if isinstance(each, Imported) and str(each.base) in known_paths:
            known += 1
            continue
        found.append(each)
        if isinstance(each, Imported):
            complete(root, each)
            store.write_now(_record, each)
            new += 1
    return Import(new, known, (*problems, *unreadable(found)))


def _copy(source: Path, root: Path) -> list[str]:
    """Copy each file to its path under ``root``; one that is there already and differs stays, and is told."""
    problems = []
    for path in sorted(source.rglob("*")):
        target = root / path.relative_to(source)
        if path.is_symlink() or not path.is_file():
            continue
        if target.exists():
            if target.read_bytes() != path.read_bytes():
                problems.append(f"{target} is there already and differs from {path}: it stays")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.new")
        part.unlink(missing_ok=True)  # what a crash left behind
        part.touch(mode=0o600, exist_ok=False)  # what others may not read they never can, not even meanwhile
        shutil.copyfile(path, part)
        shutil.copystat(path, part)
        part.replace(target)
    return problems


def _record(session: Session, imported: Imported) -> None:
    minutes = imported.minutes
    lines = [numbered.line for numbered in imported.lines]
    room = Room(minutes.network, minutes.room)
    span = add_old_lines(session, room, [line.replace(room=room) for line in lines])
    row = tables.Meeting(
        id=0,
        key=_free_key(session, meeting_id(imported.base)),
        path=str(imported.base),
        room=room,
        name=minutes.name,
        title=minutes.title,
        owner=minutes.owner,
        started=minutes.started,
        ended=minutes.ended,
        restricted=minutes.restricted,
        written=True,
        imported=True,
        spans=(span,),
    )
    tables.save(session, row)


def _free_key(session: Session, wanted: str) -> str:
    """An id that no meeting has: the last part of the path, if need be with a number."""
    key, number = wanted, 1
    while tables.find(session, key) is not None:
        number += 1
        key = f"{wanted}-{number}"
    return key
