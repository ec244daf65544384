"""The sample articles: valid data, and answers as their judgements say."""

import json
from pathlib import Path

from search import open_index
from tests.conftest import SEEDS


def read(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (SEEDS / name).read_text("utf-8").splitlines()]


def judgements() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    header, *rows = (SEEDS / "qrels/test.tsv").read_text("utf-8").splitlines()
    assert header == "query-id\tcorpus-id\tscore"
    for row in rows:
        query, article, score = row.split("\t")
        found.setdefault(query, {})[article] = int(score)
    return found


def test_questions_judgements_and_answers_belong_together() -> None:
    queries = {query["_id"]: query["text"] for query in read("queries.jsonl")}
    judged = judgements()
    assert len(queries) >= 40
    assert set(queries) == set(judged)
    answered = set()
    for answer in read("answers.jsonl"):
        text = (SEEDS / answer["doc_id"]).read_bytes().decode("utf-8")
        span = text[int(answer["start"]) : int(answer["end"])]
        assert span and span == span.strip()
        assert judged[answer["query_id"]][answer["doc_id"]] == 2
        answered.add(answer["query_id"])
    assert answered == set(queries)
    for scores in judged.values():
        assert all((SEEDS / article).is_file() for article in scores)


def test_the_seeds_tell_unlike_subjects_at_a_readable_length() -> None:
    articles = [*SEEDS.glob("*.md"), *SEEDS.glob("*.txt")]
    assert len(articles) >= 22
    for path in articles:
        text = path.read_text("utf-8")
        assert 150 <= len(text.split()) <= 1000, path
        assert "\r" not in text and not any(line != line.rstrip() for line in text.splitlines())


def test_most_questions_are_answered_by_the_first_hits(seeds_index: Path) -> None:
    judged = judgements()
    first = five = 0
    with open_index(seeds_index) as searcher:
        for query in read("queries.jsonl"):
            right = {name for name, score in judged[query["_id"]].items() if score == 2}
            found = [hit.article for hit in searcher.search(query["text"], 5).hits]
            first += found[0] in right
            five += bool(right & set(found))
    assert first / len(judged) >= 0.85
    assert five / len(judged) >= 0.95


def test_the_two_questions_of_the_readme(seeds_index: Path) -> None:
    with open_index(seeds_index) as searcher:
        prison = searcher.search("How many soldiers were taken out of Insein Prison?")
        offer = searcher.search("What does the junta offer deserters who come back?")
    assert prison.hits[0].article == "002_a7f60dcb4076f5bf.txt"
    assert {hit.article[:3] for hit in offer.hits[:3]} == {"000", "002"}, "both tell of it"
