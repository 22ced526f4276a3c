"""What every test shares: the markers follow from the folder a test lies in."""

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
