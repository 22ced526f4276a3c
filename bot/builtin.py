"""The core's own commands: help, plugins, rooms, and whom not to listen to.

A plugin like any other, but always loaded, first, and handed the running application.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Boolean, String, delete, select
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.access import OWNER
from bot.loader import about
from bot.model import Actor, Room
from bot.plugin import (
    PASSING,
    Bot,
    Channel,
    Command,
    Context,
    NoSettings,
    Plugin,
    Text,
    UserError,
    command,
    daily,
)
from bot.settings import duration_text
from bot.store import Base
from bot.text import fold_nick, listed, nearest

if TYPE_CHECKING:
    from bot.app import App


class JoinedRow(Base):
    """A room that somebody asked Muster into, beyond those that ``bot.ini`` names."""

    __tablename__ = "joined_room"
    network: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(LongText, primary_key=True)
    key: Mapped[str] = mapped_column(LongText, default="")


class IgnoredRow(Base):
    """Somebody who is not listened to: an account, or else a nick's address."""

    __tablename__ = "ignored"
    network: Mapped[str] = mapped_column(String(64), primary_key=True)
    who: Mapped[str] = mapped_column(LongText, primary_key=True)
    is_account: Mapped[bool] = mapped_column(Boolean, primary_key=True)


class DisabledRow(Base):
    """A plugin that an owner disabled."""

    __tablename__ = "disabled_plugin"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)


