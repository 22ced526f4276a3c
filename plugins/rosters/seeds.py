"""The sections ``[team NAME]`` of ``bot.ini``: what teams begin with."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.plugin import Config, Problem, setting
from bot.text import listed, nearest


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """What a team begins with, where there is none of that name yet; what is said in chat stays."""

    title: str = setting("", help="The team's name in full.")
    about: str = setting("", help="What it does, in a sentence.")
    lead: str = setting("", help="Who leads it.")
    channel: str = setting("", help="Where it meets, as NETWORK/ROOM.")
    launchpad: str = setting("", help="Its name on Launchpad.")
    list_: str = setting("", help="Its mailing list.")
    tags: tuple[str, ...] = setting((), help="The bug tags that are its concern.")
    meets: str = setting("", help="When it meets, in words.")


def mistakes(config: Config, networks: Collection[str]) -> Iterator[Problem]:
    """What cannot work; ``networks`` are the names of all."""
    for name, team in config.sections["team"].items():
        network, slash, _ = team.channel.partition("/")
        if team.channel and not slash:
            why = "must be NETWORK/ROOM, such as oftc/#nova"
            yield config.problem(f"team {name}", "channel", team.channel, why)
        elif team.channel and network not in networks:
            near = nearest(network, networks, 1)
            hint = f"did you mean {near[0]}?" if near else f"there is {listed(sorted(networks)) or 'none'}"
            why = f"there is no network {network!r}: {hint}"
            yield config.problem(f"team {name}", "channel", team.channel, why)
