"""What Launchpad's refusals mean: those that come with status 401 are told apart by their words alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.tracker.backend import Denied, UnauthorizedError
from plugins.tracker.launchpad.refusals import RefusedError, one_line, why_not_done

NOW = datetime(2011, 11, 22, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "words",
    [
        "Unknown access token (abc).",
        "Expired token (abc).",
        "Unauthorized token (abc).",
        "Invalid signature.",
        "Unknown consumer (muster).",
        "Anonymous requests must provide a consumer key.",
        "You need to be logged in to do this.",
    ],
)
def test_a_token_that_does_not_serve_is_a_matter_of_logging_in(words: str) -> None:
    with pytest.raises(UnauthorizedError, match="tracker login"):
        why_not_done(RefusedError(401, words, {}), NOW)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            "(<Specification 5 'volumes' for <Product nova>>, 'direction_approved', 'launchpad.Admin')",
            "Launchpad does not let Muster change the direction approved (launchpad.Admin is missing)",
        ),
        (
            "Only Bug Supervisors may change status to Triaged.",
            "Launchpad does not let Muster: Only Bug Supervisors may change status to Triaged.",
        ),
    ],
)
def test_a_permission_that_is_missing_concerns_the_one_change(words: str, why: str) -> None:
    assert why_not_done(RefusedError(401, words, {}), NOW) == Denied(why)


def test_of_a_page_of_an_error_only_the_words_are_told() -> None:
    page = "<!DOCTYPE html><html><head><title>Oops</title></head>\n<body><p>Try &amp; again</p></body></html>"
    assert one_line(page) == "Oops Try & again"


@given(st.text())
def test_a_reason_is_one_line_that_a_chat_can_show(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 300
    assert all(character.isprintable() for character in line)
    assert line == line.strip()
