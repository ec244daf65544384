"""The limits of a question, written once for the searcher, the server, the tools and the commands.

Light to import: a command that only asks a server reads it too.
"""

import re
from collections.abc import Iterable

from indexer.errors import QueryError
from indexer.text import is_utf8
from search.types import MODES, Options

MAX_K = 1000
"""The most hits of one answer."""
MAX_QUERY = 2000
"""The most characters of a question that a server takes: models read a few hundred tokens."""
MAX_UNDER = 500
"""The most characters of ``under`` that a server takes."""
SAYS_SOMETHING = r"[^\s\u001c-\u001f\u0085\ufeff]"
"""What a question must hold: no white space, by Python's notion of it and by JSON Schema's."""


def checked(query: str, options: Options) -> str:
    """The question without the white space around it.

    Raises QueryError for an empty question, text that is not UTF-8, or options out of their limits.

    >>> checked(" Why is the sea salt? ", Options(k=3))
    'Why is the sea salt?'
    """
    question = query.strip()
    if not re.search(SAYS_SOMETHING, question):
        raise QueryError("the question is empty")
    if not 1 <= options.k <= MAX_K:
        raise QueryError(f"k is {options.k}, and must be from 1 to {MAX_K}")
    if options.mode not in MODES:
        raise QueryError(f"there is no mode {options.mode!r}: it is one of {', '.join(MODES)}")
    if options.per_article is not None and options.per_article < 1:
        raise QueryError(f"per_article is {options.per_article}, and must be at least 1")
    if not 0 <= options.min_confidence <= 1:
        raise QueryError(f"min_confidence is {options.min_confidence}, and must be from 0 to 1")
    if options.under is not None and not options.under:
        raise QueryError("under is empty: give a folder, an article or a glob")
    for name, text in (("the question", question), ("under", options.under or "")):
        if not is_utf8(text):
            raise QueryError(f"{name} is not valid text: it is not UTF-8")
    return question


_NONE_UNDER = "no articles under "


def no_article_under(under: str) -> str:
    """The warning of an answer whose ``under`` names no article."""
    return (
        f"{_NONE_UNDER}{under!r}. Name a folder, an article or a glob pattern, as hits name it,"
        " beginning with the source's folder, or as a path."
    )


def names_no_article(warnings: Iterable[str]) -> bool:
    """Whether that warning is among an answer's.

    >>> names_no_article([no_article_under("nowhere")])
    True
    """
    return any(warning.startswith(_NONE_UNDER) for warning in warnings)
