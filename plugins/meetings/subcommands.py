"""What meetings add to the ``muster`` command: ``replay``, ``import-meetbot``, ``rebuild``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from bot.model import Entry
from bot.plugin import Configured, Setup, read_lines
from bot.store import Store
from plugins.meetings import tables
from plugins.meetings.archive import write_meeting
from plugins.meetings.importing import take_over
from plugins.meetings.names import DEFAULT_PATTERN
from plugins.meetings.profiles import PROFILES
from plugins.meetings.replay import Options
from plugins.meetings.replaying import read_zone, replay_command


def made(configured: Configured) -> Sequence[click.Command]:
    """The subcommands; ``configured`` gives one the configuration."""
    rebuilding = click.command("rebuild")(configured(rebuild))
    importing = click.command("import-meetbot")(configured(import_meetbot))
    return (replay_command, importing, rebuilding)


def rebuild(setup: Setup) -> None:
    """Write every minutes file again, from the journal."""
    done = failed = 0
    with setup.hold():
        store = setup.open_store()
        try:
            for row in store.read_now(tables.every):
                if row.imported:
                    continue
                why = _rebuilt(store, setup.data_dir / "archive", row)
                if why:
                    click.echo(f"{row.path}: {why}", err=True)
                    failed += 1
                else:
                    done += 1
        finally:
            store.close()
    click.echo(f"Rebuilt: {done} meeting{'s' * (done != 1)}.")
    if failed:
        raise click.ClickException(f"{failed} meeting{'s' * (failed != 1)} could not be rebuilt")


def _rebuilt(store: Store, root: Path, row: tables.Meeting) -> str:
    """Write one meeting's files again; why that cannot be, or nothing where it is done."""
    entries, numbers = store.read_now(_of, row)
    if not entries:
        return "it has no lines in the journal; its files are left as they are"
    try:
        write_meeting(root, PurePosixPath(row.path), entries, numbers)
    except OSError as error:
        return error.strerror or str(error)
    except (ValueError, KeyError) as error:  # a symbolic link that leads elsewhere, a zone that is no more
        return str(error)
    return ""


def _of(session: Session, row: tables.Meeting) -> tuple[list[Entry], dict[str, int]]:
    entries = [entry for first, last in row.spans for entry in read_lines(session, row.room, first, last)]
    return entries, tables.numbers(session, row.key)


@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--network",
    default="",
    help="The network that the meetings were held on, as in bot.ini; needed only where that has several.",
)
@click.option(
    "--zone", default="UTC", show_default=True, callback=read_zone, help="The zone of the logs' times."
)
@click.option("--bot", default="", help="The nick of the bot that ran the meetings, if not found out.")
@click.option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    help="The words in use then; by default muster, in RRSAgent's logs w3c.",
)
def import_meetbot(
    setup: Setup, folder: Path, network: str, zone: ZoneInfo, bot: str, profile: str | None
) -> None:
    """Take over the archive in DIR that MeetBot wrote: every file keeps its path.

    Done again, it adds only what is new.
    """
    options = Options(
        zone=zone,
        zone_name=zone.key,
        bot=bot,
        pattern=DEFAULT_PATTERN,
        profile=profile or "",
        network=network or _only_network(setup),
        base_url=setup.config.web.base_url,
    )
    with setup.hold():
        store = setup.open_store()
        try:
            done = take_over(folder, setup.data_dir / "archive", store, options)
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error
        finally:
            store.close()
    for problem in done.problems:
        click.echo(problem, err=True)
    click.echo(f"Imported: {done.new} meeting{'s' * (done.new != 1)}; known before: {done.known}.")


def _only_network(setup: Setup) -> str:
    """The network that is meant where none is named. Raises ``UsageError`` where there is not just one."""
    names = sorted(setup.config.networks)
    if len(names) == 1:
        return names[0]
    which = f"one of {', '.join(names)}" if names else "the configuration has none"
    raise click.UsageError(f"Say with --network which network the meetings were held on: {which}.")
