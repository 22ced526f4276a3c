"""The chat services Muster speaks to: one module or package each, behind the interface in ``base``.

What IRC and XMPP have in common: ``reconnecting.py`` one connection after the other (``backoff.py`` when);
``protocol.py`` a protocol without sockets (``timers.py``; ``ticking.py`` its clock); ``events.py`` what it
tells; ``entering.py`` history before the live lines; ``accounts.py`` whose account counts; ``writing.py``
sending (``pacing.py`` how fast; ``receipts.py`` who waits for it). How each reads, speaks and stays in rooms
is its own.
"""
