"""What lines were said otherwise, and what reactions are about, for those who show a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.model import Kind
from bot.text import plain, shorten
from plugins.meetings.forms.lines import NumberedLine
from plugins.meetings.minutes import Minutes
from plugins.meetings.reactions import told

_MOST = 10  # reactions that are shown of one line
_WIDEST = 40  # columns of each


@dataclass(frozen=True, slots=True)
class Versions:
    """``texts``: of each line that was corrected, by its number, what it said before and says now, in order.
    ``of``: what each line of a correction or a reaction is about, by its number; those of corrections that
    do not count are not there.
    """

    texts: dict[int, list[str]] = field(default_factory=dict)
    of: dict[int, int] = field(default_factory=dict)

    def now(self, number: int | None, text: str) -> str:
        """What the line of that number says now, where ``text`` is what was said first."""
        found = self.texts.get(number or 0)
        return text if found is None else found[-1]


def versions_of(minutes: Minutes, lines: Sequence[NumberedLine]) -> Versions:
    """What the lines of a meeting came to be."""
    found = Versions(of={by: of for of, by in minutes.corrected})
    wanted = {number for pair in minutes.corrected for number in pair}
    texts = {each.number: each.line.text for each in lines if each.number in wanted}
    for of, by in minutes.corrected:
        if of in texts and by in texts:
            found.texts.setdefault(of, [texts[of]]).append(texts[by])
    found.of.update(_reactions(lines))
    return found


def _reactions(lines: Iterable[NumberedLine]) -> dict[int, int]:
    about = {
        each.number: each.line.data.get("of")
        for each in lines
        if each.line.kind is Kind.REACTED and each.number is not None
    }
    if not about:
        return {}
    wanted = {id_ for id_ in about.values() if isinstance(id_, str)}
    numbers: dict[str, int] = {}
    for each in lines:
        if each.line.id in wanted and each.number is not None:
            numbers.setdefault(str(each.line.id), each.number)
    return {by: numbers[of] for by, of in about.items() if isinstance(of, str) and of in numbers}


def reactions_text(each: NumberedLine) -> str:
    """The reactions of a line, each one word."""
    words = [shorten(plain(one), _WIDEST).replace(" ", "\u00a0") for one in told(each.line)[:_MOST]]
    return " ".join(word for word in words if word)
