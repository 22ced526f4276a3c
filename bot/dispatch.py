"""From a line to a command to its replies. Knows no protocol.

Rules:

1. A command is ``!name``, ``muster: name`` or ``muster, name`` at the start of a line; in private the
   prefix may be left out. ``/me``, notices, bots, history and our own lines are never commands.
2. The longest name that matches wins. Each first word belongs to one plugin.
3. A :class:`UserError` is shown to the person. Any other exception is logged with its traceback, and the
   person gets one apology; nothing else stops. So it is where a plugin fails on a line that it obeys. A
   command that takes longer than :data:`WITHIN` is broken off and is such a failure, since the room's next
   lines wait for it.
4. Somebody who asks too fast is told so once, and then not answered until they slow down; so are all those
   without an account at one host. Owners may: it is their Muster, and a file of commands is read at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.access import OWNER
from bot.grammar import UserError
from bot.limits import PersonLimits
from bot.model import Kind, Line
from bot.plugin import Bot, Command, Context, Plugin, known_as
from bot.text import fold_nick, listed, one_line, one_slip, shorten

log = logging.getLogger(__name__)

APOLOGY = "Sorry, that went wrong here; it is in my log."
WITHIN = 60.0
"""Seconds that a command may take."""
_LONGEST = 350
"""Columns of what is said of a mistake, which repeats what was typed: one message on every network."""


@dataclass(frozen=True, slots=True)
class Call:
    """A line read as a command: what stands behind the prefix, and whether it was meant for us for sure.

    ``misplaced``: some plugin takes it from what is said in rooms, to nobody.
    """

    text: str
    addressed: bool
    misplaced: bool = False


class Commands:
    """Every command there is, by its words."""

    def __init__(self) -> None:
        self._commands: dict[tuple[str, ...], tuple[Plugin, Command]] = {}
        self._longest = 1

    def add(self, plugin: Plugin) -> None:
        """Take in a plugin's commands. Raises :class:`ValueError` where another plugin owns a first word."""
        added: dict[tuple[str, ...], tuple[Plugin, Command]] = {}
        owners = {words[0]: owner for words, (owner, _) in self._commands.items()}
        for found in plugin.commands():
            words = tuple(found.name.split())
            owner = owners.get(words[0], plugin)
            if owner is not plugin or words in added:
                raise ValueError(
                    f"plugins {owner.name} and {plugin.name} both have the command {found.name!r}"
                )
            added[words] = (plugin, found)
        self._commands.update(added)
        self._longest = max((len(words) for words in self._commands), default=1)

    def remove(self, plugin: Plugin) -> None:
        """Forget a plugin's commands."""
        self._commands = {words: pair for words, pair in self._commands.items() if pair[0] is not plugin}

    def find(self, text: str) -> tuple[Plugin, Command, str] | None:
        """The command that ``text`` begins with, and the rest behind its name."""
        words = text.split(maxsplit=self._longest)
        for count in range(min(self._longest, len(words)), 0, -1):
            pair = self._commands.get(tuple(word.lower() for word in words[:count]))
            if pair is not None:
                rest = text.lstrip()
                for word in words[:count]:
                    rest = rest[len(word) :].lstrip()
                return (*pair, rest)
        return None

    def named(self, name: str) -> list[tuple[Plugin, Command]]:
        """The command of this name, or those whose first word it is."""
        words = tuple(name.lower().split())
        exact = self._commands.get(words)
        if exact is not None and len(words) > 1:
            return [exact]
        return [pair for key, pair in sorted(self._commands.items()) if key[: len(words)] == words]

    def all(self) -> list[tuple[Plugin, Command]]:
        """All commands, by name."""
        return [pair for _, pair in sorted(self._commands.items())]

    def first_words(self) -> set[str]:
        """The first words of all commands."""
        return {words[0] for words in self._commands}


def addressed(text: str, nick: str) -> str | None:
    """What stands behind ``muster: `` or ``muster, ``, else ``None``."""
    head, rest = text[: len(nick)], text[len(nick) :]
    if rest[:1] in {":", ","} and fold_nick(head) == fold_nick(nick):
        return rest[1:].strip()
    return None


