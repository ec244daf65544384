"""The limits of a question: what is refused, with the reason, and what is asked."""

from typing import get_args

import pytest

from indexer.errors import QueryError
from search.question import MAX_K, checked
from search.types import Mode, Options


@pytest.mark.parametrize(
    ("query", "options", "reason"),
    [
        ("", Options(), "the question is empty"),
        (" \n\u2003", Options(), "the question is empty"),
        ("\ufeff", Options(), "the question is empty"),
        ("tides \udcff", Options(), "the question is not valid text"),
        ("tides", Options(k=0), "k is 0, and must be from 1 to 1000"),
        ("tides", Options(k=MAX_K + 1), "k is 1001, and must be"),
        ("tides", Options(mode="psychic"), "no mode 'psychic'"),  # type: ignore[arg-type]
        ("tides", Options(per_article=0), "per_article is 0, and must be at least 1"),
        ("tides", Options(min_confidence=1.1), "min_confidence is 1.1, and must be from 0 to 1"),
        ("tides", Options(min_confidence=float("nan")), "min_confidence is nan"),
        ("tides", Options(under=""), "under is empty"),
        ("tides", Options(under="notes\udcff"), "under is not valid text"),
    ],
)
def test_what_cannot_be_asked_is_refused(query: str, options: Options, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        checked(query, options)


@pytest.mark.parametrize("mode", get_args(Mode))
def test_what_can_be_asked_comes_back_without_white_space_around_it(mode: Mode) -> None:
    options = Options(MAX_K, mode, under="notes", per_article=1, min_confidence=1)
    assert checked("\n why? ", options) == "why?"
