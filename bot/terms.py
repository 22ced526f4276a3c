"""The words of a text that say something, by their stems. Pure.

Rules:

1. A term is a word's stem: ``migrating``, ``migration`` and ``migrations`` are one. Nobody sees a stem: with
   each goes the word that it came from.
2. Words that are in everything people plan or report (``support``, ``add``, ``the``) are no terms; neither
   are single letters and bare numbers under 100, which name versions.
"""

from __future__ import annotations

import re

from bot.text import plain

_WORD = re.compile(r"[^\W_]+")

_SAY_NOTHING = """
    a able about add added adding adds after all allow allowed allowing allows also an and any are as at
    available based be because been before being better both bp but by can change changed changes changing
    could current currently do does doing done during each either enable enabled enables etc ever every
    existing feature features for from get gets give given gives good had has have having here how if
    implement implementation implemented implements improve improved improvement improvements in instead
    into is it its just kind let like made make makes making many may more most much must need needed
    needs new no not now of off on one only onto or other our out over per please possible provide
    provided provides proposal project properly rather ready really same see should simple simply so some
    such support supported supporting supports take than that the their them then there these they thing
    things this those through thus to too under up us use used useful uses using very via want wants was
    way ways we well were what when where whether which while who whole why will with within without work
    working works would yet you your blueprint blueprints spec specification
"""
_STOP = frozenset(_SAY_NOTHING.split())

_SHORT = {
    "admins": "administration",
    "admin": "administration",
    "auth": "authorization",
    "authn": "authentication",
    "authz": "authorization",
    "conf": "configuration",
    "config": "configuration",
    "db": "database",
    "dbs": "database",
    "docs": "documentation",
    "doc": "documentation",
    "env": "environment",
    "img": "image",
    "mgmt": "management",
    "net": "network",
    "ops": "operations",
    "orch": "orchestration",
    "perf": "performance",
    "repo": "repository",
    "sched": "scheduler",
    "sec": "security",
    "vm": "instance",
    "vms": "instance",
    "vol": "volume",
    "vols": "volume",
}
"""What people shorten, in names above all."""

_VOWEL = re.compile("[aeiouy]")
_ENDINGS = {
    "ational": "at",  # operational, as operate
    "ization": "iz",
    "ation": "at",
    "ator": "at",
    "ity": "",
    "ing": "",
    "ion": "",
    "er": "",
    "ed": "",
    "or": "",
}
"""What is cut off a word, and what stands in its place; the first that fits."""
_LEAST_STEM = 4


def stem(word: str) -> str:
    """The stem of a word in small letters: light, so that it joins forms of a word and seldom two words."""
    word = _singular(word)
    for ending, instead in _ENDINGS.items():
        root = word.removesuffix(ending) + instead
        if not word.endswith(ending) or len(root) < _LEAST_STEM or not _VOWEL.search(root):
            continue
        if ending == "ion" and root[-1] not in "st":
            continue  # champion
        if root[-1] == root[-2] and root[-1] not in "aeilosz":
            root = root[:-1]  # plugged, as plug
        word = root
        break
    return word[:-1] if word.endswith("e") and len(word) > _LEAST_STEM else word


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1]


def read(text: str) -> list[tuple[str, str]]:
    """The words of a text that say something, in order, each with its stem: ``(stem, word)``."""
    found = []
    for word in _WORD.findall(plain(text)):
        small = word.lower()
        if small in _STOP or len(small) < 2 or (small.isdecimal() and len(small) < 3):
            continue
        small = _SHORT.get(small, small)
        found.append((stem(small), small))
    return found
