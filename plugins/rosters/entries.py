"""What reading a roster's file shares: with what it is read, and how a mistake is noted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import yaml

from bot.text import listed, nearest
from plugins.rosters.nodes import Nodes, shown

T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """What a file is read with: the names of all networks, the day on which series begin that say no other,
    and the zone that counts where none is named.
    """

    networks: Collection[str]
    today: date
    zone: str
    nodes: Nodes = field(default_factory=Nodes)


def tried(reading: Reading, node: yaml.Node, what: str, read: Callable[[], T]) -> T | None:
    """What ``read`` gives; ``None``, and the ``ValueError`` noted, where it gives none."""
    try:
        return read()
    except ValueError as error:
        reading.nodes.wrong(node, f"{what}: {error}")
        return None


def read_part(reading: Reading, node: yaml.Node, what: str, read: Callable[[str], str]) -> str | None:
    """What ``read`` makes of a text; ``None`` where there is none."""
    said = reading.nodes.text(node, what)
    return tried(reading, node, what, lambda: read(said)) if said else None


def is_network(reading: Reading, node: yaml.Node, what: str, network: str) -> bool:
    """Whether ``bot.ini`` has a network; noted where it has not."""
    if network in reading.networks:
        return True
    near = nearest(network, reading.networks, 1)
    hint = f"did you mean {near[0]}?" if near else f"bot.ini has {listed(sorted(reading.networks)) or 'none'}"
    reading.nodes.wrong(node, f"{what}: there is no network {shown(network)}: {hint}")
    return False


def read_day(reading: Reading, node: yaml.Node, what: str) -> date | None:
    """A day (ISO 8601); ``None``, noted, for anything else."""
    said = reading.nodes.text(node, what)
    if said is None:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        reading.nodes.wrong(node, f"{what} must be a day like 2026-12-01, not {shown(said)}")
        return None
