"""What rosters add to the ``muster`` command: ``teams import`` and ``teams export``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from bot.model import Actor
from bot.plugin import By, Configured, Setup
from bot.text import counted
from plugins.rosters import tables
from plugins.rosters.document import Document, Mistake
from plugins.rosters.importing import apply, contradictions
from plugins.rosters.reading import read_document
from plugins.rosters.writing import write_document


class _OnlyShownError(Exception):
    """Takes back a transaction that was to show what it changes."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines


def made(configured: Configured) -> Sequence[click.Command]:
    """The subcommands; ``configured`` gives one the configuration."""
    group = click.Group("teams", help="Teams, as a file.")
    group.add_command(click.command("import")(configured(import_teams)))
    group.add_command(click.command("export")(configured(export_teams)))
    return (group,)


@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_teams(setup: Setup, file: Path, dry_run: bool) -> None:
    """Take over the teams and people that FILE says, in YAML.

    With a mistake in it nothing changes, and every one is named with its line. Done again, it changes
    nothing.
    """
    now = datetime.now(UTC)
    document, mistakes = read_document(
        _text(file), networks=setup.config.networks, today=now.date(), zone=setup.config.bot.timezone
    )
    with setup.hold(), closing(setup.open_store()) as store:
        mistakes = sorted({*mistakes, *contradictions(document, store.read_now(tables.roster))})
        _refuse(file, mistakes)
        by = By(Actor("", "muster teams import"), None, now)
        try:
            lines = store.write_now(_made, by, document, dry_run)
        except _OnlyShownError as shown:
            lines = shown.lines
    for line in lines:
        click.echo(line)
    count = counted(len(lines), "change")
    click.echo(f"Nothing was changed; there would be {count}." if dry_run else f"Imported: {count}.")


def _made(session: Session, by: By, document: Document, dry_run: bool) -> list[str]:
    lines = apply(session, by, document)
    if dry_run:
        raise _OnlyShownError(lines)
    return lines


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise click.ClickException(f"{file}, line {line}: not UTF-8: save it in that encoding") from error


def _refuse(file: Path, mistakes: Sequence[Mistake]) -> None:
    for mistake in mistakes:
        click.echo(f"{file}, line {mistake.line}: {mistake.why}", err=True)
    if mistakes:
        count = counted(len(mistakes), "mistake")
        raise click.ClickException(f"{count} in {file}; nothing was changed")


def export_teams(setup: Setup) -> None:
    """Write all teams and people to standard output, in YAML."""
    with closing(setup.open_store()) as store:
        click.echo(write_document(store.read_now(tables.roster)), nl=False)
