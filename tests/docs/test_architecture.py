"""The table of the architecture names files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.rst").read_text(encoding="utf-8")
NAMED = re.compile(r"``([a-z_/]+(?:\.py|/))``")


def rows() -> list[tuple[str, str]]:
    """The table's rows: where, and all that the row says."""
    table = PAGE[PAGE.index("Where what is done") :]
    found: list[tuple[str, str]] = []
    for line in table.splitlines():
        if line.startswith("``"):
            found.append((line.split("``")[1], line))
        elif line.startswith("   ") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
    return found


@pytest.mark.parametrize(("where", "row"), rows())
def test_what_a_row_names_is_there(where: str, row: str) -> None:
    place = ROOT / where
    folder = place if where.endswith("/") else place.parent
    for name in NAMED.findall(row):
        assert any((base / name).exists() for base in (ROOT, folder)), name


def test_each_plugin_has_a_row() -> None:
    plugins = {f"plugins/{one.parent.name}/" for one in (ROOT / "plugins").glob("*/__init__.py")}
    assert plugins <= {where for where, _ in rows()}
