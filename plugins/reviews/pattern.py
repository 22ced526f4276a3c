r"""Regular expressions that people type, matched in time linear in the text. Pure.

Python's own matcher tries one way after another, and for ``(a+)+$`` that takes longer than anybody lives,
with every other thread waiting. So what people type is read here, into an automaton that follows all ways at
once (Thompson's construction: Communications of the ACM 11(6), 1968).

Rules:

1. Known are characters, ``.``, ``[a-z]`` and ``[^...]``, ``\d \w \s`` and their capitals, a backslash before
   a sign, ``^ $ \b``, groups, ``|`` and ``* + ? {m} {m,n} {m,}``. What else there is (back references,
   looking ahead) is refused, by name.
2. Capitals count not. A match may begin anywhere.
3. A pattern has at most :data:`LONGEST` characters and :data:`STATES` states, so one text takes at most so
   many steps for each of its characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

LONGEST = 100
STATES = 300
_REPEATED = 20
_DEEPEST = 20

Test: TypeAlias = Callable[[str], bool]


class PatternError(ValueError):
    """A pattern cannot be read; says why, in a few words."""


@dataclass(slots=True)
class _State:
    """A state of the automaton: with a ``test`` it takes a character, with an ``at`` it stands at a place,
    and without either it only leads on.
    """

    test: Test | None = None
    at: str = ""
    to: list[int] = field(default_factory=list)


_Node: TypeAlias = tuple[object, ...]
"""What a pattern says, as read: ``("char", test)``, ``("at", sign)``, ``("all", nodes)``, ``("any", nodes)``,
``("times", node, low, high)``.
"""


class Pattern:
    """A pattern that was read. Raises :class:`PatternError`."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise PatternError(f"it is longer than {LONGEST} characters")
        self.text = text
        self._states: list[_State] = []
        start, end = self._made(_Reader(text).whole())
        self._start = start
        self._end = end

    def finds(self, text: str) -> bool:
        """Whether a part of a text matches."""
        now: set[int] = set()
        for place in range(len(text) + 1):
            now = self._led({*now, self._start}, text, place)
            if self._end in now:
                return True
            if place == len(text):
                break
            now = {to for one in now for to in self._taken(one, text[place])}
        return False

    def _taken(self, number: int, character: str) -> list[int]:
        state = self._states[number]
        return state.to if state.test is not None and state.test(character) else []

    def _led(self, states: set[int], text: str, place: int) -> set[int]:
        """These states and all to which they lead without a character, at a place of a text."""
        found: set[int] = set()
        open_ = list(states)
        while open_:
            number = open_.pop()
            if number in found:
                continue
            found.add(number)
            state = self._states[number]
            if state.test is None and (not state.at or _is_at(state.at, text, place)):
                open_ += state.to
        return found

    def _state(self, test: Test | None = None, at: str = "") -> int:
        if len(self._states) >= STATES:
            raise PatternError("it repeats too much")
        self._states.append(_State(test, at))
        return len(self._states) - 1

    def _made(self, node: _Node) -> tuple[int, int]:
        """The first and the last state of what was read."""
        kind, *rest = node
        if kind in {"char", "at"}:
            first = self._state(rest[0]) if kind == "char" else self._state(at=str(rest[0]))  # type: ignore[arg-type]
            last = self._state()
            self._states[first].to.append(last)
            return first, last
        if kind == "times":
            return self._times(*rest)  # type: ignore[arg-type]
        first, last = self._state(), self._state()
        parts = [self._made(part) for part in rest[0]]  # type: ignore[attr-defined]
        if kind == "any":
            for begin, end in parts:
                self._states[first].to.append(begin)
                self._states[end].to.append(last)
            return first, last
        at = first
        for begin, end in parts:
            self._states[at].to.append(begin)
            at = end
        self._states[at].to.append(last)
        return first, last

    def _times(self, node: _Node, low: int, high: int | None) -> tuple[int, int]:
        first = at = self._state()
        for _ in range(low):
            begin, end = self._made(node)
            self._states[at].to.append(begin)
            at = end
        last = self._state()
        if high is None:
            begin, end = self._made(node)
            self._states[at].to += [begin, last]
            self._states[end].to += [begin, last]
            return first, last
        for _ in range(high - low):
            begin, end = self._made(node)
            self._states[at].to += [begin, last]
            at = end
        self._states[at].to.append(last)
        return first, last


