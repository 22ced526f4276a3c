"""``muster`` whose alarms and pauses are of a second, and that may be killed at one exact point:
``python -m tests.faults.hasty [POINT N] run -c bot.ini``.

``POINT`` and ``N`` are as :mod:`tests.faults.doomed` has them.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from unittest.mock import patch

from bot.cli import main
from tests.faults.doomed import doom

SECOND = timedelta(seconds=1)

if __name__ == "__main__":
    if ":" in sys.argv[1]:
        doom(sys.argv[1], int(sys.argv[2]))
        del sys.argv[1:3]
    with (
        patch("bot.alarms.LEASE", SECOND),
        patch("bot.alarms.LOOK_EVERY", SECOND / 4),
        patch("plugins.publishing.sending._BEHIND", SECOND / 2),
        patch("plugins.publishing.pauses._PAUSES", (SECOND / 4,)),
        patch("plugins.publishing.pauses._LONGEST", SECOND / 2),
    ):
        main()
