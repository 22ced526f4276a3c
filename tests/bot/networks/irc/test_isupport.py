from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.networks.irc.isupport import ISupport


@pytest.mark.parametrize(
    ("casemapping", "folded"),
    [
        ("ascii", "#nova[]\\~Ä"),
        ("rfc1459", "#nova{}|^Ä"),
        ("strict-rfc1459", "#nova{}|~Ä"),
        ("rfc7613", "#nova[]\\~Ä"),
    ],
)
def test_names_fold_by_the_casemapping_and_in_ascii_alone(casemapping: str, folded: str) -> None:
    isupport = ISupport()
    isupport.feed([f"CASEMAPPING={casemapping}"])
    assert isupport.fold("#NOVA[]\\~Ä") == folded


def test_before_the_server_says_anything_the_protocol_s_defaults_hold() -> None:
    isupport = ISupport()
    assert isupport.prefixes == {"o": "@", "v": "+"}
    assert isupport.linelen == 512
    assert isupport.is_channel("#a")
    assert not isupport.is_channel("")


def test_tokens_without_a_value_are_kept_and_can_be_taken_back() -> None:
    isupport = ISupport()
    isupport.feed(["WHOX", "NAMESX", "SAFELIST", "MONITOR=100", "are supported by this server"])
    assert isupport.whox
    assert isupport.monitor
    assert "NAMESX" in isupport
    assert "SAFELIST" in isupport
    isupport.feed(["-WHOX"])
    assert not isupport.whox


def test_what_makes_no_sense_leaves_the_default() -> None:
    isupport = ISupport()
    isupport.feed(
        ["PREFIX=@+", "TARGMAX=JOIN:,PRIVMSG:x,:3,NICK", "NICKLEN=many", "LINELEN=-3", "CHANMODES=", "="]
    )
    assert isupport.prefixes == {}
    assert isupport.nicklen is None
    assert isupport.linelen == 512
    assert isupport.targets("JOIN", 10) is None
    assert isupport.targets("NAMES", 10) == 10
    isupport.feed(["MAXTARGETS=20"])
    assert isupport.targets("NAMES", 10) == 20


def test_values_are_unescaped() -> None:
    isupport = ISupport()
    isupport.feed([r"NETWORK=Our\x20Net\x3D"])
    assert isupport.tokens["NETWORK"] == "Our Net="


def test_it_knows_which_modes_come_with_a_parameter() -> None:
    isupport = ISupport()
    isupport.feed(["CHANMODES=b,k,l,imnpst", "PREFIX=(ov)@+"])
    assert [isupport.takes_parameter(mode, True) for mode in "bklno"] == [True, True, True, False, True]
    assert not isupport.takes_parameter("l", False)


@given(st.lists(st.text(max_size=40), max_size=10), st.text(max_size=10))
def test_no_tokens_whatever_raise(params: list[str], name: str) -> None:
    isupport = ISupport()
    isupport.feed(params)
    isupport.fold(name)
    isupport.is_channel(name)
    isupport.targets("JOIN", 1)
    assert isupport.linelen >= 512
