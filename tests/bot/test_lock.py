"""One running Muster for each data folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.lock import DataLock, HeldError


def test_a_second_muster_is_refused_and_told_which_process_is_in_its_way(tmp_path: Path) -> None:
    lock = DataLock(tmp_path / "var")
    with pytest.raises(HeldError, match=rf"running on .*var \(process {os.getpid()}\); stop it first"):
        DataLock(tmp_path / "var")
    lock.release()
    DataLock(tmp_path / "var").release()


def test_two_folders_are_two_musters(tmp_path: Path) -> None:
    one, two = DataLock(tmp_path / "one"), DataLock(tmp_path / "two")
    one.release()
    two.release()
