"""The file that an article was read from."""

from pathlib import Path

from indexer.storing.origin import file_of


def test_the_file_of_an_article_in_an_archive_is_the_archive(tmp_path: Path) -> None:
    archive = tmp_path / "notes.zip"
    archive.touch()
    for member in ("a.txt", "deep/b.txt", "n" * 1000 + ".txt"):
        assert file_of(tmp_path, f"notes.zip/{member}") == archive
