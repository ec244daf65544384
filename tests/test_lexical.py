"""The lexical index: stems, literal questions, updates that do not disturb older readers."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from indexer.deriving import lexical
from indexer.deriving.analysis import Analyzer
from indexer.deriving.lexical import LexicalIndex
from indexer.errors import DamagedIndex

ENGLISH = Analyzer("english")
DOCUMENTS = [
    (3, "Deserters\nSoldiers who deserted were pardoned."),
    (5, "Tides\nThe sea rises and falls."),
    (9, "Café\nA naïve guest ordered tea."),
]


def found(index: LexicalIndex, question: str, **options: object) -> list[int]:
    ids: list[int] = index.search(question, 10, **options)[1].tolist()  # type: ignore[arg-type]
    return ids


def test_words_are_found_by_their_stem_and_without_accents() -> None:
    index = LexicalIndex.in_memory(DOCUMENTS, ENGLISH)
    assert found(index, "pardoning a deserter")[0] == 3
    assert found(index, "NAIVE cafes") == [9]
    assert found(index, "rise") == [5]


@pytest.mark.parametrize("question", ["sea AND NOT tea", 'title:"sea" +rises -falls', "sea~2 (*)"])
def test_a_question_has_no_syntax(question: str) -> None:
    assert found(LexicalIndex.in_memory(DOCUMENTS, ENGLISH), question)[0] == 5


@pytest.mark.parametrize("question", ["?!", "", "zebra", "x" * 5000])
def test_a_question_without_a_known_word_finds_nothing(question: str) -> None:
    assert found(LexicalIndex.in_memory(DOCUMENTS, ENGLISH), question) == []


def test_only_the_allowed_are_found_however_deep_they_stand() -> None:
    index = LexicalIndex.in_memory([(n, "tide " * (300 - n)) for n in range(1, 300)], ENGLISH)
    allowed = np.array([298, 299])
    assert sorted(index.search("tide", 2, allowed=allowed)[1].tolist()) == [298, 299]


def test_an_update_adds_and_removes_and_the_older_folder_stays(tmp_path: Path) -> None:
    first = lexical.write(tmp_path / "1", DOCUMENTS, ENGLISH)
    second = lexical.write(
        tmp_path / "2",
        [(11, "Tides\nSpring tides.")],
        ENGLISH,
        previous=(tmp_path / "1", first),
        without=[5],
    )
    assert found(LexicalIndex.load(tmp_path / "1", first, ENGLISH), "tides") == [5]
    assert found(LexicalIndex.load(tmp_path / "2", second, ENGLISH), "tides") == [11]
    assert found(LexicalIndex.load(tmp_path / "2", second, ENGLISH), "tea") == [9]


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    digest = lexical.write(tmp_path / "1", DOCUMENTS, ENGLISH)
    for path in sorted((tmp_path / "1").iterdir()):
        whole = path.read_bytes()
        if whole:
            path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
            with pytest.raises(DamagedIndex):
                LexicalIndex.load(tmp_path / "1", digest, ENGLISH)
            path.write_bytes(whole)
    assert found(LexicalIndex.load(tmp_path / "1", digest, ENGLISH), "tides") == [5]
    with pytest.raises(DamagedIndex):
        LexicalIndex.load(tmp_path / "nowhere", digest, ENGLISH)


@pytest.mark.parametrize("quoted", ['"old red barn"', "“old red barn”", "«old red barn»"])
def test_words_in_quotation_marks_count_as_they_are_quoted(quoted: str) -> None:
    index = LexicalIndex.in_memory(
        [(1, "A barn was red and old."), (2, "The old red barn burned, and more was said of it.")],
        ENGLISH,
    )
    assert found(index, "old red barn") == [1, 2]
    assert found(index, quoted) == [2, 1]
    assert found(index, 'old "red barn') == [1, 2], "a mark alone is none"


def test_words_are_stemmed_by_the_language_of_the_index() -> None:
    documents = [(1, "Die Häuser der Stadt."), (2, "Running water.")]
    assert found(LexicalIndex.in_memory(documents, Analyzer("german")), "Haus") == [1]
    assert found(LexicalIndex.in_memory(documents, ENGLISH), "Haus") == []
    assert found(LexicalIndex.in_memory(documents, ENGLISH), "run") == [2]
    assert found(LexicalIndex.in_memory(documents, Analyzer("none")), "run") == []


def test_a_lock_that_appears_while_links_are_removed_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that cannot be written, the index is opened by links to its files."""
    digest = lexical.write(tmp_path / "1", DOCUMENTS, ENGLISH)
    monkeypatch.setattr(os, "access", lambda *_: False)
    real = os.rmdir

    def late(path: str, *, dir_fd: int | None = None) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty", path)

    monkeypatch.setattr(os, "rmdir", late)
    index = LexicalIndex.load(tmp_path / "1", digest, ENGLISH)
    monkeypatch.setattr(os, "rmdir", real)
    assert found(index, "tides") == [5]
