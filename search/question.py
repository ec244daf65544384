"""Check a question, in one place for the searcher, the server, the tools and the commands.

Imports nothing heavy, because a command that only asks a server needs it too.
"""

import re
from collections.abc import Iterable
from datetime import date

from indexer.errors import QueryError
from indexer.text import is_utf8
from indexer.types import Facets
from search.limits import DATE, MAX_K, MAX_VALUES, MODES, SAYS_SOMETHING
from search.types import Options


def checked(query: str, options: Options) -> str:
    """Return the question without the white space around it.

    Raises QueryError if it is empty or not UTF-8, and for options outside their limits.

    >>> checked(" Why is the sea salt? ", Options(k=3))
    'Why is the sea salt?'
    """
    question = checked_question(query)
    check_options(options)
    return question


def checked_question(query: str) -> str:
    """Return the question without the white space around it.

    Raises QueryError if it is empty or not UTF-8.
    """
    question = query.strip()
    if not re.search(SAYS_SOMETHING, question):
        raise QueryError("the question is empty")
    check_text("the question", question)
    return question


def checked_questions(queries: Iterable[str]) -> tuple[str, ...]:
    """Return each question without the white space around it.

    Raises QueryError for the first that is empty or not UTF-8, with its number from 1.

    >>> checked_questions(["Why is the sea salt?", " "])
    Traceback (most recent call last):
    indexer.errors.QueryError: question 2: the question is empty
    """
    questions = []
    for number, query in enumerate(queries, 1):
        try:
            questions.append(checked_question(query))
        except QueryError as error:
            raise QueryError(f"question {number}: {error}") from None
    return tuple(questions)


def check_options(options: Options) -> None:
    """Raise QueryError for options outside their limits."""
    if not 1 <= options.k <= MAX_K:
        raise QueryError(f"k must be from 1 to {MAX_K} (got {options.k})")
    if options.mode not in MODES:
        raise QueryError(f"unknown mode {options.mode!r}; choose one of {', '.join(MODES)}")
    if options.per_article is not None and options.per_article < 1:
        raise QueryError(f"per_article must be at least 1 (got {options.per_article})")
    if not 0 <= options.min_confidence <= 1:
        raise QueryError(f"min_confidence must be from 0 to 1 (got {options.min_confidence})")
    if options.under is not None and not options.under:
        raise QueryError("under is empty. Name a folder, an article or a glob pattern")
    check_text("under", options.under or "")
    check_facets(options.facets)


def check_facets(facets: Facets) -> None:
    """Raise QueryError for a date, a tag or an author that cannot be one."""
    for name, value in (("since", facets.since), ("until", facets.until)):
        if value is not None:
            check_date(name, value)
    for name, values in (("tags", facets.tags), ("authors", facets.authors)):
        if len(values) > MAX_VALUES:
            raise QueryError(f"too many {name} (at most {MAX_VALUES})")
        for value in values:
            check_text(name, value)
            if not value.strip():
                raise QueryError(f"{name} has an empty value")


def check_date(name: str, value: str) -> None:
    """Raise QueryError if ``value`` is not a date as ``Facets`` has them.

    >>> check_date("since", "31.5.2024")
    Traceback (most recent call last):
    indexer.errors.QueryError: since: '31.5.2024' is not a date. Write 2024, 2024-05 or 2024-05-31
    """
    if re.fullmatch(DATE, value):
        try:
            date.fromisoformat(value + "0000-01-01"[len(value) :])
        except ValueError:
            pass
        else:
            return
    raise QueryError(f"{name}: {value!r} is not a date. Write 2024, 2024-05 or 2024-05-31")


def check_text(name: str, text: str) -> None:
    """Raise QueryError for a text that cannot be written in UTF-8."""
    if not is_utf8(text):
        raise QueryError(f"{name} is not valid UTF-8 text")


_NONE = "no articles "


def no_article_under(under: str) -> str:
    """The warning of an answer if ``under`` names no article."""
    return (
        f"{_NONE}under {under!r}. Name a folder, an article or a glob pattern. It can be relative"
        " to its source, begin with the source's folder, or be a path."
    )


def no_article_matches(facets: Facets, undated: int) -> str:
    """The warning of an answer if no article has the dates, tags and authors asked for.

    ``undated`` is the number of articles without a date, if dates were asked for.
    """
    dated = [f"{name} {value}" for name in ("since", "until") if (value := getattr(facets, name))]
    tags = [f"with tag {tag!r}" for tag in facets.tags]
    authors = [f"by {author!r}" for author in facets.authors]
    under = "" if facets.under is None else f" under {facets.under!r}"
    said = f"{_NONE}{', '.join([*dated, *tags, *authors])}{under}"
    if not undated:
        return said
    are = "1 article has" if undated == 1 else f"{undated:,} articles have"
    return f"{said}. {are} no date"


def names_no_article(warnings: Iterable[str]) -> bool:
    """Whether one of those two warnings is among the warnings of an answer.

    >>> names_no_article([no_article_under("nowhere")])
    True
    >>> names_no_article([no_article_matches(Facets(since="2030"), 0)])
    True
    """
    return any(warning.startswith(_NONE) for warning in warnings)
