"""The manual's tables say what the code says."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from bot.config import describe

HOW_TO_RENEW = "a table is out of date: run `python docs/tables.py`"


@pytest.mark.parametrize("page", ["meeting.rst", "running.rst", "teams.rst"])
def test_the_tables_of_a_page_are_those_of_the_code(page: str, docs: Path, tables: ModuleType) -> None:
    text = (docs / page).read_text(encoding="utf-8")
    assert tables.renewed(text) == text, HOW_TO_RENEW


def test_every_table_is_in_the_manual(docs: Path, tables: ModuleType) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in docs.glob("*.rst"))
    assert [name for name in tables.TABLES if f".. table: {name}\n" not in pages] == []


def test_every_setting_is_in_the_manual_with_its_meaning(docs: Path, tables: ModuleType) -> None:
    text = (docs / "running.rst").read_text(encoding="utf-8")
    for section in describe():
        for one in section.settings:
            assert f"``{one.key}``" in text
            assert tables.escaped(one.help) in text


def test_plain_text_stays_plain_text(tables: ModuleType) -> None:
    assert tables.escaped("a * b_ c|d `muster check` x_y") == r"a \* b\_ c\|d ``muster check`` x_y"
