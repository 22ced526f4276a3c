"""The sections ``[team NAME]`` of ``bot.ini``: what teams begin with."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.plugin import Config, Problem, setting
from bot.text import listed, nearest
from plugins.rosters.document import TeamEntry
from plugins.rosters.fields import read_field
from plugins.rosters.names import team_problem
from plugins.rosters.recurrence import read_all_meets
from plugins.rosters.settings import RosterSettings


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """What a team begins with, where there is none of that name yet; what is said in chat stays."""

    title: str = setting("", help="The team's name in full.")
    about: str = setting("", help="What it does, in a sentence.")
    lead: str = setting("", help="Who leads it: a name, or NETWORK/ACCOUNT.")
    channel: str = setting("", help="Where it meets, as NETWORK/ROOM.")
    launchpad: str = setting("", help="Its name on Launchpad.")
    list_: str = setting("", help="Its mailing list.")
    tags: tuple[str, ...] = setting((), help="The bug tags that are its concern.")
    meets: str = setting("", help="When it meets, such as: every thursday 21:00 Europe/Berlin.")


def mistakes(config: Config, networks: Collection[str]) -> Iterator[Problem]:
    """What cannot work; ``networks`` are the names of all."""
    yield from _of_settings(config, networks)
    for name, team in config.sections["team"].items():
        section = f"team {name}"
        problem = team_problem(name)
        if problem:
            yield config.problem(section, "", None, problem)
        for key, value in (("channel", team.channel), ("lead", team.lead if "/" in team.lead else "")):
            network, slash, _ = value.partition("/")
            if value and not slash:
                yield config.problem(section, key, value, "must be NETWORK/ROOM, such as oftc/#nova")
            elif value and network not in networks:
                yield config.problem(section, key, value, _no_network(network, networks))
        for key, value in _as_read(team).items():
            try:
                _read(key, value, date(2000, 1, 1), "UTC")
            except ValueError as error:
                yield config.problem(section, key, value, str(error))


def _of_settings(config: Config, networks: Collection[str]) -> Iterator[Problem]:
    settings: RosterSettings | None = config.plugins.get("rosters")
    for key, names in (
        ("coordinators", settings.coordinators if settings else ()),
        ("announce", settings.announce if settings else ()),
    ):
        for one in names:
            network, slash, account = one.partition("/")
            if not slash or not account:
                why = f"{one!r} is no NETWORK/ACCOUNT, such as oftc/alice"
                yield config.problem("plugin rosters", key, ", ".join(names), why)
            elif network not in networks:
                why = _no_network(network, networks)
                yield config.problem("plugin rosters", key, ", ".join(names), why)


def _no_network(name: str, networks: Collection[str]) -> str:
    near = nearest(name, networks, 1)
    hint = f"did you mean {near[0]}?" if near else f"there is {listed(sorted(networks)) or 'none'}"
    return f"there is no network {name!r}: {hint}"


def _as_read(team: TeamSettings) -> dict[str, str]:
    """What is read as people type it, by the words that they use."""
    return {
        "title": team.title,
        "about": team.about,
        "launchpad": team.launchpad,
        "list": team.list_,
        "tags": ", ".join(team.tags),
        "meets": team.meets,
    }


def _read(key: str, text: str, today: date, zone: str) -> Any:
    if key == "meets":
        return read_all_meets(text, today, zone)
    return read_field(key, text, lambda _name: None)


def sown(name: str, team: TeamSettings, today: date, zone: str) -> TeamEntry:
    """A team as a roster's file would have it, without its room and who leads it. Pure, for what has no
    :func:`mistakes`.
    """
    read = {key: _read(key, value, today, zone) for key, value in _as_read(team).items()}
    meets = read.pop("meets")
    fields = {"mailing_list" if key == "list" else key: value for key, value in read.items() if value}
    return TeamEntry(name, 0, fields, meets=meets or None)