class Builtin(Plugin):
    """Help, plugins and rooms."""

    name = "core"

    def __init__(self, bot: Bot, app: App) -> None:
        super().__init__(bot, NoSettings())
        self._app = app
        self._ignored: set[tuple[str, str, bool]] = set()
        self._switching = asyncio.Lock()  # two rooms may ask for the same at once

    async def start(self) -> None:
        """Learn who is ignored and which rooms to be in."""
        self._ignored = await self.store.read(_ignored)
        for room, key in await self.store.read(_joined):
            if room.network in self._app.hub.networks:
                self._app.hub.networks[room.network].join(room, key)

    def ignores(self, actor: Actor) -> bool:
        """Whether an actor is not listened to."""
        return bool(self._ignored) and not self._ignored.isdisjoint(_keys(actor))

    @command("help")
    async def help(self, ctx: Context, subject: Text = "") -> None:
        """List what you may do here, or explain one command. Example: !help ping"""
        if not subject:
            names = [c.name for _, c in self._app.hub.commands.all() if self.bot.allows(ctx.actor, c.needs)]
            topics = sorted({topic for plugin in self._app.hub.plugins for topic in plugin.topics})
            ctx.reply(
                f"Commands: {', '.join(names)}. More: {self.bot.prefix}help NAME"
                + (f", also {listed(topics)}." if topics else ".")
            )
            return
        for plugin in self._app.hub.plugins:
            if subject.lower() in plugin.topics:
                ctx.reply(plugin.topics[subject.lower()])
                return
        name = subject.lower().removeprefix(self.bot.prefix)
        found = [pair[1] for pair in self._app.hub.commands.named(name)]
        if not found:
            explained = (
                plugin.explain(subject.strip().lower(), ctx.room) for plugin in self._app.hub.plugins
            )
            answer = next((text for text in explained if text is not None), None)
            if answer is not None:
                ctx.reply(answer)
                return
            near = nearest(name, [c.name for _, c in self._app.hub.commands.all()])
            raise UserError(f"There is no command {name!r}. Near it: {listed(near) or 'nothing'}.")
        if len(found) > 1 and not any(c.name == name for c in found):
            ctx.reply(f"{name}: {', '.join(c.name for c in found)}.")
            return
        chosen = next((c for c in found if c.name == name), found[0])
        others = [c.name for c in found if c is not chosen]
        ctx.reply(self._explained(chosen) + (f" See also: {', '.join(others)}." if others else ""))

    def _explained(self, found: Command) -> str:
        who = f"needs {found.needs}" if found.needs else "anyone"
        text = f"{self.bot.prefix}{found.usage} ({who}): {found.help}"
        example = (
            found.example.replace("!", self.bot.prefix, 1) if found.example[:1] == "!" else found.example
        )
        return text + (f" Example: {example}" if example else "")

    @command("about")
    async def about(self, ctx: Context) -> None:
        """Say what Muster is and what it keeps of this room. Example: !about"""
        ctx.reply(
            f"I am Muster {self.bot.version}: I run meetings and write their minutes. {self._kept(ctx.room)}"
        )

    def _kept(self, room: Room) -> str:
        if room.private:
            return "Nothing said here is kept."
        settings = self.bot.room_settings(room)
        if settings.log == "always":
            how_long = "for ever" if settings.keep is None else f"for {duration_text(settings.keep)}"
            return f"In this room every line is kept {how_long}, but for lines that begin with [off]."
        if settings.log == "never":
            return "Of this room nothing is kept."
        return (
            "Of this room I keep what is said in meetings and nothing else; after a meeting that ended in "
            "silence, for an hour, until it is clear that nobody takes it up again."
        )

    @command("ping")
    async def ping(self, ctx: Context) -> None:
        """Answer, to show that Muster is there. Example: !ping"""
        ctx.reply("pong")

    @command("yes")
    async def yes(self, ctx: Context) -> None:
        """Do what I asked you about. Example: !yes"""
        then = self._app.hub.questions.take(ctx.room, ctx.actor, self.bot.now())
        if then is None:
            raise UserError("I asked you nothing here in the last two minutes; give the command again.")
        await then(ctx)

    @command("no")
    async def no(self, ctx: Context) -> None:
        """Do not do what I asked you about. Example: !no"""
        if self._app.hub.questions.take(ctx.room, ctx.actor, self.bot.now()) is None:
            raise UserError("I asked you nothing here in the last two minutes.")
        ctx.reply("Then I leave it.")

    @command("plugins")
    async def plugins(self, ctx: Context) -> None:
        """List the plugins and what each does. Example: !plugins"""
        ctx.list(
            [f"{plugin.name}: {about(type(plugin))}" for plugin in self._app.hub.plugins]
            + [f"{name}: disabled" for name in self._app.disabled]
        )

    @command("enable", needs=OWNER)
    async def enable(self, ctx: Context, plugin: str) -> None:
        """Let a disabled plugin work again. Example: !enable meetings"""
        async with self._switching:
            if plugin not in self._app.disabled:
                disabled = listed(self._app.disabled) or "none"
                raise UserError(f"{plugin!r} is not disabled. Disabled: {disabled}.")
            lacking = [name for name in self._app.requires(plugin) if name in self._app.disabled]
            if lacking:
                raise UserError(f"{plugin} requires {listed(lacking)}; enable that first.")
            await self.store.write(_set_disabled, plugin, False)
            await self._app.enable(plugin)
        ctx.reply(f"{plugin} is enabled.")

    @command("disable", needs=OWNER)
    async def disable(self, ctx: Context, plugin: str) -> None:
        """Stop a plugin until it is enabled again. Example: !disable meetings"""
        async with self._switching:
            running = {p.name: p for p in self._app.hub.plugins if p is not self}
            if plugin not in running:
                raise UserError(f"{plugin!r} is no plugin that runs. Running: {listed(running) or 'none'}.")
            needing = [p.name for p in running.values() if plugin in p.requires]
            if needing:
                first = "requires {0}; disable that" if len(needing) == 1 else "require {0}; disable those"
                raise UserError(f"{listed(needing)} {first.format(plugin)} first.")
            await self.store.write(_set_disabled, plugin, True)
            await self._app.disable(plugin)
        ctx.reply(f"{plugin} is disabled; {self.bot.prefix}enable {plugin} brings it back.")

    @command("rooms")
    async def rooms(self, ctx: Context) -> None:
        """List the rooms Muster shares with you; to an owner, all. Example: !rooms"""
        everywhere = self.bot.allows(ctx.actor, OWNER)
        rooms = [
            self._named(room) for room in self.bot.rooms() if everywhere or self._shares(room, ctx.actor)
        ]
        ctx.reply(f"I am in {listed(sorted(rooms)) or 'no room that you are in'}.")

    def _shares(self, room: Room, actor: Actor) -> bool:
        """Whether somebody is in a room: which rooms there are may be a secret of those in them."""
        state = self.bot.state(room)
        who = (actor.network, actor.nick)
        return state is not None and any(who == (member.network, member.nick) for member in state.members)

    def _named(self, room: Room) -> str:
        home, *others = self._app.hub.linked(room)
        return f"{home} (linked with {listed(map(str, others))})" if others else str(home)

    @command("room join", needs=OWNER)
    async def join(self, ctx: Context, room: Channel, key: str = "") -> None:
        """Enter a room and stay in it. Example: !room join oftc/#nova"""
        found = self._room(ctx, room)
        if not self._app.hub.networks[found.network].is_room(found.name):
            raise UserError(
                f"{found.name!r} is no room on {found.network}. A room is written network/#room, "
                f"without blanks and commas; networks: {listed(self._app.hub.networks)}."
            )
        await self.store.write(_remember, found, key)
        self._app.hub.networks[found.network].join(found, key)
        ctx.reply(f"I go to {found}.")

    @command("room leave", needs=OWNER)
    async def leave(self, ctx: Context, room: Channel) -> None:
        """Leave a room; what bot.ini names is entered again at the next start. Example: !room leave #nova"""
        found = self._room(ctx, room)
        # One that cannot be entered, for a ban say, is left all the same: it is tried no more.
        if not await self.store.write(_forget, found) and found not in self.bot.places():
            raise UserError(f"I am not in {found}. {self.bot.prefix}rooms lists where I am.")
        self._app.hub.networks[found.network].leave(found, f"Asked to leave by {ctx.actor.nick}")
        ctx.tell(f"I leave {found}.")

    def _room(self, ctx: Context, name: str) -> Room:
        found = self._app.hub.place_named(name, near=ctx.place)
        if found is None or found.network not in self._app.hub.networks:
            networks = listed(self._app.hub.networks)
            raise UserError(f"I know no network for {name!r}. Write network/#room; networks: {networks}.")
        return found

    @command("ignore", needs=OWNER)
    async def ignore(self, ctx: Context, who: str, off: Literal["off"] | None = None) -> None:
        """Stop listening to a nick that is here, a USER@HOST, or an account, on this network or as
        NETWORK/NAME on another; with "off", listen again. Example: !ignore spammer
        """
        network, slash, name = who.partition("/")
        if not slash or network not in self._app.hub.networks:
            network, name = ctx.actor.network, who
        key, is_account = self._who(network, name)
        if (network, key, is_account) in _keys(ctx.actor):
            raise UserError("That is you; you could not take it back.")
        if off and (network, key, is_account) not in self._ignored:
            here = sorted(name for place, name, _ in self._ignored if place == network)
            raise UserError(f"I do not ignore {key}. Ignored here: {listed(here) or 'nobody'}.")
        await self.store.write(_set_ignored, network, key, is_account, not off)
        self._ignored = await self.store.read(_ignored)
        named = f"the account {key}" if is_account else key
        ctx.reply(f"I listen to {named} again." if off else f"I ignore {named}.")

    def _who(self, network: str, name: str) -> tuple[str, bool]:
        """An account (and ``True``) or an address: of somebody present by nick, else the name itself."""
        if "@" in name:
            return name, (network, name, True) in self._ignored
        for room in self.bot.rooms():
            state = self.bot.state(room)
            for member in state.members if state else ():
                if member.network == network and fold_nick(member.nick) == fold_nick(name):
                    _, key, is_account = _keys(member)[0]
                    return key, is_account
        return name, True

    def invited(self, room: Room, by: Actor) -> None:
        """Go where somebody who may send Muster there invites it, if that is a room."""
        if not self._app.hub.networks[room.network].is_room(room.name):
            return
        if not self.bot.allows(by, OWNER):
            self.bot.say(
                self._app.hub.networks[room.network].private(by.nick),
                f"Only an owner of this Muster may call me to {room.name}.",
                notice=True,
            )
            return
        self.bot.spawn(self._accept(room), f"invitation to {room}")

    async def _accept(self, room: Room) -> None:
        await self.store.write(_remember, room, "")
        self._app.hub.networks[room.network].join(room)

    @daily("04:00")
    async def purge(self, day: date) -> None:
        """Forget the passing lines that are older than their room's ``keep``, and all of rooms that are not
        (or no longer) logged.
        """
        gone = 0
        now = self.bot.now()
        for room in self._app.journal.rooms():
            settings = self.bot.room_settings(room)
            if room.network not in self._app.hub.networks or (settings.log == "always" and not settings.keep):
                continue
            keep = settings.keep if settings.log == "always" and settings.keep else PASSING
            gone += await self._app.journal.purge(room, now - keep)
        if gone:
            await self.store.scrub()


