"""``muster replay``: from logs to the files that live meetings would have written.

It needs no configuration and no database. What one log cannot tell is reported and stops no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path, PurePosixPath

from bot import __version__
from bot.model import Line, Room
from plugins.meetings.files import OutsideArchiveError, write_files
from plugins.meetings.forms import render_in_pieces
from plugins.meetings.logs import Format, Log, LogError, Problem, date_in, date_of, detect, read, room_of
from plugins.meetings.logs.folding import LOG_ENDS, Setting, meetings
from plugins.meetings.names import DEFAULT_PATTERN, unique
from plugins.meetings.running import with_numbers

_ENDINGS = (".log.txt", ".log.json")

__all__ = ["Failure", "Options", "Report", "Unread", "Written", "decode", "meetings", "replay"]


@dataclass(frozen=True, slots=True)
class Options:
    """What to take for what logs do not say.

    ``format`` is found out where it is ``None``; ``zone`` (an IANA name with its rules) is the zone of times
    in logs that name none, of file names and of the minutes; ``room`` and ``start`` replace what a log or its
    file's name says. ``pattern`` is MeetBot's, as for :func:`~plugins.meetings.names.archive_path`; an empty
    ``profile`` is the format's own. ``base_url`` is where the archive is shown, if that is known.
    """

    zone: tzinfo
    zone_name: str = "UTC"
    format: Format | None = None
    bot: str = ""
    pattern: str = DEFAULT_PATTERN
    profile: str = ""
    network: str = "irc"
    room: str = ""
    start: date | None = None
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A meeting that was written: its path in the archive, title, number of lines, and its files.

    ``closed_at_the_end`` tells that the log ended before the meeting did.
    """

    base: PurePosixPath
    title: str
    line_count: int
    files: tuple[Path, ...]
    closed_at_the_end: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """The rows of one log that were left out."""

    path: Path
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A log that could not be read, or a meeting that could not be written, and what to do."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a replay came to. ``silent`` are the logs that hold no meeting."""

    written: tuple[Written, ...]
    unread: tuple[Unread, ...]
    failures: tuple[Failure, ...]
    silent: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """One log that was read."""

    path: Path
    format: Format
    room: Room
    log: Log

    @property
    def begins(self) -> datetime:
        return self.log.lines[0].time


def decode(content: bytes) -> str:
    """Text in UTF-8; a row that is not, as logs of old have them, is taken for Windows' Latin-1."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(_decode_row(row) for row in content.split(b"\n"))


def _decode_row(row: bytes) -> str:
    try:
        return row.decode("utf-8")
    except UnicodeDecodeError:
        return row.decode("cp1252", "replace")


def replay(paths: Iterable[Path], out: Path, options: Options) -> Report:
    """Write each meeting in the logs ``paths`` under ``out``, as it would have been written live.

    Logs of one room that hold all that was said there (irssi's, ZNC's, ...) are taken together, in order, so
    that a meeting may begin in one day's log and end in the next day's. Never raises for what a log holds.
    """
    sources: list[_Source] = []
    unread: list[Unread] = []
    failures: list[Failure] = []
    written: list[Written] = []
    silent: list[Path] = []
    for path in paths:
        try:
            source = _read(path, options)
        except (LogError, OSError) as error:
            failures.append(Failure(path, _why(error)))
            continue
        if source.log.problems:
            unread.append(Unread(path, source.log.problems))
        if source.log.lines:
            sources.append(source)
        else:
            silent.append(path)
    taken: set[PurePosixPath] = set()
    for together in _together(sources):
        first = together[0]
        try:
            found = _write(together, out, options, taken)
        except (OutsideArchiveError, OSError) as error:
            failures.append(Failure(first.path, _why(error)))
            continue
        written += found
        if not found:
            silent += [source.path for source in together]
    return Report(tuple(written), tuple(unread), tuple(failures), tuple(silent))


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _read(path: Path, options: Options) -> _Source:
    text = decode(path.read_bytes())
    form = options.format or detect(path.name, text)
    if form is None:
        raise LogError(f"no log that Muster knows: name its format with --format ({', '.join(Format)})")
    room = Room(options.network, options.room) if options.room else room_of(path, text, options.network)
    start = options.start or date_of(path.absolute()) or date_in(text)
    log = read(text, form, room=room, zone=options.zone, start=start)
    return _Source(path, form, log.lines[0].room if log.lines else room, log)


def _together(sources: Sequence[_Source]) -> list[list[_Source]]:
    """The logs that are read on from one to the next, in the order of their times."""
    groups: dict[tuple[object, ...], list[_Source]] = {}
    for number, source in enumerate(sources):
        key = (number,) if source.format.is_of_one_meeting else (source.format, source.room)
        groups.setdefault(key, []).append(source)
    return [sorted(group, key=lambda source: source.begins) for group in groups.values()]


def _own_name(together: Sequence[_Source], options: Options) -> str | None:
    """The name of the one meeting that a log holds, where its file bears it: so it is the same as before,
    also that of a meeting that began in the same minute as another.
    """
    first = together[0]
    if not first.format.is_of_one_meeting or options.pattern != DEFAULT_PATTERN:
        return None
    ending = next((each for each in _ENDINGS if first.path.name.endswith(each)), None)
    if ending is None or date_of(PurePosixPath(first.path.name)) is None:
        return None
    return first.path.name.removesuffix(ending)


def _write(
    together: Sequence[_Source], out: Path, options: Options, taken: set[PurePosixPath]
) -> list[Written]:
    lines: list[Line] = [line for source in together for line in source.log.lines]
    form = together[0].format
    own_name = _own_name(together, options)

    def place(path: PurePosixPath) -> PurePosixPath:
        if own_name is not None and path.with_name(own_name) not in taken:
            path = path.with_name(own_name)
        path = unique(path, taken.__contains__, lines[0].room.network)
        taken.add(path)
        return path

    setting = Setting(
        pattern=options.pattern,
        zone=options.zone,
        zone_name=options.zone_name,
        version=__version__,
        profile=options.profile or form.profile,
        bot=options.bot,
        one_meeting=form.is_of_one_meeting,
        is_a_meeting=form.is_a_meeting,
        base_url=options.base_url,
    )
    numbers = {key: number for source in together for key, number in source.log.numbers.items()}
    written: list[Written] = []
    for meeting, numbered, base in meetings(lines, setting, place):
        minutes = with_numbers(meeting.minutes(), numbers)
        contents = render_in_pieces(minutes, numbered, name=base.name)
        files = write_files(out, base, contents, restricted=minutes.restricted)
        closed = LOG_ENDS in minutes.notes
        written.append(Written(base, minutes.title, minutes.line_count, tuple(files), closed))
    return written
