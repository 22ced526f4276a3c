"""The ``muster`` command. Thin: each subcommand reads the configuration and calls one thing.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from bot import __version__, backup, config, database, loader, pages
from bot.app import App
from bot.config import Config, ConfigError, ConsoleSettings
from bot.lock import DataLock, HeldError
from bot.plugin import Plugin
from bot.store import Store, database_url
from bot.text import one_line

log = logging.getLogger(__name__)

# Seconds that threads get at the end: with those before them, less than five.
_PATIENCE = 0.3  # the database's
_OTHERS = 0.2  # what asks for an address or writes a file


class ConfigurationWrong(click.ClickException):
    """Nothing can be done with this configuration."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Setup:
    """What most subcommands begin with: the configuration, and the plugins there are."""

    config: Config
    available: dict[str, type[Plugin]]

    @property
    def data_dir(self) -> Path:
        """Where Muster's files are."""
        return self.config.bot.data_dir

    def open_store(self) -> Store:
        """The database, made and upgraded if need be."""
        with _orderly(self):
            store = Store(self.url)
            if not database.is_current(store):
                database.upgrade(store)
            return store

    @property
    def url(self) -> URL:
        """Where the database is."""
        return database_url(self.config.bot.database.reveal(), self.data_dir)

    def hold(self) -> contextlib.ExitStack:
        """Hold the data folder, so that no other Muster changes it meanwhile."""
        stack = contextlib.ExitStack()
        try:
            lock = DataLock(self.data_dir)
        except (HeldError, OSError) as error:
            raise click.ClickException(str(error)) from error
        stack.callback(lock.release)
        return stack


@contextlib.contextmanager
def _orderly(setup: Setup) -> Iterator[None]:
    """Say in one line why the database cannot be used."""
    try:
        yield
    except database.TooNewError as error:
        raise click.ClickException(str(error)) from error
    except (SQLAlchemyError, OSError) as error:
        why = one_line(str(getattr(error, "orig", error)))
        shown = setup.url.render_as_string(hide_password=True)
        raise click.ClickException(f"the database {shown} cannot be used: {why}") from error


def _available() -> dict[str, type[Plugin]]:
    try:
        return loader.installed()
    except loader.LoadError as error:
        raise click.ClickException(str(error)) from error


def _setup(path: Path) -> Setup:
    available = _available()
    try:
        found = config.load(path, plugins=loader.declarations(available))
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        count = len(error.problems)
        raise ConfigurationWrong(f"{count} mistake{'s' * (count > 1)} in the configuration") from error
    return Setup(found, available)


