"""HTML that is made without a template is what a template would make."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bot.web.html import Options, escaped, link

HOSTILE = "\"><script>alert('1')</script>&amp;"
texts = st.one_of(st.text(), st.text(alphabet="&<>\"'; a"), st.just(HOSTILE))


@given(texts)
def test_a_text_is_escaped_as_templates_do(text: str) -> None:
    assert escaped(text) == escape(text)
    assert type(escaped(text)) is str


def test_a_link_and_what_can_be_chosen_are_escaped() -> None:
    assert link(HOSTILE, "<b>") == f'<a href="{escape(HOSTILE)}">&lt;b&gt;</a>'
    offered = Options.named(["a", "b<"]).with_chosen("b<")
    assert offered == '<option value="a">a</option>\n<option value="b&lt;" selected>b&lt;</option>\n'


def test_what_can_be_chosen_is_put_together_once_and_escaped() -> None:
    offered = Options([("a", "A & B"), (HOSTILE, HOSTILE)])
    hostile = f'<option value="{escape(HOSTILE)}">{escape(HOSTILE)}</option>\n'
    assert offered.with_chosen("") == f'<option value="a">A &amp; B</option>\n{hostile}'
    assert offered.with_chosen("c") == offered.with_chosen("")
    assert offered.with_chosen("a") == str(offered.with_chosen("")).replace('"a">', '"a" selected>')
    assert "a" in offered
    assert HOSTILE in offered
    assert '<option value="' not in offered
    assert offered.with_chosen(HOSTILE).count(" selected>") == 1
