"""Names and suffixes in archives."""

import pytest

from indexer.reading.formats import suffix_of
from indexer.reading.formats.packed.archives import gunzipped_name, harmless


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b.txt", "a/b.txt"),
        ("../../etc/a.txt", "etc/a.txt"),
        ("C:\\temp\\a.txt", "temp/a.txt"),
        ("//server/./a.txt", "server/a.txt"),
        ("a/.. /b\0.txt", "a/b\ufffd.txt"),
        ("..", ""),
    ],
)
def test_a_path_is_only_a_name(path: str, name: str) -> None:
    assert harmless(path) == name


@pytest.mark.parametrize(
    ("name", "inner", "suffix"),
    [("a/b.HTML.gz", "a/b.HTML", ".html"), ("a.GZ", "a", ""), ("a.gz/b", "a.gz/b", "")],
)
def test_the_name_in_a_gzip(name: str, inner: str, suffix: str) -> None:
    assert gunzipped_name(name) == inner
    assert suffix_of(inner) == suffix
