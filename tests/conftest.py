"""What every test shares: the markers follow from the folder a test lies in, and its files lie in memory."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, and no fault of what is tested.
settings.register_profile("muster", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("muster")

HERE = Path(__file__).parent
MARKED = {
    HERE / "live": pytest.mark.live,
    HERE / "browser": pytest.mark.live,
    HERE / "faults": pytest.mark.faults,
}

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
"""Bytes that must be free there."""


def pytest_configure() -> None:
    """Let ``tmp_path`` lie in memory where there is room. Muster's database waits for the disk at each
    commit, of which the stories make some hundred thousand, and no test cuts the power.
    """
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return
    may_run_programs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    if may_run_programs and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for folder, marker in MARKED.items():
            if item.path.is_relative_to(folder):
                item.add_marker(marker)


@pytest.fixture
def not_for_ever() -> Iterator[None]:
    """Ends a test that takes a minute: what should grow with a text's length grew with its square."""

    def ring(_signal: int, _frame: object) -> None:
        raise TimeoutError("a minute was not enough")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
