"""What Muster costs: how many lines a second it takes, how soon it answers, how much memory it needs.

``python -m bench`` (or ``make bench``) measures everything in this run, on this machine, prints a table
and writes it to ``bench/results.rst``. Whatever speaks IRC here talks to a real ``muster run`` in a process
of its own, over a socket of 127.0.0.1; the other side of the socket is :class:`bench.peer.Peer`.
"""
