"""What meetings add to the ``muster`` command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import click
from sqlalchemy.orm import Session

from bot.model import Entry
from bot.plugin import Configured, Setup, read_lines
from plugins.meetings import tables
from plugins.meetings.archive import write_meeting


def made(configured: Configured) -> Sequence[click.Command]:
    """The subcommands; ``configured`` gives one the configuration."""
    rebuilding = click.command("rebuild")(configured(rebuild))
    return (rebuilding,)


def rebuild(setup: Setup) -> None:
    """Write every minutes file again, from the journal."""
    with setup.hold():
        store = setup.open_store()
        try:
            rows = [row for row in store.read_now(tables.every) if not row.imported]
            for row in rows:
                entries, numbers = store.read_now(_of, row)
                write_meeting(setup.data_dir / "archive", PurePosixPath(row.path), entries, numbers)
        finally:
            store.close()
    click.echo(f"Rebuilt: {len(rows)} meeting{'s' * (len(rows) != 1)}.")


def _of(session: Session, row: tables.Meeting) -> tuple[list[Entry], dict[str, int]]:
    entries = [entry for first, last in row.spans for entry in read_lines(session, row.room, first, last)]
    return entries, tables.numbers(session, row.key)
