"""``muster import-meetbot DIR``: an archive that MeetBot (or Muster) wrote, taken over where it stands.

Every file that is there stays as it is, so every published address goes on to work; what is missing beside
it is written. Whose log others may not read is a restricted meeting.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot import __version__
from plugins.meetings.files import write_files
from plugins.meetings.forms import ENDINGS, NumberedLine, render_in_pieces
from plugins.meetings.logs import Format, LogError, Problem, date_in, date_of, detect, read, room_of
from plugins.meetings.logs.folding import Setting, meetings
from plugins.meetings.logs.pages import pieces
from plugins.meetings.minutes import Minutes
from plugins.meetings.replay import Options, decode

SOURCES = (".json", ".log.json", ".log.txt", ".log.html")
"""What a meeting is read from: the first of these that is there and can be read."""

_ALL = tuple(sorted({*ENDINGS, *SOURCES}, key=len, reverse=True))
_OTHERS_READ = 0o004


@dataclass(frozen=True, slots=True)
class Imported:
    """A meeting of the archive. ``source`` is the file it was read from, ``missing`` the endings that are
    not there yet, ``problems`` the rows of the source that were left out.
    """

    base: PurePosixPath
    minutes: Minutes
    lines: tuple[NumberedLine, ...]
    source: Path
    missing: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Files that stay where they are but are no meeting to Muster, and why."""

    base: PurePosixPath
    why: str


def import_archive(root: Path, options: Options) -> Iterator[Imported | Skipped]:
    """Each meeting under ``root``, by its path; nothing is written.

    ``options`` is what logs do not say (``pattern`` is not used: a meeting keeps its path). Raises
    ``OSError`` only where ``root`` itself cannot be read.
    """
    for base, endings in _bases(root):
        yield _import(root, base, endings, options)


def complete(root: Path, imported: Imported) -> list[Path]:
    """Write the forms that are missing beside a meeting's files, and no other; raises ``OSError``."""
    forms = render_in_pieces(imported.minutes, imported.lines, name=imported.base.name)
    missing = {
        ending: forms[ending]
        for ending in imported.missing
        if not _path(root, imported.base, ending).exists()
    }
    return (
        write_files(root, imported.base, missing, restricted=imported.minutes.restricted) if missing else []
    )


def _path(root: Path, base: PurePosixPath, ending: str) -> Path:
    return root / f"{base}{ending}"


def _bases(root: Path) -> list[tuple[PurePosixPath, frozenset[str]]]:
    """The meetings' paths without endings, sorted, and the endings that are there."""
    found: dict[PurePosixPath, set[str]] = {}
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in names:
            ending = next((ending for ending in _ALL if name.endswith(ending)), None)
            if ending is not None and not name.startswith(".") and name != ending:
                base = PurePosixPath((Path(folder) / name.removesuffix(ending)).relative_to(root).as_posix())
                found.setdefault(base, set()).add(ending)
    # A page on its own (an index, say) belongs to no meeting.
    return sorted((base, frozenset(endings)) for base, endings in found.items() if endings != {".html"})


def _import(root: Path, base: PurePosixPath, endings: frozenset[str], options: Options) -> Imported | Skipped:
    whys = []
    for ending in SOURCES:
        if ending not in endings:
            continue
        path = _path(root, base, ending)
        if not path.resolve().is_relative_to(root.resolve()):
            whys.append(f"{path.name}: it is a link out of the archive")
            continue
        try:
            found = _read(path, base, endings, options)
        except (LogError, OSError) as error:
            whys.append(f"{path.name}: {error.strerror if isinstance(error, OSError) else error}")
            continue
        if found is not None:
            return found
        whys.append(f"{path.name}: no #startmeeting in it")
    return Skipped(base, "; ".join(whys) or "it has no log (.log.txt or .log.html)")


def _read(path: Path, base: PurePosixPath, endings: frozenset[str], options: Options) -> Imported | None:
    text = decode(path.read_bytes())
    if path.name.endswith(".log.html"):
        text = text_of(text)
        form = Format.MEETBOT
    else:
        form = options.format or detect(path.name, text) or Format.MEETBOT
    bare = path.with_name(base.name)
    start = options.start or date_of(bare.absolute()) or date_in(text)
    room = room_of(PurePosixPath(f"{base}.log.txt"), text, options.network)
    log = read(text, form, room=room, zone=options.zone, start=start)
    setting = Setting(
        pattern="%%F",
        zone=options.zone,
        zone_name=options.zone_name,
        version=__version__,
        profile=options.profile or form.profile,
        bot=options.bot,
        one_meeting=True,
        is_a_meeting=form.is_a_meeting,
        base_url=options.base_url,
    )
    for meeting, lines, _ in meetings(log.lines, setting, lambda _: base):
        minutes = meeting.minutes()
        if not path.stat().st_mode & _OTHERS_READ:
            minutes = dataclasses.replace(minutes, restricted=True)
        missing = tuple(ending for ending in ENDINGS if ending not in endings)
        return Imported(base, minutes, tuple(lines), path, missing, log.problems)
    return None


_SKIPPED = frozenset({"style", "script", "title", "head"})
_ROWS = frozenset({"tr", "br", "p", "div", "li"})


def text_of(page: str) -> str:
    """The rows of a log's HTML page (MeetBot's are in a ``<pre>``), as its ``.log.txt`` would have them."""
    parts: list[str] = []
    skipping = 0
    for piece in pieces(page):
        if piece.name in _SKIPPED:
            skipping = max(0, skipping - 1) if piece.closes else skipping + 1
        elif piece.name in _ROWS:
            parts.append("\n")
        if not skipping:
            parts.append(piece.text)
    rows = (row.rstrip(" \t") for row in "".join(parts).split("\n"))
    return "\n".join(row for row in rows if re.match(r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d", row))


def unreadable(found: Iterable[Imported | Skipped]) -> list[str]:
    """What to tell of an import: each group of files that is no meeting, each log with rows left out."""
    told = []
    for each in found:
        if isinstance(each, Skipped):
            told.append(f"{each.base}: {each.why}")
        elif each.problems:
            first = each.problems[0]
            count, first = len(each.problems), each.problems[0]
            rows = "1 row" if count == 1 else f"{count} rows"
            told.append(f"{each.base}: {rows} of {each.source.name} left out, {first.row} ({first.why})")
    return told
