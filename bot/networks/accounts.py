"""Whose account counts: what a network vouches for, and where it vouches for nobody, the operator's masks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.settings import TrustedMask
from bot.text import visible


class Accounts:
    """The operator's ``trusted_masks``, of one network. ``ignore_case`` (of ASCII): as on IRC, where nicks
    are not told apart by it; on XMPP they are, and so are ids.
    """

    def __init__(self, masks: Iterable[TrustedMask], *, ignore_case: bool) -> None:
        flags = re.ASCII | re.IGNORECASE if ignore_case else re.NOFLAG
        self._trusted = [(mask.account, _pattern(mask.mask, flags)) for mask in masks]

    def of(self, account: str | None, nick: str, address: str | None) -> str | None:
        """The account of somebody for whom the network says ``account``: that, else by their
        ``nick!address``; ``None`` where it cannot all be seen: it could pass for another's, and with it for
        their rights.
        """
        if account is None and address is not None and self._trusted:
            mask = f"{nick}!{address}"
            account = next((name for name, pattern in self._trusted if pattern.fullmatch(mask)), None)
        return account if account is not None and visible(account) == account else None


def _pattern(mask: str, flags: re.RegexFlag) -> re.Pattern[str]:
    """The pattern for a mask with ``*`` and ``?``."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in mask)
    return re.compile("".join(parts), re.DOTALL | flags)
