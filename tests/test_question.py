"""The limits of a question: what is refused, with the reason, and what is asked."""

import re
from typing import get_args

import pytest

from indexer.errors import QueryError
from search.limits import MAX_K, Mode
from search.question import checked
from search.types import Options


@pytest.mark.parametrize(
    ("query", "options", "reason"),
    [
        ("", Options(), "the question is empty"),
        (" \n\u2003", Options(), "the question is empty"),
        ("\ufeff", Options(), "the question is empty"),
        ("tides \udcff", Options(), "the question is not valid UTF-8 text"),
        ("tides", Options(k=0), "k must be from 1 to 1000 (got 0)"),
        ("tides", Options(k=MAX_K + 1), "k must be from 1 to 1000 (got 1001)"),
        ("tides", Options(mode="psychic"), "unknown mode 'psychic'"),  # type: ignore[arg-type]
        ("tides", Options(per_article=0), "per_article must be at least 1 (got 0)"),
        ("tides", Options(min_confidence=1.1), "min_confidence must be from 0 to 1 (got 1.1)"),
        (
            "tides",
            Options(min_confidence=float("nan")),
            "min_confidence must be from 0 to 1 (got nan)",
        ),
        ("tides", Options(under=""), "under is empty"),
        ("tides", Options(under="notes\udcff"), "under is not valid UTF-8 text"),
    ],
)
def test_what_cannot_be_asked_is_refused(query: str, options: Options, reason: str) -> None:
    with pytest.raises(QueryError, match=re.escape(reason)):
        checked(query, options)


@pytest.mark.parametrize("mode", get_args(Mode))
def test_what_can_be_asked_comes_back_without_white_space_around_it(mode: Mode) -> None:
    options = Options(MAX_K, mode, under="notes", per_article=1, min_confidence=1)
    assert checked("\n why? ", options) == "why?"
