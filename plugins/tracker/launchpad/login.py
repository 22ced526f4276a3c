"""How Muster gets credentials for Launchpad, and whether they serve.

Launchpad's OAuth (https://help.launchpad.net/API/SigningRequests): Muster asks for a request token; somebody
who is logged in there looks at an address, in any browser on any machine, and says how much Muster may do;
then the request token is exchanged for the access token that goes into the file.

All here waits for Launchpad in the thread that calls it: it is for the ``muster`` command, not for a running
Muster.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import httplib2
from launchpadlib.credentials import AccessToken, Credentials
from launchpadlib.uris import web_root_for_service_root
from lazr.restfulclient._browser import SYSTEM_CA_CERTS

from plugins.tracker.backend import BackendError, UnauthorizedError
from plugins.tracker.launchpad.addresses import VERSION, Addresses, root_of
from plugins.tracker.launchpad.refusals import RefusedError, one_line, why_not_read
from plugins.tracker.launchpad.session import BROKEN, Session, why_broken

TIMEOUT = 10.0
"""Seconds to wait for each of Launchpad's answers."""

_NOT_YET = "not yet been reviewed"


def log_in(
    service_root: str, consumer: str, path: Path, show: Callable[[str], None], wait: Callable[[], None]
) -> None:
    """Make a file of credentials, readable by its owner alone, whole or not at all.

    ``show`` gets the address that somebody must open; after it, and each time that nobody has decided there
    yet, ``wait`` is called before the next look. Raises :class:`UnauthorizedError` where they say no,
    :class:`BackendError` where Launchpad does not do its part, :class:`OSError` where the file cannot be
    written, and :class:`ValueError` as :func:`root_of`.
    """
    web = web_root_for_service_root(root_of(service_root))
    status, text = _post(f"{web}+request-token", oauth_consumer_key=consumer, oauth_signature="&")
    if status != 200:
        raise BackendError(f"Launchpad gives no request token: {one_line(text) or status}")
    token = _token(text)
    show(f"{web}+authorize-token?{urlencode({'oauth_token': token.key})}")
    access = None
    while access is None:
        wait()
        access = _exchange(web, consumer, token)
    _write(path, Credentials(consumer, access_token=access).serialize())


def try_out(
    project: str, service_root: str, consumer: str, credentials: Path | None, cache: Path, series: str = ""
) -> str | None:
    """Log in and look for the project, and for its series if one is named. Gives whom Launchpad takes Muster
    for, ``None`` without credentials. Raises :class:`BackendError` where that fails, which says why, and
    :class:`ValueError` as :func:`root_of`.
    """
    at = Addresses(f"{root_of(service_root)}{VERSION}/", project)
    try:
        with closing(
            Session.log_in(root_of(service_root), consumer, credentials, cache, TIMEOUT, lambda: None)
        ) as session:
            if session.get(at.target) is None:
                raise BackendError(f"Launchpad has no project {project}.")
            if series and session.get(at.series(series)) is None:
                raise BackendError(f"Launchpad has no series {series} of {project}.")
            me = session.get(f"{at.base}people/+me") if credentials is not None else None
            return str(me["name"]) if me is not None else None
    except RefusedError as refused:
        raise why_not_read(refused, datetime.now(UTC)) from refused


def _exchange(web: str, consumer: str, token: AccessToken) -> AccessToken | None:
    """The access token; ``None`` while nobody has decided."""
    status, text = _post(
        f"{web}+access-token",
        oauth_consumer_key=consumer,
        oauth_token=token.key,
        oauth_signature=f"&{token.secret}",
    )
    if status == 200:
        return _token(text)
    if status == 403:
        raise UnauthorizedError("Muster was not allowed in: nobody can change that but who said no.")
    if _NOT_YET in text or status >= 500:
        return None
    raise BackendError(f"Launchpad gives no access token: {one_line(text) or status}")


def _token(text: str) -> AccessToken:
    try:
        return AccessToken.from_string(text)
    except (KeyError, ValueError) as error:
        raise BackendError("What answers there does not answer as Launchpad does.") from error


def _post(address: str, **parameters: str) -> tuple[int, str]:
    """The status and the text of an answer. launchpadlib's own way of asking waits for ever."""
    body = urlencode({"oauth_signature_method": "PLAINTEXT", **parameters})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": address.rpartition("+")[0]}
    with closing(httplib2.Http(timeout=TIMEOUT, ca_certs=SYSTEM_CA_CERTS)) as web:
        try:
            response, content = web.request(address, "POST", body, headers)
        except BROKEN as error:
            raise BackendError(why_broken(error)) from error
    return response.status, content.decode("utf-8", "replace")


def _write(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all; what is made so is its owner's alone (0600)."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
