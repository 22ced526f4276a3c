"""Launchpad as a tracker (https://launchpad.net).

Nothing here imports launchpadlib until Launchpad is asked for something: it takes much memory.
"""

from plugins.tracker.launchpad.backend import Launchpad

__all__ = ["Launchpad"]
