"""Datasets: what they contain, and that every fault in one is reported."""

import gzip
import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from indexer.errors import DatasetError
from indexer.types import Document
from search.evaluation.judged.datasets import AnswerSpan, Dataset, read_dataset
from tests.conftest import SEEDS
from tests.made import with_reader

CORPUS: list[dict[str, object]] = [
    {"_id": "d1", "title": "Owls", "text": "Owls hunt at night.\u2028Their feathers are silent."},
    {"_id": "d2", "title": "", "text": "Bats find moths by echo."},
    {"_id": 3, "title": None, "text": "Stone bridges last."},
]
QUERIES: list[dict[str, object]] = [
    {"_id": "q1", "text": "what hunts at night"},
    {"_id": 2, "text": "echo"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\n2\td2\t1\n"
ANSWERS: list[dict[str, object]] = [
    {"query_id": "q1", "doc_id": "d1", "start": 0, "end": 19, "text": "Owls hunt at night."},
    {"query_id": "q1", "doc_id": "d1", "start": 20, "end": 24},
]


def jsonl(path: Path, records: list[dict[str, object]]) -> Path:
    rows = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_bytes("".join(row + "\n" for row in rows).encode())
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset without faults, for tests that add some."""
    folder = tmp_path / "small"
    (folder / "qrels").mkdir(parents=True)
    jsonl(folder / "corpus.jsonl", CORPUS)
    jsonl(folder / "queries.jsonl", QUERIES)
    jsonl(folder / "answers.jsonl", ANSWERS)
    (folder / "qrels/test.tsv").write_bytes(QRELS.encode())
    return folder


def append(path: Path, *rows: str) -> None:
    with path.open("ab") as file:
        file.write("".join(row + "\n" for row in rows).encode())


def told(dataset: Dataset, folder: Path) -> list[str]:
    return [str(note).removeprefix(f"{folder}/") for note in dataset.notes]


def test_a_sound_dataset_is_read_without_a_note(folder: Path) -> None:
    dataset = read_dataset(folder)
    assert dataset.name == "small"
    assert dataset.queries == {"q1": "what hunts at night", "2": "echo"}
    assert dataset.qrels == {"q1": {"d1": 2, "d2": 1}, "2": {"d2": 1}}
    assert dataset.answers == {
        "q1": (
            AnswerSpan("d1", 0, 19, "Owls hunt at night."),
            AnswerSpan("d1", 20, 24, "Thei"),
        )
    }
    assert dataset.titles == {"d1": "Owls", "d2": ""}
    assert dataset.hashes["d2"] == hashlib.sha256(b"Bats find moths by echo.").hexdigest()
    assert dataset.notes == ()


def test_the_seeds_are_a_dataset_whose_articles_are_files() -> None:
    dataset = read_dataset(SEEDS)
    assert len(dataset.queries) == len(dataset.qrels) == len(dataset.answers)
    assert dataset.notes == ()
    name = "tides-and-the-moon.md"
    assert dataset.hashes[name] == hashlib.sha256((SEEDS / name).read_bytes()).hexdigest()
    span = dataset.answers["q01"][0]
    assert (SEEDS / span.article).read_text("utf-8")[span.start : span.end] == span.text


def test_another_split(folder: Path) -> None:
    (folder / "qrels/dev.tsv").write_text("query-id\tcorpus-id\tscore\n2\td2\t1\n")
    assert list(read_dataset(folder, "dev").queries) == ["2"]


def test_a_split_that_is_missing_is_answered_with_those_there_are(folder: Path) -> None:
    (folder / "qrels/test.tsv").rename(folder / "qrels/dev.tsv")
    (folder / "qrels/train.tsv").write_text(QRELS)
    with pytest.raises(
        DatasetError, match=r"small has no qrels/test\.tsv\. Choose with --split from: dev, train$"
    ):
        read_dataset(folder)


@pytest.mark.parametrize("name", ["queries.jsonl", "corpus.jsonl", "qrels/test.tsv"])
def test_a_compressed_file_is_refused_with_what_to_do(folder: Path, name: str) -> None:
    path = folder / name
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_dataset(folder).notes == (), "the file beside it is used"
    path.unlink()
    with pytest.raises(DatasetError, match=f"{re.escape(str(packed))} is compressed. Unpack it"):
        read_dataset(folder)


def test_a_dataset_as_people_have_it(folder: Path) -> None:
    """Integer ids, no titles, more keys, a byte order mark, and judgements in TREC's layout."""
    url: dict[str, object] = {"url": "https://example.org", "tags": [1, {"a": None}]}
    jsonl(
        folder / "corpus.jsonl",
        [
            {"_id": 31, "text": "Owls hunt at night.", "metadata": url},
            {"_id": "d2", "title": "Bats", "text": "Bats find moths by echo.", "metadata": {}},
        ],
    )
    queries = jsonl(
        folder / "queries.jsonl",
        [{"_id": 7, "text": "what hunts at night", "metadata": url, "lang": "en"}],
    )
    queries.write_bytes(b"\xef\xbb\xbf" + queries.read_bytes())
    (folder / "answers.jsonl").unlink()
    for rows in (
        "7 0 31 2\n7 0 d2 0\n",
        "7\tQ0\t31\t2\r\n7\tQ0\td2\t0\r\n",
        "query-id\titer\tcorpus-id\tscore\n7\t0\t31\t2\n7\t0\td2\t0\n",
        "query-id\tcorpus-id\tscore\n7\t31\t2\n7\td2\t0",
        "7\t31\t2\n7\td2\t0\n",
    ):
        (folder / "qrels/test.tsv").write_bytes(rows.encode())
        dataset = read_dataset(folder)
        assert dataset.queries == {"7": "what hunts at night"}
        assert dataset.qrels == {"7": {"31": 2, "d2": 0}}
        assert dataset.titles == {"31": "", "d2": "Bats"}
        assert dataset.notes == ()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "queries.jsonl",
            r"small is not a dataset: queries\.jsonl is missing\. A dataset folder has",
        ),
        (
            "qrels/test.tsv",
            r"small is not a dataset: qrels/test\.tsv is missing\. A dataset folder",
        ),
        (".", r"small does not exist\. A dataset folder has queries\.jsonl, qrels/test\.tsv, and"),
    ],
)
def test_a_missing_file_is_named(folder: Path, name: str, message: str) -> None:
    path = folder / name
    path.rename(folder.parent / "elsewhere")
    with pytest.raises(DatasetError, match=message):
        read_dataset(folder / name if name == "." else folder)


