"""What migrations there are, read from their files as text: Alembic itself is loaded only where it has
something to do, since it costs every start a tenth of its time and Muster a seventh of its memory.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_NAMES = frozenset({"revision", "down_revision", "depends_on"})


@dataclass(frozen=True, slots=True)
class Revisions:
    """The ids of all migrations, and of the last ones: a database with every migration names just those."""

    known: frozenset[str]
    heads: frozenset[str]


def revisions(folders: Iterable[Path]) -> Revisions:
    """The migrations in folders. Raises ``OSError``; for a broken one ``SyntaxError`` or ``ValueError``."""
    known: set[str] = set()
    passed: set[str] = set()
    for folder in folders:
        for file in sorted(folder.glob("*.py")):
            named = _named(file, file.stat().st_mtime_ns)
            known.update(_ids(named.get("revision")))
            passed.update(_ids(named.get("down_revision")), _ids(named.get("depends_on")))
    return Revisions(frozenset(known), frozenset(known - passed))


@lru_cache(maxsize=256)
def _named(file: Path, _changed: int) -> Mapping[str, object]:
    """What :func:`_assigned` finds in a file: read once for as long as the file is the same."""
    return dict(_assigned(file.read_text(encoding="utf-8")))


def _assigned(source: str) -> Iterator[tuple[str, object]]:
    """The constants of a migration that say where it stands among the others."""
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign([ast.Name(id=name)], value) | ast.AnnAssign(ast.Name(id=name), _, value):
                if name in _NAMES and value is not None:
                    yield name, ast.literal_eval(value)


def _ids(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, tuple | list) else ()
