"""Read the hits in a file, for ``locus check``.

Each line is a JSON object: a hit, an answer with hits, or an object with the keys of ``Citation``.
That is what ``locus search`` prints with ``--json``, ``--jsonl`` and ``--batch``, what the server
answers to ``/search`` and an assistant's search returns, and what can be written by hand.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import QueryError, UnreadableArticle
from indexer.reading import jsonl
from indexer.reading.line_file import LineFile, too_long
from search.checking.citation import Citation, hits_in

_EXAMPLE = '{"article": "sea.md", "start": 0, "end": 6, "text": "Rivers"}'


@dataclass(frozen=True, slots=True)
class CitedHits:
    """The citations of a file, and how many of its hits were invalid, and so skipped."""

    citations: tuple[Citation, ...]
    skipped: int

    @classmethod
    def read(cls, path: Path, say: Callable[[str], object]) -> "CitedHits":
        """Read a file; ``say`` is called with the place and the reason of each invalid hit.

        Raises QueryError if the file cannot be read or has invalid lines only.
        """
        file = LineFile(path)
        citations: list[Citation] = []
        skipped = lines = 0
        for number, data in file.lines():
            lines += 1
            for found in _hits(data):
                if isinstance(found, Citation):
                    citations.append(found)
                else:
                    say(f"{file.name}:{number}: {found}")
                    skipped += 1
        if not citations and (skipped or not lines):
            raise QueryError(
                f"{file.name} has no hit. Each line must be a JSON object, such as {_EXAMPLE}, or"
                " an answer of `locus search --json`"
            )
        if skipped:
            say(f"{file.name}: skipped {skipped:,} of {skipped + len(citations):,} hits")
        return cls(tuple(citations), skipped)


def _hits(data: bytes | None) -> Iterator[Citation | str]:
    """The hits of a line; instead of an invalid one, why it was skipped."""
    try:
        if data is None:
            raise too_long()
        record = jsonl.parse(data, ())
    except (QueryError, UnreadableArticle) as error:
        yield f"{error}; line skipped"
        return
    hits = hits_in(record)
    is_answer = hits != [record]
    for number, hit in enumerate(hits, 1):
        try:
            yield Citation.from_json(hit)
        except QueryError as error:
            yield f"hit {number}: {error}; skipped" if is_answer else f"{error}; line skipped"
