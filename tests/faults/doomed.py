"""``muster`` that is killed at one exact point: ``python -m tests.faults.doomed POINT N run -c bot.ini``.

``POINT`` is ``module:name`` of a function or method; its ``N``-th call ends the process, as SIGKILL does,
before it has done anything.
"""

import importlib
import os
import signal
import sys
from functools import reduce
from unittest.mock import patch

from bot.cli import main


def doom(point: str, calls: int) -> None:
    """Have the ``calls``-th call of ``point`` end the process."""
    module, _, name = point.partition(":")
    *path, last = name.split(".")
    owner = reduce(getattr, path, importlib.import_module(module))
    real = getattr(owner, last)
    left = [calls]

    def call(*args: object, **kwargs: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    patch.object(owner, last, call).start()


if __name__ == "__main__":
    doom(sys.argv[1], int(sys.argv[2]))
    del sys.argv[1:3]
    main()
