"""Where Launchpad's webhooks arrive: ``/hooks/launchpad`` on Muster's web server.

It imports the web server's library, which a Muster without pages does not load.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.plugin import Secret
from bot.web import BaseRoute, HTTPException, PlainTextResponse, Request, Response, Route, body_of
from plugins.tracker.launchpad.hooks import (
    LONGEST,
    Deliveries,
    Refusals,
    Told,
    WrongDeliveryError,
    told,
)

log = logging.getLogger(__name__)

PATH = "/hooks/launchpad"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Receiver:
    """Takes deliveries for a project; ``hear`` is called with what is to be looked at. The answer does not
    wait for the look.
    """

    def __init__(
        self,
        secret: Secret,
        project: str,
        now: Callable[[], datetime],
        hear: Callable[[Told], None],
        deliveries: Deliveries,
        refusals: Refusals,
    ) -> None:
        self._secret = secret
        self._project = project
        self._now = now
        self._hear = hear
        self._deliveries = deliveries
        self._refusals = refusals

    def routes(self) -> Sequence[BaseRoute]:
        """Its one address."""
        return (Route(PATH, self.receive, methods=_METHODS),)

    async def receive(self, request: Request) -> Response:
        """Answer a delivery: 200 where it is Launchpad's, whatever it says."""
        try:
            found = await self._told(request)
        except WrongDeliveryError as wrong:
            return self._refuse(wrong.status, str(wrong))
        except HTTPException as error:
            return self._refuse(error.status_code, "it is too long")
        id_ = request.headers.get("x-launchpad-delivery", "")
        event = request.headers["x-launchpad-event-type"]
        if self._deliveries.came(id_, event, self._now()) and found is not None:
            self._hear(found)
        return PlainTextResponse("ok\n")

    async def _told(self, request: Request) -> Told:
        if request.method != "POST":
            raise WrongDeliveryError(405, "it is no POST")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise WrongDeliveryError(415, "it is not sent as application/json")
        body = await body_of(request, LONGEST)
        return told(request.headers, body, self._secret.reveal(), self._project)

    def _refuse(self, status: int, why: str) -> Response:
        said = self._refusals.add(why, self._now())
        if said:
            log.warning("What came to %s was refused: %s", PATH, said)
        answer = PlainTextResponse(f"Refused: {why}.\n", status)
        if status == 405:
            answer.headers["Allow"] = "POST"
        return answer
