"""Write grades into a file of judgements, and leave everything else in it as it is.

The file is in BEIR's layout or in TREC's (see ``search.evaluation.judged.trec``). A line whose
grade has changed is replaced, a new grade gets a line at the end, and a grade that was taken back
loses its line. Lines that are not judgements stay.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from search.evaluation.judged.trec import qrels_fields, qrels_line
from search.judging.book import Pair

HEADER = "query-id\tcorpus-id\tscore\n"
_BEIR_TABS = 2
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,9}\s*")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without its line end; ``pair`` is None if it is not a judgement."""

    text: str
    pair: Pair | None
    grade: int


def grades_in(data: bytes) -> dict[Pair, int]:
    r"""The grade of each pair in the bytes of a file; the first of several lines of a pair counts.

    >>> grades_in(b"q1 0 sea.md 2\n")
    {('q1', 'sea.md'): 2}
    """
    found: dict[Pair, int] = {}
    for line in _lines(data):
        if line.pair is not None:
            found.setdefault(line.pair, line.grade)
    return found


def with_grades(data: bytes, grades: Mapping[Pair, int]) -> bytes:
    r"""The bytes of a file of judgements with these grades, and with no other.

    >>> with_grades(b"query-id\tcorpus-id\tscore\nq1\tsea.md\t1\n", {("q1", "sea.md"): 2})
    b'query-id\tcorpus-id\tscore\nq1\tsea.md\t2\n'
    """
    left = dict(grades)
    in_trec = False
    kept = []
    for line in _lines(data):
        if line.pair is None:
            kept.append(f"{line.text}\n")
            continue
        in_trec = in_trec or line.text.count("\t") != _BEIR_TABS
        if line.pair in grades:
            wanted = left.pop(line.pair, line.grade)  # a second line of a pair stays as it is
            same = f"{line.text}\n"
            kept.append(same if wanted == line.grade else _written(line.pair, wanted, in_trec))
    kept += [_written(pair, grade, in_trec) for pair, grade in left.items()]
    return "".join(kept if data.strip() else [HEADER, *kept]).encode()


def _lines(data: bytes) -> Iterator[_Line]:
    for number, text in enumerate(data.decode().removesuffix("\n").split("\n") if data else ()):
        fields = qrels_fields(text.rstrip("\r").removeprefix("\ufeff" if number == 0 else ""))
        if fields is None or not _WHOLE.fullmatch(fields[2]):
            yield _Line(text, None, 0)
        else:  # as when it is read, a negative grade counts as 0
            yield _Line(text, (fields[0], fields[1]), max(int(fields[2]), 0))


def _written(pair: Pair, grade: int, in_trec: bool) -> str:  # noqa: FBT001 - private
    query, article = pair
    if in_trec or any(mark in part for part in pair for mark in "\t\n\r"):
        return qrels_line(query, article, grade)
    return f"{query}\t{article}\t{grade}\n"
