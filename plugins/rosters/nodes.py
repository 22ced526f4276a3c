"""YAML as nodes that know their lines, with every mistake gathered on the way. Pure.

Rules:

1. Only plain data is read: tags, anchors and aliases are mistakes (a file of some lines could say gigabytes
   with them), and so is what is too big or too deep for a roster.
2. A mistake never ends the reading, but where the text is no YAML at all.
3. A scalar is taken as the text that stands there, whatever YAML would make of it: ``yes`` is a fine title.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import yaml

from bot.text import listed, nearest, one_line, shorten
from plugins.rosters.document import Mistake

_MOST_BYTES = 2_000_000
_DEEPEST = 8
_NULL = "tag:yaml.org,2002:null"
_YES = frozenset({"yes", "true", "on"})
_NO = frozenset({"no", "false", "off"})


class Nodes:
    """The reading of one text. ``mistakes`` are those found so far."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def wrong(self, node: yaml.Node, why: str) -> None:
        """Note a mistake, where a node stands."""
        self.mistakes.append(Mistake(line_of(node), why))

    def root(self, text: str) -> yaml.Node | None:
        """The document in a text; ``None`` where there is none, or where it cannot be read at all."""
        if len(text.encode("utf-8", "replace")) > _MOST_BYTES:
            self.mistakes.append(Mistake(1, f"a roster has {_MOST_BYTES:,} bytes at most"))
            return None
        try:
            if not self._is_plain(text):
                return None
            root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            why = one_line(str(error.problem or error.context or "cannot be read"))
            self.mistakes.append(Mistake(mark.line + 1 if mark else 1, f"this is not YAML: {why}"))
            return None
        except yaml.YAMLError as error:
            line = text.count("\n", 0, getattr(error, "position", 0)) + 1
            self.mistakes.append(
                Mistake(line, f"this is not YAML: {one_line(str(error)).partition(' in ')[0]}")
            )
            return None
        return root

    def _is_plain(self, text: str) -> bool:
        """Whether there is plain data alone; each thing else is noted."""
        depth, before = 0, len(self.mistakes)
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                self.mistakes.append(Mistake(line, "no aliases (*) here: write it out"))
            elif isinstance(event, yaml.NodeEvent) and event.anchor is not None:
                self.mistakes.append(Mistake(line, "no anchors (&) here: write it out"))
            if getattr(event, "tag", None) is not None:
                self.mistakes.append(Mistake(line, "no tags (!) here: plain texts, lists and mappings"))
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                self.mistakes.append(Mistake(line, "this is nested too deep to be a roster"))
                return False
        return len(self.mistakes) == before

    # What a node says

    def mapping(
        self, node: yaml.Node, what: str, known: Collection[str] = ()
    ) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """The keys of a mapping, with the nodes of key and value. Not given, but noted, are keys that stand
        twice and, where some are ``known``, those that are not.
        """
        if is_null(node):
            return
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} must be a mapping (KEY: VALUE), not {kind_of(node)}")
            return
        seen: dict[str, int] = {}
        for key_node, value in node.value:
            key = self.text(key_node, f"a key of {what}")
            if key is None:
                continue
            if key in seen:
                self.wrong(key_node, f"{shown(key)} stands in {what} twice: first in line {seen[key]}")
            elif known and key not in known:
                near = nearest(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {listed(known)}"
                self.wrong(key_node, f"{what} has no {shown(key)}: {hint}")
            else:
                yield key, key_node, value
            seen.setdefault(key, line_of(key_node))

    def text(self, node: yaml.Node, what: str) -> str | None:
        """A text, in one line; ``None``, noted, for what is none. Nothing is the empty text."""
        if is_null(node):
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(node, f"{what} must be a text, not {kind_of(node)}")
            return None
        return " ".join(one_line(node.value).split())

    def texts(self, node: yaml.Node, what: str) -> list[tuple[str, yaml.Node]]:
        """The texts of a list; one text, with commas, is a list too."""
        if is_null(node):
            return []
        if isinstance(node, yaml.ScalarNode):
            return [(part, node) for part in self._parts(node)]
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, f"{what} must be a list, not {kind_of(node)}")
            return []
        found = ((self.text(one, f"each of {what}"), one) for one in node.value)
        return [(text, one) for text, one in found if text]

    @staticmethod
    def _parts(node: yaml.ScalarNode) -> list[str]:
        return [part.strip() for part in one_line(node.value).split(",") if part.strip()]

    def yes_or_no(self, node: yaml.Node, what: str) -> bool | None:
        """Whether; ``None``, noted, for what says neither."""
        said = node.value.lower() if isinstance(node, yaml.ScalarNode) else ""
        if said in _YES | _NO:
            return said in _YES
        self.wrong(node, f"{what} must be yes or no")
        return None

    def number(self, node: yaml.Node, what: str, low: int, high: int) -> int | None:
        """A whole number within bounds; ``None``, noted, for anything else."""
        said = node.value if isinstance(node, yaml.ScalarNode) else ""
        if said.isdecimal() and len(said) < 9 and low <= int(said) <= high:
            return int(said)
        self.wrong(node, f"{what} must be a number from {low} to {high}")
        return None


def line_of(node: yaml.Node) -> int:
    """In which line a node begins, counted from 1."""
    return int(node.start_mark.line) + 1


def is_null(node: yaml.Node) -> bool:
    """Whether nothing stands there."""
    return isinstance(node, yaml.ScalarNode) and node.tag == _NULL


def kind_of(node: yaml.Node) -> str:
    """What a node is, for people."""
    if isinstance(node, yaml.ScalarNode):
        return f"the text {shown(str(node.value))}"
    return "a mapping" if isinstance(node, yaml.MappingNode) else "a list"


def shown(text: str) -> str:
    """What stands in a file, in a message."""
    return repr(shorten(one_line(text), 40))
