"""A handler's signature is its command's grammar: syntax, usage and conversion come from it. Pure.

    async def due(self, ctx: Context, number: int, to: Literal["done", "drop"], why: Text = "") -> None

Rules:

1. A parameter takes one word; a :data:`Text` one, the last, takes the rest of the line as it stands;
   ``tuple[str, ...]`` takes all words that are left.
2. A parameter with a default is optional and shown in brackets. A word that does not fit an optional
   parameter (a number, a choice, a channel) is tried with the next.
3. A keyword-only :data:`Flag` is set by its own name, anywhere among the words, but not within a text.
4. A class with a ``from_word(word, ctx)`` coroutine converts by itself and raises
   :class:`UserError` where the word means nothing.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

Text = Annotated[str, "text"]
"""The rest of the line."""

Flag = Annotated[bool, "flag"]
"""A word that is there or not."""

Channel = NewType("Channel", str)
"""A room's name: ``#nova`` or ``network/#nova``."""


class UserError(Exception):
    """Shown to the person, in one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One part of a command's syntax. ``take`` is ``word``, ``words``, ``text`` or ``flag``."""

    name: str
    take: str
    type: Any
    optional: bool
    choices: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """As shown: ``<team>``, ``[done|drop]``, ``<text...>``."""
        name = self.name.rstrip("_")
        if self.take == "flag":
            return f"[{name}]"
        shown = "|".join(self.choices) or name
        if self.take in {"text", "words"}:
            shown += "..."
        if self.optional:
            return f"[{shown}]"
        return shown if self.choices else f"<{shown}>"

    def fits(self, word: str) -> bool:
        """Whether this word can be this parameter, as far as its looks tell."""
        if self.choices:
            return word.lower() in self.choices
        if self.type is int:
            return word.lstrip("#").isdecimal() and len(word) < 12
        if self.type is Channel:
            return word[:1] in "#&+!" or "/" in word or "@" in word
        return True

    @property
    def wanted(self) -> str:
        """What a word must be to fit, where not every word does."""
        if self.choices:
            return f"one of {', '.join(self.choices)}" if len(self.choices) > 1 else repr(self.choices[0])
        return "a number of at most 11 digits" if self.type is int else "a room like #room"

    def wrong(self, word: str) -> UserError:
        """What to say of a word that does not fit."""
        if self.choices:
            return UserError(f"{word!r} is none of {', '.join(self.choices)}.")
        if self.type is int:
            return UserError(f"{self.usage} must be a number of at most 11 digits, not {word!r}.")
        return UserError(f"{word!r} is not a room; name one like #room.")


def _parameter(name: str, hint: Any, parameter: inspect.Parameter) -> Parameter:
    optional = parameter.default is not parameter.empty
    if get_origin(hint) in {Union, types.UnionType}:
        hint = next(arm for arm in get_args(hint) if arm is not type(None))
    if get_origin(hint) is Annotated:
        base, mark = get_args(hint)[:2]
        return Parameter(name, mark, base, optional=optional)
    if get_origin(hint) is Literal:
        return Parameter(name, "word", str, optional=optional, choices=get_args(hint))
    if get_origin(hint) is tuple:
        return Parameter(name, "words", get_args(hint)[0], optional=optional)
    return Parameter(name, "word", hint, optional=optional)


@dataclass(frozen=True, slots=True)
class Syntax:
    """What may stand behind a command's name."""

    parameters: tuple[Parameter, ...]

    @classmethod
    def of(cls, handler: Callable[..., Any]) -> Syntax:
        """The syntax of a handler: its parameters after ``self`` and ``ctx``.

        Raises :class:`TypeError` where something stands behind what takes the rest of the line.
        """
        hints = get_type_hints(handler, include_extras=True)
        signature = list(inspect.signature(handler).parameters.values())[2:]
        parameters = tuple(_parameter(p.name, hints.get(p.name, str), p) for p in signature)
        in_order = [parameter for parameter in parameters if parameter.take != "flag"]
        for parameter in in_order[:-1]:
            if parameter.take != "word":
                raise TypeError(
                    f"{handler.__qualname__}: {parameter.name} takes all words, so it must be last"
                )
        return cls(parameters)

    @property
    def usage(self) -> str:
        """The parts as shown in help: ``<bp> [milestone]``."""
        return " ".join(parameter.usage for parameter in self.parameters)

    def parse(self, rest: str) -> dict[str, Any]:
        """The arguments in ``rest``, by name: strings, numbers and flags, not yet converted further.

        Raises :class:`UserError` for a word that is missing, superfluous or wrong.
        """
        found: dict[str, Any] = {}
        flags = {p.name.rstrip("_"): p.name for p in self.parameters if p.take == "flag"}
        passed: list[Parameter] = []  # optional ones that the next word did not fit
        rest = rest.strip()
        for parameter in self.parameters:
            if parameter.take == "flag":
                continue
            rest = _without_flags(rest, flags, found)
            if not rest:
                if not parameter.optional:
                    raise UserError(f"{parameter.usage} is missing.")
            elif parameter.take == "text":
                found[parameter.name], rest = rest, ""
            elif parameter.take == "words":
                words, rest = rest.split(), ""
                found[parameter.name] = tuple(word for word in words if word.lower() not in flags)
                found |= {flags[word.lower()]: True for word in words if word.lower() in flags}
                if not found[parameter.name] and not parameter.optional:
                    raise UserError(f"{parameter.usage} is missing.")
            else:
                word, after = _first_word(rest)
                if parameter.fits(word):
                    found[parameter.name], rest = _value(parameter, word), after
                    passed.clear()
                elif not parameter.optional:
                    raise parameter.wrong(word)
                else:
                    passed.append(parameter)
        rest = _without_flags(rest, flags, found)
        if rest and passed:
            wanted = " nor ".join(parameter.wanted for parameter in passed)
            neither = "neither " if len(passed) > 1 else "not "
            raise UserError(f"{_first_word(rest)[0]!r} is {neither}{wanted}.")
        if rest:
            raise UserError(f"{_first_word(rest)[0]!r} is one word too many.")
        return found

    async def convert(self, arguments: dict[str, Any], ctx: Any) -> dict[str, Any]:
        """The arguments with those of self-converting types converted."""
        converted = dict(arguments)
        for parameter in self.parameters:
            from_word: Callable[[str, Any], Awaitable[Any]] | None = getattr(
                parameter.type, "from_word", None
            )
            if from_word is None or parameter.name not in converted:
                continue
            value = converted[parameter.name]
            if parameter.take == "words":
                converted[parameter.name] = tuple([await from_word(word, ctx) for word in value])
            else:
                converted[parameter.name] = await from_word(value, ctx)
        return converted


def _first_word(text: str) -> tuple[str, str]:
    """The first word of a text that begins with one, and what stands behind it."""
    word, *after = text.split(maxsplit=1)
    return word, after[0] if after else ""


def _without_flags(rest: str, flags: Mapping[str, str], found: dict[str, Any]) -> str:
    """``rest`` without the flags that it begins with, which are noted in ``found``."""
    while rest:
        word, after = _first_word(rest)
        if word.lower() not in flags:
            break
        found[flags[word.lower()]] = True
        rest = after
    return rest


def _value(parameter: Parameter, word: str) -> str | int:
    if parameter.choices:
        return word.lower()
    if parameter.type is int:
        return int(word.lstrip("#"))
    return word
