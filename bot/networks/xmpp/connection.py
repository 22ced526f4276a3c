"""The one place that imports slixmpp: a stream to the server, and what may go wrong with it.

Rules of this file:

1. slixmpp makes and reads the stream: addresses (SRV), TLS, SASL, stream management (XEP-0198), and the
   answers to who asks what we are (XEP-0030, XEP-0092) or whether we are there (XEP-0199). Every message,
   every presence and every answer to a question of ours is taken from it before any of its own handlers, in
   the order of the wire.
2. With ``tls`` no word is said before the server has shown a certificate for its name that is trusted: a
   server that does not offer STARTTLS, or somebody in between who hides that it does, gets no login.
3. slixmpp neither tries again by itself, nor logs: what it logs holds what people say, and passwords.
4. A stream survives its connection for as long as the server keeps it: the next connection resumes it.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Any

from slixmpp import ClientXMPP
from slixmpp.plugins.xep_0198.stanza import RequestAck
from slixmpp.stanza import Iq, Message, Presence
from slixmpp.xmlstream.stanzabase import StanzaBase

from bot import __version__
from bot.networks.backoff import Failure, Loss
from bot.networks.xmpp.settings import DIRECT_TLS, XmppSettings
from bot.networks.xmpp.stanzas import IQ, MESSAGE, PRESENCE, Element

logging.getLogger("slixmpp").setLevel(logging.CRITICAL + 1)  # rule 3
log = logging.getLogger(__name__)

CONNECT_WITHIN = 30.0
"""Seconds until we must be logged in."""
_RESOURCE = "muster"
"""The same at each start: so a stream that a killed Muster left behind is replaced, and does not stay in
rooms.
"""
_WRONG_LOGIN = frozenset({"not-authorized", "account-disabled", "credentials-expired", "invalid-authzid"})
_BUSY = frozenset({"conflict", "policy-violation", "resource-constraint", "system-shutdown"})


class Connection:
    """A stream, on one TCP connection after the other.

    ``take`` gets each stanza, and says whether it was for us; ``up(resumed)`` is called when we are logged
    in, ``acked(id)`` when the server has taken a message.
    """

    def __init__(
        self,
        name: str,
        settings: XmppSettings,
        *,
        take: Callable[[Element], bool],
        up: Callable[[bool], None],
        acked: Callable[[str], None],
    ) -> None:
        self._name = name
        self._settings = settings
        self._take = take
        self._up = up
        self._acked = acked
        self._is_up = False
        self._ended: asyncio.Future[Loss] | None = None
        self._loss: Loss | None = None
        self._login_failure = ""
        self._stream = _Stream(self, settings)

    @property
    def is_up(self) -> bool:
        """Whether we are logged in."""
        return self._is_up

    @property
    def acknowledges(self) -> bool:
        """Whether the server tells what it has taken."""
        return bool(self._stream.plugin["xep_0198"].enabled_out)

    async def once(self) -> Loss:
        """Connect, and stay until that ends; gives why. Cancelled, it leaves the stream to :meth:`close`."""
        self._ended = asyncio.get_running_loop().create_future()
        self._loss, self._login_failure = None, ""
        stream = self._stream
        stream.connect(*(self._settings.address or (None, None)))
        deadline = asyncio.get_running_loop().call_later(CONNECT_WITHIN, self._too_slow)
        try:
            await asyncio.wait([self._ended])  # not the future itself: we may be cancelled
        finally:
            deadline.cancel()
        self._is_up = False
        stream.cancel_connection_attempt()
        stream.abort()
        return self._ended.result()

    def _too_slow(self) -> None:
        if not self._is_up:
            self.end(Loss(f"{self._where} does not answer"))

    @property
    def _where(self) -> str:
        address = self._settings.address
        return f"{address[0]}:{address[1]}" if address else self._stream.default_domain

    def end(self, loss: Loss) -> None:
        """Give the TCP connection up; the stream may go on with the next."""
        self._loss = self._loss or loss
        self._stream.cancel_connection_attempt()
        if self._stream.transport is not None:
            self._stream.abort()
        self._over(self._loss)

    def _over(self, loss: Loss) -> None:
        self._is_up = False
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(self._loss or loss)

    async def close(self, within: float) -> None:
        """End the stream in order, within so many seconds; with none, at once."""
        self._is_up = False
        self._stream.cancel_connection_attempt()
        if self._stream.transport is not None and within:
            await self._stream.disconnect(wait=within)
        self._stream.abort()
        self._stream.stop()

    # What goes out

    def send(self, stanza: Element) -> None:
        """Send a stanza."""
        kinds: dict[str, type[StanzaBase]] = {MESSAGE: Message, PRESENCE: Presence, IQ: Iq}
        self._stream.send(kinds[stanza.tag](self._stream, stanza))

    def request_ack(self) -> None:
        """Ask the server to acknowledge all that was sent so far. In turn: slixmpp's own way overtakes."""
        if self._is_up and self.acknowledges:
            self._stream.send(RequestAck(self._stream))

    # What slixmpp tells

    def came(self, stanza: Element) -> bool:
        """Whether a stanza is ours; before we are logged in none is."""
        return self._is_up and self._take(stanza)

    def logged_in(self, *, resumed: bool) -> None:
        """The stream is ready."""
        self._is_up = True
        self._login_failure = ""
        self._up(resumed)

    def acknowledged(self, id_: str) -> None:
        """The server has taken a stanza."""
        self._acked(id_)

    def disconnected(self, reason: object) -> None:
        """The TCP connection is gone."""
        if isinstance(reason, ssl.SSLError):  # what ends a handshake is told here first
            self.failed(reason)
        if self._login_failure in _WRONG_LOGIN:
            why = (
                f"the server refuses the login ({self._login_failure}): correct jid and password in "
                f"[network {self._name}]"
            )
            self._over(Loss(why, Failure.PERMANENT))
        elif self._login_failure:
            self._over(Loss(f"the login failed: {self._login_failure}", Failure.THROTTLED))
        else:
            self._over(Loss(f"the connection to {self._where} was lost" + (f": {reason}" if reason else "")))

    def failed(self, error: object) -> None:
        """A TCP connection, or TLS on it, could not be made."""
        if isinstance(error, ssl.SSLCertVerificationError):
            self._loss = Loss(
                f"the certificate of {self._stream.default_domain} is not trusted: {error.verify_message}. "
                "Let this machine trust who signed it, or name their certificate as cafile in "
                f"[network {self._name}]"
            )
        elif isinstance(error, ssl.SSLError):
            self._loss = Loss(f"no TLS with {self._where}: {error.reason or error}")
        else:
            self._loss = self._loss or Loss(f"cannot connect to {self._where}: {error}")

    def not_encrypted(self) -> None:
        """The server does not offer TLS, or somebody in between hides that it does."""
        self.end(
            Loss(
                f"{self._where} offers no encryption, so it gets no password; tls = no in "
                f"[network {self._name}] would let anybody listen"
            )
        )

    def login_failed(self, condition: str) -> None:
        """A way to log in did not work."""
        self._login_failure = condition or "not-authorized"

    def no_login(self) -> None:
        """The server offers no way to log in that we would use."""
        self._loss = Loss("the server offers no way to log in that does not tell the password to anybody")

    def stream_error(self, condition: str) -> None:
        """The server ends the stream, and says why."""
        failure = Failure.THROTTLED if condition in _BUSY else Failure.TEMPORARY
        why = f"the server ended the stream: {condition}"
        if condition == "conflict":
            why += " (somebody else logged in as we do)"
        self._loss = self._loss or Loss(why, failure)