def _keys(actor: Actor) -> list[tuple[str, str, bool]]:
    """What an actor can be ignored by: the account, and the address (the nick where there is none)."""
    address = (actor.network, actor.address or actor.nick, False)
    return [(actor.network, actor.account, True), address] if actor.account else [address]


def _ignored(session: Session) -> set[tuple[str, str, bool]]:
    return {(row.network, row.who, row.is_account) for row in session.scalars(select(IgnoredRow))}


def _set_ignored(session: Session, network: str, who: str, is_account: bool, on: bool) -> None:
    row = IgnoredRow(network=network, who=who, is_account=is_account)
    if on:
        session.merge(row)
    else:
        session.execute(
            delete(IgnoredRow).where(
                IgnoredRow.network == network, IgnoredRow.who == who, IgnoredRow.is_account == is_account
            )
        )


def _joined(session: Session) -> list[tuple[Room, str]]:
    return [(Room(row.network, row.name), row.key) for row in session.scalars(select(JoinedRow))]


def _remember(session: Session, room: Room, key: str) -> None:
    session.merge(JoinedRow(network=room.network, name=room.name, key=key))


def _forget(session: Session, room: Room) -> bool:
    """Whether it was one that Muster was asked into."""
    named = (JoinedRow.network == room.network, JoinedRow.name == room.name)
    return session.execute(delete(JoinedRow).where(*named)).rowcount > 0  # type: ignore[attr-defined, no-any-return]


def disabled_plugins(session: Session) -> list[str]:
    """The names of disabled plugins. A transaction."""
    return list(session.scalars(select(DisabledRow.name).order_by(DisabledRow.name)))


def _set_disabled(session: Session, name: str, on: bool) -> None:
    if on:
        session.merge(DisabledRow(name=name))
    else:
        session.execute(delete(DisabledRow).where(DisabledRow.name == name))
