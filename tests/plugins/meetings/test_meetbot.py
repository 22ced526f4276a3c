"""An archive that MeetBot wrote is taken over where it stands."""

from __future__ import annotations

import dataclasses
from datetime import UTC
from pathlib import Path

from plugins.meetings.forms import ENDINGS
from plugins.meetings.meetbot import Imported, Skipped, complete, import_archive, unreadable
from plugins.meetings.minutes import ItemKind
from plugins.meetings.replay import Options, replay

OPTIONS = Options(UTC, network="oftc")
LOG = """\
20:14:59 <alice> #startmeeting
20:14:59 <MeetBot> Meeting started Sun Nov 22 20:14:59 2009 UTC.  The chair is alice.
20:15:02 <alice> #topic Bugs & <more>
20:15:10 <bob> #action bob fix bug 1
20:16:05 <alice> #endmeeting
"""
PAGE = """\
<!DOCTYPE html><html><head><title>#nova log</title><style>.nk { x: 1 }</style></head><body><pre>
<a name="l-1"></a><span class="tm">20:14:59</span><span class="nk"> &lt;alice&gt;</span> <span class="cmd">#startmeeting</span><span class="cmdline"></span>
<a name="l-2"></a><span class="tm">20:14:59</span><span class="nk"> &lt;MeetBot&gt;</span> Meeting started Sun Nov 22 20:14:59 2009 UTC.  The chair is alice.
<a name="l-3"></a><span class="tm">20:15:02</span><span class="nk"> &lt;alice&gt;</span> <span class="topic">#topic </span><span class="topicline">Bugs &amp; &lt;more&gt;</span>
<a name="l-4"></a><span class="tm">20:15:10</span><span class="nk"> &lt;bob&gt;</span> <span class="cmd">#action </span><span class="cmdline">bob fix bug 1</span>
<a name="l-5"></a><span class="tm">20:16:05</span><span class="nk"> &lt;alice&gt;</span> <span class="cmd">#endmeeting</span><span class="cmdline"></span></pre>
</body></html>
"""  # noqa: E501


def archive(root: Path) -> Path:
    folder = root / "nova" / "2009"
    folder.mkdir(parents=True)
    name = "nova.2009-11-22-20.14"
    (folder / f"{name}.log.txt").write_text(LOG)
    (folder / f"{name}.log.html").write_text(PAGE)
    (folder / f"{name}.html").write_text("<p>MeetBot's own minutes</p>")
    (folder / f"{name}.txt").write_text("MeetBot's own minutes\n")
    return folder


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_is_there_stays_byte_for_byte_and_what_is_missing_is_written_beside_it(tmp_path: Path) -> None:
    archive(tmp_path)
    before = contents(tmp_path)
    [found] = import_archive(tmp_path, OPTIONS)
    assert contents(tmp_path) == before
    assert isinstance(found, Imported)
    assert str(found.base) == "nova/2009/nova.2009-11-22-20.14"
    assert found.missing == (".rst", ".md", ".moin.txt", ".mw.txt", ".json")
    complete(tmp_path, found)
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert {name.removeprefix(str(found.base)) for name in after} == set(ENDINGS)
    assert complete(tmp_path, found) == []


def test_the_meetings_values_are_those_of_its_log(tmp_path: Path) -> None:
    archive(tmp_path)
    [found] = import_archive(tmp_path, OPTIONS)
    assert isinstance(found, Imported)
    minutes = found.minutes
    assert (minutes.id, minutes.room, minutes.network) == ("nova.2009-11-22-20.14", "#nova", "oftc")
    assert [section.topic.text for section in minutes.sections if section.topic] == ["Bugs & <more>"]
    assert [item.kind for section in minutes.sections for item in section.items] == [ItemKind.ACTION]
    assert [one.number for one in found.lines if one.number is not None] == [1, 2, 3, 4, 5]
    assert f"{minutes.started:%Y-%m-%d %H:%M:%S}" == "2009-11-22 20:14:59"


def test_a_meeting_of_which_only_the_page_is_left_is_read_from_that(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    [from_text] = import_archive(tmp_path, OPTIONS)
    (folder / "nova.2009-11-22-20.14.log.txt").unlink()
    [from_page] = import_archive(tmp_path, OPTIONS)
    assert isinstance(from_text, Imported)
    assert isinstance(from_page, Imported)
    assert from_page.source.name.endswith(".log.html")
    assert from_page.minutes == from_text.minutes


def test_what_others_may_not_read_is_restricted_and_stays_so(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    (folder / "nova.2009-11-22-20.14.log.txt").chmod(0o660)
    [found] = import_archive(tmp_path, OPTIONS)
    assert isinstance(found, Imported)
    assert found.minutes.restricted
    assert {path.stat().st_mode & 0o777 for path in complete(tmp_path, found)} == {0o600}


def test_what_is_no_meeting_is_told_with_its_reason_and_stops_nothing(tmp_path: Path) -> None:
    folder = archive(tmp_path)
    (folder / "chat.2009-01-01.log.txt").write_text("20:15:00 <a> hello\n")
    (folder / "minutes.txt").write_text("only minutes\n")
    (folder / "broken.json").write_text("{")
    (folder / "index.html").write_text("<p>all of them</p>")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.log.txt"
    outside.write_text(LOG)
    (folder / "link.2009-01-01.log.txt").symlink_to(outside)
    (folder / "bad.2009-11-23.log.txt").write_text(LOG + "what\n")
    found = list(import_archive(tmp_path, OPTIONS))
    told = unreadable(found)
    assert sum(isinstance(each, Imported) for each in found) == 2
    skipped = {each.base.name: each.why for each in found if isinstance(each, Skipped)}
    assert skipped.keys() == {"chat.2009-01-01", "minutes", "broken", "link.2009-01-01"}
    assert "no #startmeeting" in skipped["chat.2009-01-01"]
    assert "no log" in skipped["minutes"]
    assert "out of the archive" in skipped["link.2009-01-01"]
    assert any("bad.2009-11-23" in row and "1 row of" in row for row in told)


def test_an_archive_of_musters_own_comes_back_as_it_was(tmp_path: Path) -> None:
    log = tmp_path / "nova.2026-11-22-20.14.log.txt"
    log.write_text(LOG.replace("2009", "2026"))
    out = tmp_path / "out"
    replay([log], out, OPTIONS)
    before = contents(out)
    [found] = import_archive(out, dataclasses.replace(OPTIONS, profile="debian"))
    assert isinstance(found, Imported)
    assert found.missing == ()
    for name in before:
        if not name.endswith(".json"):
            (out / name).unlink()
    [found] = import_archive(out, OPTIONS)
    assert isinstance(found, Imported)
    complete(out, found)
    assert contents(out) == before
