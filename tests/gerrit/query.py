"""Gerrit's search words, as far as the tests need them: each known one does what Gerrit does, any other is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from tests.gerrit.changes import Change

Test: TypeAlias = Callable[[Change], bool]

_TOKEN = re.compile(r'\s*(\(|\)|-|OR\b|AND\b|[a-z]+:(?:"[^"]*"|[^\s()"]+))')


class QueryError(ValueError):
    """A query that Gerrit would refuse."""


def parsed(query: str) -> Test:
    """Which changes a query finds."""
    tokens: list[str] = []
    at = 0
    while at < len(query.rstrip()):
        match = _TOKEN.match(query, at)
        if match is None:
            raise QueryError(f"line 1:{at} no viable alternative at character '{query[at]}'")
        tokens.append(match[1])
        at = match.end()
    parser = _Parser(tokens)
    test = parser.either()
    if parser.tokens:
        raise QueryError(f"line 1:{at} unexpected {parser.tokens[0]}")
    return test


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def either(self) -> Test:
        tests = [self._all()]
        while self.tokens[:1] == ["OR"]:
            self.tokens.pop(0)
            tests.append(self._all())
        return lambda change: any(test(change) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self.tokens and self.tokens[0] not in {"OR", ")"}:
            if self.tokens[0] == "AND":
                self.tokens.pop(0)
            tests.append(self._one())
        return lambda change: all(test(change) for test in tests)

    def _one(self) -> Test:
        if not self.tokens:
            raise QueryError("line 1:0 no viable alternative at end of input")
        token = self.tokens.pop(0)
        if token == "-":
            inner = self._one()
            return lambda change: not inner(change)
        if token == "(":
            inner = self.either()
            if self.tokens[:1] != [")"]:
                raise QueryError("line 1:0 missing )")
            self.tokens.pop(0)
            return inner
        key, _, value = token.partition(":")
        return _operator(key, value.strip('"'))


def _operator(key: str, value: str) -> Test:
    match key:
        case "status" if value == "open":
            return lambda change: change.is_open
        case "project":
            return lambda change: change.project == value
        case "projects":
            return lambda change: change.project.startswith(value)
        case "branch":
            return lambda change: change.branch == value
        case "is" if value == "wip":
            return lambda change: change.is_wip
        case "change" if value.isdecimal():
            return lambda change: change.number == int(value)
        case "change" if re.fullmatch("I[0-9a-f]{4,40}", value):
            return lambda change: change.change_id.startswith(value)
    raise QueryError(f"Unsupported operator {key}:{value}")
