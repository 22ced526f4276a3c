"""Bugs that are looked for by words. Pure.

Rules:

1. A bug is found that has all words, each as the beginning of one of its title's, tags' or description's, or
   in another form; where none has all, those that have most.
2. Open ones stand first, then those that match best: whole words of the title before its beginnings, before
   tags, before the description; of equals the newest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.terms import stem
from plugins.tracker import Item

_WORD = re.compile(r"[^\W_]+")
_WHOLE, _FORM, _BEGUN, _TAG, _WITHIN = 5.0, 4.0, 3.0, 3.0, 1.0


def search(text: str, bugs: Iterable[Item]) -> list[Item]:
    """The bugs that a text may mean, the most likely first."""
    wanted = list(dict.fromkeys(word.lower() for word in _WORD.findall(text)))
    if not wanted:
        return []
    scored = [(item, _scores(wanted, item)) for item in bugs]
    most = max((sum(score > 0 for score in scores) for _, scores in scored), default=0)
    if not most:
        return []
    found = [(item, sum(scores)) for item, scores in scored if sum(score > 0 for score in scores) == most]
    found.sort(key=lambda pair: (not pair[0].is_open, -pair[1], -int(pair[0].name)))
    return [item for item, _ in found]


def _scores(wanted: Sequence[str], item: Item) -> list[float]:
    title = item.title.lower()
    words = _WORD.findall(title)
    stems = {stem(word) for word in words}
    tags = [tag.lower() for tag in item.tags]
    summary = item.summary.lower()
    return [_score(word, words, stems, tags, summary) for word in wanted]


def _score(word: str, words: Sequence[str], stems: set[str], tags: Sequence[str], summary: str) -> float:
    if word in words:
        return _WHOLE
    if stem(word) in stems:
        return _FORM
    if any(one.startswith(word) for one in words):
        return _BEGUN
    if any(one.startswith(word) for one in tags):
        return _TAG
    return _WITHIN if word in summary else 0.0
