"""The pictures in README and the manual are there, and are those that the script makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.screenshots import FOLDER, PICTURES, Picture

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.rst", *sorted((ROOT / "docs").rglob("*.rst"))]
SHOWN = [
    (page, found)
    for page in PAGES
    for found in re.findall(r"(?m)^ *\.\. image:: (\S+)$", page.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_has_the_size_that_the_script_gives_it(picture: Picture) -> None:

    head = (FOLDER / f"{picture.name}.png").read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == picture.size


def test_what_is_shown_is_made_by_the_script_and_told_to_who_cannot_see_it() -> None:
    assert SHOWN
    made = {FOLDER / f"{picture.name}.png" for picture in PICTURES}
    for page, path in SHOWN:
        assert page.parent / path in made
        assert f".. image:: {path}\n   :alt: " in page.read_text(encoding="utf-8")
