"""Teams and people as commands name them.

A parameter of type :class:`TeamArg` or :class:`PersonArg` gets the :class:`~plugins.rosters.roster.Team` or
:class:`~plugins.rosters.roster.Person` that a word means; where it means none, the answer names the nearest.

Who is meant by a word, in this order:

1. ``~id``: who has that Launchpad id.
2. ``network/account``: whose that account is.
3. The nick of somebody who is in the room: the person behind their account. A nick proves nothing, so where
   somebody else is known by that name, nobody is guessed at.
4. The name of somebody whom the roster knows.
"""

from __future__ import annotations

from bot.model import Actor
from bot.plugin import Context, UserError
from bot.text import fold_nick, listed, shorten
from plugins.rosters.base import RostersBase
from plugins.rosters.roster import Person, Roster, Team


class TeamArg(Team):
    """A team that is named by its name, handle or title, or by how its name alone begins."""

    __slots__ = ()

    @staticmethod
    async def from_word(word: str, ctx: Context) -> Team:
        """The team. Raises :class:`~bot.plugin.UserError` with the nearest where there is none."""
        return team_named(ctx.bot.plugin(RostersBase).roster, word, ctx.bot.prefix)


class PersonArg(Person):
    """A person who is named by nick, name, ``network/account`` or ``~launchpad-id``. Whoever is in the room
    and logged in becomes known thereby.
    """

    __slots__ = ()

    @staticmethod
    async def from_word(word: str, ctx: Context) -> Person:
        """The person. Raises :class:`~bot.plugin.UserError` with the nearest where there is none."""
        rosters = ctx.bot.plugin(RostersBase)
        found = person_meant(rosters.roster, word, present(ctx), ctx)
        return found if isinstance(found, Person) else await rosters.known_as(found, ctx.by)


def team_named(roster: Roster, word: str, prefix: str) -> Team:
    """The team that a word means. Raises :class:`~bot.plugin.UserError`."""
    found = roster.team(word)
    if found is None:
        near = roster.near_teams(word)
        hint = f"near it: {listed(near, 'or')}." if near else f"{prefix}teams lists them."
        raise UserError(f"There is no team {shorten(word, 40)!r}; {hint}")
    if found.is_retired:
        raise UserError(f"The team {found} is retired; {prefix}teams lists those there are.")
    return found


def present(ctx: Context) -> tuple[Actor, ...]:
    """Who is where something was said: in the room, those on the asker's own network first, or in a private
    conversation whoever asks.
    """
    if ctx.room.private:
        return (ctx.actor,)
    state = ctx.bot.state(ctx.room)
    here = state.members if state else ()
    return tuple(sorted(here, key=lambda one: one.network != ctx.actor.network))


def account_here(ctx: Context, nick: str) -> Actor:
    """Who has a nick in this room, with an account. Raises :class:`~bot.plugin.UserError`."""
    found = next((one for one in present(ctx) if fold_nick(one.nick) == fold_nick(nick)), None)
    if found is None:
        raise UserError(f"Nobody here is called {shorten(nick, 40)!r}; name somebody who is in this room.")
    if found.account is None:
        raise UserError(f"{found.nick} is not logged in, so there is no account that could prove anything.")
    return found


def person_meant(roster: Roster, word: str, here: tuple[Actor, ...], ctx: Context) -> Person | Actor:
    """Whom a word means: a person, or somebody here with an account whom the roster does not know yet. Raises
    :class:`~bot.plugin.UserError`.
    """
    prefix = ctx.bot.prefix
    named = roster.person(word)
    if word.startswith("~"):
        return named or _nobody(roster, word, prefix)
    network, slash, account = word.partition("/")
    if slash:
        return (
            (roster.with_account(network, account) or _account_here(here, network, account))
            or named
            or _nobody(roster, word, prefix)
        )
    actor = next((one for one in here if fold_nick(one.nick) == fold_nick(word) and not one.bot), None)
    if actor is None or (actor.account is None and named is not None):
        return named or _nobody(roster, word, prefix)
    if actor.account is None:
        raise UserError(f"{actor.nick} is not logged in, so I cannot tell who that is.")
    behind = roster.person_of(actor)
    if named is not None and named != behind:
        who = f"{actor.network}/{actor.account}"
        other = f"~{named.launchpad}" if named.launchpad else _any_account(named)
        means = f"{who} means {actor.nick} here" + (f", {other} the other. " if other else ". ")
        raise UserError(
            f"{actor.nick} here is logged in as {who}, and is not the {named} that I know. {means}"
            f"If they are one, a coordinator may say {prefix}link confirm {actor.nick} {named}"
        )
    return behind or actor


def _account_here(here: tuple[Actor, ...], network: str, account: str) -> Actor | None:
    for one in here:
        if (
            one.network == network
            and one.account is not None
            and fold_nick(one.account) == fold_nick(account)
        ):
            return one
    return None


def _any_account(person: Person) -> str:
    return "/".join(person.accounts[0]) if person.accounts else ""


def _nobody(roster: Roster, word: str, prefix: str) -> Person:
    near = roster.near_people(word.lstrip("~"))
    hint = f"near it: {listed(near, 'or')}." if near else "nobody of that nick is here either."
    raise UserError(f"I know nobody called {shorten(word, 40)!r}; {hint}")
