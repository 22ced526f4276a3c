"""Where Muster is: its networks, their rooms, and which places of them are one room (:mod:`bot.linking`).

Rules:

1. Whatever asks about a room by one of its places is answered for the room, which goes by the first.
2. A place in which a meeting of its own is held when ``bot.ini`` comes to link it goes on alone until that
   meeting is over, since all of that stands in the record of this place. Then it is linked.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from bot.config import Config, RoomSettings
from bot.linking import Links, merged
from bot.model import Room, RoomState
from bot.networks.base import Network
from bot.sections import NETWORK_TYPES

log = logging.getLogger(__name__)

_ELSEWHERE = RoomSettings()


class Places:
    """The networks, and what the configuration says of their rooms."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.networks: dict[str, Network] = {}
        self.linking = Links()
        self.placed = 0
        """Another number once a name may be that of another room, or a room's settings may be others."""
        self._rooms: dict[Room, RoomSettings] = {}
        self._apart: list[Room] = []

    def relink(self) -> None:
        """Learn which places are one room: at the start, on SIGHUP, and once a network is connected and knows
        how its names are folded.
        """
        self._rooms = {}
        self._apart = []
        linked = []
        for settings in self.config.rooms.values():
            home, *others = dict.fromkeys(map(self._place, settings.at))
            apart = [place for place in others if self._is_in_use(place)]
            linked.append([home, *(place for place in others if place not in apart)])
            self._apart += apart
        self.linking = Links(linked)
        self.placed += 1
        for place in self._apart:
            log.info("The meeting in %s goes on there alone; the room is linked once it is over", place)

    def look_again(self) -> None:
        """Link what was left apart, if its meeting is over."""
        if not all(map(self._is_in_use, self._apart)):
            self.relink()

    def _is_in_use(self, place: Room) -> bool:
        """Whether some plugin waits for what is said in a place by itself."""
        return False

    def _place(self, name: str) -> Room:
        network, _, room = name.partition("/")
        found = self.networks.get(network)
        # Where pages alone are served, or the network could not be started, it goes by its name all the same.
        return found.room(room) if found is not None else Room(network, room.lower())

    def room_settings(self, room: Room) -> RoomSettings:
        """The room's section of ``bot.ini``, or the defaults."""
        if room.private:
            return _ELSEWHERE
        found = self._rooms.get(room)
        if found is None:
            found = self._rooms[room] = self._room_settings(room)
        return found

    def _room_settings(self, room: Room) -> RoomSettings:
        wanted = room if room.network in self.networks else Room(room.network, room.name.lower())
        for settings in self.config.rooms.values():
            if any(self._place(name) == wanted for name in settings.at):
                return settings
        return _ELSEWHERE

    def nick(self, network: str) -> str:
        """Muster's own nick on a network."""
        found = self.networks.get(network)
        return found.nick if found else self.config.bot.nick

    def network_type(self, network: str) -> str:
        """What a network is; nothing where there is no such network."""
        settings = self.config.networks.get(network)
        return next((name for name, kind in NETWORK_TYPES.items() if type(settings) is kind), "")

    def network_host(self, network: str) -> str:
        """The host that ``bot.ini`` connects to for a network; nothing where it names none."""
        return getattr(self.config.networks.get(network), "host", "")

    def places(self) -> Sequence[Room]:
        """All places that Muster is in, those of one room each by itself."""
        return [place for network in self.networks.values() for place in network.rooms()]

    def rooms(self) -> Sequence[Room]:
        """The rooms that Muster is in, be it in one of their places."""
        return list(dict.fromkeys(map(self.linking.home, self.places())))

    def configured_rooms(self) -> Sequence[Room]:
        """The rooms that ``bot.ini`` names."""
        found = (self.room_named(settings.at[0]) for settings in self.config.rooms.values())
        return [room for room in found if room is not None]

    def place_named(self, name: str, near: Room | None = None) -> Room | None:
        """The place of that name, near another."""
        head, slash, rest = name.partition("/")
        if slash and head in self.networks:
            return self.networks[head].room(rest)
        if slash and head in self.config.networks:  # pages alone are served: there are no networks
            return Room(head, rest.lower())
        network = self.networks.get(near.network) if near else next(iter(self.networks.values()), None)
        return network.room(name) if network else None

    def room_named(self, name: str, near: Room | None = None) -> Room | None:
        """The room of that name, near another."""
        place = self.place_named(name, near)
        return None if place is None else self.linking.home(place)

    def linked(self, room: Room) -> Sequence[Room]:
        """The places of a room, the first first; one, for most rooms."""
        return self.linking.places(self.linking.home(room))

    def state(self, room: Room) -> RoomState | None:
        """Who is in a room, in any of its places."""
        places = self.linked(room)
        states = [found[2] for found in self._in_use(places)] if len(places) > 1 else ()
        if states:
            nicks = {name: network.nick for name, network in self.networks.items()}
            return merged(places[0], states, nicks)
        network = self.networks.get(room.network)
        return network.state(room) if network is not None and len(places) == 1 else None

    def _in_use(self, places: Sequence[Room]) -> Iterator[tuple[Room, Network, RoomState]]:
        """Those of the places that Muster is in, and can be heard in, now."""
        for place in places:
            network = self.networks.get(place.network)
            state = network.state(place) if network is not None and network.is_connected else None
            if network is not None and state is not None:
                yield place, network, state
