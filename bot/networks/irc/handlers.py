"""How the handlers of the protocol's commands are registered and found.

A handler is a function of the connection's state and one message. It is only called with messages that
have at least as many parameters as it was registered for, so it may take them without looking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.networks.irc.message import Message
from bot.networks.irc.state import State

Handler = Callable[[State, Message], None]


class Handlers:
    """The handlers of one subject."""

    def __init__(self) -> None:
        self.table: dict[str, list[tuple[int, Handler]]] = {}

    def on(self, *commands: str, params: int = 0) -> Callable[[Handler], Handler]:
        """Register a handler for commands and numerics that come with at least ``params`` parameters."""

        def register(handler: Handler) -> Handler:
            for command in commands:
                self.table.setdefault(command, []).append((params, handler))
            return handler

        return register


def together(*subjects: Handlers) -> Mapping[str, tuple[tuple[int, Handler], ...]]:
    """One table of all; for a command that several handle, in the order of the subjects."""
    table: dict[str, list[tuple[int, Handler]]] = {}
    for subject in subjects:
        for command, handlers in subject.table.items():
            table.setdefault(command, []).extend(handlers)
    return {command: tuple(handlers) for command, handlers in table.items()}
