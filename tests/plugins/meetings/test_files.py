from __future__ import annotations

import os
import stat
import threading
from pathlib import Path, PurePosixPath

import pytest

from plugins.meetings.files import OutsideArchiveError, is_taken, withdraw, write_files
from plugins.meetings.names import unique

BASE = PurePosixPath("nova/2026/nova.2026-11-22-20.15")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_public_files_can_be_read_by_a_web_server_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        paths = write_files(tmp_path, BASE, {".txt": "minutes\n", ".log.txt": "log\n"}, restricted=False)
    finally:
        os.umask(before)
    assert [path.name for path in paths] == ["nova.2026-11-22-20.15.txt", "nova.2026-11-22-20.15.log.txt"]
    assert [path.read_text() for path in paths] == ["minutes\n", "log\n"]
    assert [mode(path) for path in paths] == [0o644, 0o644]


def test_restricted_files_are_private_before_their_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    sync = os.fsync

    def watch(descriptor: int) -> None:
        seen.extend(mode(path) for path in tmp_path.rglob("*") if path.is_file())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    paths = write_files(tmp_path, BASE, {".txt": "secret\n", ".html": "secret\n"}, restricted=True)
    assert {mode(path) for path in paths} == {0o600}
    assert set(seen) == {0o600}


def test_a_meeting_that_becomes_restricted_is_withdrawn_before_it_is_written_again(tmp_path: Path) -> None:
    public = write_files(tmp_path, BASE, {".txt": "a", ".html": "b"}, restricted=False)
    assert withdraw(tmp_path, BASE) == [public[1], public[0]]
    assert {mode(path) for path in public} == {0o600}
    assert withdraw(tmp_path, BASE) == []
    write_files(tmp_path, BASE, {".txt": "a2", ".html": "b2"}, restricted=True)
    assert {mode(path) for path in public} == {0o600}


def test_files_that_were_being_written_when_the_meeting_was_restricted_are_never_public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [path] = write_files(tmp_path, BASE, {".txt": "old"}, restricted=False)
    is_restricted = False
    sync = os.fsync

    def restrict(descriptor: int) -> None:
        nonlocal is_restricted
        if not is_restricted:
            is_restricted = True
            withdraw(tmp_path, BASE)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", restrict)  # while it is written beside its place
    seen: list[int] = []
    replace = Path.replace

    def watch(beside: Path, target: Path) -> Path:
        seen.extend((mode(beside), mode(path)))
        return replace(beside, target)

    monkeypatch.setattr(Path, "replace", watch)
    write_files(tmp_path, BASE, {".txt": "new"}, restricted=False, is_withdrawn=lambda: is_restricted)
    assert path.read_text() == "new"
    assert [*seen, mode(path)] == [0o600] * 3


def test_withdrawing_waits_for_files_that_take_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace
    withdrawing = threading.Thread(target=withdraw, args=(tmp_path, BASE))

    def meanwhile(beside: Path, target: Path) -> Path:
        if not withdrawing.ident:
            withdrawing.start()
        return replace(beside, target)

    monkeypatch.setattr(Path, "replace", meanwhile)
    paths = write_files(tmp_path, BASE, {".txt": "a", ".html": "b"}, restricted=False)
    withdrawing.join()
    assert {mode(path) for path in paths} == {0o600}


def test_a_failure_leaves_every_file_as_it_was_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, BASE, {".txt": "old", ".html": "old"}, restricted=False)
    calls = 0

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_files(tmp_path, BASE, {".txt": "new", ".html": "new"}, restricted=False)
    there = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert [path.read_text() for path in there] == ["old", "old"]


def test_what_a_crash_left_behind_is_replaced(tmp_path: Path) -> None:
    [path] = write_files(tmp_path, BASE, {".txt": "old"}, restricted=False)
    path.with_name(f".{path.name}.new").write_text("half")
    write_files(tmp_path, BASE, {".txt": "new"}, restricted=True)
    assert [one.read_text() for one in path.parent.iterdir()] == ["new"]


@pytest.mark.parametrize("base", ["../x", "a/../../x", "/etc/x", "..", "."])
def test_a_path_that_leads_out_of_the_archive_is_refused(tmp_path: Path, base: str) -> None:
    with pytest.raises(OutsideArchiveError):
        write_files(tmp_path / "archive", PurePosixPath(base), {".txt": "x"}, restricted=False)
    assert not list(tmp_path.rglob("*.txt"))


def test_a_symbolic_link_leads_nothing_out_of_the_archive(tmp_path: Path) -> None:
    archive, elsewhere = tmp_path / "archive", tmp_path / "elsewhere"
    archive.mkdir()
    elsewhere.mkdir()
    (archive / "nova").symlink_to(elsewhere)
    for make in (write_files, lambda *args, **more: withdraw(*args[:2])):
        with pytest.raises(OutsideArchiveError, match="symbolic link"):
            make(archive, PurePosixPath("nova/2026/x"), {".txt": "x"}, restricted=False)
    assert not list(elsewhere.iterdir())


def test_a_link_in_a_files_place_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    archive = tmp_path / "archive"
    (archive / BASE.parent).mkdir(parents=True)
    (archive / f"{BASE}.txt").symlink_to(victim)
    [path] = write_files(archive, BASE, {".txt": "minutes"}, restricted=False)
    assert (victim.read_text(), path.is_symlink(), path.read_text()) == ("mine", False, "minutes")


def test_two_meetings_of_one_name_get_files_of_their_own(tmp_path: Path) -> None:
    taken = is_taken(tmp_path)
    assert unique(BASE, taken, "oftc") == BASE
    write_files(tmp_path, BASE, {".json": "{}"}, restricted=False)
    assert unique(BASE, taken, "oftc").name == "nova.2026-11-22-20.15-oftc"


def test_what_a_crash_left_of_a_public_file_is_private_once_the_meeting_is_withdrawn(tmp_path: Path) -> None:
    base = PurePosixPath("nova/nova.2026-11-22-20.00")
    write_files(tmp_path, base, {".html": "public"}, restricted=False)
    left = tmp_path / "nova" / ".nova.2026-11-22-20.00.html.new"
    left.write_text("half of it")
    left.chmod(0o644)
    withdraw(tmp_path, base)
    assert mode(left) == 0o600
