"""What the ``irc`` package's asyncio client does by itself: joins a channel and does nothing with each line.

``python -m bench.bare_client PORT CHANNEL``, until it is killed.
"""

from __future__ import annotations

import sys
from typing import Any

from irc.client_aio import AioSimpleIRCClient


class _Client(AioSimpleIRCClient):  # type: ignore[misc]  # the package has no types
    channel = ""

    def on_welcome(self, connection: Any, _event: Any) -> None:
        connection.join(self.channel)

    def on_pubmsg(self, connection: Any, event: Any) -> None:
        """Nothing."""


def main(port: int, channel: str) -> None:
    """Run until killed."""
    client = _Client()
    client.channel = channel
    client.connect("127.0.0.1", port, "muster")
    client.start()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