def test_no_corpus_and_no_files_is_an_error(folder: Path) -> None:
    (folder / "corpus.jsonl").unlink()
    with pytest.raises(
        DatasetError,
        match=r"none of the judged articles exist .*:2: article 'd1' is judged but not",
    ):
        read_dataset(folder)


def test_no_question_judged_is_an_error(folder: Path) -> None:
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq9\td1\t1\n")
    with pytest.raises(
        DatasetError, match=r"no judgement for any query in queries\.jsonl.*:2: query 'q9'"
    ):
        read_dataset(folder)


@pytest.mark.parametrize("text", ["", "\n\n", "[]\n", "{}\n", '{"_id": "q1"}\n', "{\n"])
def test_queries_without_a_query_are_an_error(folder: Path, text: str) -> None:
    (folder / "queries.jsonl").write_text(text)
    with pytest.raises(DatasetError, match=r"queries\.jsonl contains no queries"):
        read_dataset(folder)


def test_a_file_that_is_not_utf_8_is_an_error(folder: Path) -> None:
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q1", "text": "caf\xe9"}\n')
    with pytest.raises(DatasetError, match=r"queries\.jsonl:1: not UTF-8 \(byte 0xe9\)"):
        read_dataset(folder)


def test_unknown_queries_and_articles_are_noted_by_line_and_counted(folder: Path) -> None:
    append(folder / "qrels/test.tsv", "q1\td8\t1", "q1\td9\t1", "q7\td1\t1", "2\td1\t0")
    dataset = read_dataset(folder)
    assert told(dataset, folder) == [
        (
            "qrels/test.tsv:5: article 'd8' is judged but not in corpus.jsonl;"
            " counted as not found (2 in total)"
        ),
        "qrels/test.tsv:7: query 'q7' is judged but not in queries.jsonl; skipped",
    ]
    assert dataset.qrels["q1"] == {"d1": 2, "d2": 1, "d8": 1, "d9": 1}
    assert "q7" not in dataset.qrels


