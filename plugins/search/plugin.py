"""Search over lines, items and decisions: the plugin, put together.

What may be found stands in :mod:`plugins.search.gathering`, when it is taken in in
:mod:`plugins.search.indexing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from bot.model import Entry, Line
from bot.plugin import About, Bot, Configured, Context, Door, Part, Plugin, Subject, Text, UserError, command
from bot.search import marked
from bot.text import plain, shorten
from plugins.meetings import Meetings, page_path
from plugins.rosters import Rosters
from plugins.search.asking import read_asked
from plugins.search.finding import Found, Rooms, newest
from plugins.search.indexing import Indexing

if TYPE_CHECKING:
    import click

    from bot.web import BaseRoute, Reader, Request, Response

_TOLD = 3  # hits that are told in a room
_LOOKED_AT = 6  # hits among which those are, since who asks says the words too
_LENGTH = 160  # characters of a hit


class Search(Plugin):
    """Search over all that was said and decided in public."""

    requires = ("meetings", "rosters")
    doors: ClassVar[tuple[Door, ...]] = (Door("Search", "/search", 60, needs_server=True),)

    def __init__(self, bot: Bot, settings: object) -> None:
        super().__init__(bot, settings)
        self.indexing = Indexing(bot)
        self.rooms = Rooms()

    @classmethod
    def subcommands(cls, configured: Configured) -> Sequence[click.Command]:
        """``muster search rebuild``."""
        from plugins.search import subcommands

        return subcommands.made(configured)

    # Life

    async def load(self) -> None:
        """Nothing: pages read the database, and whoever asks is told what stands there."""

    async def start(self) -> None:
        """Follow what is said, and take in what was said before."""
        self.bot.plugin(Meetings).listen_to_minutes(self.indexing.told)
        self.indexing.start()

    def leaving(self) -> None:
        """Begin nothing more."""
        self.indexing.leave()

    async def stop(self) -> None:
        """Hear no more of minutes."""
        self.indexing.leave()
        self.bot.plugin(Meetings).unlisten(self.indexing.told)

    def hear(self, line: Line, entry: Entry | None) -> None:
        """A line that is kept may be one to be found."""
        if entry is not None:
            self.indexing.heard(line.room)

    # Who and what is meant

    def team_names(self) -> list[str]:
        """The names of the teams that there are."""
        return [team.name for team in self.bot.plugin(Rosters).roster.active()]

    def teams_meant(self, typed: str) -> set[str] | None:
        """The team that is meant by a name; ``None`` where none was typed."""
        if not typed:
            return None
        team = self.bot.plugin(Rosters).roster.team(typed)
        return {typed, typed.lower()} if team is None else {team.name}

    def people_meant(self, typed: str) -> set[str] | None:
        """The names by which somebody is found, as far as they are known; ``None`` where none was typed."""
        if not typed:
            return None
        person = self.bot.plugin(Rosters).roster.person(typed)
        if person is None:
            return {typed}
        return {typed, *person.names, *(account for _, account in person.accounts)}

    # Pages

    def routes(self) -> Sequence[BaseRoute]:
        """``/search``."""
        from bot.web import Route
        from plugins.search.pages import search_page

        async def page(request: Request) -> Response:
            return await search_page(self, request)

        return (Route("/search", page),)

    async def parts(self, subject: Subject, reader: Reader) -> Sequence[Part]:
        """A box for what to search on the home page."""
        if subject.about is not About.HOME:
            return ()
        from plugins.search.pages import home_part

        return (home_part(reader),)

    # In chat

    @command("search")
    async def search(self, ctx: Context, words: Text) -> None:
        """Find what was said and decided in public, the newest first; "words in quotes" stand together.
        Example: !search volume driver
        """
        asked = read_asked({"q": words}, self.bot.zone)
        if not asked.query.wanted:
            raise UserError("Say a word to find: letters or digits, not after a minus.")
        found = await self.store.look(newest, asked, _LOOKED_AT, self.indexing.is_logged)
        # Whoever asked before said the same words, and that helps nobody.
        told = [one for one in found if not one.hit.text.startswith(f"{self.bot.prefix}search")][:_TOLD]
        if not told:
            ctx.reply(f"Nothing that I may tell of here has {shorten(plain(words), 80)!r}.")
            return
        for one in told:
            text = "".join(piece for piece, _ in marked(plain(one.hit.text), asked.query, _LENGTH))
            ctx.reply(self._told(one, text))

    def _told(self, found: Found, text: str) -> str:
        hit = found.hit
        when = f"{hit.time.astimezone(ZoneInfo(self.bot.zone)):%Y-%m-%d %H:%M %Z}"
        kind = "" if hit.kind == "line" else f"{hit.kind}: "
        line = f"{when} {hit.room.name} <{plain(hit.nick)}> {kind}{text}"
        if not self.bot.base_url or not found.meeting:
            return line
        address = f"{self.bot.base_url.rstrip('/')}{page_path(found.meeting)}log#l-{hit.number}"
        return f"{line} {address}"
