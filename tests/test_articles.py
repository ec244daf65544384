"""Sources: which articles are listed, in which order, and what is reported about the rest."""

import os
import re
from pathlib import Path

import pytest

from indexer.errors import SourceError, UnreadableArticle
from indexer.reading import articles as module
from indexer.reading.articles import open_source
from indexer.reading.formats import corpus
from indexer.reading.opening import NOT_REGULAR
from indexer.types import Document, Selection, Skipped
from tests.made import with_reader


def names(path: Path) -> tuple[list[str], list[Skipped]]:
    skipped: list[Skipped] = []
    return [entry.name for entry in open_source(path, skipped.append).entries], skipped


def test_a_folder_is_listed_in_sorted_order_by_relative_path(articles: Path) -> None:
    assert names(articles) == (["bridges.md", "night/bats.txt", "night/owls.txt"], [])


def test_a_file_is_a_source_of_one_article(articles: Path) -> None:
    (entry,) = open_source(articles / "night/owls.txt", lambda _: None).entries
    article = entry.read()
    assert (article.name, article.title) == ("owls.txt", "Owls of the forest")


def test_files_of_other_kinds_are_counted_and_hidden_ones_passed_over(articles: Path) -> None:
    for name in ("photo.png", "scan.PNG", "Makefile", ".draft.md"):
        (articles / name).write_text("x")
    source = open_source(articles, lambda _: None)
    assert source.ignored == {".png": 2, "no suffix": 1}
    assert len(list(source.entries)) == 3


