"""Memory with 1, 50 and 500 rooms."""

from __future__ import annotations

from collections.abc import Iterator

from bench.crowd import PEOPLE, lines, members_of
from bench.figures import Figure
from bench.muster import in_rooms
from bench.peer import is_pong

AIM = 80.0
SAID = 20
_AT_ONCE = 500


def measure(sizes: tuple[int, ...] = (1, 50, 500)) -> Iterator[Figure]:
    """Twenty people and twenty lines in each room, and a meeting in one room of ten."""
    for count in sizes:
        names = [f"#room{number}" for number in range(count)]
        with in_rooms({name: members_of(at) for at, name in enumerate(names)}) as (muster, peer):
            peer.start_meetings(names[::10])
            said = lines(names, SAID * count, tagged=True, commands=1_000_000).splitlines(keepends=True)
            for turn, start in enumerate(range(0, len(said), _AT_ONCE)):
                peer.flood(b"".join(said[start : start + _AT_ONCE]))
                peer.send(peer.said(PEOPLE[turn % len(PEOPLE)], names[-1], "!ping"))
                peer.answers(1, is_pong)
            resident, proportional = muster.memory()
        aim = AIM if count == max(sizes) else None
        plural = "s" if count > 1 else ""
        note = f"proportional (PSS): {proportional:.1f} MB"
        yield Figure(f"resident memory, {count} room{plural}", resident, "MB", aim, note=note)
