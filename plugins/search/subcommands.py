"""What the search adds to the ``muster`` command: ``search rebuild``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.model import Room
from bot.plugin import Configured, RoomRow, Setup
from bot.search import clear, compact
from bot.store import Store
from plugins.meetings import unindexed
from plugins.search.gathering import index_meeting, index_room

_STEP = 2_000  # lines at once: nobody else waits
_AT_ONCE = 200


def made(configured: Configured) -> Sequence[click.Command]:
    """The subcommands; ``configured`` gives one the configuration."""
    group = click.Group("search", help="The index of the search.", no_args_is_help=True)
    group.add_command(click.command("rebuild")(configured(rebuild)))
    return (group,)


def rebuild(setup: Setup) -> None:
    """Make the index of the search anew, from what was said and decided."""
    with setup.hold():
        store = setup.open_store()
        try:
            store.write_now(clear)
            meetings = _meetings(store)
            rooms = _rooms(store, _logged(setup))
            while store.write_now(compact):
                pass
            left = store.read_now(unindexed, 1)
        finally:
            store.close()
    click.echo(
        f"Indexed: {meetings} meeting{'s' * (meetings != 1)}, {rooms} logged room{'s' * (rooms != 1)}."
    )
    if left:
        click.echo("What meetings came to is indexed once Muster runs and has looked through them.")


def _meetings(store: Store) -> int:
    seen: set[str] = set()
    while new := [key for key in store.read_now(unindexed, _AT_ONCE + len(seen)) if key not in seen]:
        for key in new:
            at = store.write_now(index_meeting, key, _STEP)
            while at is not None:
                at = store.write_now(index_meeting, key, _STEP, at)
        seen.update(new)
    return len(seen)


def _logged(setup: Setup) -> Callable[[Room], bool]:
    """Whether a room's lines may be found, by ``bot.ini`` alone: no network runs that could fold names."""
    places = {
        place.casefold()
        for settings in setup.config.rooms.values()
        if settings.log == "always" and not settings.restricted
        for place in settings.at
    }
    return lambda room: str(room).casefold() in places


def _rooms(store: Store, is_logged: Callable[[Room], bool]) -> int:
    done = 0
    for room_id, room in store.read_now(_public_rooms).items():
        if is_logged(room):
            while store.write_now(index_room, room_id, _STEP) is not None:
                pass
            done += 1
    return done


def _public_rooms(session: Session) -> dict[int, Room]:
    rows = session.execute(
        select(RoomRow.id, RoomRow.network, RoomRow.name).where(RoomRow.private.is_(False))
    )
    return {id_: Room(network, name) for id_, network, name in rows}
