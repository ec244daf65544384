"""The files of a dataset folder that judging writes, besides the journal.

``qrels/test.tsv`` and ``answers.jsonl`` are replaced as a whole, so that a reader never sees half.
If the folder has neither ``corpus.jsonl`` nor the articles themselves, judged articles are copied
into a ``corpus.jsonl``: with them, the dataset can be measured on any machine.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.durable import sync_folder, written_whole
from indexer.errors import DatasetError
from search.evaluation.judged.reading import reason
from search.judging.answers import Marked, with_answers
from search.judging.book import Pair
from search.judging.qrels import grades_in, with_grades

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.storing.stored import StoredArticle

_COPIED = '"copied_by": "locus judge"'
"""What the first line of a corpus has that was begun here."""


class DatasetFiles:
    """The files of one dataset folder. Every method raises DatasetError if a file cannot be used.

    >>> DatasetFiles(Path("seeds")).grades()[("q59", "public-key-cryptography.md")]
    2
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._qrels = folder / "qrels" / "test.tsv"
        self._answers = folder / "answers.jsonl"
        self._corpus = folder / "corpus.jsonl"
        self._copied: dict[str, str] | None = None

    def grades(self) -> dict[Pair, int]:
        """The grades in the qrels file."""
        try:
            return grades_in(_bytes(self._qrels))
        except UnicodeDecodeError:
            raise DatasetError(f"{self._qrels} is not UTF-8. Save the file as UTF-8") from None

    def digest(self) -> str:
        """SHA-256 of the qrels file; of nothing if there is none."""
        return hashlib.sha256(_bytes(self._qrels)).hexdigest()

    def digest_with(self, grades: Mapping[Pair, int]) -> str:
        """SHA-256 of the qrels file that ``write`` would make."""
        return hashlib.sha256(with_grades(_bytes(self._qrels), grades)).hexdigest()

    def write(self, grades: Mapping[Pair, int], marked: Marked) -> None:
        """Write what has changed, to the disk."""
        qrels = _bytes(self._qrels)
        # A dataset without any judgement stays without the file, as it was.
        if qrels or grades:
            _replace(self._qrels, qrels, with_grades(qrels, grades))
        answers = _bytes(self._answers)
        _replace(self._answers, answers, with_answers(answers, marked))

    def keep(self, article: "StoredArticle") -> None:
        """Copy an article into the corpus if this dataset has no other place for it."""
        if self._copied is None:
            self._copied = self._copies()
        is_own = Path(article.source).resolve() == self.folder.resolve()
        if is_own or self._copied.get(article.name) == article.sha256 or self._has_corpus():
            return
        record = {"_id": article.name, "title": article.title, "text": article.text}
        line = json.dumps(record, ensure_ascii=False)[:-1] + f", {_COPIED}}}\n"
        before = _bytes(self._corpus)
        if article.name in self._copied:
            before = b"".join(
                one for one in before.splitlines(keepends=True) if not _is_of(one, article.name)
            )
            _replace(self._corpus, b"", before + line.encode())
        else:
            ended = b"" if not before or before.endswith(b"\n") else b"\n"
            _append(self._corpus, ended + line.encode())
        self._copied[article.name] = article.sha256

    def add_questions(self, questions: Mapping[str, str]) -> None:
        """Append questions to ``queries.jsonl``."""
        path = self.folder / "queries.jsonl"
        before = _bytes(path)
        ended = b"" if not before or before.endswith(b"\n") else b"\n"
        lines = [
            json.dumps({"_id": name, "text": text}, ensure_ascii=False).encode() + b"\n"
            for name, text in questions.items()
        ]
        if lines:
            _replace(path, before, before + ended + b"".join(lines))

    def has_articles(self) -> bool:
        """Whether the folder seems to have its articles: a corpus of its own, or other files."""
        if self._corpus.exists():
            return self._has_corpus()
        if not self.folder.is_dir():
            return False
        with _telling(self.folder, "read"):
            return any(_is_article(path) for path in self.folder.iterdir())

    def _has_corpus(self) -> bool:
        """Whether there is a corpus that was not begun here."""
        with _telling(self._corpus):
            if not self._corpus.exists():
                return False
            with self._corpus.open("rb") as file:
                return _COPIED.encode() not in file.readline()

    def _copies(self) -> dict[str, str]:
        """The SHA-256 of each article in a corpus that was begun here."""
        if not self._corpus.exists() or self._has_corpus():
            return {}
        found = {}
        for line in _bytes(self._corpus).split(b"\n"):
            try:
                record = json.loads(line)
                found[record["_id"]] = hashlib.sha256(record["text"].encode()).hexdigest()
            except (ValueError, TypeError, KeyError):  # cut off by a crash
                continue
        return found


def _is_article(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix != ".jsonl" and path.name != "qrels"


def _is_of(line: bytes, name: str) -> bool:
    try:
        return bool(json.loads(line)["_id"] == name)
    except (ValueError, TypeError, KeyError):
        return True  # cut off by a crash


def _bytes(path: Path) -> bytes:
    with _telling(path, "read"):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return b""


def _replace(path: Path, before: bytes, after: bytes) -> None:
    if after == before:
        return
    with _telling(path):
        for part in (path, path.parent) if path.parent.name == "qrels" else (path,):
            if part.is_symlink():  # what is written must stay in the dataset's folder
                raise DatasetError(f"cannot write {path}: {part} is a link. Replace it by a copy")
        path.parent.mkdir(exist_ok=True)
        with written_whole(path) as temporary:
            temporary.write_bytes(after)


def _append(path: Path, data: bytes) -> None:
    with _telling(path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o666), "ab", buffering=0) as file:
            file.write(data)
            os.fsync(file.fileno())
        sync_folder(path.parent)


@contextmanager
def _telling(path: Path, what: str = "write") -> "Iterator[None]":
    try:
        yield
    except OSError as error:
        raise DatasetError(f"cannot {what} {path}: {reason(error)}") from None
