"""XMPP: one account on one server, and the rooms (XEP-0045) that it is in.

Rules of this package:

1. Everything but ``client.py`` and ``connection.py`` is without sockets, tasks and clocks: stanzas (elements
   of :mod:`xml.etree.ElementTree`) and times go in, events come out. Only ``connection.py`` imports slixmpp,
   which gives us the stream: TLS, SASL, stream management (XEP-0198), the answers to pings and disco.
2. No stanza, however malformed or forged, raises. What a stanza says of itself counts only where the one who
   vouches for it must have written it: the room for its occupants, ids and archive; our server for what it
   kept.
3. Nothing that goes out holds a character that XML 1.0 has not: one such would end the stream.
4. Nicks in rooms differ by case and may hold anything. Inside, an occupant is named by the nick as it is; the
   rest of Muster sees a safe form of it, of which no two of one room are ever equal when folded
   (``names.py``).
5. A session outlives its connections, since a stream can be resumed: then nothing was missed. After a new one
   all rooms are joined again, and what was missed is fetched.

Where what is done: ``jids.py`` addresses; ``names.py`` nicks as they are shown; ``stanzas.py`` reading and
making elements; ``events.py`` what comes out; ``state.py`` who is where; ``presence.py`` coming and going;
``speech.py`` what is said; ``references.py`` which message an id means; ``entering.py`` where history
comes from; ``rooms.py`` joining, staying and joining again; ``outbox.py`` what goes out when; ``session.py``
the sum. What IRC has too is beside this package.
"""
