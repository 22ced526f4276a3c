"""The core's own commands: help, plugins, rooms, and whom not to listen to.

A plugin like any other, but always loaded, first, and handed the running application.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, String, delete, select
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.access import OWNER
from bot.loader import about
from bot.model import Actor, Room
from bot.plugin import Bot, Channel, Command, Context, NoSettings, Plugin, Text, UserError, command, daily
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

    async def start(self) -> None:
        """Learn who is ignored and which rooms to be in."""
        self._ignored = await self.store.read(_ignored)
        for room, key in await self.store.read(_joined):
            if room.network in self._app.hub.networks:
                self._app.hub.networks[room.network].join(room, key)

    def ignores(self, actor: Actor) -> bool:
        """Whether an actor is not listened to."""
        if not self._ignored:
            return False
        account = (actor.network, actor.account or "", True)
        return (
            account in self._ignored or (actor.network, actor.address or actor.nick, False) in self._ignored
        )

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
        return text + (f" Example: {found.example}" if found.example else "")

    @command("about")
    async def about(self, ctx: Context) -> None:
        """Say what Muster is and what it keeps of this room."""
        ctx.reply(
            f"I am Muster {self.bot.version}: I run meetings and write their minutes. {self._kept(ctx.room)}"
        )

    def _kept(self, room: Room) -> str:
        if room.private:
            return "Nothing said here is kept."
        settings = self.bot.room_settings(room)
        if settings.log == "always":
            how_long = "for ever" if settings.keep is None else f"for {settings.keep.days} days"
            return f"In this room every line is kept {how_long}, but for lines that begin with [off]."
        if settings.log == "never":
            return "Of this room nothing is kept."
        return "Of this room I keep what is said in meetings and nothing else."

    @command("ping")
    async def ping(self, ctx: Context) -> None:
        """Answer, to show that Muster is there."""
        ctx.reply("pong")

    @command("plugins")
    async def plugins(self, ctx: Context) -> None:
        """List the plugins and what each does."""
        ctx.list(
            [f"{plugin.name}: {about(type(plugin))}" for plugin in self._app.hub.plugins]
            + [f"{name}: disabled" for name in self._app.disabled]
        )

    @command("enable", needs=OWNER)
    async def enable(self, ctx: Context, plugin: str) -> None:
        """Let a disabled plugin work again. Example: !enable meetings"""
        if plugin not in self._app.disabled:
            raise UserError(f"{plugin!r} is not disabled. Disabled: {listed(self._app.disabled) or 'none'}.")
        await self.store.write(_set_disabled, plugin, False)
        await self._app.enable(plugin)
        ctx.reply(f"{plugin} is enabled.")

    @command("disable", needs=OWNER)
    async def disable(self, ctx: Context, plugin: str) -> None:
        """Stop a plugin until it is enabled again. Example: !disable meetings"""
        running = {p.name: p for p in self._app.hub.plugins if p is not self}
        if plugin not in running:
            raise UserError(f"{plugin!r} is no plugin that runs. Running: {listed(running) or 'none'}.")
        needing = [p.name for p in running.values() if plugin in p.requires]
        if needing:
            raise UserError(f"{listed(needing)} requires {plugin}; disable that first.")
        await self.store.write(_set_disabled, plugin, True)
        await self._app.disable(plugin)
        ctx.reply(f"{plugin} is disabled; {self.bot.prefix}enable {plugin} brings it back.")

    @command("rooms")
    async def rooms(self, ctx: Context) -> None:
        """List the rooms Muster is in."""
        rooms = [
            str(room)
            for room in self.bot.rooms()
            if ctx.bot.allows(ctx.actor, OWNER) or room == ctx.room or room.network == ctx.room.network
        ]
        ctx.reply(f"I am in {listed(sorted(rooms)) or 'no room'}.")

    @command("room join", needs=OWNER)
    async def join(self, ctx: Context, room: Channel, key: str = "") -> None:
        """Enter a room and stay in it. Example: !room join oftc/#nova"""
        found = self._room(ctx, room)
        await self.store.write(_remember, found, key)
        self._app.hub.networks[found.network].join(found, key)
        ctx.reply(f"I go to {found}.")

    @command("room leave", needs=OWNER)
    async def leave(self, ctx: Context, room: Channel) -> None:
        """Leave a room; what bot.ini names is entered again at the next start. Example: !room leave #nova"""
        found = self._room(ctx, room)
        if found not in self.bot.rooms():
            raise UserError(f"I am not in {found}. !rooms lists where I am.")
        await self.store.write(_forget, found)
        self._app.hub.networks[found.network].leave(found, f"Asked to leave by {ctx.actor.nick}")
        ctx.tell(f"I leave {found}.")

    def _room(self, ctx: Context, name: str) -> Room:
        found = self.bot.room_named(name, near=ctx.room)
        if found is None or found.network not in self._app.hub.networks:
            networks = listed(self._app.hub.networks)
            raise UserError(f"I know no network for {name!r}. Write network/#room; networks: {networks}.")
        return found

    @command("ignore", needs=OWNER)
    async def ignore(self, ctx: Context, nick: str, off: str = "") -> None:
        """Stop listening to somebody, or with "off" listen again. Example: !ignore spammer"""
        who, is_account = self._who(ctx, nick)
        if off and off != "off":
            raise UserError(f"{off!r} is one word too many; !ignore NICK off listens again.")
        await self.store.write(_set_ignored, ctx.room.network, who, is_account, not off)
        self._ignored = await self.store.read(_ignored)
        ctx.reply(f"I {'listen to' if off else 'ignore'} {nick}{' again' if off else ''}.")

    def _who(self, ctx: Context, nick: str) -> tuple[str, bool]:
        for room in self.bot.rooms():
            state = self.bot.state(room) if room.network == ctx.room.network else None
            for member in state.members if state else ():
                if fold_nick(member.nick) == fold_nick(nick):
                    return (
                        (member.account, True) if member.account else (member.address or member.nick, False)
                    )
        return nick, True

    def invited(self, room: Room, by: Actor) -> None:
        """Go where somebody who may send Muster there invites it."""
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
        """Forget the passing lines of rooms that keep them for so many days."""
        for room in self.bot.rooms():
            keep = self.bot.room_settings(room).keep
            if keep is not None:
                await self._app.journal.purge(room, self.bot.now() - keep)


