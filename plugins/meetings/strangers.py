"""Who votes in secret before the meeting knows them: nobody gets a second vote by being met later."""

from __future__ import annotations

from bot.model import Actor
from bot.text import fold_nick
from plugins.meetings.people import People, Person
from plugins.meetings.votes import Poll


def met(people: People, poll: Poll, actor: Actor, person: Person) -> None:
    """Somebody who may have voted in secret before is known from now on: there is no second vote."""
    for name in stranger_names(people, actor):
        poll.met(name, person.key)


def stranger_names(people: People, actor: Actor) -> list[str]:
    """What names somebody who is not known, the surest last."""
    names = [f"nick {actor.network} {fold_nick(actor.nick)}"]
    return (
        names
        if actor.account is None
        else [*names, f"account {people.same_as(actor.network, actor.account)}"]
    )
