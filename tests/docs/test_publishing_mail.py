"""The page about publishing: what Muster says there it says, and the mail that is shown is what it sends."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from tests.docs.test_transcripts import all_transcripts
from tests.plugins.publishing.house import LIST, MEETING, stage
from tests.plugins.publishing.peer import Mail, Peer

SHOWN = ("Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted")


def shown(mail: Mail) -> str:
    """A mail as the manual shows it: its headers, and its text."""
    headers = [f"{name}: {mail.message[name]}" for name in SHOWN]
    return "\n".join([*headers, "", *mail.body().rstrip().split("\n")])


async def test_the_mail_in_the_manual_is_the_one_that_is_sent(docs: Path, tmp_path: Path) -> None:
    page = (docs / "publishing.rst").read_text(encoding="utf-8")
    listed, met, asked = all_transcripts(docs, "publishing.rst")
    found = re.search(r"(?m)^\.\. mail\n\n::\n\n((?:    .*\n|\n)+)", page)
    assert found is not None
    async with Peer([{}, {"RCPT": "451 greylisted"}]) as peer, stage(tmp_path, peer.port, team="") as on:
        await on.play(listed)
        await on.play(met)
        (mail,) = peer.mails
        assert mail.to == (LIST,)
        told = "\n".join(line.rstrip() for line in shown(mail).split("\n"))
        assert textwrap.dedent(found[1]).strip() == told
        again = MEETING.replace("Release planning", "Bugs")
        await on.play(f"{again}\n-- 2 minutes pass")
        await on.play(asked)
