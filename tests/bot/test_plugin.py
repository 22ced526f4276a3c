"""What a plugin author imports is explained, and does what it says."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import time
from itertools import pairwise
from pathlib import Path

import pytest

import bot.plugin
from bot.plugin import Alarm, Context, Plugin, Text, alarm, command, daily
from bot.testing import Stage

Staged = Callable[..., AbstractAsyncContextManager[Stage]]

MODULES = [
    *("bot.plugin", "bot.host", "bot.retention", "bot.grammar", "bot.settings", "bot.access", "bot.model"),
    "bot.lines",
]


def explained(name: str) -> bool:
    """Whether a name has a docstring: its own, or for a value a string after its assignment."""
    value = getattr(bot.plugin, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        return bool(value.__dict__.get("__doc__") if inspect.isclass(value) else value.__doc__)
    for module in MODULES:
        body = ast.parse(Path(str(importlib.import_module(module).__file__)).read_text(encoding="utf-8")).body
        for assignment, after in pairwise(body):
            match assignment:
                case ast.Assign(targets=[ast.Name(id=found)]) | ast.AnnAssign(target=ast.Name(id=found)):
                    if (
                        found == name
                        and isinstance(after, ast.Expr)
                        and isinstance(after.value, ast.Constant)
                    ):
                        return True
    return False


@pytest.mark.parametrize("name", bot.plugin.__all__)
def test_everything_that_is_offered_to_plugins_is_explained(name: str) -> None:
    assert explained(name)


@pytest.mark.parametrize("name", ["Bot", "Plugin", "Context", "Setup"])
def test_so_is_each_thing_that_can_be_asked_of_it(name: str) -> None:
    public = {
        key: member
        for key, member in vars(getattr(bot.plugin, name)).items()
        if not key.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, (classmethod, property)))
    }
    assert public
    assert [key for key, member in public.items() if not inspect.getdoc(member)] == []


def test_a_plugin_is_its_commands_and_its_daily_work_in_the_order_of_their_definition() -> None:
    class Base(Plugin):
        """Has a command for others to inherit."""

        @command("zebra", needs="stripes")
        async def zebra(self, ctx: Context, why: Text = "") -> None:
            """Do
            something. Example: !zebra now
            """

    class Mail(Base):
        """Mails."""

        @command("ant")
        async def ant(self, ctx: Context) -> None:
            """Do another thing."""

        @daily("09:30")
        async def remind(self, day: object) -> None:
            """Remind people."""

    zebra, ant = Mail.commands()
    assert (zebra.name, zebra.needs, zebra.help, zebra.example) == (
        "zebra",
        "stripes",
        "Do something.",
        "!zebra now",
    )
    assert (zebra.usage, ant.usage) == ("zebra [why...]", "ant")
    assert [(job.at, job.handler) for job in Mail.dailies()] == [(time(9, 30), "remind")]


def test_alarms_are_set_under_a_name_that_one_method_has() -> None:
    class Base(Plugin):
        """A base."""

        @alarm("wash")
        async def wash(self, alarms: Sequence[Alarm]) -> None: ...

    class Kitchen(Base):
        """Washes otherwise."""

        @alarm("wash")
        async def wash(self, alarms: Sequence[Alarm]) -> None: ...

    assert Kitchen.alarm_handlers() == {"wash": "wash"}

    class Two(Base):
        """Washes twice."""

        @alarm("wash")
        async def dry(self, alarms: Sequence[Alarm]) -> None: ...

    with pytest.raises(ValueError, match="wash and dry both want the alarms 'wash'"):
        Two.alarm_handlers()


async def test_an_alarm_that_no_method_would_hear_is_refused(staged: Staged) -> None:
    class Kitchen(Plugin):
        """Has no clock."""

        name = "kitchen"

    async with staged(Kitchen) as stage:
        kitchen = stage.app.hub.plugin(Kitchen)
        with pytest.raises(LookupError, match=r"no method of .* is marked @alarm\('tea'\)"):
            await kitchen.store.write(kitchen.set_alarms, "tea", {"cup": stage.clock.now()})
