"""``.log.html``: the log as a page, with the anchor ``l-N`` at each line.

The frame is a template; the rows, of which there may be ten thousand, are put together here. Everything
that came from the chat goes through ``_escape`` or ``markupsafe.escape``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

import plugins.meetings.commands  # noqa: F401 (it registers the words)
from bot.model import Kind
from bot.text import plain
from plugins.meetings.forms.frame import escape, frame, linked
from plugins.meetings.forms.lines import NumberedLine, Times, in_pieces, prefix_of
from plugins.meetings.forms.log_text import happened, said_of_others
from plugins.meetings.forms.outline import footer_of, title_of
from plugins.meetings.forms.versions import Versions, reactions_text, versions_of
from plugins.meetings.minutes import Item, Minutes, Section
from plugins.meetings.profiles import profile_named
from plugins.meetings.words import WORDS, Recogniser, Style

COLOURS = 8


class _Nicks(dict[str, str]):
    """Each nick as the page shows it: escaped, in a colour of its own that no run of the program changes."""

    def __missing__(self, nick: str) -> str:
        colour = zlib.crc32(nick.lower().encode("utf-8", "replace")) % COLOURS
        shown = f'<b class="n{colour}">{escape(plain(nick) or "?")}</b> '
        self[nick] = shown
        return shown


class _Plain(dict[str, str]):
    """Names as they stand inside a sentence."""

    def __missing__(self, name: str) -> str:
        self[name] = shown = plain(name) or "?"
        return shown


def write_log_page(minutes: Minutes, lines: Sequence[NumberedLine], times: Times, name: str) -> list[str]:
    """The log's page, in pieces; ``name`` is what the files are called, without an ending."""
    topics = list(_topics(minutes.sections))
    words = Recogniser(profile_named(minutes.profile), prefix_of(lines))
    versions = versions_of(minutes, lines)
    rows = in_pieces(_rows(lines, times, words, {topic.line for topic in topics}, versions), "\n")
    return frame(
        "log_page.html",
        minutes=minutes,
        title=title_of(minutes),
        footer=footer_of(minutes),
        times=times,
        name=name,
        topics=topics,
        rows=map(Markup, rows),
    )


def _topics(sections: tuple[Section, ...]) -> Iterator[Item]:
    for section in sections:
        if section.topic is not None:
            yield section.topic
        yield from _topics(section.sections)


def _rows(
    lines: Iterable[NumberedLine], times: Times, words: Recogniser, topics: set[int], versions: Versions
) -> Iterator[str]:
    nicks = _Nicks()
    names = _Plain()
    clock = times.clock
    said, acted, notice, note = Kind.SAID, Kind.ACTED, Kind.NOTICE, Kind.NOTE
    day = None
    for numbered in lines:
        line = numbered.line
        kind = line.kind
        if kind is note:
            continue
        date = times.local(line.time).date()
        if date != day:
            if day is not None:
                yield "</tbody>"
            yield (
                '<tbody class="day"><tr><th colspan="2" scope="rowgroup">'
                f"{times.date(line.time)}</th></tr></tbody>\n<tbody>"
            )
            day = date
        number = numbered.number
        row_class = ""
        if kind is said:
            text = plain(versions.now(number, line.text))
            is_obeyed = not (line.own or line.actor.bot) and words.is_candidate(text) is not None
            shown = nicks[line.actor.nick] + (_said(text, words) if is_obeyed else linked(text))
            if number in topics:
                row_class = ' class="t"'
        elif kind is acted or kind is notice:
            shown = nicks[line.actor.nick] + linked(plain(versions.now(number, line.text)))
            if kind is acted:
                row_class = ' class="a"'
        elif kind is Kind.CORRECTED or kind is Kind.REACTED:
            shown = _of_others(numbered, versions, names)
            row_class = ' class="e"'
        else:
            shown = linked(happened(line, times, names))
            row_class = ' class="g"' if kind is Kind.GAP else ' class="e"'
        if number in versions.texts:
            shown += _history(versions.texts[number])
        yield (
            f'<tr id="l-{number}"{row_class}><td><a href="#l-{number}">{clock(line.time)}</a></td>'
            f"<td>{shown}</td></tr>"
        )
    if day is not None:
        yield "</tbody>"


def _of_others(numbered: NumberedLine, versions: Versions, names: dict[str, str]) -> str:
    """That somebody corrected a line, which shows it, or reacted to one."""
    of = versions.of.get(numbered.number or 0)
    if of is None:
        return linked(said_of_others(numbered, versions, names))
    about = f'<a href="#l-{of}">l-{of}</a>'
    nick = escape(names[numbered.line.actor.nick])
    if numbered.line.kind is Kind.CORRECTED:
        return f"{nick} corrected {about}"
    reactions = escape(reactions_text(numbered))
    return f"{nick} reacted to {about}: {reactions}" if reactions else f"{nick} reacts no more to {about}"


def _history(texts: Sequence[str]) -> str:
    """That a line was corrected, and what it said before."""
    before = "".join(f"<del>{linked(plain(text))}</del> " for text in texts[:-1])
    return f' <details class="c"><summary>corrected</summary>{before.rstrip()}</details>'


_COMMAND = re.compile(r"\s*[^\s:]+:?")


def _said(text: str, words: Recogniser) -> str:
    """What was said; the word of a command stands out."""
    found = words.find(text)
    command = WORDS.get(found.name) if found is not None and found.style is Style.HASH else None
    if command is None or command.style is not Style.HASH or (match := _COMMAND.match(text)) is None:
        return linked(text)
    return f'<span class="i">{escape(match.group())}</span>{linked(text[match.end() :])}'
