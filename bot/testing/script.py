"""How the lines of a transcript are written; what they mean stands in :mod:`bot.testing`."""

from __future__ import annotations

import re

_ELSEWHERE = r"(?:\[(#[^\s\]]+|[\w-]+(?:/[^\s\]]+)?)\] )?"
SAID = re.compile(_ELSEWHERE + r"<(\S+?)(\?)?(?: -> (\S+))?> *(\* )?(.*)")
PASS = re.compile(r"(\d+) (seconds?|minutes?|hours?|days?) pass(?:es)?")
CORRECTS = re.compile(r"(\S+) corrects (?:(\S+)'s )?\"(.*)\" to \"(.*)\"")
REACTS = re.compile(r'(\S+) reacts (.+) to "(.*)"')
UNREACTS = re.compile(r"(\S+) takes (?:her|his|their) reactions back")
HAPPENS = re.compile(r"(\S+) (is now|leaves|quits|joins)(?: (\S+))?")
CONNECTS = re.compile(r"(\S+) is (down|up)")
HAPPENING = re.compile(_ELSEWHERE + "(.*)")
TOPIC = re.compile(r"(\S+) sets the topic: (.*)")
