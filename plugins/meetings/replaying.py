"""The subcommand ``muster replay``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from plugins.meetings.logs import Format
from plugins.meetings.names import DEFAULT_PATTERN
from plugins.meetings.profiles import PROFILES
from plugins.meetings.replay import Options, Report, Unread, replay
from plugins.meetings.settings import ArchivePattern

_ROWS_SHOWN = 5


def read_zone(ctx: click.Context, parameter: click.Parameter, name: str) -> ZoneInfo:
    """The zone of that name, for an option."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise click.BadParameter(f"{name!r} is no time zone: write one like Europe/Berlin") from error


def _pattern(ctx: click.Context, parameter: click.Parameter, pattern: str) -> str:
    try:
        return ArchivePattern.from_setting(pattern)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command("replay")
@click.argument(
    "logs",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="LOG...",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write the archive.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Format]),
    help="The logs' format, if not found out.",
)
@click.option(
    "--zone",
    default="UTC",
    show_default=True,
    callback=read_zone,
    help="The zone of the logs' times and of the minutes.",
)
@click.option(
    "--date",
    "start",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first line's date, where the log has none.",
)
@click.option("--room", default="", help="The room, such as #nova, whatever the log says.")
@click.option("--network", default="irc", show_default=True, help="The network's name.")
@click.option("--bot", default="", help="The nick of the bot that ran the meetings, if not found out.")
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    help="The words in use then; by default muster, in RRSAgent's logs w3c.",
)
@click.option(
    "--pattern", default=DEFAULT_PATTERN, show_default=True, callback=_pattern, help="How files are named."
)
def replay_command(
    logs: tuple[Path, ...],
    out: Path,
    form: str | None,
    zone: ZoneInfo,
    start: datetime | None,
    room: str,
    network: str,
    bot: str,
    profile: str | None,
    pattern: str,
) -> None:
    """Write the minutes of the meetings in LOG...

    Logs of MeetBot, hcoop-meetbot, irssi, WeeChat, HexChat, ZNC, RRSAgent and Muster are known. It needs no
    configuration and no database.
    """
    options = Options(
        zone=zone,
        zone_name=zone.key,
        format=Format(form) if form else None,
        bot=bot,
        pattern=pattern,
        profile=profile or "",
        network=network,
        room=room,
        start=start.date() if start else None,
    )
    if not tell(replay(logs, out, options)):
        sys.exit(1)


def tell(report: Report) -> bool:
    """Print what a replay came to; whether all went well."""
    for meeting in report.written:
        end = "; the log ends before the meeting does" if meeting.closed_at_the_end else ""
        click.echo(f"{meeting.base}: {meeting.title}, {meeting.line_count} lines{end}")
    for unread in report.unread:
        click.echo(_rows(unread), err=True)
    for path in report.silent:
        click.echo(f"{path}: no meeting in it", err=True)
    for failure in report.failures:
        click.echo(f"{failure.path}: {failure.why}", err=True)
    return bool(report.written) and not report.failures


def _rows(unread: Unread) -> str:
    shown = [f"{problem.row} ({problem.why})" for problem in unread.problems[:_ROWS_SHOWN]]
    more = len(unread.problems) - len(shown)
    rows = ", ".join(shown) + (f" and {more} more" if more else "")
    return f"{unread.path}: left out {'row' if len(unread.problems) == 1 else 'rows'} {rows}"
