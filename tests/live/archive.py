"""What a meeting left in the archive, read as a reader of each form does."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.live.muster import Muster

FORMS = (".html", ".json", ".log.html", ".log.txt", ".md", ".moin.txt", ".mw.txt", ".rst", ".txt")


class _Text(HTMLParser):
    """The words of a page as they are read, and its anchors; a tag is as good as a blank."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.anchors: list[str] = []
        self.scripts = 0
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"style", "script"}
        self.scripts += tag == "script"
        self.anchors += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


class Minutes:
    """The nine files of one meeting, of which ``base`` is the path without endings."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def path(self, ending: str) -> Path:
        return self.base.with_name(self.base.name + ending)

    def raw(self, ending: str) -> str:
        return self.path(ending).read_text()

    def bytes(self) -> dict[str, bytes]:
        """All files, by ending."""
        return {ending: self.path(ending).read_bytes() for ending in FORMS}

    @property
    def json(self) -> dict[str, Any]:
        loaded = json.loads(self.raw(".json"))
        assert isinstance(loaded, dict)
        return loaded

    def page(self, ending: str) -> tuple[str, list[str]]:
        """An HTML page's text, its blanks made single, and its anchors. It must need no script."""
        parser = _Text()
        parser.feed(self.raw(ending))
        assert not parser.scripts
        return " ".join(" ".join(parser.words).split()), parser.anchors

    def timeless(self, ending: str) -> str:
        """A text form with ``TIME`` and ``DATE`` for the times and dates in it."""
        text = re.sub(r"\d\d:\d\d:\d\d", "TIME", self.raw(ending))
        text = re.sub(r"\d{4}-\d\d-\d\d-\d\d\.\d\d", "STAMP", text)
        return re.sub(r"\b[A-Z][a-z]+day, \d{1,2} [A-Z][a-z]+ \d{4}", "DATE", text)


def only_meeting(archive: Path) -> Minutes:
    """The one meeting in an archive, with all its files and no other."""
    files = sorted(path for path in archive.rglob("*") if path.is_file())
    base = next(str(path).removesuffix(".log.html") for path in files if path.name.endswith(".log.html"))
    assert [str(path).removeprefix(base) for path in files] == sorted(FORMS)
    return Minutes(Path(base))


def in_order(text: str, *parts: str) -> None:
    """Assert that ``text`` holds all ``parts``, one after the other."""
    place = 0
    for part in parts:
        found = text.find(part, place)
        assert found >= 0, f"{part!r} is not in, or not in its place:\n{text}"
        place = found + len(part)


def in_every_form(minutes: Minutes, *facts: str) -> None:
    """Assert that each form of the minutes tells ``facts``, which need no escaping, in this order."""
    for ending in (".md", ".moin.txt", ".mw.txt", ".rst", ".txt"):
        text = re.sub(r"\*\*|'''", "", minutes.raw(ending))  # what makes letters bold
        in_order(" ".join(text.split()), *facts)
    page, _ = minutes.page(".html")
    in_order(page.replace(" :", ":"), *(re.sub(r"^([A-Z]+):", r"\1", fact) for fact in facts))


def check_log(minutes: Minutes) -> None:
    """Assert that the log's three forms hold the same lines, each with its number."""
    lines = [line for line in minutes.json["lines"] if "n" in line]
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
    page, anchors = minutes.page(".log.html")
    assert [anchor for anchor in anchors if anchor.startswith("l-")] == [f"l-{line['n']}" for line in lines]
    spoken = [line for line in lines if line["kind"] == "said"]
    in_order(page, *(" ".join(f"{line['nick']} {line['text']}".split()) for line in spoken))
    in_order(minutes.raw(".log.txt"), *(f"<{line['nick']}> {line['text']}\n" for line in spoken))


async def check_rebuild(one: Muster, minutes: Minutes) -> None:
    """Assert that ``muster rebuild`` writes the same bytes once more."""
    before = minutes.bytes()
    for ending in FORMS:
        minutes.path(ending).unlink()
    await one.command("rebuild", "-c", str(one.config))
    assert minutes.bytes() == before


async def replayed(one: Muster, minutes: Minutes, ending: str, out: Path) -> Minutes:
    """What ``muster replay`` makes of one of the meeting's own logs."""
    network = minutes.json["minutes"]["network"]
    await one.command("replay", str(minutes.path(ending)), "--network", network, "--out", str(out))
    return only_meeting(out)