def _ignored(session: Session) -> set[tuple[str, str, bool]]:
    return {(row.network, row.who, row.is_account) for row in session.scalars(select(IgnoredRow))}


def _set_ignored(session: Session, network: str, who: str, is_account: bool, on: bool) -> None:
    row = IgnoredRow(network=network, who=who, is_account=is_account)
    if on:
        session.merge(row)
    else:
        session.execute(delete(IgnoredRow).where(IgnoredRow.network == network, IgnoredRow.who == who))


def _joined(session: Session) -> list[tuple[Room, str]]:
    return [(Room(row.network, row.name), row.key) for row in session.scalars(select(JoinedRow))]


def _remember(session: Session, room: Room, key: str) -> None:
    session.merge(JoinedRow(network=room.network, name=room.name, key=key))


def _forget(session: Session, room: Room) -> None:
    session.execute(delete(JoinedRow).where(JoinedRow.network == room.network, JoinedRow.name == room.name))


def disabled_plugins(session: Session) -> list[str]:
    """The names of disabled plugins. A transaction."""
    return list(session.scalars(select(DisabledRow.name).order_by(DisabledRow.name)))


def _set_disabled(session: Session, name: str, on: bool) -> None:
    if on:
        session.merge(DisabledRow(name=name))
    else:
        session.execute(delete(DisabledRow).where(DisabledRow.name == name))
