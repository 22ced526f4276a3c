"""One running Muster: it begins with what bot.ini says, takes changes while it runs, and always ends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot import app as composing
from bot.app import App
from bot.loader import LoadError
from bot.model import Actor, Entry, Kind, Line
from bot.networks.base import Hub, PermanentError
from bot.plugin import Context, Plugin, command
from bot.testing import SetClock, Stage, StageNetwork

Staged = Callable[..., AbstractAsyncContextManager[Stage]]


class Stuck(Plugin):
    """Never comes to an end."""

    @command("hang")
    async def hang(self, ctx: Context) -> None:
        """Hang."""
        await asyncio.Event().wait()


class Sore(Plugin):
    """Complains about everything."""

    async def stop(self) -> None:
        raise ValueError("sore: stopping")

    def configure(self, settings: object) -> None:
        raise ValueError("sore: settings")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not end at once is given up."""
    monkeypatch.setattr(composing, "_GOODBYE", 0.05)
    monkeypatch.setattr(composing, "_PATIENCE", 0.1)


def say(stage: Stage, text: str) -> None:
    actor = Actor("test", "alice", "alice")
    stage.network.hub.hear(stage.network.line(stage.room, Kind.SAID, actor, text))


class TestEnding:
    def test_all_of_it_fits_into_five_seconds(self) -> None:
        assert composing._GOODBYE < composing._PATIENCE < 5

    @pytest.mark.usefixtures("impatient")
    async def test_a_command_that_hangs_does_not_keep_muster_from_ending(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged(Stuck) as stage:
            say(stage, "!hang")
            await stage.app.stop()
            assert stage.app.failed
            assert "unfinished: room test/#stage" in caplog.text
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    @pytest.mark.usefixtures("impatient")
    async def test_with_a_full_disk_it_ends_and_says_how_much_is_lost(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        full = True

        def fail(*_anything: object) -> None:
            if full:
                raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

        async with staged(settings="log = always") as stage:
            event.listen(stage.app.store._writing, "commit", fail)
            say(stage, "one")
            say(stage, "two")
            await stage.app.stop()
            assert stage.app.failed
            assert "Ended with 2 lines that the database had not taken" in caplog.text
            full = False
            await stage.app.hub.idle()

    async def test_a_plugin_that_does_not_end_well_keeps_no_other_from_ending(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        stopped: list[str] = []

        class Calm(Plugin):
            """Ends well."""

            async def stop(self) -> None:
                stopped.append(self.name)

        async with staged(Calm, Sore) as stage:
            await stage.app.stop()
            assert stage.app.failed
        assert "sore: stopping" in caplog.text
        assert stopped[:1] == ["calm"]

    async def test_told_to_end_while_a_plugin_still_starts_it_waits_no_longer_and_stops_what_had_started(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        stopped: list[str] = []

        class First(Plugin):
            """Has started."""

            async def stop(self) -> None:
                stopped.append(self.name)

        class Second(First):
            """Waits for a database that hangs, and is told to end meanwhile."""

            async def start(self) -> None:
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.Event().wait()

        async with staged(First) as stage:
            Second.name = "second"
            config = replace(stage.config, bot=replace(stage.config.bot, plugins=("first", "second")))
            available = {"first": First, "second": Second}
            app = App(config, available, stage.app.store, networks=lambda _app: [])
            async with asyncio.timeout(60):
                assert await app.run()
            assert stopped == ["first"]
        assert "before all had started" in caplog.text


class TestBeginning:
    async def test_two_plugins_that_want_one_command_are_refused(self, staged: Staged) -> None:
        class Again(Stuck):
            """Has what another has."""

        with pytest.raises(LoadError, match="plugins stuck and again both have the command 'hang'"):
            async with staged(Stuck, Again):
                pass

    async def test_a_network_that_cannot_be_used_costs_itself_alone(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Banned(StageNetwork):
            async def run(self, hub: Hub) -> None:
                raise PermanentError("the password is wrong: change it in [network banned]")

        class Broken(StageNetwork):
            async def run(self, hub: Hub) -> None:
                raise ValueError("broken")

        async with staged() as stage:
            clock = SetClock()
            works = StageNetwork("test", clock)
            networks = [works, Banned("banned", clock), Broken("broken", clock)]
            app = App(stage.config, {}, stage.app.store, clock=clock, networks=lambda _app: list(networks))
            await app.start()
            await works.up.wait()
            await asyncio.gather(*app.tasks[1:])
            assert (app.failed, app.tasks[0].done()) == (True, False)
            await app.stop()
        assert "banned: the password is wrong" in caplog.text
        assert "broken: the network failed" in caplog.text


class TestEnabling:
    async def test_a_plugin_hears_nothing_before_it_has_started_and_one_that_cannot_start_stays_off(
        self, staged: Staged
    ) -> None:
        loads, loaded = asyncio.Event(), asyncio.Event()
        heard: list[str] = []

        class Late(Plugin):
            """Loads for a while; the first time it cannot."""

            starts = 0

            async def start(self) -> None:
                Late.starts += 1
                if Late.starts == 2:
                    raise ValueError("late: no table")
                if Late.starts == 3:
                    loads.set()
                    await loaded.wait()

            def hear(self, line: Line, entry: Entry | None) -> None:
                heard.append(line.text)

        async with staged(Late) as stage:
            await stage.app.disable("late")
            with pytest.raises(ValueError, match="no table"):
                await stage.app.enable("late")
            assert stage.app.disabled == ["late"]
            enabling = asyncio.create_task(stage.app.enable("late"))
            await loads.wait()
            say(stage, "too early")
            await asyncio.gather(*stage.app.hub._tasks)
            loaded.set()
            await enabling
            say(stage, "in time")
            await stage.app.hub.idle()
            assert heard == ["in time"]
            assert stage.app.disabled == []


class TestReadingAgain:
    """SIGHUP."""

    @pytest.fixture(autouse=True)
    def _level(self) -> object:
        before = logging.getLogger().level
        yield
        logging.getLogger().setLevel(before)

    @staticmethod
    def rewrite(stage: Stage, **bot: str) -> None:
        settings = "".join(f"{key} = {value}\n" for key, value in bot.items())
        Path(stage.config.path).write_text(
            f"[bot]\nowners = test/owner\nplugins = {', '.join(stage.config.bot.plugins)}\n"
            f"data_dir = {stage.folder}\n{settings}[network test]\ntype = console\n"
            "[room stage]\nat = test/#stage\n[room other]\nat = test/#other\nlog = never\n"
        )

    async def test_what_can_change_changes(self, staged: Staged) -> None:
        async with staged() as stage:
            self.rewrite(stage, prefix="?", timezone="Europe/Berlin", log_level="error")
            stage.app.reload()
            assert stage.network.room("#other") in stage.app.hub.rooms()
            await stage.play("<alice> !ping\n<alice> ?ping\n<muster> pong")
            assert stage.app.hub.room_settings(stage.network.room("#other")).log == "never"
            assert logging.getLogger().level == logging.ERROR

    async def test_where_the_data_is_cannot_change_under_a_running_muster(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged() as stage:
            self.rewrite(stage, database="sqlite:///another.db")
            stage.app.reload()
            assert stage.app.config.bot.database == stage.config.bot.database
            assert "take effect at the next start" in caplog.text

    async def test_with_a_mistake_nothing_changes_and_all_mistakes_are_named(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged() as stage:
            self.rewrite(stage, prefix="?", timezone="Nowhere", log_level="loud")
            stage.app.reload()
            assert caplog.text.count("not re-read") == 2
            await stage.play("<alice> !ping\n<muster> pong")

    async def test_a_plugin_that_cannot_take_its_settings_keeps_them_from_no_other(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged(Sore, Stuck) as stage:
            self.rewrite(stage, prefix="?")
            stage.app.reload()
            assert "Plugin sore could not take its new settings" in caplog.text
            await stage.play("<alice> ?ping\n<muster> pong")
