"""The reference has a page for each command and each word, and what it shows happens."""

from __future__ import annotations

import re
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from docs import reference
from docs.essex import beginning, in_a_meeting
from docs.reference import (
    COMMANDS,
    WORDS,
    all_commands,
    all_words,
    page_of,
    page_of_word,
    sections,
    title_of_word,
)
from tests.docs.test_transcripts import transcripts
from tests.plugins.reviews.house import open_house

PAGES = sorted([*COMMANDS.glob("*.rst"), *WORDS.glob("*.rst")])
Play = Callable[[str], Awaitable[None]]
Opens = Callable[[Path], AbstractAsyncContextManager[Play]]


@asynccontextmanager
async def with_reviews(folder: Path) -> AsyncIterator[Play]:
    async with open_house(folder) as (stage, gerrit):

        async def play(transcript: str) -> None:
            await stage.play(transcript.replace("https://review.example.org", gerrit.url))

        yield play


@asynccontextmanager
async def at_the_beginning(folder: Path) -> AsyncIterator[Play]:
    async with beginning(folder) as stage:
        yield stage.play


@asynccontextmanager
async def in_anna_s_meeting(folder: Path) -> AsyncIterator[Play]:
    async with in_a_meeting(folder) as stage:
        yield stage.play


@asynccontextmanager
async def with_mail(folder: Path) -> AsyncIterator[Play]:
    mail = """
        [plugin publishing]
        smtp = 127.0.0.1
        from = muster@example.org
        to = test/#nova = volumes@lists.example.org
    """
    async with beginning(folder, settings=textwrap.dedent(mail)) as stage:
        yield stage.play


STAGES: dict[str, Opens] = {
    "commands/mail": with_mail,
    "commands/review": with_reviews,
    "commands/reviews": with_reviews,
    "words/startmeeting": at_the_beginning,
}
"""Where pages play that do not play in a room of Nova's, or those of words not in a meeting."""


def stage_of(path: Path) -> Opens:
    named = STAGES.get(f"{path.parent.name}/{path.stem}")
    return named or (in_anna_s_meeting if path.parent == WORDS else at_the_beginning)


@pytest.mark.parametrize("name", all_commands())
def test_a_command_has_its_section_which_shows_what_it_does(name: str) -> None:
    path = page_of(name)
    assert path.exists(), f"write {path.relative_to(reference.FOLDER)}"
    section = sections(path.read_text(encoding="utf-8")).get(f"!{name}", "")
    assert f".. facts: !{name}\n" in section
    said = rf"(?m)^(\[#\S+\] )?<.+?> (!|muster[:,] ?)?{re.escape(name)}\b"
    assert any(re.search(said, shown) for shown in transcripts(section)), "show what happens when it is said"


@pytest.mark.parametrize("name", all_words())
def test_a_word_has_its_page_which_shows_what_it_does(name: str) -> None:
    word = all_words()[name]
    path = page_of_word(name)
    assert path.exists(), f"write {path.relative_to(reference.FOLDER)}"
    page = path.read_text(encoding="utf-8")
    assert title_of_word(word) in sections(page)
    assert f".. facts: #{name}\n" in page
    assert transcripts(page), "show what happens when it is said"


def test_there_is_no_page_of_what_does_not_exist() -> None:
    wanted = {page_of(name) for name in all_commands()} | {page_of_word(name) for name in all_words()}
    assert set(PAGES) - {COMMANDS / "index.rst", WORDS / "index.rst"} <= wanted


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_page_says_what_the_code_does(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert page == reference.indexes().get(path, reference.renewed(page)), "run python docs/reference.py"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_what_a_page_shows_happens(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = path.read_text(encoding="utf-8")
    found = transcripts(page)
    assert len(found) == page.count("\n.. transcript\n")
    if not found:
        return
    async with stage_of(path)(tmp_path) as play:
        for transcript in found:
            await play(transcript)
            await play("-- 1 minute passes")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
