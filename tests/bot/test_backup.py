"""Backups: whole, taken while Muster runs, and put back only where nothing is."""

from __future__ import annotations

import io
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url

from bot import backup as backing
from bot import database
from bot.backup import BackupError, backup, restore
from bot.journal import Journal
from bot.model import Line, Room
from bot.store import Store, database_url

NOVA = Room("oftc", "#nova")

Said = Callable[..., Line]


@pytest.fixture
def url(data_dir: Path) -> URL:
    return database_url("sqlite:///muster.db", data_dir)


@pytest.fixture
def archived(data_dir: Path) -> Path:
    """A data folder with a file of a restricted meeting."""
    folder = data_dir / "archive" / "nova" / "2026"
    folder.mkdir(parents=True)
    (folder / "m.txt").write_text("Minutes")
    (folder / "m.txt").chmod(0o600)
    return data_dir


def elsewhere(tmp_path: Path) -> tuple[URL, Path]:
    folder = tmp_path / "elsewhere"
    return database_url("sqlite:///muster.db", folder), folder


async def test_everything_comes_back_as_it_was_though_muster_was_writing(
    store: Store, url: URL, archived: Path, tmp_path: Path, said: Said
) -> None:
    journal = Journal(store)
    journal.append(said(0, "committed"), lasting=True)
    await journal.settled()
    journal.append(said(1, "on its way"), lasting=True)
    backup(url, archived, tmp_path / "all.tar.gz")
    await journal.settled()
    there, folder = elsewhere(tmp_path)
    restore(there, folder, tmp_path / "all.tar.gz")
    with closing(Store(there)) as restored:
        assert database.is_current(restored)
        again = Journal(restored)
        await again.open()
        assert [e.line.text for e in await again.lines(NOVA, 1)][:1] == ["committed"]
    file = folder / "archive" / "nova" / "2026" / "m.txt"
    assert file.read_text() == "Minutes"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_is_nobody_else_s_and_replaces_the_last_one_whole(
    url: URL, archived: Path, tmp_path: Path
) -> None:
    target = tmp_path / "all.tar.gz"
    target.write_text("the last one")
    backup(url, archived, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert tarfile.is_tarfile(target)
    backup(url, archived, target)


def test_what_fails_on_the_way_leaves_the_last_one_and_no_crumbs(
    url: URL, archived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "backups" / "all.tar.gz"
    target.parent.mkdir()
    target.write_text("the last one")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        backup(url, archived, target)
    assert target.read_text() == "the last one"
    assert list(target.parent.iterdir()) == [target]


def test_files_that_come_and_go_meanwhile_do_not_spoil_it(
    url: URL, archived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = archived / "archive" / ".m.html.part"
    part.write_text("half a file")
    add = backing._add

    def vanish(tar: tarfile.TarFile, file: Path, name: Path) -> None:
        part.unlink(missing_ok=True)
        add(tar, file, name)

    monkeypatch.setattr(backing, "_add", vanish)
    backup(url, archived, tmp_path / "all.tar.gz")
    with tarfile.open(tmp_path / "all.tar.gz") as tar:
        assert "archive/nova/2026/m.txt" in tar.getnames()
        assert "archive/.m.html.part" not in tar.getnames()


def test_where_there_is_nothing_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    there, folder = elsewhere(tmp_path)
    with pytest.raises(BackupError, match="nothing to back up"):
        backup(there, folder, tmp_path / "all.tar.gz")


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(tmp_path: Path) -> None:
    (tmp_path / "muster.db").write_bytes(b"no database" * 1000)
    url = database_url("sqlite:///muster.db", tmp_path)
    with pytest.raises(BackupError, match=r"muster\.db cannot be read"):
        backup(url, tmp_path, tmp_path / "all.tar.gz")
    assert not (tmp_path / "all.tar.gz").exists()


@pytest.mark.parametrize("name", ["muster.db", "muster.db-wal", "archive"])
def test_nothing_is_overwritten(url: URL, archived: Path, tmp_path: Path, name: str) -> None:
    backup(url, archived, tmp_path / "all.tar.gz")
    there, folder = elsewhere(tmp_path)
    folder.mkdir()
    (folder / name).write_text("precious")
    with pytest.raises(BackupError, match=rf"{name} exists: move it away first"):
        restore(there, folder, tmp_path / "all.tar.gz")
    assert [file.name for file in folder.iterdir()] == [name]


def packed(path: Path, content: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, data in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def linked(path: Path, to: Path) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("archive")
        info.type, info.linkname = tarfile.SYMTYPE, str(to)
        tar.addfile(info)
    return path


def broken(tmp_path: Path, whole: Path) -> dict[str, tuple[Path, str]]:
    data = whole.read_bytes()
    cut, flipped, text = tmp_path / "cut", tmp_path / "flipped", tmp_path / "text"
    cut.write_bytes(data[: len(data) // 2])
    middle = len(data) // 2
    flipped.write_bytes(
        data[:middle] + bytes(255 - byte for byte in data[middle : middle + 64]) + data[middle + 64 :]
    )
    text.write_text("not at all")
    with tarfile.open(whole) as tar:
        member = tar.extractfile("muster.db")
        assert member is not None
        pages = member.read()
    damaged = pages[:4096] + b"\xff" * 4096 + pages[8192:]
    return {
        "cut": (cut, "is no backup that can be read"),
        "flipped": (flipped, "is no backup that can be read"),
        "text": (text, "is no backup that can be read"),
        "escaping": (packed(tmp_path / "e", {"../evil": b"x", "muster.db": pages}), "can be read"),
        "absolute": (
            packed(tmp_path / "a", {str(tmp_path / "evil"): b"x", "muster.db": pages}),
            "can be read",
        ),
        "linked": (linked(tmp_path / "l", tmp_path / "evil"), "neither a file nor a folder"),
        "empty": (packed(tmp_path / "n", {"other": b"x"}), "has no muster.db"),
        "garbage": (packed(tmp_path / "g", {"muster.db": b"x" * 9999}), "is damaged"),
        "damaged": (packed(tmp_path / "d", {"muster.db": damaged}), "is damaged"),
    }


@pytest.mark.parametrize(
    "how", ["cut", "flipped", "text", "escaping", "absolute", "linked", "empty", "garbage", "damaged"]
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    url: URL, archived: Path, tmp_path: Path, how: str
) -> None:
    backup(url, archived, tmp_path / "all.tar.gz")
    file, why = broken(tmp_path, tmp_path / "all.tar.gz")[how]
    there, folder = elsewhere(tmp_path)
    with pytest.raises(BackupError, match=why):
        restore(there, folder, file)
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("last", ["rename", "fsync"])
def test_what_fails_at_the_very_last_step_of_a_restore_leaves_nothing(
    url: URL, archived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    backup(url, archived, tmp_path / "all.tar.gz")
    there, folder = elsewhere(tmp_path)
    rename, fsync, placed = Path.rename, os.fsync, folder / "muster.db"

    def refused(source: Path, target: Path) -> Path:
        if target == placed:
            raise OSError(5, "Input/output error")
        return rename(source, target)

    def full(descriptor: int) -> None:
        if placed.exists():
            raise OSError(5, "Input/output error")
        fsync(descriptor)

    if last == "rename":
        monkeypatch.setattr(Path, "rename", refused)
    else:
        monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="Input/output error"):
        restore(there, folder, tmp_path / "all.tar.gz")
    assert list(folder.iterdir()) == []


def test_all_that_is_restored_is_synced_before_the_database_is_there(
    url: URL, archived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(url, archived, tmp_path / "all.tar.gz")
    there, folder = elsewhere(tmp_path)
    synced: dict[int, bool] = {}  # inode -> whether the database was there already
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.setdefault(os.fstat(descriptor).st_ino, (folder / "muster.db").exists())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    restore(there, folder, tmp_path / "all.tar.gz")
    for path in (folder, *folder.rglob("*")):
        assert synced.get(path.stat().st_ino) is False, path


def test_a_backup_survives_a_power_cut_once_it_is_there(
    url: URL, archived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "backups" / "all.tar.gz"
    target.parent.mkdir()
    synced: list[tuple[int, bool]] = []
    monkeypatch.setattr(os, "fsync", lambda each: synced.append((os.fstat(each).st_ino, target.exists())))
    backup(url, archived, target)
    assert synced == [(target.stat().st_ino, False), (target.parent.stat().st_ino, True)]


def test_links_in_the_archive_come_back_as_what_they_lead_to(
    url: URL, archived: Path, tmp_path: Path
) -> None:
    archive = archived / "archive"
    (archive / "latest.txt").symlink_to(archive / "nova" / "2026" / "m.txt")
    (archive / "again.txt").hardlink_to(archive / "nova" / "2026" / "m.txt")
    (archive / "this-year").symlink_to(archive / "nova" / "2026")
    backup(url, archived, tmp_path / "all.tar.gz")
    there, folder = elsewhere(tmp_path)
    restore(there, folder, tmp_path / "all.tar.gz")
    assert (folder / "archive" / "latest.txt").read_text() == "Minutes"
    assert (folder / "archive" / "again.txt").read_text() == "Minutes"
    assert (folder / "archive" / "this-year").is_dir()


def test_a_python_whose_tarfile_knows_no_filters_restores_too(
    url: URL, archived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11.0 to 3.11.3."""
    backup(url, archived, tmp_path / "all.tar.gz")
    there, folder = elsewhere(tmp_path)

    def unfiltered(_self: object, path: str = ".", members: object = None) -> None:
        raise AssertionError(f"{members} would be written to {path} unchecked")

    monkeypatch.setattr(tarfile.TarFile, "extractall", unfiltered)
    restore(there, folder, tmp_path / "all.tar.gz")
    assert (folder / "archive" / "nova" / "2026" / "m.txt").read_text() == "Minutes"


def test_postgresql_has_its_own_tools(tmp_path: Path) -> None:
    url = make_url("postgresql+psycopg://host/muster")
    for do in (backup, restore):
        with pytest.raises(BackupError, match="use pg_dump and pg_restore"):
            do(url, tmp_path, tmp_path / "all.tar.gz")


def test_a_backup_can_be_read_without_muster(url: URL, archived: Path, tmp_path: Path) -> None:
    backup(url, archived, tmp_path / "all.tar.gz")
    with tarfile.open(tmp_path / "all.tar.gz") as tar:
        member = tar.extractfile("muster.db")
        assert member is not None
        (tmp_path / "unpacked.db").write_bytes(member.read())
    with closing(sqlite3.connect(tmp_path / "unpacked.db")) as copy:
        assert copy.execute("SELECT count(*) FROM line").fetchone() == (0,)
