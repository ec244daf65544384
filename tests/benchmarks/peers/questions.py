"""The part of a judged dataset that all peers get: articles, their passages, questions.

The passages are those that Locus makes of the articles. Each is a text as Locus embeds it, with the
title of its article.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer import Store, build
from indexer.splitting.passages import embedding_text
from search.evaluation.judged.datasets import AnswerSpan, Dataset, read_dataset
from search.evaluation.measured.measures import per_query
from tests.benchmarks.encoders import STAND_IN, encoder_named
from tests.benchmarks.peers.peer import Place

QUALITY = ("hit@1", "hit@5", "nDCG@10")


@dataclass(frozen=True, slots=True)
class Questions:
    """Files for the peers, and the questions by id."""

    corpus: Path
    passages: Path
    count: int
    texts: Mapping[str, str]
    dataset: Dataset


def prepared(source: Path, folder: Path, articles: int | None, questions: int) -> Questions:
    """The first articles of the dataset in ``source``, and questions spread over theirs."""
    folder.mkdir(parents=True, exist_ok=True)
    dataset = read_dataset(source)
    corpus, passages = folder / "corpus.jsonl", folder / "passages.json"
    with (source / "corpus.jsonl").open(encoding="utf-8") as file:
        lines = [line for line in file if line.strip()][:articles]
    corpus.write_text("".join(lines), "utf-8")
    kept = {json.loads(line)["_id"] for line in lines}
    answered = [query for query in dataset.queries if kept >= set(dataset.qrels[query])]
    spread = answered[:: max(1, len(answered) // questions)][:questions]
    found = _passages(corpus, folder / "x.locus")
    passages.write_text(json.dumps(found), "utf-8")
    texts = {query: dataset.queries[query] for query in spread}
    return Questions(corpus, passages, len(found), texts, dataset)


def quality(given: Questions, found: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """The measures of ranked passages, by question; hit@k only if the answers are known."""
    places = {query: [Place.parse(id_) for id_ in ids] for query, ids in found.items()}
    measured = {}
    answers = given.dataset.answers
    known = [query for query in places if query in answers]
    for k in (1, 5) if known else ():
        right = sum(_is_answered(places[query][:k], answers[query]) for query in known)
        measured[f"hit@{k}"] = right / len(known)
    qrels = {query: given.dataset.qrels[query] for query in places}
    values = per_query(qrels, {query: _articles(its) for query, its in places.items()})["nDCG@10"]
    measured["nDCG@10"] = sum(values.values()) / len(qrels)
    return measured


def _is_answered(places: Sequence[Place], spans: Sequence[AnswerSpan]) -> bool:
    return any(
        place.article == span.article and place.start <= span.start and span.end <= place.end
        for place in places
        for span in spans
    )


def _articles(places: Sequence[Place]) -> dict[str, float]:
    """The articles of ranked passages, best first, with decreasing scores."""
    order = dict.fromkeys(place.article for place in places)
    return {article: float(len(order) - rank) for rank, article in enumerate(order)}


def _passages(corpus: Path, index: Path) -> dict[str, str]:
    """The passages of a corpus by id, as Locus makes and embeds them."""
    build(index, [corpus], encoder=encoder_named(STAND_IN))
    found = {}
    with Store(index) as store, store.snapshot() as (_, snapshot):
        for article in snapshot.article_names():
            numbers = snapshot.passages_of(article)
            stored = snapshot.passages(numbers).values()
            for one in sorted(stored, key=lambda passage: passage.start):
                place = Place(one.article, one.start, one.end)
                found[str(place)] = embedding_text(one.title, one.text)
    return found
