"""Bytes from the wire to lines of text.

It has the shape that the ``irc`` package wants of a connection's ``buffer_class``: :meth:`LineBuffer.feed`,
and iteration over the complete lines.
"""

from __future__ import annotations

from collections.abc import Iterator

LINE_LIMIT = 65536
"""Bytes of a line that are read; tags and body together stay far below it on every real server."""


class LineBuffer:
    """Collects bytes and gives the complete lines, decoded as UTF-8 or else in a fall-back encoding.

    Each line is decoded by itself, since people on one channel use different encodings. A line that never
    ends takes no more memory than :data:`LINE_LIMIT`: what is past it is dropped.
    """

    __slots__ = ("_cut", "_fallback", "_rest")

    def __init__(self, fallback: str = "latin-1") -> None:
        self._fallback = fallback
        self._rest = b""
        self._cut = False

    def feed(self, data: bytes) -> None:
        """Take in what the socket gave."""
        if self._cut:  # within a line that is already too long
            _, newline, data = data.partition(b"\n")
            if not newline:
                return
            self._rest += b"\n"
            self._cut = False
        self._rest += data

    def __iter__(self) -> Iterator[str]:
        """The lines that are complete, without their ends; the rest waits for more."""
        if b"\n" in self._rest:
            *lines, self._rest = self._rest.split(b"\n")
            for line in lines:
                yield self._decode(line)
        if len(self._rest) > LINE_LIMIT:
            self._rest = self._rest[:LINE_LIMIT]
            self._cut = True

    def _decode(self, line: bytes) -> str:
        line = line[:LINE_LIMIT].rstrip(b"\r")
        try:
            return line.decode()
        except UnicodeDecodeError:
            return line.decode(self._fallback, "replace")
