"""Whether an index, a run and a dataset belong together: what would make figures mean less."""

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
    """What an index of the articles named lacks; DatasetError if it has no relevant article."""
    times = Counter(indexed)
    relevant = list(dict.fromkeys(_relevant(dataset)))
    missing = [article for article in relevant if article not in times]
    if relevant and len(missing) == len(relevant):
        holds = f"{len(indexed):,} articles, such as {indexed[0]!r}" if indexed else "no article"
        raise DatasetError(
            f"the index holds none of the relevant articles of {dataset.name}, such as"
            f" {missing[0]!r}: it holds {holds}. Index the dataset's corpus.jsonl, or its folder"
        )
    notes = []
    if missing:
        what = f"relevant article {missing[0]!r} is not in it: it counts as not found"
        notes.append(Note("the index", what, len(missing)))
    if twice := [article for article in relevant if times[article] > 1]:
        what = f"two sources have an article {twice[0]!r}: they count as one"
        notes.append(Note("the index", what, len(twice)))
    return notes


def of_answers(
    dataset: Dataset,
    hashes: Mapping[str, Collection[str]],
    generations: Iterable[int],
    warnings: Sequence[str],
) -> list[Note]:
    """What the answers show: articles whose text is another, a change meanwhile, warnings.

    ``hashes`` has for each article that came back the SHA-256 of its text, or of its texts.
    """
    notes = []
    other = [
        name
        for name, sha256 in dataset.hashes.items()
        if name in hashes and sha256 not in hashes[name]
    ]
    if other:
        what = f"article {other[0]!r} has another text than in the dataset: index it again"
        notes.append(Note("the index", what, len(other)))
    seen = sorted(set(generations))
    if len(seen) > 1:
        what = f"it changed meanwhile, from generation {seen[0]} to {seen[-1]}"
        notes.append(Note("the index", what))
    if warnings:
        notes.append(Note("the index", warnings[0], len(warnings)))
    return notes


def of_depth(run: Run, k: int, articles: int) -> list[Note]:
    """Whether ``k`` passages brought fewer articles than the deepest measures look at."""
    reached = sum(map(len, run.values())) / len(run)
    if reached >= _NEARLY * min(_DEEPEST, articles):
        return []
    what = f"{k} passages bring {reached:.0f} articles on average: deeper measures stop there"
    return [Note("the run", what)]


def of_run(dataset: Dataset, run: Run) -> list[Note]:
    """What a run from elsewhere lacks; DatasetError if it answers no query of the dataset."""
    answered = {query: run[query] for query in dataset.queries if query in run}
    if not answered:
        raise DatasetError(
            f"the run answers no query of {dataset.name}, but such as {next(iter(run))!r}"
        )
    notes = []
    if missing := [query for query in dataset.queries if query not in run]:
        what = f"query {missing[0]!r} is not answered: it counts as 0"
        notes.append(Note("the run", what, len(missing)))
    if others := [query for query in run if query not in dataset.queries]:
        what = f"query {others[0]!r} is not judged in {dataset.name}: it is left out"
        notes.append(Note("the run", what, len(others)))
    if not any(dataset.qrels[query].keys() & found.keys() for query, found in answered.items()):
        other = next(iter(next(iter(answered.values()))))
        what = f"no article that it found is judged: has the dataset ids such as {other!r}?"
        notes.append(Note("the run", what))
    return notes


def of_lengths(first: Run, second: Run) -> list[Note]:
    """Whether one of two runs of the same queries brings far more articles than the other."""
    short, long = sorted(sum(map(len, run.values())) for run in (first, second))
    if short >= _HALF * long:
        return []
    what = "one is far longer than the other, which AP and R@k favour"
    return [Note("the runs", what)]


def _relevant(dataset: Dataset) -> Iterable[str]:
    for grades in dataset.qrels.values():
        yield from (article for article, grade in grades.items() if grade)
