"""What makes a method of a plugin a command, daily work, or what is done when an alarm rings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, TypeVar

from bot.grammar import Syntax

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its words, who may, how it is written, and the handler's name and help."""

    name: str
    needs: str
    syntax: Syntax
    handler: str
    help: str
    example: str

    @property
    def usage(self) -> str:
        """Without the prefix: ``room join <room> [key]``."""
        return f"{self.name} {self.syntax.usage}".rstrip()


@dataclass(frozen=True, slots=True)
class Daily:
    """Work done once a day at a local hour, by exactly one process."""

    at: time
    handler: str


def alarm(name: str) -> Callable[[F], F]:
    """Let a coroutine method ``(self, alarms: Sequence[Alarm]) -> None`` do what is due of the alarms that
    :meth:`~bot.plugin.Plugin.set_alarms` set under this name; see :mod:`bot.alarms` for what is promised.
    """

    def mark(handler: F) -> F:
        handler.__dict__["muster_alarm"] = (name, handler.__name__)
        return handler

    return mark


def command(name: str, *, needs: str = "") -> Callable[[F], F]:
    """Make a coroutine method the handler of ``!name``; ``needs`` is the capability it takes.

    The docstring's first sentence is the help; a line ``Example: !...`` in it is the example, shown with the
    prefix that there is instead of ``!``.
    """

    def mark(handler: F) -> F:
        text = inspect.getdoc(handler) or ""
        about, _, example = text.partition("Example:")
        lines = " ".join(about.split())
        shown = " ".join(example.split())
        found = Command(name, needs, Syntax.of(handler), handler.__name__, lines, shown)
        handler.__dict__.setdefault("muster_commands", []).append(found)
        return handler

    return mark


def daily(at: str) -> Callable[[F], F]:
    """Run a coroutine method ``(self, day: date)`` once for each local date, at ``HH:MM`` in Muster's zone.

    It is claimed in the database, so it runs once however many processes there are; if the process that
    claimed it dies, another runs it again.
    """

    def mark(handler: F) -> F:
        handler.__dict__["muster_daily"] = Daily(time.fromisoformat(at), handler.__name__)
        return handler

    return mark


def marks_of(cls: type) -> list[Mapping[str, Any]]:
    """What the decorators left on a class's methods, its bases' first."""
    members = [member for base in reversed(cls.__mro__) for member in vars(base).values()]
    return [member.__dict__ for member in members if inspect.isfunction(member)]
