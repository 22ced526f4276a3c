"""What the tracker adds to the ``muster`` command: ``sync``, ``tracker login``, ``tracker import``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import click

from bot.model import Actor
from bot.plugin import By, Configured, Setup
from bot.store import Store
from bot.text import counted
from plugins.tracker import importing, tables
from plugins.tracker.backend import Backend, BackendError
from plugins.tracker.local import KEY
from plugins.tracker.settings import TrackerSettings
from plugins.tracker.shelf import Shelf
from plugins.tracker.syncing import Sync

Opens: TypeAlias = Callable[[TrackerSettings, Path], Backend | None]
"""Makes the backend that ``[tracker]`` names, with its files in ``data_dir``."""


def made(configured: Configured, opens: Opens) -> Sequence[click.Command]:
    """The subcommands; ``configured`` gives one the configuration."""

    def sync(setup: Setup) -> None:
        """Read all that the tracker holds, once; a running Muster does so by itself."""
        _sync(setup, opens)

    group = click.Group("tracker", help="The tracker of blueprints and bugs.")
    group.add_command(click.command("login")(configured(login)))
    group.add_command(click.command("import")(configured(import_)))
    return (click.command("sync")(configured(sync)), group)


def _sync(setup: Setup, opens: Opens) -> None:
    backend = opens(setup.config.sections["tracker"], setup.data_dir)
    if backend is None:
        raise click.ClickException("Muster keeps its own tracker: there is nothing to read.")
    try:
        held = setup.hold()
    except click.ClickException as error:
        raise click.ClickException(
            f"{error.message}, or say !tracker sync to it, which reads the tracker without that."
        ) from error
    with held, contextlib.closing(setup.open_store()) as store:
        try:
            shelf = asyncio.run(_read(backend, store))
        except BackendError as error:
            raise click.ClickException(str(error)) from error
    blueprints, bugs = len(shelf.items.blueprints), len(shelf.items.bugs)
    click.echo(f"{backend.name}: {counted(blueprints, 'blueprint')} and {counted(bugs, 'bug')}.")


async def _read(backend: Backend, store: Store) -> Shelf:
    def now() -> datetime:
        return datetime.now(UTC)

    shelf = Shelf(store, backend.key, backend.name.partition(" (")[0], now, backend.untold)
    await shelf.open()
    known = len(shelf.items.blueprints) + len(shelf.items.bugs)
    try:
        # How many there are is known only from the last time.
        is_known = known > 0
        sync = Sync(backend, shelf, now)
        with click.progressbar(
            length=known or 1,
            label=f"Reading {backend.name}",
            show_percent=is_known,
            show_eta=is_known,
            show_pos=True,
        ) as bar:
            await sync.run(bar.update)
        await sync.deepen()
    finally:
        await backend.close()
    return shelf


def login(setup: Setup) -> None:
    """Let Muster into Launchpad: shows an address to open in any browser, and keeps what it is given
    there.
    """
    config = setup.config.sections["tracker"]
    if config.type != "launchpad":
        raise click.ClickException("[tracker] type is not launchpad: there is nowhere to log in.")
    if config.credentials_file is None:
        raise click.ClickException("[tracker] names no credentials_file to write; set it first.")
    from plugins.tracker.launchpad.login import log_in

    def show(address: str) -> None:
        click.echo(f"Open this address in any browser, logged in as who Muster is to be:\n  {address}")

    def wait() -> None:
        click.prompt("Press Enter once you have decided there", default="", show_default=False)

    try:
        log_in(config.service_root, config.consumer, config.credentials_file, show, wait)
    except (BackendError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{config.credentials_file} lets Muster in.")


def problems(setup: Setup) -> Sequence[str]:
    """What ``muster check`` says of Launchpad; nothing of Muster's own tracker."""
    config = setup.config.sections["tracker"]
    heard = [*_not_heard(setup)]
    if config.type != "launchpad":
        return heard
    from plugins.tracker.launchpad.login import try_out

    cache = config.cache_dir or setup.data_dir / "launchpad"
    try:
        try_out(
            config.project,
            config.service_root,
            config.consumer,
            config.credentials_file,
            cache,
            config.series,
        )
    except BackendError as error:
        return [f"[tracker]: {error}", *heard]
    return heard


def _not_heard(setup: Setup) -> Iterator[str]:
    """Why webhooks that are wanted do not arrive."""
    config = setup.config.sections["tracker"]
    if config.webhook_secret is None:
        return
    if config.type != "launchpad":
        yield "[tracker]: webhook_secret is for Launchpad; Muster's own tracker hears no webhooks."
    elif not setup.config.serves:
        yield "[tracker]: webhook_secret is set, and without a section [web] no webhook arrives."


@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_(setup: Setup, file: Path, dry_run: bool) -> None:
    """Take blueprints, bugs and milestones from FILE, CSV or JSON, into Muster's own tracker.

    With a mistake in it nothing is changed. Done again, it changes only what is new.
    """
    if setup.config.sections["tracker"].type != "local":
        raise click.ClickException("[tracker] type is not local: this is for Muster's own tracker.")
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not UTF-8: {error}") from error
    by = By(Actor("", "import"), None, datetime.now(UTC))
    with setup.hold(), contextlib.closing(setup.open_store()) as store:
        kept = store.write_now(tables.opened, KEY)
        try:
            found = importing.read(text, is_json=file.suffix.lower() == ".json")
            taken = importing.taken(found, kept.items, kept.milestones, by.time)
        except importing.MistakesError as error:
            for mistake in error.mistakes:
                click.echo(f"{file}: {mistake}", err=True)
            count = counted(len(error.mistakes), "mistake")
            raise click.ClickException(f"{count} in {file}; nothing was changed.") from error
        if not dry_run:
            store.write_now(importing.store, kept.tracker, taken, by)
    for line in taken.lines() if dry_run else ():
        click.echo(line)
    click.echo(f"{'Would be imported' if dry_run else 'Imported'}: {taken}")
