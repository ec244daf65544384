"""An article and its passages become rows that have what was drafted, with their checksums."""

from pathlib import Path

from indexer.storing.checksums import passage_checksum, vector_checksum
from indexer.storing.database import transaction
from indexer.storing.rows import insert_article, insert_passages
from indexer.types import Span
from tests.staged import draft, rows_of, staging


def test_an_article_is_written_whole_and_as_not_complete(tmp_path: Path) -> None:
    it = draft(7, "a/größe.txt", "Owls hunt.", "日本 🦉.", title="Größe")
    with staging(tmp_path) as begun, transaction(begun.connection) as run:
        number = insert_article(run, it, 3)
        rows = run(
            "SELECT id, source, name, title, texts.text, sha256, size, mtime_ns, passages,"
            " complete, born, died FROM articles JOIN texts ON article = articles.id"
        ).fetchall()
    article = it.article
    assert rows == [
        (
            *(number, 7, "a/größe.txt", "Größe", "Owls hunt. 日本 🦉.", article.sha256),
            *(10, 10**18, 2, 0, 3, None),
        )
    ]


def test_each_article_has_a_number_of_its_own(tmp_path: Path) -> None:
    it = draft(1, "a", "Owls.")
    with staging(tmp_path) as begun, transaction(begun.connection) as run:
        numbers = [insert_article(run, it, 1) for _ in range(3)]
        run("DELETE FROM texts")
        run("DELETE FROM articles")
        numbers.append(insert_article(run, it, 1))
    assert numbers == sorted(set(numbers)), "no number is used again"


def test_a_passage_is_written_with_its_vectors_and_the_checksums_of_both(tmp_path: Path) -> None:
    it = draft(1, "a", "Owls hunt mice.", "Bats find moths.", origin="/notes")
    row = rows_of(it)[1]
    with staging(tmp_path) as begun, transaction(begun.connection) as run:
        insert_passages(begun.connection, [(9, row)])
        (passage,) = run("SELECT * FROM passages").fetchall()
        (vector,) = run("SELECT * FROM vectors").fetchall()
    number, text = passage[0], "Bats find moths."
    sentences = b"\0\0\0\0\x10\0\0\0"
    origin = "/notes", "a", "Title", it.article.sha256
    checksum = passage_checksum(origin, (16, 32), text, sentences, row.key, row.words)
    assert passage == (number, 9, 16, 32, text, sentences, row.key, row.words, None, checksum)
    assert vector == (number, *row.vectors, vector_checksum(number, *row.vectors))
    assert it.article.text[16:32] == text
    assert row.passage.sentences == (Span(16, 32),)


def test_vectors_without_parts_are_written_without_them(tmp_path: Path) -> None:
    (row,) = rows_of(draft(1, "a", "Owls."))
    bare = row.vectors._replace(parts=None)
    with staging(tmp_path) as begun, transaction(begun.connection) as run:
        insert_passages(begun.connection, [(1, row._replace(vectors=bare))])
        assert run("SELECT passage, parts, checksum FROM vectors").fetchall() == [
            (1, None, vector_checksum(1, bare.vector, None))
        ]


def test_the_id_of_a_passage_is_never_used_again(tmp_path: Path) -> None:
    rows = [(1, row) for row in rows_of(draft(1, "a", "Owls.", "Bats."))]
    with staging(tmp_path) as begun, transaction(begun.connection) as run:
        insert_passages(begun.connection, rows)
        run("DELETE FROM vectors")
        run("DELETE FROM passages")
        insert_passages(begun.connection, rows)
        run(
            "INSERT INTO passages SELECT NULL, article, start, end, text, sentences, key, words,"
            " place, checksum FROM passages WHERE id = 4"
        )
        numbers = [number for (number,) in run("SELECT id FROM passages ORDER BY id")]
        vectors = [number for (number,) in run("SELECT passage FROM vectors ORDER BY 1")]
    assert (numbers, vectors) == ([3, 4, 5], [3, 4])
