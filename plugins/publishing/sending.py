"""What is due goes out: the alarms of mail and of posts.

Rules:

1. What goes out is made at the last moment: a meeting that was restricted meanwhile does not go out, and a
   text that was taken away is not in it. A meeting that was taken up again is waited for.
2. Of a mail that is only to say what has changed since the last, nothing goes out where nothing has.
3. An edition goes out after those before it.
4. What came of a try is stored before anything else is done, for as long as it takes: a mail that was taken
   must not be sent again because the database was away.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from bot.plugin import Alarm, alarm
from bot.store import is_unavailable
from plugins.publishing import tables, trying
from plugins.publishing.addresses import HookUrl
from plugins.publishing.courier import Fate, Result, TroubleError, opened
from plugins.publishing.hooking import Post, Taken, body_of, post
from plugins.publishing.message import Envelope, compose, needs_utf8
from plugins.publishing.pauses import next_try
from plugins.publishing.prints import Difference, for_people, for_programs
from plugins.publishing.source import Material
from plugins.publishing.tables import MAIL, OPEN, Event, Out
from plugins.publishing.telling import Telling

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

_BEHIND = timedelta(minutes=1)
"""How long an edition waits for the one before."""
_REOPENED = timedelta(minutes=10)
"""How long until a meeting that was taken up again is looked at once more; its end sets another time."""
_LAST_CHANCE = 1.5
"""Seconds that the answer to a mail that is on its way is waited for where Muster is told to end."""
_STORED_AGAIN = 5.0
"""Seconds until a database that was away is asked again to store what was sent."""


@dataclass(slots=True)
class _Try:
    """One try to send a mail. ``made`` is what it was made of once it is on its way; ``began``: that is
    noted.
    """

    out: Out
    made: Material | None = None
    began: bool = False
    to: Sequence[str] = ()
    results: Mapping[str, Result] | None = None


class Sending(Telling, ABC):
    """Sends what is due."""

    @alarm("mail")
    async def _mail(self, alarms: Sequence[Alarm]) -> None:
        """Mail what is due, one after the other: a server that cannot be used now is not asked for each."""
        trouble = ""
        for each in alarms:
            if self.ending.is_set():
                await self.store.write(self.ring, MAIL, int(each.key), self.bot.now())
                continue
            out = await self._is_next(int(each.key))
            if out is None or not self.settings.is_mailing:
                continue
            if trouble:
                await self._settled(out, dict.fromkeys(out.left, Result(Fate.LATER, trouble)))
                continue
            try:
                await self._mail_one(out)
            except TroubleError as error:
                trouble = str(error)
                await self._settled(out, dict.fromkeys(out.left, Result(Fate.LATER, trouble)))

    @alarm("post")
    async def _post(self, alarms: Sequence[Alarm]) -> None:
        """Post what is due, to all at once, and to each one after the other."""
        by_target: dict[str, list[int]] = {}
        for each in alarms:
            out = await self.store.read(tables.get, int(each.key))
            if out is not None:
                by_target.setdefault(out.target, []).append(out.id)
        posting = [self._post_all(numbers) for numbers in by_target.values()]
        for found in await asyncio.gather(*posting, return_exceptions=True):
            if isinstance(found, BaseException):
                raise found

    async def _is_next(self, number: int) -> Out | None:
        """The row of that number, if it is to go out now."""
        out = await self.store.read(tables.get, number)
        if out is None or out.state not in OPEN:
            return None
        earlier = await self.store.read(tables.before, out)
        if any(one.state in OPEN for one in earlier):
            await self.store.write(self._later, out)
            return None
        return out

    def _later(self, session: Session, out: Out) -> None:
        self.ring(session, out.target, out.id, self.bot.now() + _BEHIND)

    # Mail

    async def _mail_one(self, out: Out) -> None:
        """Mail one edition to those who do not have it yet. Raises :class:`TroubleError`."""
        made = await self._worth_sending(out)
        if made is None:
            return
        one = _Try(out)
        if await self._in_time(asyncio.create_task(self._delivered(one)), lambda: one.began):
            return
        results = one.results
        if results is None and one.began:
            why = Result(Fate.UNKNOWN, "Muster was told to end before the server answered")
            results = dict.fromkeys(one.to, why)
        if results:
            await self._settled(out, results, one)
        else:
            await self.store.write(self._next_time, out)

    async def _delivered(self, one: _Try) -> bool:
        """Mail it, and store what came of it before the server is told good-bye, which may take its time."""
        settings, out = self.settings, one.out
        sender = str(settings.from_)
        utf8 = needs_utf8([sender, settings.reply_to or "", *out.recipients])
        async with opened(settings.server) as courier:
            one.results = await courier.deliver(
                sender, out.left, lambda to: self._composed(one, to), utf8=utf8
            )
            if one.results:
                await self._settled(out, one.results, one)
        return True

    async def _in_time(self, work: asyncio.Task[T], has_begun: Callable[[], bool]) -> T | None:
        """Wait for what is slow; ``None`` where it was broken off, since Muster is to end: at once, or a
        little later where it has begun. Raises what the work does.
        """
        ended = asyncio.create_task(self.ending.wait())
        try:
            await asyncio.wait([work, ended], return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and has_begun():
                await asyncio.wait([work], timeout=_LAST_CHANCE)
        finally:
            ended.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait([work])
        return None if work.cancelled() else work.result()

    def _next_time(self, session: Session, out: Out) -> None:
        self.ring(session, out.target, out.id, self.bot.now())

    async def _worth_sending(self, out: Out) -> Material | None:
        """What the meeting is now, if that is to go out."""
        made = await self.source.material(out.meeting)
        if made is None:
            await self.store.write(self._not_now, out)
            return None
        if out.edition == 1 or out.attempts:
            return made
        earlier = await self.store.read(tables.before, out)
        told = next((one.print for one in earlier if one.print is not None), None)
        if told is not None and for_people(told, made.print) is Difference.NONE:
            await self.store.write(tables.forget, out.id)
            return None
        return made

    async def _composed(self, one: _Try, recipients: Sequence[str]) -> bytes | None:
        """The mail, made now, and noted to be on its way."""
        out = one.out
        made = await self.source.material(out.meeting)
        if made is None:
            return None
        envelope = Envelope(
            id=out.uid,
            date=out.created,
            sender=str(self.settings.from_),
            sender_name=self.settings.from_name,
            to=tuple(out.recipients),
            reply_to=self.settings.reply_to or "",
            first=out.first,
        )
        mail = await asyncio.to_thread(compose, envelope, made.content)
        one.began = await self.store.write(self._begun, out, recipients)
        one.made, one.to = (made, recipients) if one.began else (None, ())
        return mail if one.began else None

    def _begun(self, session: Session, out: Out, recipients: Sequence[str]) -> bool:
        if not self.is_public(session, out.meeting):
            return False
        return trying.begin(session, out, self.bot.now(), recipients)

    async def _settled(self, out: Out, results: Mapping[str, Result], one: _Try | None = None) -> None:
        """Store what came of a try, and say what must be said of it."""
        now = self.bot.now()
        again = next_try(out.attempts + 1, out.created, now)
        began = one is not None and one.began
        made = one.made.print if one is not None and one.made is not None else None

        def settled(session: Session) -> Out | None:
            found = trying.settle(session, out, results, now, again, made=made, began=began)
            if found is not None and found.state in OPEN and found.due is not None:
                self.ring(session, out.target, out.id, found.due)
            return found

        stored = await self._surely(settled)
        if stored is not None:
            self.tell_of_mail(out, stored)

    def _not_now(self, session: Session, out: Out) -> None:
        """The meeting was taken up again, or is not for everybody any more."""
        if self.is_restricted(session, out.meeting):
            tables.drop(session, out.id)
        else:
            self.ring(session, out.target, out.id, self.bot.now() + _REOPENED)

    async def _surely(
        self, transaction: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Store something, however long the database is away."""
        while True:
            try:
                return await self.store.write(transaction, *args, **kwargs)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.error("What came of sending minutes cannot be stored now, and is tried again: %s", error)
            await self.moment(_STORED_AGAIN)

    # Posts

    async def _post_all(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            if self.ending.is_set():
                out = await self.store.read(tables.get, number)
                if out is not None:
                    await self.store.write(self._next_time, out)
                continue
            out = await self._is_next(number)
            if out is not None and self.settings.hook_secret is not None:
                await self._post_one(out)

    async def _post_one(self, out: Out) -> None:
        made = await self.source.material(out.meeting)
        event = out.event
        record: Any = made.content.record if made is not None else None
        if made is None:
            if event not in {Event.REDACTED, Event.WITHDRAWN}:
                await self.store.write(self._not_now, out)
                return
        elif event is not Event.WITHDRAWN and out.edition > 1:
            earlier = await self.store.read(tables.before, out)
            told = next((one.print for one in earlier if one.print is not None), None)
            found = for_programs(told, made.print)
            if found is Difference.NONE and event is Event.CHANGED and not out.attempts:
                await self.store.write(tables.forget, out.id)
                return
            if found is Difference.REDACTED:
                event = Event.REDACTED
        if event is Event.WITHDRAWN:
            record = None
        if not await self.store.write(trying.begin, out, self.bot.now()):
            return
        addresses = made.content.addresses if made is not None and made.content.addresses else {}
        told_of = {} if event is Event.WITHDRAWN else {name.lower(): url for name, url in addresses.items()}
        body = await asyncio.to_thread(body_of, event.value, out.meeting, told_of, record)
        secret = self.settings.hook_secret
        if secret is None:
            return
        what = Post(HookUrl(out.target), event.value, out.uid, body)
        posted = asyncio.create_task(post(what, secret.reveal(), self.bot.version))
        taken, answer = await self._in_time(posted, lambda: True) or (Taken.LATER, "Muster was told to end")
        now = self.bot.now()
        again = next_try(out.attempts + 1, out.created, now)
        print_ = made.print if made is not None else None

        def settled(session: Session) -> Out | None:
            if taken is Taken.GONE:
                tables.target_is_gone(session, out.target)
            found = trying.settle_post(
                session,
                out,
                now,
                taken=taken is Taken.YES,
                made=print_,
                next_try=again,
                answer=answer,
            )
            if found is not None and found.state in OPEN and found.due is not None:
                self.ring(session, out.target, out.id, found.due)
            return found

        stored = await self._surely(settled)
        if stored is not None:
            self.tell_of_post(out, stored, is_gone=taken is Taken.GONE)