def test_queries_that_cannot_be_measured_are_noted(folder: Path) -> None:
    append(folder / "queries.jsonl", '{"_id": "q3", "text": "bridges"}', '{"_id":"q4","text":"x"}')
    append(folder / "qrels/test.tsv", "q4\td1\t0")
    dataset = read_dataset(folder)
    assert list(dataset.queries) == ["q1", "2", "q4"]
    assert told(dataset, folder) == [
        "qrels/test.tsv:5: query 'q4' has no relevant article, so all its scores are 0",
        "queries.jsonl:3: query 'q3' has no judgements and is skipped",
    ]


def test_judgements_without_a_relevant_article_are_an_error(folder: Path) -> None:
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t0\n")
    with pytest.raises(
        DatasetError, match=r"marks no article as relevant.*; .*so all its scores are 0"
    ):
        read_dataset(folder)


def test_what_is_given_twice_stands_as_it_came_first(folder: Path) -> None:
    append(folder / "queries.jsonl", '{"_id": "q1", "text": "another"}')
    append(folder / "corpus.jsonl", '{"_id": "d1", "text": "another"}')
    append(folder / "qrels/test.tsv", "q1\td1\t0")
    dataset = read_dataset(folder)
    assert dataset.queries["q1"] == "what hunts at night"
    assert dataset.titles["d1"] == "Owls"
    assert dataset.qrels["q1"]["d1"] == 2
    assert told(dataset, folder) == [
        "queries.jsonl:3: duplicate query 'q1' ignored (the first one, on line 1, is used)",
        (
            "qrels/test.tsv:5: duplicate judgement of query 'q1' and article 'd1' ignored"
            " (line 2 is used)"
        ),
        "corpus.jsonl:4: duplicate _id 'd1' (first used on line 1); article skipped",
    ]


def test_malformed_lines_are_noted(folder: Path) -> None:
    deep = "[" * 100_000
    huge = '{"_id": ' + "1" * 5000 + "}"
    append(folder / "queries.jsonl", "{", "[1]", '{"text": "x"}', '{"_id": "q5", "text": " "}')
    append(folder / "queries.jsonl", deep, huge, '{"_id": "q6", "text": "\\ud800"}')
    append(folder / "corpus.jsonl", '{"_id": true, "text": "x"}', '{"_id": "d5", "text": 7}')
    assert told(read_dataset(folder), folder) == [
        (
            "queries.jsonl:3: invalid JSON at column 2 (Expecting property name enclosed in double"
            " quotes); line skipped"
        ),
        "queries.jsonl:4: not a JSON object; line skipped",
        "queries.jsonl:5: missing _id; query skipped",
        "queries.jsonl:6: query 'q5' has no text; skipped",
        "queries.jsonl:7: JSON is nested too deeply; line skipped",
        "queries.jsonl:8: JSON integer with more than 4,300 digits; line skipped",
        (
            'queries.jsonl:9: "text" has invalid Unicode at character 0 (unpaired surrogate);'
            " line skipped"
        ),
        'corpus.jsonl:4: missing "_id"; article skipped',
        "corpus.jsonl:5: article 'd5': \"text\" is not a string; article skipped",
    ]


def test_answers_that_fit_no_article_are_noted(folder: Path) -> None:
    answer: dict[str, object] = {"query_id": "q1", "doc_id": "d1", "start": 0, "end": 4}
    spoilt: list[dict[str, object]] = [
        {**answer, "start": "0"},
        {**answer, "end": True},
        {**answer, "query_id": "q9"},
        {**answer, "doc_id": "3"},
        {**answer, "end": 1000},
        {**answer, "start": 4},
        {**answer, "start": -4, "end": -1},
        {**answer, "text": "Bats"},
        {},
    ]
    jsonl(folder / "answers.jsonl", spoilt)
    dataset = read_dataset(folder)
    assert dataset.answers == {}
    length = len(str(CORPUS[0]["text"]))
    assert told(dataset, folder) == [
        (
            "answers.jsonl:1: not an answer (needs query_id, doc_id, start and end); line skipped"
            " (3 in total)"
        ),
        "answers.jsonl:3: query 'q9' is not judged; answer skipped",
        "answers.jsonl:4: article '3' is not judged or does not exist; answer skipped",
        (
            "answers.jsonl:5: answer 0-1000 is empty or outside article 'd1'"
            f" ({length} characters); skipped (3 in total)"
        ),
        (
            "answers.jsonl:8: answer skipped: article 'd1' has 'Owls' at 0-4, not the given answer"
            " text"
        ),
    ]


