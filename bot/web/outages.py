"""Pages while the database is away.

Rules:

1. What cannot be made because the database does not answer is answered by 503, and is no failure of the page:
   the log has one line of the outage, from :mod:`bot.store`, and no traceback of each request.
2. Of what was half sent by then the connection is cut, so that nobody takes it for whole.
3. Whatever else a page raises is its own failure.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from bot.store import is_unavailable
from bot.text import one_line, shorten

log = logging.getLogger(__name__)

_AWAY = "The database does not answer. Come again in a moment.\n"


def answering(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """The same routes, which know an outage from a failure."""
    return [_Answering(route) for route in routes]


class _Answering(BaseRoute):
    """A route as another one, but for what it raises."""

    def __init__(self, route: BaseRoute) -> None:
        self._route = route

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As the other."""
        return self._route.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As the other. Raises :class:`HTTPException` where the database is away."""
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._route.handle(scope, receive, sending)
        except DBAPIError as error:
            if not is_unavailable(error):
                raise
            if not has_begun:
                raise HTTPException(503, _AWAY) from error
            # What ends without its last piece the server cuts off.
            log.warning("%s broke off: the database fails", shorten(one_line(scope["path"]), 200))
