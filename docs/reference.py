"""The reference: a page for each command, and for each word that is typed in a meeting.

``python docs/reference.py`` writes into the pages what the code says of each command, and their two indexes.

Rules, kept by a test:

1. ``commands/lead.rst`` is the page of ``!lead`` and of all that begin with it (``!lead set``), each in a
   section with its name as the title. ``words/agreed.rst`` is the page of ``#agreed``; of a word that is no
   word of letters (``s/old/new/``) the page has the name that :data:`NAMES` gives it.
2. Between ``.. facts: NAME`` and ``.. end of facts`` stands what the code says; the rest is written by hand.
3. Each section shows at least once what happens when its command is said (``.. transcript``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bot import loader
from bot.builtin import Builtin
from bot.plugin import Command
from docs.tables import escaped, literal
from plugins.meetings import commands as _registered  # noqa: F401  (fills the table of words)
from plugins.meetings.words import TABLE, Style, Word

FOLDER = Path(__file__).parent
COMMANDS, WORDS = FOLDER / "commands", FOLDER / "words"

NAMES: Mapping[str, str] = {"agenda=": "agenda-replaced", "s": "substitute", "bare ballot": "bare-ballot"}
"""The pages of words that cannot be a file's name."""

_MARKED = re.compile(r"(?ms)^\.\. facts: (?P<name>[^\n]+)\n.*?^\.\. end of facts$")
_TITLE = re.compile(r"(?m)^(?P<title>[^\s.:`][^\n]*)\n(?P<line>=+|-+)$")


def all_commands() -> dict[str, Command]:
    """Every command by its name, those of all plugins included."""
    found = {one.name: one for one in Builtin.commands()}
    for plugin in loader.installed().values():
        found |= {one.name: one for one in plugin.commands()}
    return dict(sorted(found.items()))


def all_words() -> dict[str, Word]:
    """Every word of meetings by its name."""
    return {word.name: word for word in sorted(TABLE, key=lambda word: word.name)}


def page_of(command: str) -> Path:
    """Where a command is explained."""
    return COMMANDS / f"{command.partition(' ')[0]}.rst"


def page_of_word(word: str) -> Path:
    """Where a meeting's word is explained."""
    name = NAMES.get(word) or "".join(_SIGNS.get(sign, sign) for sign in word)
    return WORDS / f"{name}.rst"


def title_of_word(word: Word) -> str:
    """How a word stands above its explanation: as it is typed."""
    return word.typed("#") if word.is_typed else word.usage("#")


_SIGNS = {"+": "-plus", "-": "-minus", "?": "-asked", " ": "-"}


def facts_of(command: Command) -> Iterator[str]:
    """What the code says of a command, as a field list."""
    yield f":Usage: ``!{command.usage}``"
    yield f":Meaning: {escaped(command.help)}"
    if command.needs:
        yield f":Who: who has the capability ``{command.needs}``"
    if command.example:
        yield f":Example: {literal(command.example)}"


def facts_of_word(word: Word) -> Iterator[str]:
    """What the code says of a meeting's word."""
    yield f":Usage: {literal(word.usage('#'))}"
    if word.aliases:
        sign = "#" if word.style is Style.HASH else ""
        yield f":Also: {', '.join(literal(sign + alias) for alias in word.aliases)}"
    yield f":Meaning: {escaped(word.meaning)}"
    yield f":Who: {word.who.value}"


def renewed(page: str) -> str:
    """A page with the facts as the code has them now. Raises :class:`LookupError` for what is no command."""
    commands, words = all_commands(), all_words()

    def made(found: re.Match[str]) -> str:
        name = found["name"]
        if name.startswith("!"):
            lines = facts_of(commands[name[1:]])
        else:
            lines = facts_of_word(words[name.removeprefix("#")])
        return "\n".join([f".. facts: {name}", "", *lines, "", ".. end of facts"])

    return _MARKED.sub(made, page)


def sections(page: str) -> dict[str, str]:
    """What stands below each title of a page, by the title."""
    found = list(_TITLE.finditer(page))
    ends = [match.start() for match in found[1:]] + [len(page)]
    return {match["title"]: page[match.end() : end] for match, end in zip(found, ends, strict=True)}


def index(title: str, about: str, pages: Iterable[tuple[str, str, str]]) -> str:
    """An index page: title and what it is about, then name, file and meaning of each."""
    rows = [f"`{name} <{file}>`__\n    {meaning}" for name, file, meaning in pages]
    line = "=" * len(title)
    return "\n\n".join([f"{line}\n{title}\n{line}", about, *rows]) + "\n"


def indexes() -> dict[Path, str]:
    """The two indexes, as the code has them now."""
    commands = index(
        "All commands",
        "Said in a room with ``!`` in front, or to Muster by name; in private the ``!`` may be left out.",
        ((f"!{one.name}", page_of(one.name).name, escaped(one.help)) for one in all_commands().values()),
    )
    words = index(
        "All words of a meeting",
        "Typed in a room in which a meeting is held, at the start of a line. What the pages show happens\n"
        "in a meeting that anna has opened, with bob and carol.",
        (
            (title_of_word(word), page_of_word(word.name).name, escaped(word.meaning))
            for word in all_words().values()
        ),
    )
    return {COMMANDS / "index.rst": commands, WORDS / "index.rst": words}


def main() -> None:
    """Write it all."""
    for path in (*COMMANDS.glob("*.rst"), *WORDS.glob("*.rst")):
        page = path.read_text(encoding="utf-8")
        path.write_text(renewed(page), encoding="utf-8")
    for path, page in indexes().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