def test_a_corpus_id_does_not_lead_out_of_the_folder(folder: Path) -> None:
    (folder / "corpus.jsonl").unlink()
    (folder / "answers.jsonl").unlink()
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "latin.txt").write_bytes(b"caf\xe9\0")
    (folder / "in.txt").write_bytes(b"\xef\xbb\xbfinside")
    names = ["in.txt", "../secret.txt", str(folder.parent / "secret.txt"), "nul\0", "latin.txt"]
    rows = "".join(f"q1\t{name}\t1\n" for name in [*names, "x" * 5000])
    (folder / "qrels/test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}")
    dataset = read_dataset(folder)
    assert dataset.hashes == {"in.txt": hashlib.sha256(b"inside").hexdigest()}
    assert told(dataset, folder)[0] == (
        f"qrels/test.tsv:3: article '../secret.txt' is judged but not a text file in {folder};"
        " counted as not found (5 in total)"
    )


def test_articles_with_a_title_alone_are_there_with_the_title_as_text(folder: Path) -> None:
    append(folder / "corpus.jsonl", '{"_id": "d5", "title": "Night  moths", "text": ""}')
    append(folder / "corpus.jsonl", '{"_id": "d6", "title": ""}')
    append(folder / "qrels/test.tsv", "q1\td5\t1")
    append(folder / "answers.jsonl", '{"query_id": "q1", "doc_id": "d5", "start": 0, "end": 5}')
    dataset = read_dataset(folder)
    assert dataset.hashes["d5"] == hashlib.sha256(b"Night moths").hexdigest()
    assert dataset.answers["q1"][-1] == AnswerSpan("d5", 0, 5, "Night")
    assert told(dataset, folder) == [
        ('corpus.jsonl:5: article \'d6\': "text" and "title" are missing or empty; article skipped')
    ]


def test_a_line_of_the_corpus_that_is_not_utf8_is_noted_as_the_index_skips_it(folder: Path) -> None:
    with (folder / "corpus.jsonl").open("ab") as file:
        file.write(b'{"_id": "d5", "text": "\xe9"}\n')
    dataset = read_dataset(folder)
    assert told(dataset, folder) == ["corpus.jsonl:4: not UTF-8 text (byte 0xe9); article skipped"]


def test_a_format_that_locus_reads_is_known_to_datasets(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "corpus.jsonl").unlink()
    (folder / "answers.jsonl").unlink()
    for name in ("d1.shout", "d2.shout"):
        (folder / name).write_text("tea")
    (folder / "d3.csv").write_text("a,b")
    os.mkfifo(folder / "pipe.txt")

    def shout(data: bytes, name: str) -> Document:
        if name == "d2.shout":
            raise RuntimeError
        return Document(name, data.decode().upper())

    with_reader(monkeypatch, ".shout", shout)
    judged = [f"q1\t{name}\t1\n" for name in ("d1.shout", "d2.shout", "d3.csv", "pipe.txt")]
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(judged))
    dataset = read_dataset(folder)
    assert dataset.hashes == {"d1.shout": hashlib.sha256(b"TEA").hexdigest()}
    assert dataset.titles == {"d1.shout": "d1.shout"}
    assert told(dataset, folder)[0].endswith("counted as not found (3 in total)")


def test_a_line_past_the_limit_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.evaluation.judged.reading.MAX_ARTICLE_BYTES", 60)
    append(folder / "queries.jsonl", "x" * 100)
    with pytest.raises(DatasetError, match=r"queries\.jsonl:3: the line is too long \(101 bytes"):
        read_dataset(folder)
