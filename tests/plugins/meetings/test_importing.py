"""An archive that MeetBot wrote, taken over: every address goes on to work, every line can be found."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.testing import Stage

LOG = """\
20:00:00 <alice> #startmeeting nova
20:00:00 <MeetBot> Meeting started Thu Dec  1 20:00:00 2011 UTC.  The chair is alice.
20:00:10 <alice> #topic Volumes
20:00:20 <bob> #action bob to split the volume driver
20:01:00 <alice> #endmeeting
20:01:00 <MeetBot> Meeting ended Thu Dec  1 20:01:00 2011 UTC.
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "meetbot" / "nova" / "2011"
    folder.mkdir(parents=True)
    (folder / "nova.2011-12-01-20.00.log.txt").write_text(LOG)
    (folder / "nova.2011-12-01-20.00.html").write_text("<p>as MeetBot wrote it</p>")
    return tmp_path / "meetbot"


def muster(folder: Path, *arguments: str, networks: str = "[network test]\ntype = console\n") -> Result:
    (folder / "bot.ini").write_text(networks)
    return CliRunner().invoke(main, [*arguments, "-c", str(folder / "bot.ini")])


def test_an_imported_archive_keeps_its_files_and_gets_the_missing_forms(
    tmp_path: Path, archive: Path
) -> None:
    result = muster(tmp_path, "import-meetbot", str(archive), "--network", "test")

    assert result.exit_code == 0, result.output
    assert "Imported: 1 meeting; known before: 0." in result.output
    base = tmp_path / "var" / "archive" / "nova" / "2011" / "nova.2011-12-01-20.00"
    assert Path(f"{base}.html").read_text() == "<p>as MeetBot wrote it</p>"
    assert Path(f"{base}.log.txt").read_text() == LOG
    assert "ACTION: bob to split the volume driver" in Path(f"{base}.txt").read_text()


def test_the_only_network_need_not_be_named(tmp_path: Path, archive: Path) -> None:
    result = muster(tmp_path, "import-meetbot", str(archive))

    assert result.exit_code == 0, result.output
    record = tmp_path / "var" / "archive" / "nova" / "2011" / "nova.2011-12-01-20.00.json"
    assert '"network": "test"' in record.read_text()


def test_of_several_networks_one_must_be_named_and_they_are_listed(tmp_path: Path, archive: Path) -> None:
    networks = "[network oftc]\ntype = irc\nhost = irc.example.org\n\n[network libera]\ntype = console\n"
    result = muster(tmp_path, "import-meetbot", str(archive), networks=networks)

    assert result.exit_code == 2
    assert "--network" in result.output
    assert "one of libera, oftc." in result.output
    assert not (tmp_path / "var" / "archive").exists()


def test_the_wiki_forms_of_an_imported_meeting_lead_to_its_log(tmp_path: Path, archive: Path) -> None:
    web = "[network test]\ntype = console\n\n[web]\nbase_url = https://m.example.org/\n"
    result = muster(tmp_path, "import-meetbot", str(archive), networks=web)

    assert result.exit_code == 0, result.output
    page = tmp_path / "var" / "archive" / "nova" / "2011" / "nova.2011-12-01-20.00.mw.txt"
    log = "https://m.example.org/archive/nova/2011/nova.2011-12-01-20.00.log.html"
    assert f"[{log}#l-4 (bob, 20:00:20)]" in page.read_text()


def test_an_import_done_again_adds_only_what_is_new(tmp_path: Path, archive: Path) -> None:
    muster(tmp_path, "import-meetbot", str(archive), "--network", "test")
    later = archive / "nova" / "2011" / "nova.2011-12-08-20.00.log.txt"
    later.write_text(LOG.replace("Dec  1", "Dec  8"))

    result = muster(tmp_path, "import-meetbot", str(archive), "--network", "test")

    assert "Imported: 1 meeting; known before: 1." in result.output


def test_a_file_that_differs_from_what_is_there_stays_out_and_is_told(tmp_path: Path, archive: Path) -> None:
    muster(tmp_path, "import-meetbot", str(archive), "--network", "test")
    (archive / "nova" / "2011" / "nova.2011-12-01-20.00.html").write_text("changed since")

    result = muster(tmp_path, "import-meetbot", str(archive), "--network", "test")

    assert "differs" in result.output
    kept = tmp_path / "var" / "archive" / "nova" / "2011" / "nova.2011-12-01-20.00.html"
    assert kept.read_text() == "<p>as MeetBot wrote it</p>"


def test_a_log_that_others_may_not_read_stays_private_and_its_meeting_restricted(
    tmp_path: Path, archive: Path
) -> None:
    (archive / "nova" / "2011" / "nova.2011-12-01-20.00.log.txt").chmod(0o600)

    muster(tmp_path, "import-meetbot", str(archive), "--network", "test")

    folder = tmp_path / "var" / "archive" / "nova" / "2011"
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes["nova.2011-12-01-20.00.log.txt"] == 0o600
    assert modes["nova.2011-12-01-20.00.txt"] == 0o600


def test_rebuild_leaves_imported_meetings_alone(tmp_path: Path, archive: Path) -> None:
    muster(tmp_path, "import-meetbot", str(archive), "--network", "test")

    result = muster(tmp_path, "rebuild")

    assert "Rebuilt: 0 meetings." in result.output
    kept = tmp_path / "var" / "archive" / "nova" / "2011" / "nova.2011-12-01-20.00.html"
    assert kept.read_text() == "<p>as MeetBot wrote it</p>"


async def test_what_was_imported_can_be_listed_and_searched_in_chat(tmp_path: Path, archive: Path) -> None:
    async with Stage(tmp_path / "var"):
        pass  # the database is made where the stage will look for it
    result = await asyncio.to_thread(muster, tmp_path, "import-meetbot", str(archive), "--network", "test")
    assert result.exit_code == 0, result.output

    async with Stage(tmp_path / "var", room="#nova") as stage:
        await stage.play("""
            <alice> !grep volume driver
            <muster> 2011-12-01 20:00 UTC #nova <bob> #action bob to split the volume driver
            <alice> !minutes
            <muster> nova, 2011-12-01 20:00 UTC: [...]/archive/nova/2011/nova.2011-12-01-20.00.html
        """)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = muster(tmp_path, "import-meetbot", str(tmp_path / "nowhere"), "--network", "test")

    assert result.exit_code == 2
    assert "nowhere" in result.output