def test_links_are_followed_inside_the_source_only(articles: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (articles / "out.txt").symlink_to(tmp_path / "secret.txt")
    (articles / "in.txt").symlink_to(articles / "night/owls.txt")
    (articles / "loop").symlink_to(articles)
    (articles / "gone.txt").symlink_to(articles / "nowhere.txt")
    found, skipped = names(articles)
    assert found == ["bridges.md", "in.txt", "night/bats.txt", "night/owls.txt"]
    assert {entry.article for entry in skipped} == {"out.txt", "loop", "gone.txt"}
    assert all(entry.reason for entry in skipped)


def test_a_file_name_that_is_not_utf8_is_named_and_skipped(articles: Path) -> None:
    (Path(os.fsdecode(os.fsencode(articles) + b"/caf\xe9.txt"))).write_text("text")
    found, skipped = names(articles)
    assert len(found) == 3
    assert skipped == [Skipped("caf\\xe9.txt", "its file name is not valid UTF-8; rename it")]


def test_a_corpus_gives_an_article_a_line_and_names_each_bad_one(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"_id": "a", "text": "x"}\n{bad\n{"_id": "a", "text": "y"}\n')
    found, skipped = names(path)
    assert found == ["a"]
    assert [entry.article for entry in skipped] == ["c.jsonl:2", "c.jsonl:3"]
    assert skipped[1].reason == "duplicate _id 'a' (first used on line 1)"


def test_a_known_line_is_not_parsed_and_its_id_is_still_unique(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.jsonl"
    lines = ['{"_id": "a", "text": "Owls."}', '{"_id": "b", "text": "Bats."}']
    path.write_text("\n".join(lines) + "\n")
    first = list(open_source(path, lambda _: None).entries)
    parsed: list[bytes] = []
    parse = corpus.parse

    def noted(data: bytes) -> corpus.Record:
        parsed.append(data)
        return parse(data)

    monkeypatch.setattr(corpus, "parse", noted)
    again = ['{"_id": "a", "text": "Mice."}', "{bad"]
    path.write_text("\n".join([*lines, *again, lines[1]]) + "\n")

    skipped: list[Skipped] = []
    source = open_source(path, skipped.append)
    assert source.lines is not None
    source.lines.update({(it.size, it.mtime_ns): it.name for it in first})
    found = list(source.entries)
    assert [(it.name, it.size, it.mtime_ns) for it in found] == [
        (it.name, it.size, it.mtime_ns) for it in first
    ]
    assert [line.decode().strip() for line in parsed] == again
    assert [(it.article, it.reason.split(" (")[0]) for it in skipped] == [
        ("c.jsonl:3", "duplicate _id 'a'"),
        ("c.jsonl:4", "invalid JSON at column 2"),
        ("c.jsonl:5", "duplicate _id 'b'"),
    ]
    assert found[1].read().text == "Bats."


def test_an_article_past_the_limit_is_skipped(
    articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ARTICLE_BYTES", 50)
    (entry, *_) = open_source(articles, lambda _: None).entries
    with pytest.raises(UnreadableArticle, match="too large"):
        entry.read()


@pytest.mark.parametrize(
    ("name", "reason"),
    [("nowhere", "no such file or folder"), ("data.xlsx", "unsupported file type")],
)
def test_a_source_that_is_none_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "data.xlsx").write_text("a,b")
    with pytest.raises(SourceError, match=reason):
        open_source(tmp_path / name, lambda _: None)


def test_a_pipe_is_no_source_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(SourceError, match="is not a file or folder"):
        open_source(tmp_path / "pipe.txt", lambda _: None)
    assert names(tmp_path)[1] == [Skipped("pipe.txt", NOT_REGULAR)]


def test_a_file_that_became_a_pipe_is_refused_and_does_not_block(articles: Path) -> None:
    (entry, *_) = open_source(articles, lambda _: None).entries
    (articles / entry.name).unlink()
    os.mkfifo(articles / entry.name)
    with pytest.raises(UnreadableArticle, match=f"^{re.escape(NOT_REGULAR)}$"):
        entry.read()


def test_a_corpus_that_became_a_pipe_is_named_and_does_not_block(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"_id": "a", "text": "x"}\n')
    skipped: list[Skipped] = []
    source = open_source(path, skipped.append)
    path.unlink()
    os.mkfifo(path)
    assert list(source.entries) == []
    kept = "the articles after that point are kept as they were indexed"
    reason = f"reading stopped early ({NOT_REGULAR}); {kept}"
    assert skipped == [Skipped("c.jsonl", reason)]
    assert list(source.unseen) == [""]


def test_a_file_that_grew_past_the_limit_is_refused(
    articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ARTICLE_BYTES", 200)
    (entry, *_) = open_source(articles, lambda _: None).entries
    (articles / entry.name).write_text("x" * 201)
    with pytest.raises(UnreadableArticle, match=r"^too large \(201 bytes; "):
        entry.read()


@pytest.mark.parametrize("kind", ["file", "corpus", "folder", "nothing"])
def test_a_source_whose_path_is_not_utf8_is_refused_in_words_that_can_be_printed(
    tmp_path: Path, kind: str
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    if kind == "folder":
        path.mkdir()
        (path / "a.txt").write_text("text")
    elif kind != "nothing":
        path = path.with_suffix({"file": ".txt", "corpus": ".jsonl"}[kind])
        path.write_text("text")
    with pytest.raises(SourceError) as refused:
        open_source(path, lambda _: None)
    assert f"{tmp_path}/caf\\xe9" in str(refused.value)
    assert ("the path is not valid UTF-8" in str(refused.value)) == (kind != "nothing")
    str(refused.value).encode()


def test_a_source_says_what_it_holds_besides_articles(articles: Path) -> None:
    (articles / "corpus.jsonl").write_text('{"_id": "a", "text": "x"}\n')
    selection = Selection(("*.md", "night/"))
    source = open_source(articles, lambda _: None, selection)
    assert (list(source.entries), source.files) == ([], 0)
    assert (source.excluded, source.ignored) == (2, {".jsonl": 1})


def test_a_format_is_added_in_one_line(articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (articles / "tea.shout").write_text("tea")
    (articles / "link.shout").symlink_to("tea.shout")
    assert open_source(articles, lambda _: None).ignored == {".shout": 2}

    def shout(data: bytes, name: str) -> Document:
        return Document(name, data.decode().upper())

    with_reader(monkeypatch, ".shout", shout)
    source = open_source(articles, lambda _: None)
    texts = {entry.name: entry.read().text for entry in source.entries}
    assert (texts["tea.shout"], texts["link.shout"]) == ("TEA", "TEA")
    assert source.ignored == {}
    (entry,) = open_source(articles / "tea.shout", lambda _: None).entries
    assert entry.read().title == "tea.shout"
