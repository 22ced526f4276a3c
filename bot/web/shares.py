"""How many connections each process of pages has, where all of them see it: who has few takes the next.

Rules:

1. The numbers stand in a file that all map into their memory, one for each process. Each writes its own, and
   Muster that of one that has ended.
2. Each takes until it has :data:`SLACK` more than another. One that has so many lets the other go first for
   :data:`PAUSE`, and takes one of those that are still there then: the other may hang.

Without this whoever wakes up first takes all that come at once, and the others have nothing to do.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Self

SHARES = "shares"
"""What the file is called, beside Muster's own site."""
SLACK = 8
"""Connections."""
PAUSE = 0.002
"""Seconds."""
_NUMBER = struct.Struct("I")
_ABSENT = 0xFFFF_FFFF  # more than any other: nobody lets it go first


class Shares:
    """The numbers in a file, which :meth:`make` has made. ``own`` is which of them is this process's."""

    def __init__(self, file: Path, own: int = 0) -> None:
        with file.open("r+b") as opened:
            self._mapped = mmap.mmap(opened.fileno(), 0)
        self._own = own

    @classmethod
    def make(cls, file: Path, count: int) -> Self:
        """A new file for so many processes, of which none is there yet."""
        file.write_bytes(_NUMBER.pack(_ABSENT) * count)
        return cls(file)

    def tell(self, connections: int) -> None:
        """So many this process has now."""
        _NUMBER.pack_into(self._mapped, self._own * _NUMBER.size, connections)

    def leave(self, number: int) -> None:
        """One of them has ended."""
        _NUMBER.pack_into(self._mapped, number * _NUMBER.size, _ABSENT)

    @property
    def room(self) -> int:
        """How many connections more are for this process as much as for any other; never less than 0."""
        found: list[int] = [number for (number,) in _NUMBER.iter_unpack(self._mapped)]
        own = found.pop(self._own)
        return max(min(found, default=_ABSENT) + SLACK - own, 0)

    def close(self) -> None:
        """Look no more. The file is whose who made it."""
        self._mapped.close()
