"""The manual's tables, made from the code: ``python docs/tables.py`` writes them into the pages.

A table stands between two comments, ``.. table: NAME`` and ``.. end of table``; what is between them belongs
to this script. The tests compare.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from bot import loader
from bot.builtin import Builtin
from bot.cli import main
from bot.config import SectionDoc, describe
from bot.loader import declarations
from bot.plugin import Command
from plugins.meetings import commands as _registered  # noqa: F401  (fills the table of words)
from plugins.meetings.profiles import PROFILES
from plugins.meetings.words import TABLE, Style, Word

FOLDER = Path(__file__).parent

_MARKED = re.compile(r"(?ms)^\.\. table: (?P<name>[a-z ]+)\n.*?^\.\. end of table$")


def escaped(text: str) -> str:
    """Plain text as reStructuredText; what stands in backticks as a literal."""
    parts = re.split(r"`+([^`]+)`+", text)
    parts[::2] = [re.sub(r"([\\*|]|_(?!\w))", r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [f"``{part}``" for part in parts[1::2]]
    return "".join(parts)


def literal(text: str) -> str:
    """Text in backticks; nothing for none."""
    return f"``{text}``" if text else ""


def table(head: Iterable[str], widths: Iterable[int], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A list-table."""
    yield ".. list-table::"
    yield "   :header-rows: 1"
    yield f"   :widths: {' '.join(map(str, widths))}"
    yield ""
    for row in (head, *rows):
        for number, cell in enumerate(row):
            yield f"   {' ' if number else '*'} - {cell}".rstrip()
    yield ""


def settings() -> Iterator[str]:
    """All sections of bot.ini."""
    for section in describe(declarations(loader.installed())):
        if section.settings:
            yield from _section(section)


def _section(section: SectionDoc) -> Iterator[str]:
    variant = f", ``type = {section.variant}``" if section.variant else ""
    yield f"**[{section.header}]**{variant}: {escaped(section.about)}"
    yield ""
    yield from table(
        ("Key", "Value", "Default", "Meaning"),
        (18, 22, 20, 40),
        (
            (
                literal(one.key),
                escaped(one.type),
                "must be set" if one.required else _default(one.default),
                escaped(one.help),
            )
            for one in section.settings
        ),
    )


def _default(text: str) -> str:
    return text if text == "that of [bot]" else literal(text)


# In the order in which a newcomer meets them.
_GROUPS = {
    "running": "The meeting itself",
    "topics": "Topics",
    "noting": "Notes and decisions",
    "chairing": "Chairs",
    "attendance": "Who is here",
    "changing": "Corrections",
    "agenda": "The agenda",
    "speaking": "The speakers' queue",
    "voting": "Votes and motions",
}


def words() -> Iterator[str]:
    """What is typed in a meeting, a table for each group."""
    grouped: dict[str, list[Word]] = {group: [] for group in _GROUPS}
    for word in TABLE:
        grouped[word.run.__module__.rpartition(".")[2]].append(word)
    for group, found in grouped.items():
        yield f"**{_GROUPS[group]}**"
        yield ""
        found.sort(key=lambda word: word.run.__code__.co_firstlineno)
        yield from table(
            ("Word", "Who", "Meaning"),
            (40, 15, 45),
            ((", ".join(_spellings(word)), word.who.value, escaped(word.meaning)) for word in found),
        )


def _spellings(word: Word) -> Iterator[str]:
    yield literal(word.usage("#"))
    if word.style is Style.HASH:
        yield from (literal(f"#{alias}") for alias in word.aliases)


def profiles() -> Iterator[str]:
    """What is different from profile to profile."""
    yield from table(
        (
            "Profile",
            "Bare words",
            "W3C's spellings",
            "Name required",
            "``#vote`` opens a motion",
            "Echoes items",
        ),
        (20, 16, 16, 16, 16, 16),
        (
            (
                literal(profile.name),
                *(
                    "yes" if has else "no"
                    for has in (
                        profile.bare,
                        profile.w3c,
                        profile.name_required,
                        profile.vote_opens_motion,
                        profile.echoes,
                    )
                ),
            )
            for profile in PROFILES.values()
        ),
    )


def _commands(found: Iterable[Command]) -> Iterator[str]:
    yield from table(
        ("Command", "Who", "Meaning"),
        (40, 15, 45),
        ((literal(f"!{one.usage}"), one.needs or "anyone", escaped(one.help)) for one in found),
    )


def commands() -> Iterator[str]:
    """The core's commands."""
    yield from _commands(Builtin.commands())


def meeting_commands() -> Iterator[str]:
    """The commands about meetings."""
    yield from _commands(loader.installed()["meetings"].commands())


def team_commands() -> Iterator[str]:
    """The commands about teams and people."""
    yield from _commands(loader.installed()["rosters"].commands())


def duty_commands() -> Iterator[str]:
    """The commands about whose turn it is."""
    yield from _commands(loader.installed()["duty"].commands())


def subcommands() -> Iterator[str]:
    """What the ``muster`` command can do."""
    yield from table(("Command", "What it does"), (45, 55), _subcommands(main, "muster"))


def _subcommands(group: click.Group, before: str) -> Iterator[tuple[str, str]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if found is not None and found.hidden:  # nobody types it
            continue
        if isinstance(found, click.Group):
            yield from _subcommands(found, f"{before} {name}")
        elif found is not None:
            usage = " ".join(found.collect_usage_pieces(click.Context(found))[1:])
            yield literal(f"{before} {name} {usage}".rstrip()), escaped(" ".join((found.help or "").split()))


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "settings": settings,
    "words": words,
    "profiles": profiles,
    "commands": commands,
    "meeting commands": meeting_commands,
    "team commands": team_commands,
    "duty commands": duty_commands,
    "subcommands": subcommands,
}


def renewed(page: str) -> str:
    """A page with its tables as the code has them now."""

    def made(found: re.Match[str]) -> str:
        lines = "\n".join(TABLES[found["name"]]())
        return f".. table: {found['name']}\n\n{lines}\n.. end of table"

    return _MARKED.sub(made, page)


if __name__ == "__main__":
    for path in FOLDER.glob("*.rst"):
        page = path.read_text(encoding="utf-8")
        if renewed(page) != page:
            path.write_text(renewed(page), encoding="utf-8")