class _Stream(ClientXMPP):
    """slixmpp's client, with less of its own will."""

    def __init__(self, owner: Connection, settings: XmppSettings) -> None:
        super().__init__(f"{settings.jid}/{_RESOURCE}", settings.password.reveal())
        self._owner = owner
        self._must_encrypt = settings.tls
        self.ca_certs = settings.cafile
        if settings.cafile is not None:
            self.ssl_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # and nobody of the system's
        direct = settings.tls and (not settings.host or settings.port == DIRECT_TLS)
        self.enable_direct_tls = direct
        self.enable_starttls = settings.tls and (not settings.host or not direct)
        self.enable_plaintext = not settings.tls
        self.auto_reconnect = False
        for plugin in ("xep_0030", "xep_0199"):
            self.register_plugin(plugin)
        self.register_plugin("xep_0092", {"software_name": "Muster", "version": __version__, "os": ""})
        self.register_plugin("xep_0198", {"window": 1_000_000})  # acknowledgements are asked for in turn
        if not settings.tls:
            for way in ("unencrypted_plain", "unencrypted_scram"):
                setattr(self.plugin["feature_mechanisms"], way, True)
        self.plugin["xep_0030"].add_identity(category="client", itype="bot", name="Muster")
        self.add_filter("in", self._filter)
        for event, handler in {
            "stream_negotiated": self._negotiated,
            "session_resumed": lambda _: owner.logged_in(resumed=True),
            "stanza_acked": lambda stanza: owner.acknowledged(stanza["id"]),
            "disconnected": owner.disconnected,
            "connection_failed": owner.failed,
            "ssl_invalid_chain": self._bad_certificate,
            "failed_auth": lambda failure: owner.login_failed(failure["condition"]),
            "no_auth": lambda _: owner.no_login(),
            "stream_error": lambda error: owner.stream_error(error["condition"]),
        }.items():
            self.add_event_handler(event, handler)

    def _filter(self, stanza: StanzaBase) -> StanzaBase | None:
        """Everything that comes in passes here, in order."""
        tag = stanza.xml.tag
        if tag in (MESSAGE, PRESENCE):
            self._owner.came(stanza.xml)
            return None
        if tag == IQ and stanza.xml.get("type") in ("result", "error") and self._owner.came(stanza.xml):
            return None
        return stanza

    def _negotiated(self, _event: object) -> None:
        if self.sessionstarted:
            self._owner.logged_in(resumed=False)

    def _bad_certificate(self, error: object) -> None:
        self._owner.failed(error)
        self.abort()

    async def _handle_stream_features(self, features: Any) -> bool | None:
        encrypted = isinstance(self.socket, ssl.SSLSocket | ssl.SSLObject)
        if self._must_encrypt and not encrypted and "starttls" not in features["features"]:
            self._owner.not_encrypted()
            return True
        return await super()._handle_stream_features(features)

    def reschedule_connection_attempt(self) -> None:
        """Each address was tried: when to try again, the network decides."""
        self._current_connection_attempt = None
        self._owner._over(Loss(f"cannot connect to {self._owner._where}"))

    def send_raw(self, data: str | bytes) -> None:
        """Write to the socket; without one, what matters is kept by stream management or by the outbox."""
        if self.transport is not None:
            super().send_raw(data)

    def exception(self, exception: Exception) -> None:
        """A handler failed: ours, since slixmpp's own answer with an error."""
        log.error("%s: the stream's events could not be handled", self._owner._name, exc_info=exception)

    def stop(self) -> None:
        """Let no task go on."""
        if self._run_out_filters is not None:
            self._run_out_filters.cancel()
