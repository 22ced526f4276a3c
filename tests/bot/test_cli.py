"""The ``muster`` command: what it prints, how it ends, and how a real process behaves."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import __version__, app, cli, loader
from bot.cli import main
from bot.lock import DataLock

CONSOLE = "[network console]\ntype = console\n"
LOGGED = CONSOLE + "[room here]\nat = console/#console\nlog = always\n"
WITHIN = 60
"""Seconds to wait for the end of a process: what it takes by itself is asserted of its constants."""
UNANSWERED = """
import socket, threading
from bot.cli import main

def getaddrinfo(*anything, **more):
    print("asked", flush=True)
    threading.Event().wait()

socket.getaddrinfo = getaddrinfo
main()
"""
"""``muster`` on a machine whose name server does not answer."""

Invoke = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a ``bot.ini`` for the console."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot.ini").write_text(CONSOLE)
    return tmp_path


@pytest.fixture
def muster(folder: Path) -> Invoke:
    """``muster("check")``: runs the command in this process."""

    def invoke(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return invoke


@pytest.fixture
def made(folder: Path, migrated: Path) -> Path:
    """The folder with a database."""
    (folder / "var").mkdir()
    shutil.copy(migrated, folder / "var" / "muster.db")
    return folder


class Running:
    """A real ``muster run`` with a standard input that stays open."""

    def __init__(self, folder: Path, *program: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *(program or ("-m", "bot")), "run", "-c", "bot.ini"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def until(self, text: str) -> None:
        """Wait until it has printed something."""
        while text not in self.output:
            line = self._lines.get(timeout=30)
            assert line, f"ended without {text!r}:\n{self.output}"
            self.output += line

    def type(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        code = self.process.wait(WITHIN)
        while line := self._lines.get(timeout=WITHIN):
            self.output += line
        return code


@pytest.fixture
def start(made: Path) -> Iterator[Callable[..., Running]]:
    """``start()``: a running Muster in the folder, that is ended with the test; ``program`` is what Python
    runs instead of it.
    """
    started: list[Running] = []

    def one(*program: str) -> Running:
        started.append(Running(made, *program))
        return started[-1]

    yield one
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()
        for stream in (running.process.stdin, running.process.stdout):
            if stream is not None:
                stream.close()


def texts(folder: Path) -> list[str]:
    """What the journal holds."""
    with closing(sqlite3.connect(folder / "var" / "muster.db")) as database:
        return [text for (text,) in database.execute("SELECT text FROM line ORDER BY seq") if text]


class TestAProcess:
    def test_all_that_is_waited_for_at_the_end_takes_less_than_five_seconds(self) -> None:
        assert app._PATIENCE + cli._OTHERS + cli._PATIENCE < 5

    def test_sigterm_ends_it_in_order_while_somebody_still_could_type(
        self, start: Callable[..., Running], made: Path
    ) -> None:
        (made / "bot.ini").write_text(LOGGED)
        running = start()
        running.until("connected")
        running.type("<alice> remember this")
        running.type("!ping")
        running.until("<muster> pong")
        running.process.send_signal(signal.SIGTERM)
        assert (running.ended(), "Traceback" in running.output) == (0, False)
        assert texts(made) == ["remember this", "!ping", "pong"]

    @pytest.mark.slow
    def test_sigterm_ends_it_while_something_holds_the_database(
        self, start: Callable[..., Running], made: Path
    ) -> None:
        (made / "bot.ini").write_text(LOGGED)
        running = start()
        running.until("connected")
        with closing(sqlite3.connect(made / "var" / "muster.db", isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            running.type("<alice> this is lost")
            running.until("The database refused")
            running.process.send_signal(signal.SIGTERM)
            assert running.ended() == 1
        assert "lines that the database had not taken" in running.output
        assert "The database does not answer" in running.output

    def test_sigterm_ends_it_in_order_while_a_name_server_does_not_answer(
        self, start: Callable[..., Running], made: Path
    ) -> None:
        (made / "bot.ini").write_text(
            "[network oftc]\ntype = irc\nhost = irc.example.org\nchannels = #nova\n"
        )
        running = start("-c", UNANSWERED)
        running.until("asked")
        running.process.send_signal(signal.SIGTERM)
        assert (running.ended(), "Traceback" in running.output) == (0, False)
        assert "Ended without waiting for an address" in running.output

    def test_sighup_reads_bot_ini_again_and_with_mistakes_changes_nothing(
        self, start: Callable[..., Running], made: Path
    ) -> None:
        running = start()
        running.until("connected")
        running.type("!about")
        running.until("and nothing else;")
        (made / "bot.ini").write_text(LOGGED + "keep = whenever\n[bot]\nprefix = ?\nlog_level = loud\n")
        running.process.send_signal(signal.SIGHUP)
        running.until("log_level = loud")
        running.until("[room here] keep = whenever")
        running.type("!about")
        running.type("!ping")
        running.until("<muster> pong")
        assert running.output.count("not re-read") == 2
        (made / "bot.ini").write_text(LOGGED + "[bot]\nprefix = ?\n")
        running.process.send_signal(signal.SIGHUP)
        running.until("was read again")
        running.type("?about")
        running.until("every line is kept")
        assert running.output.count("and nothing else;") == 2
        running.process.send_signal(signal.SIGTERM)
        assert running.ended() == 0

    def test_a_second_muster_on_the_same_folder_is_refused(
        self, start: Callable[..., Running], made: Path
    ) -> None:
        first = start()
        first.until("connected")
        second = start()
        assert second.ended() == 1
        assert f"(process {first.process.pid}); stop it first" in second.output
        first.process.send_signal(signal.SIGINT)
        assert first.ended() == 0

    def test_it_can_be_backed_up_while_it_runs(
        self, start: Callable[..., Running], made: Path, muster: Invoke
    ) -> None:
        (made / "bot.ini").write_text(LOGGED)
        running = start()
        running.until("connected")
        running.type("!ping")
        running.until("pong")
        result = muster("backup", "all.tar.gz")
        assert (result.exit_code, result.output) == (0, "all.tar.gz holds everything.\n")
        assert "is running" in muster("restore", "all.tar.gz").output
        running.process.send_signal(signal.SIGTERM)
        assert running.ended() == 0

    @pytest.mark.parametrize("command", ["run", "console"])
    def test_with_input_from_a_file_it_ends_at_its_end_with_all_saved(self, made: Path, command: str) -> None:
        (made / "bot.ini").write_text(LOGGED)
        (made / "talk.txt").write_text(
            "<alice> hello\n<alice> * waves\n<alice> !room join #x\n<bob> !ping\n!rooms\nthe end"
        )
        with (made / "talk.txt").open() as talk:
            ended = subprocess.run(
                [sys.executable, "-m", "bot", command],
                cwd=made,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
                stdin=talk,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
        assert (ended.returncode, ended.stdout.splitlines()) == (
            0,
            [
                "<muster> alice: !room join needs the capability 'owner'; you are logged in as alice.",
                "<muster> pong",
                "<muster> I am in console/#console.",
            ],
        )
        assert "Traceback" not in ended.stderr
        assert texts(made)[-1] == "the end"
        assert texts(made)[:2] == ["hello", "waves"]


class TestConfiguration:
    def test_check_says_that_all_is_right(self, muster: Invoke) -> None:
        result = muster("check")
        assert (result.exit_code, result.output) == (0, "bot.ini is right.\n")

    def test_every_mistake_is_named_at_once(self, muster: Invoke, folder: Path) -> None:
        (folder / "bot.ini").write_text("[bot]\nlog_level = loud\nprefixx = ?\n[network n]\ntype = icq\n")
        result = muster("check")
        assert result.exit_code == 2
        assert result.output.count("bot.ini: [") == 3
        assert "Error: 3 mistakes in the configuration" in result.output

    @pytest.mark.parametrize("command", ["run", "check", "console"])
    def test_a_file_that_is_not_there_is_wrong_usage(self, muster: Invoke, command: str) -> None:
        result = muster(command, "-c", "other.ini")
        assert result.exit_code == 2
        assert "other.ini" in result.output

    def test_plugins_that_do_not_fit_together_are_wrong_configuration(
        self, muster: Invoke, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_available: object, _wanted: object) -> None:
            raise loader.LoadError("plugins require each other in a circle: a -> b -> a")

        monkeypatch.setattr(loader, "in_order", refuse)
        result = muster("check")
        assert (result.exit_code, "in a circle" in result.output) == (2, True)


class TestTheDatabase:
    def test_it_is_made_and_checked(self, muster: Invoke, folder: Path) -> None:
        assert "There is no" in muster("db", "check").output
        assert not (folder / "var" / "muster.db").exists()
        assert muster("db", "upgrade").output == "The database is up to date.\n"
        result = muster("db", "check")
        assert (result.exit_code, result.output) == (0, "The database is as expected.\n")

    def test_a_difference_is_named(self, muster: Invoke, made: Path) -> None:
        with closing(sqlite3.connect(made / "var" / "muster.db")) as database:
            database.execute("ALTER TABLE room ADD COLUMN colour TEXT")
        result = muster("db", "check")
        assert result.exit_code == 1
        assert "colour" in result.output

    def test_one_of_a_newer_muster_is_refused(self, muster: Invoke, made: Path) -> None:
        with closing(sqlite3.connect(made / "var" / "muster.db")) as database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
            database.commit()
        for command in (["db", "check"], ["db", "upgrade"], ["run"]):
            result = muster(*command)
            assert (result.exit_code, "revision 9999" in result.output) == (1, True)

    def test_one_that_cannot_be_used_is_named_without_its_password(
        self, muster: Invoke, folder: Path
    ) -> None:
        pytest.importorskip("psycopg")
        ini = CONSOLE + "[bot]\ndatabase = postgresql://bot:hunter2@127.0.0.1:1/muster\n"
        (folder / "bot.ini").write_text(ini)
        result = muster("run")
        assert result.exit_code == 1
        assert "postgresql+psycopg://bot:***@127.0.0.1:1/muster cannot be used: " in result.output
        assert "hunter2" not in result.output

    def test_it_is_not_upgraded_under_a_running_muster(self, muster: Invoke, made: Path) -> None:
        lock = DataLock(made / "var")
        result = muster("db", "upgrade")
        lock.release()
        assert (result.exit_code, "stop it first" in result.output) == (1, True)

    def test_a_folder_that_cannot_be_written_to_is_named(self, muster: Invoke, folder: Path) -> None:
        (folder / "var").write_text("in the way")
        result = muster("run")
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit)
        assert "var" in result.output

    def test_what_was_backed_up_is_restored_where_nothing_is(self, muster: Invoke, made: Path) -> None:
        assert muster("backup", "all.tar.gz").exit_code == 0
        result = muster("restore", "all.tar.gz")
        assert (result.exit_code, "move it away first" in result.output) == (1, True)
        shutil.rmtree(made / "var")
        result = muster("restore", "all.tar.gz")
        assert (result.exit_code, result.output) == (0, "all.tar.gz is restored.\n")
        assert muster("db", "check").exit_code == 0

    def test_a_damaged_backup_is_refused(self, muster: Invoke, folder: Path) -> None:
        (folder / "all.tar.gz").write_bytes(b"no backup")
        result = muster("restore", "all.tar.gz")
        assert (result.exit_code, "no backup that can be read" in result.output) == (1, True)


class TestUsage:
    def test_all_that_was_promised_is_there_and_helps(self, muster: Invoke) -> None:
        promised = ["run", "console", "check", "db", "backup", "restore", "plugins"]
        promised += ["replay", "import-meetbot", "rebuild"]
        shown = muster("--help").output
        for command in promised:
            assert f"\n  {command} " in shown
            assert muster(command, "--help").exit_code == 0

    def test_plugins_are_listed(self, muster: Invoke) -> None:
        assert "meetings: Meetings" in muster("plugins").output

    def test_the_version_is_told(self, muster: Invoke) -> None:
        assert __version__ in muster("--version").output

    def test_a_wrong_word_is_wrong_usage(self, muster: Invoke) -> None:
        assert muster("rnu").exit_code == 2

    def test_a_plugin_that_cannot_be_imported_is_named(
        self, muster: Invoke, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise loader.LoadError("plugin broken (x:Y) cannot be imported: no x")

        monkeypatch.setattr(loader, "installed", refuse)
        result = muster("plugins")
        assert (result.exit_code, "plugin broken" in result.output) == (1, True)
