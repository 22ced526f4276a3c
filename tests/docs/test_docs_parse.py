"""The manual is sound reStructuredText, and what it links to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docutils.core import publish_doctree
from docutils.utils import Reporter

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.rst")), ROOT / "README.rst", ROOT / "CHANGES.rst"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_read_without_a_warning(page: Path) -> None:
    publish_doctree(
        page.read_text(encoding="utf-8"),
        source_path=str(page),
        settings_overrides={"halt_level": Reporter.INFO_LEVEL + 1, "report_level": Reporter.WARNING_LEVEL},
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_links_to_pages_that_are_there(page: Path) -> None:
    for target in re.findall(r"<([\w./-]+\.rst)>`_", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists()


def test_the_manual_s_first_page_names_every_other() -> None:
    index = (ROOT / "docs" / "index.rst").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.rst"):
        assert page.name == "index.rst" or f"<{page.name}>" in index
