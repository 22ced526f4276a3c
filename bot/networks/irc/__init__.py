"""IRC: one connection to one IRC network, with what IRCv3 adds to it.

Rules of this package:

1. Everything but ``client.py`` and ``connection.py`` is without sockets, tasks and clocks: lines and times
   go in, events come out. Only ``connection.py`` imports the ``irc`` package.
2. No line from a server, however malformed, raises. Each command has small handlers, registered by a
   decorator that says how many parameters they need; a line with fewer is not for them.
3. Nothing that goes out carries CR, LF or NUL, or is longer than the server takes.
4. What one connection learns dies with it (``state.py``); what outlives it is the rooms that are wanted and
   the outbox (``client.py`` holds both).

Where what is done: ``message.py`` lines to values and back; ``buffer.py`` bytes to lines; ``isupport.py``
what the server says of itself; ``registration.py`` logging in (``capabilities.py``, ``sasl.py``,
``nickserv.py``, ``nicks.py``); ``members.py`` who is where; ``speech.py`` what is said; ``rooms.py``
joining and joining again; ``topics.py`` setting topics; ``entering.py`` where history comes from
(``batches.py``); ``outbox.py`` what goes out when; ``failures.py`` why a connection ended; ``keepalive.py``
links that died without a word; ``session.py`` the sum of it. What XMPP has too is beside this package.
"""
