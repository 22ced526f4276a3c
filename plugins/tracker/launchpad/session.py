"""Launchpad, logged in: launchpadlib with what it does on its own taken away. For one thread alone.

Rules:

1. A request goes out once. Left alone, httplib2 sends again what got no answer, and launchpadlib sleeps and
   sends again what was answered with 502 or 503: a bug would be filed twice, and the thread stand still.
2. A change goes out over a new connection: over one that was kept, nobody could tell an end that came before
   the change from one that came with it.
3. Nothing is cached after the log-in. A cached ETag would take the place of the version that the room saw.
4. Only what a page or an answer holds is read: each attribute of launchpadlib's entries may be a request.

This module imports launchpadlib, which takes 37 MB with Launchpad's description: import it in the thread,
when Launchpad is asked for the first time.
"""

from __future__ import annotations

import configparser
import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Self
from urllib.parse import urlencode
from xml.etree.ElementTree import ParseError

from httplib2 import HttpLib2Error
from launchpadlib.credentials import AnonymousAccessToken, Credentials
from launchpadlib.launchpad import Launchpad, LaunchpadOAuthAwareHttp
from lazr.restfulclient.errors import CredentialsFileError, HTTPError

from plugins.tracker.backend import AwayError, UnauthorizedError, UnknownOutcomeError
from plugins.tracker.launchpad.addresses import VERSION
from plugins.tracker.launchpad.reading import Entry
from plugins.tracker.launchpad.refusals import LOG_IN, RefusedError
from plugins.tracker.launchpad.writing import Fields

BROKEN = (OSError, http.client.HTTPException, HttpLib2Error)
"""What is raised where there is no answer."""
_READS = frozenset({"GET", "HEAD"})


class _UnreachedError(Exception):
    """There was no connection, so nothing was sent; the cause says why."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a named operation: the address of what was made, or else what it returned."""

    location: str
    returned: object


class Session:
    """A log-in. Reading raises :class:`RefusedError` and :class:`AwayError`, writing besides
    :class:`UnknownOutcomeError`.
    """

    def __init__(self, launchpad: Any) -> None:
        self._launchpad = launchpad
        self._browser = launchpad._browser

    @classmethod
    def log_in(
        cls,
        root: str,
        consumer: str,
        credentials: Path | None,
        cache: Path,
        timeout: float,
        on_request: Callable[[], None],
    ) -> Self:
        """Log in with a file of credentials, or without one anonymously. Fetches Launchpad's description, and
        keeps it in the folder ``cache``. ``timeout`` is in seconds, for each wait for Launchpad;
        ``on_request`` is called before each request.
        """
        with _reading():
            found = _Launchpad(_credentials(consumer, credentials), root, cache, timeout, on_request)
        return cls(found)

    def get(self, address: str) -> Entry | None:
        """An entry or a page; ``None`` where there is none."""
        with _reading():
            try:
                _, content = self._browser._request(address)
            except HTTPError as error:
                if error.response.status == 404:
                    return None
                _refuse(error)
            return _entry(content)

    def patch(self, address: str, version: str, fields: Fields) -> Entry:
        """Change an entry that still has this ETag (none given: whichever); gives it as it is then."""
        match = {"If-Match": version} if version else {}
        headers = {"Content-Type": "application/json", **match}
        with _writing():
            _, content = self._browser._request(address, json.dumps(fields), "PATCH", extra_headers=headers)
            return _entry(content)

    def post(self, address: str, operation: str, **parameters: object) -> Posted:
        """Do a named operation. Texts go out as JSON, as Launchpad expects them."""
        sent = {name: json.dumps(value) for name, value in parameters.items()}
        body = urlencode({"ws.op": operation, **sent})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        with _writing():
            response, content = self._browser._request(address, body, "POST", extra_headers=headers)
            return Posted(response.get("location", ""), json.loads(content) if content else None)

    def close(self) -> None:
        """Let the connections go."""
        self._browser._connection.close()


