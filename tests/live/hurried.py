"""``muster`` with shorter waits: ``python -m tests.live.hurried idle=1 patience=1 run -c bot.ini``.

``idle`` and ``patience`` are those of both networks' ``Keepalive``, ``throttled`` that of
:class:`~bot.networks.backoff.Backoff`, ``login`` is how soon a login is tried again, ``silence`` how long an
XMPP room may be silent before it is asked whether we are in it; all are seconds.
"""

import sys
from datetime import timedelta
from functools import partial
from unittest.mock import patch

from bot import app
from bot.cli import main
from bot.networks.backoff import Backoff
from bot.networks.irc import registration
from bot.networks.irc.client import IrcNetwork
from bot.networks.irc.keepalive import Keepalive
from bot.networks.xmpp import client, rooms, session

if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if "=" in word]
    sys.argv[1:] = sys.argv[1 + len(words) :]
    pairs = [word.partition("=") for word in words]
    waits = {name: timedelta(seconds=float(value)) for name, _, value in pairs}
    login = patch.object(registration, "SASL_AGAIN", waits.pop("login", registration.SASL_AGAIN))
    silence = patch.object(rooms, "SILENCE", waits.pop("silence", rooms.SILENCE))
    throttled = waits.pop("throttled", timedelta(minutes=1))
    irc = partial(IrcNetwork, keepalive=Keepalive(**waits), backoff=Backoff(throttled=throttled))
    xmpp = partial(
        client.XmppNetwork, keepalive=session.Keepalive(**waits), backoff=Backoff(throttled=throttled)
    )
    with login, silence, patch.object(app, "IrcNetwork", irc), patch.object(client, "XmppNetwork", xmpp):
        main()
