"""Check whether an index or a run fits a dataset, and note what makes scores less meaningful."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from indexer.errors import DatasetError
from search.evaluation.judged.datasets import Dataset
from search.evaluation.judged.reading import Note
from search.evaluation.judged.trec import Run

_DEEPEST = 100
_NEARLY = 0.9
_HALF = 0.5


def of_index(dataset: Dataset, indexed: Sequence[str]) -> list[Note]:
    """Note what an index with the articles in ``indexed`` lacks.

    Raises DatasetError if it contains none of the relevant articles.
    """
    times = Counter(indexed)
    relevant = list(dict.fromkeys(_relevant(dataset)))
    missing = [article for article in relevant if article not in times]
    if relevant and len(missing) == len(relevant):
        has = f", only others (e.g. {indexed[0]!r})" if indexed else "; it is empty"
        raise DatasetError(
            f"this index contains none of the relevant articles of {dataset.name}"
            f" (e.g. {missing[0]!r}){has}. Index the dataset first: its corpus.jsonl, or its"
            " folder if the articles are files"
        )
    notes = []
    if missing:
        what = f"relevant article {missing[0]!r} is missing and counts as not found"
        notes.append(Note("the index", what, len(missing)))
    if twice := [article for article in relevant if times[article] > 1]:
        what = f"two sources have an article {twice[0]!r}; they count as one"
        notes.append(Note("the index", what, len(twice)))
    return notes


def of_answers(
    dataset: Dataset,
    hashes: Mapping[str, Collection[str]],
    generations: Iterable[int],
    warnings: Sequence[str],
) -> list[Note]:
    """Note what the answers show: articles with a different text, an update, warnings.

    ``hashes`` has the SHA-256 of the text of each article that was found; two sources can have an
    article of the same name.
    """
    notes = []
    other = [
        name
        for name, sha256 in dataset.hashes.items()
        if name in hashes and sha256 not in hashes[name]
    ]
    if other:
        what = f"article {other[0]!r} differs from the dataset's version; re-index it"
        notes.append(Note("the index", what, len(other)))
    seen = sorted(set(generations))
    if len(seen) > 1:
        what = f"updated during the evaluation (generation {seen[0]} to {seen[-1]})"
        notes.append(Note("the index", what))
    if warnings:
        notes.append(Note("the index", warnings[0], len(warnings)))
    return notes


def of_depth(run: Run, k: int, articles: int) -> list[Note]:
    """Note if ``k`` passages cover fewer articles than the deepest measures need."""
    reached = sum(map(len, run.values())) / len(run)
    if reached >= _NEARLY * min(_DEEPEST, articles):
        return []
    what = (
        f"{k} passages cover only {reached:.1f} articles on average, so measures deeper than that"
        " are cut off"
    )
    return [Note("the run", what)]


def of_run(dataset: Dataset, run: Run) -> list[Note]:
    """Note what a run from a file lacks.

    Raises DatasetError if it has no results for any query of the dataset.
    """
    answered = {query: run[query] for query in dataset.queries if query in run}
    if not answered:
        raise DatasetError(
            f"the run has no results for the queries of {dataset.name} (it has e.g."
            f" {next(iter(run))!r}). Is it for another dataset?"
        )
    notes = []
    if missing := [query for query in dataset.queries if query not in run]:
        what = f"query {missing[0]!r} has no results and counts as 0"
        notes.append(Note("the run", what, len(missing)))
    if others := [query for query in run if query not in dataset.queries]:
        what = f"query {others[0]!r} is not judged in {dataset.name}; skipped"
        notes.append(Note("the run", what, len(others)))
    if not any(dataset.qrels[query].keys() & found.keys() for query, found in answered.items()):
        other = next(iter(next(iter(answered.values()))))
        what = f"none of its articles are judged; do its ids (e.g. {other!r}) match the dataset?"
        notes.append(Note("the run", what))
    return notes


def of_lengths(first: Run, second: Run) -> list[Note]:
    """Note if one of two runs of the same queries has far more articles than the other."""
    short, long = sorted(sum(map(len, run.values())) for run in (first, second))
    if short >= _HALF * long:
        return []
    what = "one is much longer than the other, which inflates its AP and R@k"
    return [Note("the runs", what)]


def _relevant(dataset: Dataset) -> Iterable[str]:
    for grades in dataset.qrels.values():
        yield from (article for article, grade in grades.items() if grade)
