"""What is said of what went out, or did not: the log, and one line in the meeting's room."""

from __future__ import annotations

import logging
from abc import ABC

from bot.text import listed, one_line
from plugins.publishing.addresses import HookUrl
from plugins.publishing.foundation import Foundation
from plugins.publishing.tables import OPEN, Out, State

log = logging.getLogger(__name__)


class Telling(Foundation, ABC):
    """Says what operators and teams must know, once."""

    def tell_of_mail(self, before: Out, now: Out) -> None:
        """A try to mail something is over."""
        what = one_line(f"Minutes {now.meeting}, edition {now.edition}")
        refused = [name for name in now.refused if name not in before.refused]
        if now.state is State.SENT and not refused:
            log.info("%s: mailed to %s", what, listed(now.recipients))
        elif now.state in OPEN:
            # The first time an operator may want to know; later it is the same, mostly.
            level = logging.INFO if before.attempts else logging.WARNING
            log.log(level, "%s: not mailed yet, and tried again at %s: %s", what, now.due, now.answer)
        elif now.state is State.FAILED and not refused:
            log.error("%s: given up, never mailed: %s", what, now.answer)
            self._say(
                now, f"The minutes could not be mailed to {listed(now.left)} in five days. {self._more}"
            )
        if refused:
            why = now.recipients[refused[0]].answer
            log.error("%s: refused for %s: %s", what, listed(refused), why)
            self._say(now, f"The mail server refuses the minutes for {listed(refused)}. {self._more}")

    def tell_of_post(self, before: Out, now: Out, *, is_gone: bool) -> None:
        """A try to post something is over."""
        what = one_line(f"Minutes {now.meeting}, delivery {now.uid}")
        host = HookUrl(now.target).host
        if is_gone:
            log.warning("%s wants no more minutes (410): take its hook out of bot.ini", host)
        elif now.state is State.SENT:
            log.info("%s: %s has it", what, host)
        elif now.state in OPEN:
            level = logging.INFO if before.attempts else logging.WARNING
            log.log(
                level, "%s: %s does not have it yet, tried again at %s: %s", what, host, now.due, now.answer
            )
        elif now.state is State.FAILED:
            log.error("%s: given up, %s never had it: %s", what, host, now.answer)

    @property
    def _more(self) -> str:
        return f"{self.bot.prefix}mail queue tells more."

    def _say(self, out: Out, text: str) -> None:
        if self.bot.state(out.room) is not None and not self.bot.room_settings(out.room).quiet:
            self.bot.say(out.room, text)