def _is_at(sign: str, text: str, place: int) -> bool:
    if sign == "^":
        return place == 0
    if sign == "$":
        return place == len(text)
    before = place > 0 and _is_word(text[place - 1])
    after = place < len(text) and _is_word(text[place])
    return (before != after) == (sign == "b")


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_CLASSES: dict[str, Test] = {
    "d": str.isdecimal,
    "w": _is_word,
    "s": str.isspace,
    "D": lambda one: not one.isdecimal(),
    "W": lambda one: not _is_word(one),
    "S": lambda one: not one.isspace(),
}
_TIMES: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_SIGNS = frozenset("\\.^$*+?{}[]()|/-#:\"' @!~&<>=,;%_")


def _same(wanted: str) -> Test:
    folded = wanted.casefold()
    return lambda one: one.casefold() == folded


def _within(low: str, high: str) -> Test:
    def test(one: str) -> bool:
        return low <= one <= high or low <= one.lower() <= high or low <= one.upper() <= high

    return test


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> _Node:
        """All of it."""
        found = self._choices()
        if self._at < len(self._text):
            raise PatternError("a ) has no ( before it")
        return found

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        found = self._next()
        if not found:
            raise PatternError("it ends too early")
        self._at += 1
        return found

    def _choices(self) -> _Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PatternError("its groups are too deep")
        choices = [self._sequence()]
        while self._next() == "|":
            self._at += 1
            choices.append(self._sequence())
        self._depth -= 1
        return choices[0] if len(choices) == 1 else ("any", choices)

    def _sequence(self) -> _Node:
        return ("all", list(self._parts()))

    def _parts(self) -> Iterator[_Node]:
        while self._next() not in {"", "|", ")"}:
            node = self._one()
            yield self._repeated(node)

    def _repeated(self, node: _Node) -> _Node:
        sign = self._next()
        if sign not in {"*", "+", "?", "{"}:
            return node
        if node[0] == "at":
            raise PatternError(f"{sign} stands behind nothing")
        self._at += 1
        low, high = self._bounds() if sign == "{" else _TIMES[sign]
        if self._next() == "?":  # the least: whether it matches is the same
            self._at += 1
        if self._next() in {"*", "+", "{", "?"}:
            raise PatternError(f"{self._next()} stands behind another")
        if high is not None and high < low:
            raise PatternError(f"{{{low},{high}}} is the wrong way round")
        if max(low, high or 0) > _REPEATED:
            raise PatternError(f"it repeats more than {_REPEATED} times")
        return ("times", node, low, high)

    def _bounds(self) -> tuple[int, int | None]:
        end = self._text.find("}", self._at)
        inside = self._text[self._at : end] if end >= 0 else ""
        low, comma, high = inside.partition(",")
        if end < 0 or not _is_count(low) or (high and not _is_count(high)):
            raise PatternError(r"{ must be {2}, {2,} or {2,5}; \{ is the sign itself")
        self._at = end + 1
        return int(low), (int(high) if high else None) if comma else int(low)

    def _one(self) -> _Node:
        sign = self._take()
        if sign == "(":
            return self._group()
        if sign == "[":
            return ("char", self._class())
        if sign == ".":
            return ("char", lambda _one: True)
        if sign in {"^", "$"}:
            return ("at", sign)
        if sign in {"*", "+", "?", "{"}:
            raise PatternError(f"{sign} stands behind nothing")
        if sign == "\\":
            return self._escaped()
        return ("char", _same(sign))

    def _group(self) -> _Node:
        if self._next() == "?":
            if self._text[self._at : self._at + 2] != "?:":
                raise PatternError(f"({self._text[self._at : self._at + 2]} is not known here")
            self._at += 2
        found = self._choices()
        if self._next() != ")":
            raise PatternError("a ( has no ) behind it")
        self._at += 1
        return found

    def _escaped(self) -> _Node:
        sign = self._take()
        if sign in {"b", "B"}:
            return ("at", sign)
        return ("char", self._escaped_test(sign))

    def _escaped_test(self, sign: str) -> Test:
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign not in _SIGNS:
            raise PatternError(f"\\{sign} is not known here")
        return _same(sign)

    def _class(self) -> Test:
        is_not = self._next() == "^"
        self._at += is_not
        tests: list[Test] = []
        while self._next() != "]" or not tests:
            if not self._next():
                raise PatternError("a [ has no ] behind it")
            tests.append(self._member())
        self._at += 1
        return lambda one: any(test(one) for test in tests) is not is_not

    def _member(self) -> Test:
        low = self._take()
        if low == "\\":
            sign = self._take()
            if sign in _CLASSES:
                return _CLASSES[sign]
            if sign not in _SIGNS:
                raise PatternError(f"\\{sign} is not known here")
            low = sign
        if self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in {"", "]"}:
            self._at += 1
            high = self._take()
            if high == "\\":
                high = self._take()
            if high < low:
                raise PatternError(f"{low}-{high} is the wrong way round")
            return _within(low, high)
        return _same(low)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 4
