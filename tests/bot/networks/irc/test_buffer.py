from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.networks.irc.buffer import LINE_LIMIT, LineBuffer


def read(*chunks: bytes, fallback: str = "latin-1") -> list[str]:
    buffer = LineBuffer(fallback)
    lines: list[str] = []
    for chunk in chunks:
        buffer.feed(chunk)
        lines += buffer
    return lines


def test_a_line_may_come_in_pieces_and_end_with_lf_or_crlf() -> None:
    assert read(b"PI", b"NG :a\r", b"\nPING :b\nPI") == ["PING :a", "PING :b"]


def test_each_line_is_read_as_utf_8_or_else_in_the_fallback() -> None:
    assert read("é€\n".encode() + b"caf\xe9\n") == ["é€", "café"]
    assert read("привет\n".encode("koi8-r"), fallback="koi8-r") == ["привет"]


def test_a_line_that_never_ends_is_cut_and_the_next_is_whole() -> None:
    lines = read(*[b"x" * 50_000] * 40, b"yy\nPING :a\n")
    assert [len(line) for line in lines] == [LINE_LIMIT, 7]
    assert lines[1] == "PING :a"


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_bytes_of_any_kind_in_any_pieces_give_the_same_lines(chunks: list[bytes]) -> None:
    assert read(*chunks) == read(b"".join(chunks))