def _file_option(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option ``-c FILE``."""
    return click.option(
        "-c",
        "path",
        default="bot.ini",
        show_default=True,
        type=click.Path(path_type=Path),
        help=help_text,
        metavar="FILE",
    )


def configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a subcommand ``-c FILE`` and hand it the :class:`Setup` first."""

    @_file_option("The configuration file.")
    @click.pass_context
    def with_setup(ctx: click.Context, /, path: Path, **arguments: Any) -> Any:
        return ctx.invoke(command, _setup(path), **arguments)

    with_setup.__doc__ = command.__doc__
    with_setup.__name__ = command.__name__
    with_setup.__click_params__ = [  # type: ignore[attr-defined]
        *getattr(with_setup, "__click_params__", []),
        *getattr(command, "__click_params__", []),
    ]
    return with_setup


class Muster(click.Group):
    """The group of all subcommands, those of plugins included."""

    def _of_plugins(self) -> Iterator[click.Command]:
        for plugin in _available().values():
            yield from plugin.subcommands(configured)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in order."""
        return sorted({*super().list_commands(ctx), *(found.name or "" for found in self._of_plugins())})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One, the core's first."""
        own = super().get_command(ctx, cmd_name)
        return own or next((found for found in self._of_plugins() if found.name == cmd_name), None)


@click.group(cls=Muster, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="muster")
def main() -> None:
    """Muster coordinates open teams where they talk: meetings, minutes, and who does what."""


def _logging(level: str, who: str = "") -> None:
    """Log from ``level`` on; ``who`` tells apart what writes into the same log."""
    line = f"%(asctime)s %(levelname)s {who and who + ': '}%(name)s: %(message)s"
    logging.basicConfig(level=level.upper(), format=line, stream=sys.stderr)
    # These tell each message or job that passes; ours is the level that counts.
    for noisy in ("irc", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _run(setup: Setup) -> None:
    _logging(setup.config.bot.log_level)
    for warning in setup.config.warnings:
        log.warning("%s", warning)
    with setup.hold():
        store = setup.open_store()
        runner, threads = asyncio.Runner(), ThreadPoolExecutor(thread_name_prefix="beside")
        runner.get_loop().set_default_executor(threads)
        code = 1
        try:
            if runner.run(App(setup.config, setup.available, store).run()):
                code = 0
        except loader.LoadError as error:
            raise ConfigurationWrong(str(error)) from error
        finally:
            beside = _finish(threads)
            if beside:
                runner.close()  # which waits for those threads without end
            else:
                log.warning("Ended without waiting for an address that is looked up, or for a file")
            if not store.close(_PATIENCE):
                log.error("The database does not answer: ended without waiting for it")
                _exit_at_once(1)
            if not beside:
                _exit_at_once(code)
    if code:
        sys.exit(code)


def _finish(threads: ThreadPoolExecutor) -> bool:
    """Begin nothing more in these threads; whether they have ended within :data:`_OTHERS` seconds."""
    threads.shutdown(wait=False, cancel_futures=True)
    waiting = threading.Thread(target=threads.shutdown, daemon=True)  # there is no such wait with a limit
    waiting.start()
    waiting.join(_OTHERS)
    return not waiting.is_alive()


def _exit_at_once(code: int) -> NoReturn:
    """End though a thread hangs: Python itself would wait for it."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # nobody reads any more
            stream.flush()
    os._exit(code)


@main.command()
@configured
def run(setup: Setup) -> None:
    """Run Muster on the networks that the configuration names, until told to end."""
    _run(setup)


@main.command()
@click.option(
    "--static",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Serve nothing, but write a copy of all public pages to DIR, for any web server.",
)
@configured
def web(setup: Setup, folder: Path | None) -> None:
    """Serve the pages alone, from the database of a Muster that runs elsewhere or not at all."""
    _logging(setup.config.bot.log_level)
    chosen = pages.serving(setup.config)
    if folder is not None and not chosen.web.public:
        raise click.ClickException("With public = no there are no public pages to copy.")
    with contextlib.closing(_readable(setup)) as store:
        shown = pages.Pages(chosen, setup.available, store)
        try:
            if folder is None:
                if not asyncio.run(shown.run()):
                    sys.exit(1)
                return
            done = asyncio.run(shown.copy(folder))
        except loader.LoadError as error:
            raise ConfigurationWrong(str(error)) from error
        except (pages.CopyError, OSError) as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{folder} has {done.made} files: {done.changed} written, {done.removed} removed.")
    if done.failed:
        raise click.ClickException(f"{len(done.failed)} pages could not be made: the log names them.")


@main.command(hidden=True)
@click.argument("number", type=int)
@click.argument("listening", type=int)
@click.argument("channel", type=int)
@click.argument("home", type=click.Path(path_type=Path))
def page_process(number: int, listening: int, channel: int, home: Path) -> None:
    """Make pages for the Muster that started this, by numbers of open files that it handed on."""
    from bot.page_process import PageProcess
    from bot.web.channel import first_told

    with socket.socket(fileno=channel) as line:
        try:
            setup = Setup(first_told(line), _available())
        except EOFError:  # Muster has ended already
            sys.exit(1)
        _logging(setup.config.bot.log_level, f"web {number}")
        try:
            with contextlib.closing(_readable(setup)) as store:
                given = socket.socket(fileno=listening)
                shown = PageProcess(setup.config, setup.available, store, number, line, given, home)
                if not asyncio.run(shown.run()):
                    sys.exit(1)
        except (click.ClickException, loader.LoadError) as error:
            log.error("%s", error)
            sys.exit(1)


def _readable(setup: Setup) -> Store:
    """The database, to be read only. Says where it is missing, or of another version."""
    if setup.url.get_backend_name() == "sqlite" and not Path(str(setup.url.database)).exists():
        raise click.ClickException(f"There is no {setup.url.database} yet: `muster run` makes it.")
    with _orderly(setup):
        store = Store(setup.url, reads_only=True)
        if not database.is_current(store):
            store.close()
            raise click.ClickException(
                "The database was made by an older Muster: run `muster db upgrade`, or start `muster run`."
            )
        return store


@main.command()
@_file_option("The configuration file; without it the defaults are used.")
def console(path: Path) -> None:
    """Talk with Muster on this terminal alone."""
    available = _available()
    if path.exists():
        found = _setup(path).config
    elif str(path) != "bot.ini":
        raise ConfigurationWrong(f"there is no {path}")
    else:
        found = config.parse("", path, plugins=loader.declarations(available))
    consoles = {name: s for name, s in found.networks.items() if isinstance(s, ConsoleSettings)}
    # It serves no pages: `muster run` does.
    chosen = dataclasses.replace(found, networks=consoles or {"console": ConsoleSettings()}, serves=False)
    _run(Setup(chosen, available))


@main.command()
@configured
def check(setup: Setup) -> None:
    """Check the configuration; every mistake is named at once."""
    for warning in setup.config.warnings:
        click.echo(f"warning: {warning}")
    try:
        wanted = loader.in_order(setup.available, setup.config.bot.plugins)
    except loader.LoadError as error:
        raise ConfigurationWrong(str(error)) from error
    problems = [problem for plugin in wanted for problem in plugin.problems(setup)]
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException(f"{setup.config.path} is right, but not all that it names works.")
    click.echo(f"{setup.config.path} is right.")


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@configured
def db_upgrade(setup: Setup) -> None:
    """Make the database, or bring it up to date."""
    with setup.hold():
        setup.open_store().close()
    click.echo("The database is up to date.")


@db.command("check")
@configured
def db_check(setup: Setup) -> None:
    """Say whether the database is as this Muster expects it."""
    if setup.url.get_backend_name() == "sqlite" and not Path(str(setup.url.database)).exists():
        raise click.ClickException(f"There is no {setup.url.database} yet: run `muster db upgrade`.")
    with _orderly(setup), contextlib.closing(Store(setup.url)) as store:
        if not database.is_current(store):
            raise click.ClickException("The database is not up to date: run `muster db upgrade`.")
        differences = database.drift(store)
    for difference in differences:
        click.echo(f"unexpected: {difference}", err=True)
    if differences:
        raise click.ClickException("The database differs from what this Muster expects.")
    click.echo("The database is as expected.")


@main.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@configured
def backup_(setup: Setup, file: Path) -> None:
    """Write the database and the archive to FILE; Muster may be running."""
    try:
        backup.backup(setup.url, setup.data_dir, file)
    except (backup.BackupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{file} holds everything.")


@main.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@configured
def restore_(setup: Setup, file: Path) -> None:
    """Put back what backup wrote, where there is nothing yet."""
    with setup.hold():
        try:
            backup.restore(setup.url, setup.data_dir, file)
        except (backup.BackupError, OSError) as error:
            raise click.ClickException(str(error)) from error
        setup.open_store().close()
    click.echo(f"{file} is restored.")


@main.command()
def plugins() -> None:
    """List the installed plugins."""
    for name, plugin in sorted(_available().items()):
        click.echo(f"{name}: {loader.about(plugin)}")
