"""What a team hears each day, and each week, in at most four lines. Pure.

Rules:

1. Briefs stand in the order of their places. Those with the same place share a line, where they fit in it.
2. Where nothing is to be said, nothing is said; what only stands beside other things is nothing by itself.
3. A team that plans or does research is not asked about code: about bugs and reviews (:data:`CODE`).
4. What is left out is counted at the end of the last line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.plugin import Brief
from bot.text import counted, shorten, width

LINES = 4
LONGEST = 380
"""Columns of a line: one message on every network."""
CODE = range(10, 40)
"""The places of bugs, of who is on duty for them, and of reviews."""
CODE_KINDS = frozenset({"bugs", "triage", "duty", "reviews", "blueprints"})
"""The kinds of nags that are about code."""


def compose(head: str, briefs: Iterable[Brief], *, builds: bool = True, lines: int = LINES) -> list[str]:
    """The lines, the first begun with ``head``. ``builds``: whether the team is at building."""
    chosen = [one for one in briefs if builds or one.place not in CODE]
    if all(one.beside for one in chosen):
        return []
    chosen.sort(key=lambda one: (one.place, one.beside))
    said: list[list[Brief]] = []
    for one in chosen:
        if said and said[-1][-1].place == one.place:
            together = _text([*said[-1], one])
            if width(together) <= LONGEST - (width(head) if len(said) == 1 else 0):
                said[-1].append(one)
                continue
        said.append([one])
    texts = [_text(part) for part in said]
    left_out = sum(len(part) for part in said[lines:])
    texts = texts[:lines]
    if not texts:
        return []
    texts[0] = head + texts[0]
    if left_out:
        more = f" And {counted(left_out, 'thing')} more."
        texts[-1] = shorten(texts[-1], LONGEST - width(more)) + more
    return [shorten(text, LONGEST) for text in texts]


def _text(briefs: Sequence[Brief]) -> str:
    return " ".join(_sentence(one.text.strip()) for one in briefs)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
