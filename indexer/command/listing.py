"""What ``locus list`` prints: names for programs, a table for people, or one JSON document.

Articles are printed while they are read, so a list of a million needs little memory.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from indexer.storing.catalog import Catalog, Counting, ListedArticle
from indexer.storing.near import did_you_mean, near_folders
from indexer.storing.under import readings
from indexer.text import on_a_line

_MEASURED = 500
"""Rows that are read before the first one is printed, to find the width of the names."""
_WIDEST_NAME = 0.6
"""The largest share of a line for the column of names; a longer name shifts its title."""
_NARROWEST_TITLE = 8


@dataclass(frozen=True, slots=True)
class ListOutput:
    """How to print a list: ``width`` in columns, None for a pipe or a file."""

    write: Callable[[str], object]
    width: int | None
    as_json: bool


def print_articles(
    folder: Path, catalog: Catalog, pattern: str | None, output: ListOutput
) -> str | None:
    """Print the articles that ``pattern`` names; returns a message if there are none."""
    counting: Counting = "nothing"
    if output.as_json:
        counting = "everything"
    elif output.width is not None:
        counting = "passages"
    found = _matching(catalog, pattern, counting)
    first = next(found, None)
    found = found if first is None else chain([first], found)
    if output.as_json:
        pieces = _document(_facts(folder, catalog), found)
    elif first is None:
        pieces = iter(())
    elif output.width is None:
        pieces = _lines(it.article for it in found)
    else:
        pieces = _table(found, output.width)
    for piece in pieces:
        output.write(piece)
    if first is not None:
        return None
    if pattern is None:
        return f"{folder} has no articles"
    from indexer.command.unindexed import why_not_indexed

    if why := why_not_indexed(folder, pattern):
        return why
    hint = did_you_mean(near_folders(catalog.rows, pattern))
    return f"no article in {folder} matches {pattern!r}.{hint}"


def print_sources(folder: Path, catalog: Catalog, output: ListOutput) -> str | None:
    """Print the sources of an index; returns a message if there are none."""
    sources = catalog.sources()
    if output.as_json:
        listed = [{"path": path, "articles": count} for path, count in sources]
        facts = {**_facts(folder, catalog), "sources": listed}
        output.write(f"{json.dumps(facts, ensure_ascii=False)}\n")
    elif output.width is None:
        output.write("".join(_lines(path for path, _ in sources)))
    elif sources:
        lines = [f"{count:>8,}  {on_a_line(path)}\n" for path, count in sources]
        output.write("".join(["articles  source\n", *lines]))
    return None if sources else f"{folder} has no sources"


def _matching(catalog: Catalog, pattern: str | None, counting: Counting) -> Iterator[ListedArticle]:
    """The articles that match ``pattern``; all if it is None.

    A pattern has the same meaning as in ``--under``, and can also be a path in the working folder.
    If no article matches and the pattern is not a glob, it is searched for in the names, ignoring
    case.
    """
    if pattern is None:
        yield from catalog.articles(None, counting)
        return
    for reading in readings(pattern):
        found = catalog.articles(reading, counting)
        for first in found:
            yield first
            yield from found
            return
    if not re.search(r"[*?\[]", pattern):
        part = pattern.casefold()
        for it in catalog.articles(None, counting):
            if part in it.article.casefold():
                yield it


def _lines(found: Iterable[str]) -> Iterator[str]:
    """One name per line; control characters in a name are replaced."""
    for name in found:
        yield f"{on_a_line(name)}\n"


def _table(found: Iterable[ListedArticle], width: int) -> Iterator[str]:
    """Passages, name and title of each article; the title is cut at ``width`` columns."""
    from rich.cells import cell_len, set_cell_size

    rest = iter(found)
    first = list(islice(rest, _MEASURED))
    longest = max((cell_len(on_a_line(it.article)) for it in first), default=0)
    room = min(max(longest, len("article")), int(width * _WIDEST_NAME))
    yield f"passages  {'article':<{room}}  title\n"
    for it in chain(first, rest):
        name, title = on_a_line(it.article), on_a_line(it.title)
        line = f"{it.passages or 0:>8,}  {name}{' ' * (room - cell_len(name))}"
        left = width - cell_len(line) - 2
        if left >= _NARROWEST_TITLE:
            cut = cell_len(title) > left
            line += "  " + (set_cell_size(title, left - 1).rstrip() + "…" if cut else title)
        yield f"{line.rstrip()}\n"


def _document(facts: Mapping[str, Any], found: Iterable[ListedArticle]) -> Iterator[str]:
    """One JSON object, in pieces: the ``facts``, and ``articles`` as a list of objects."""
    yield json.dumps(facts, ensure_ascii=False)[:-1] + ', "articles": ['
    for number, it in enumerate(found):
        yield (", " if number else "") + json.dumps(_as_json(it), ensure_ascii=False)
    yield "]}\n"


def _as_json(listed: ListedArticle) -> dict[str, Any]:
    return {
        "article": listed.article,
        "source": listed.source,
        "title": listed.title,
        "passages": listed.passages,
        "characters": listed.characters,
        "date": listed.metadata.date,
        "authors": listed.metadata.authors,
        "tags": listed.metadata.tags,
    }


def _facts(folder: Path, catalog: Catalog) -> dict[str, Any]:
    """The first keys of each JSON document."""
    return {"index": str(folder.resolve()), "generation": catalog.generation}
