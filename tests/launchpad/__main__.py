"""A test Launchpad as a process of its own: ``python -m tests.launchpad --port 0 --blueprints 5000``.

Prints the address of its service root, then of each person ``NAME TOKEN SECRET``, then a blank line, and
answers until it is ended. With ``--state FILE`` it keeps everything there, and knows it after a restart.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tests.launchpad.server import Server
from tests.launchpad.state import World


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m tests.launchpad")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--blueprints", type=int, default=0)
    parser.add_argument("--bugs", type=int, default=0)
    parser.add_argument("--state", type=Path)
    options = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    world = World.of_nova(options.state, blueprints=options.blueprints, bugs=options.bugs)
    with Server(world, options.port, explained=True) as launchpad:
        known = {token.person: token for token in world.tokens.values() if token.is_access}
        for person in ("muster", "vishy"):
            token = known.get(person) or launchpad.token(person)
            known[person] = token
        lines = [launchpad.root, *(f"{who} {token.name} {token.secret}" for who, token in known.items())]
        sys.stdout.write("\n".join([*lines, "", ""]))
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