class _Http(LaunchpadOAuthAwareHttp):  # type: ignore[misc]  # untyped
    """launchpadlib's connection, by the rules above."""

    on_request: Callable[[], None]

    def _conn_request(
        self, conn: Any, request_uri: str, method: str, body: str | None, headers: Mapping[str, str]
    ) -> Any:
        self.on_request()
        if method not in _READS:
            conn.close()
        try:
            if conn.sock is None:
                conn.connect()
        except BROKEN as error:
            raise _UnreachedError from error
        if method not in _READS:
            conn.connect = _connect_no_more
        try:
            return super()._conn_request(conn, request_uri, method, body, headers)
        finally:
            conn.__dict__.pop("connect", None)


class _Launchpad(Launchpad):  # type: ignore[misc]  # untyped
    """launchpadlib's way in, over such a connection."""

    def __init__(
        self, credentials: Credentials, root: str, cache: Path, timeout: float, on_request: Callable[[], None]
    ) -> None:
        self.__dict__["_on_request"] = on_request  # any other attribute is a field of Launchpad's
        try:
            super().__init__(
                credentials, None, None, service_root=root, cache=str(cache), timeout=timeout, version=VERSION
            )
        except (HTTPError, _UnreachedError, *BROKEN):
            self._let_go()
            raise
        except BaseException:
            self._forget()
            self._let_go()
            raise
        self._browser._connection.cache = None

    @property
    def _browser(self) -> Any:
        return self.__dict__["_browser"]

    @_browser.setter
    def _browser(self, browser: Any) -> None:
        """It is used at once, so it must not be one that sleeps and tries again."""
        browser.max_retries = 0
        self.__dict__["_browser"] = browser

    def httpFactory(self, credentials: Any, cache: Any, timeout: float, proxy_info: Any) -> _Http:  # noqa: N802
        made = _Http(self, None, credentials, cache, timeout, proxy_info)
        made.on_request = self.__dict__["_on_request"]
        return made

    def _let_go(self) -> None:
        if "_browser" in self.__dict__:
            self._browser._connection.close()

    def _forget(self) -> None:
        """Keep nothing of what was no description: a network that wants money first answers for everybody,
        and says that its answer may be kept.
        """
        cache = self._browser._connection.cache
        for cache.request_media_type in ("application/vnd.sun.wadl+xml", "application/json"):
            cache.delete(str(self._root_uri))


def _connect_no_more() -> NoReturn:
    raise ConnectionResetError("the connection ended, and what was sent is not sent again")


def _credentials(consumer: str, path: Path | None) -> Credentials:
    if path is None:
        return Credentials(consumer, access_token=AnonymousAccessToken())
    try:
        return Credentials.from_string(path.read_text(encoding="utf-8"))
    except (OSError, CredentialsFileError, ValueError, configparser.Error) as error:
        raise UnauthorizedError(f"{path} does not hold Launchpad credentials: {LOG_IN}.") from error


@contextmanager
def _reading() -> Iterator[None]:
    """Says what went wrong while nothing was to be changed."""
    try:
        yield
    except HTTPError as error:
        _refuse(error)
    except _UnreachedError as error:
        raise AwayError(why_broken(error.__cause__)) from error
    except BROKEN as error:
        raise AwayError(why_broken(error)) from error
    except (ParseError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise AwayError("What answers there does not answer as Launchpad does.") from error


@contextmanager
def _writing() -> Iterator[None]:
    """Says what went wrong while something was to be changed."""
    try:
        yield
    except HTTPError as error:
        _refuse(error)
    except _UnreachedError as error:
        raise AwayError(why_broken(error.__cause__)) from error
    except BROKEN as error:
        raise UnknownOutcomeError(f"{why_broken(error)} It may be done.") from error
    except ValueError as error:
        raise UnknownOutcomeError("Launchpad's answer is not one of Launchpad's. It may be done.") from error


def _refuse(error: HTTPError) -> NoReturn:
    reason = error.content
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    raise RefusedError(error.response.status, text, dict(error.response)) from error


def why_broken(error: BaseException | None) -> str:
    """Why there was no answer, in one line."""
    match error:
        case TimeoutError():
            return "Launchpad does not answer in time."
        case ConnectionRefusedError():
            return "Launchpad refuses the connection."
        case ConnectionError() | http.client.HTTPException():
            return "The connection to Launchpad broke."
        case _:
            return f"Launchpad cannot be reached: {error or type(error).__name__}."


def _entry(content: bytes | str) -> Entry:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("not an entry")  # noqa: TRY004 - it is what came that is wrong
    return found
