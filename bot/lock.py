"""One running Muster for each ``data_dir``: a lock on a file, which the kernel drops when its holder dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class HeldError(Exception):
    """Another Muster runs on this ``data_dir``."""


class DataLock:
    """Holds ``muster.lock`` in a folder while it lives.

    Raises :class:`HeldError` if another process does, :class:`OSError` if the folder cannot be written to.
    """

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._file = (data_dir / "muster.lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise HeldError(f"Muster is running on {data_dir} (process {holder}); stop it first") from None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let another have it."""
        self._file.close()