class Dispatch:
    """Recognises commands and runs them."""

    def __init__(self, bot: Bot, commands: Commands, plugins: Sequence[Plugin]) -> None:
        self.commands = commands
        self._bot = bot
        self._plugins = plugins
        self._pace = PersonLimits(burst=8, rate=0.5)
        self._warnings = PersonLimits(burst=1, rate=1 / 120)
        self._hints = PersonLimits(burst=2, rate=1 / 30)
        self._apologies = PersonLimits(burst=1, rate=1 / 30)

    def recognise(self, line: Line) -> Call | None:
        """The line as a command, or ``None``. Cheap, since it sees every line."""
        text = line.text
        if line.kind is not Kind.SAID or line.own or line.history or line.actor.bot:
            return None
        prefix = self._bot.prefix
        if text.startswith(prefix):
            rest = text[len(prefix) :]
            if rest[:1].isalpha():
                return Call(rest, addressed=line.room.private)
            return None
        meant = addressed(text, self._bot.nick(line.actor.network))
        if meant is not None:
            return self._to_us(meant.removeprefix(prefix), line)
        return self._to_us(text, line) if line.room.private else None

    def _to_us(self, text: str, line: Line) -> Call | None:
        if self.commands.find(text) is None:
            said = line.replace(text=text)
            if any(plugin.obeys(said) for plugin in self._plugins):
                return Call(text, addressed=True, misplaced=True)
        return Call(text, addressed=True) if text[:1].isalpha() else None

    async def run(self, call: Call, line: Line) -> None:
        """Run a command to its end. Raises nothing."""
        found = self.commands.find(call.text)
        ctx = Context(self._bot, line)
        if found is None:
            self._missed(call, ctx)
            return
        if not self.may_ask(line):
            return
        plugin, command, rest = found
        try:
            if not self._bot.allows(line.actor, command.needs):
                raise UserError(  # noqa: TRY301
                    f"{self._bot.prefix}{command.name} needs the capability {command.needs!r}; "
                    f"you are {known_as(line.actor)}."
                )
            try:
                arguments = command.syntax.parse(rest)
            except UserError as error:
                raise UserError(f"{error} Usage: {self._bot.prefix}{command.usage}") from None
            async with asyncio.timeout(WITHIN):
                arguments = await command.syntax.convert(arguments, ctx)
                await getattr(plugin, command.handler)(ctx, **arguments)
        except UserError as error:
            ctx.reply(shorten(f"{line.actor.nick}: {one_line(str(error))}", _LONGEST))
        except Exception:
            log.exception("Command %r of plugin %s failed", command.name, plugin.name)
            ctx.reply(f"{line.actor.nick}: {APOLOGY}")

    def failed(self, plugin: Plugin, line: Line) -> None:
        """Apologise for a plugin that failed on hearing a line, if that was a command of its own."""
        if line.kind is not Kind.SAID or line.own or line.history or line.actor.bot:
            return
        if plugin.obeys(line) and self._apologies.take(line.actor, self._bot.now().timestamp()):
            Context(self._bot, line).reply(f"{line.actor.nick}: {APOLOGY}")

    def may_ask(self, line: Line) -> bool:
        """Whether this person may be answered now, or has asked for too much of late."""
        now = self._bot.now().timestamp()
        if self._bot.allows(line.actor, OWNER) or self._pace.take(line.actor, now):
            return True
        if self._warnings.take(line.actor, now):
            self._bot.tell(line.actor, "That is too fast for me; wait half a minute, please.")
        return False

    def _missed(self, call: Call, ctx: Context) -> None:
        """A word that is no command gets one private hint if it nearly is one, or was surely meant for us."""
        word = shorten(call.text.split()[0].lower(), 40)
        prefix = self._bot.prefix
        begun = [f"{prefix}{command.name}" for _, command in self.commands.named(word)]
        nearly = one_slip(word, self.commands.first_words())
        if call.misplaced:
            is_private = ctx.room.private
            hint = (
                "Say that in the room."
                if is_private
                else f"Say it without my name: {shorten(call.text, 200)}"
            )
        elif begun:
            hint = f"{prefix}{word} needs another word: {listed(begun, 'or')}."
        elif nearly is not None:
            hint = f"There is no {prefix}{word}; did you mean {prefix}{nearly}?"
        elif call.addressed:
            hint = f"I know no command {word!r}; {prefix}help lists what I do."
        else:
            return
        if self._hints.take(ctx.actor, self._bot.now().timestamp()):
            ctx.tell(hint)
