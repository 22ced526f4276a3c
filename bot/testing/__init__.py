"""Transcript tests, for our plugins and everybody's: what people type, and what Muster must answer.

    async with Stage(tmp_path) as stage:
        await stage.play('''
            <alice> !ping
            <muster> pong
        ''')

A transcript's lines:

``<alice> text``
    alice says it in the room; ``<alice> * text``: does it (/me). The first time she joins, logged in as
    account ``alice``; a nick that ends in ``?`` (``<eve?> ...``) has no account.
``<alice -> muster> text``
    she says it to Muster alone.
``<muster> text``
    Muster must say it in the room; ``<muster -> alice> text``: to her alone. ``[...]`` stands for anything.
``[#nova] <alice> text`` / ``[#nova] <muster> text``
    the same in another room than the stage's, which ``bot.ini`` must name.
``[jabber/nova@c] <alice> text`` / ``[jabber/nova@c] <muster> text`` / ``[jabber] <muster -> alice> text``
    the same on another network than the stage's (``networks``); the room is also that from which Muster knows
    whoever speaks to it alone. ``[*] <muster> text``: in each place of the stage's room, in their order.
``-- alice is now alice_`` / ``-- alice leaves`` / ``-- alice quits`` / ``-- alice joins``
    what happens in the room; ``-- [jabber/nova@c] alice leaves``: in another.
``-- jabber is down`` / ``-- jabber is up``
    Muster loses that network, or is back on it: what was said meanwhile comes as history.
``-- alice corrects "#info a" to "#info b"``
    her last line with that text says something else now (XEP-0308); what is corrected may be corrected again.
    ``-- eve corrects alice's "#info a" to "#info b"``: she says so of another's.
``-- alice reacts 👍 🎉 to "Please vote on: it"``
    those are all her reactions to the last line with that text now (XEP-0444), Muster's own included; ``--
    alice takes her reactions back``: from all lines. A text may end in ``[...]``.
``-- 20 minutes pass``
    the clock goes on, and what is due happens.
``-- topic: text``
    Muster must set the room's topic; ``-- [jabber/nova@c] topic: text``: another room's.
``-- alice sets the topic: text``
    somebody else does.
``-- the wire is slow`` / ``-- [jabber] the wire is slow``
    from now on what Muster says waits on its way (:meth:`bot.host.Bot.sent`); ``-- the wire is free``: it
    comes, and the rest as it is said; ``-- the wire is cut``: what waited is lost, the rest waits.
``-- muster is killed``
    nothing is said, left or stopped; another Muster starts on its database.

Everything that Muster says must stand in the transcript, in its order.
"""

from bot.testing.clock import START, SetClock
from bot.testing.network import Message, StageNetwork
from bot.testing.stage import Stage

__all__ = ["START", "Message", "SetClock", "Stage", "StageNetwork"]
