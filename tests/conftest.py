"""What every test shares: the markers follow from the folder a test lies in."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
MARKED = {HERE / "live": pytest.mark.live, HERE / "faults": pytest.mark.faults}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for folder, marker in MARKED.items():
            if item.path.is_relative_to(folder):
                item.add_marker(marker)
