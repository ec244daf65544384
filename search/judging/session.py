"""One judge at work on one dataset: which hits there are, what the judge said, and what is left."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, RLock, Thread

from indexer.errors import DatasetError, LocusError, QueryError
from indexer.storing.stored import StoredArticle
from indexer.text import is_utf8
from search.evaluation.judged.datasets import AnswerSpan
from search.judging.acts import GRADES, MAX_NAME, MAX_NOTE, Act
from search.judging.book import Book, Opinion
from search.judging.files import DatasetFiles
from search.judging.journal import Journal
from search.judging.pool import Pool, PooledHit, pooled
from search.judging.sureness import Sureness, sureness
from search.judging.systems import RankingSystem
from search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class Left:
    """How much one judge has to do. Hits are counted in the ``pooled`` questions only.

    >>> Left(questions=68, pooled=68, complete=2, hits=940, graded=31).left
    909
    """

    questions: int
    pooled: int
    complete: int
    hits: int
    graded: int

    @property
    def left(self) -> int:
        return self.hits - self.graded

    def as_json(self) -> dict[str, int]:
        return {
            "questions": self.questions,
            "pooled": self.pooled,
            "complete": self.complete,
            "hits": self.hits,
            "graded": self.graded,
            "left": self.left,
        }


@dataclass(frozen=True, slots=True)
class JudgedHit:
    """A hit, what this judge says of it, and the grade that the qrels file had before."""

    hit: PooledHit
    opinion: Opinion
    earlier: int | None

    @property
    def is_graded(self) -> bool:
        return self.opinion.grade is not None or self.earlier is not None


class Session:
    """Judging a dataset as ``judge``. Safe to use from several threads.

    Raises DatasetError if a file of the dataset cannot be used.

    >>> session = Session(Path("mine"), "ann", {"q1": "Why is the sea salt?"}, systems, index)
    >>> session.judge_hit(0, "sea.md", grade=2)
    """

    def __init__(
        self,
        folder: Path,
        judge: str,
        questions: Mapping[str, str],
        systems: Sequence[RankingSystem],
        index: Searcher,
        depth: int = 10,
    ) -> None:
        self.folder = folder
        self.judge = _checked_name(judge)
        self.queries = tuple(questions)
        self.systems = tuple(system.name for system in systems)
        self.depth = depth
        self._questions = dict(questions)
        self._systems = systems
        self._index = index
        self._lock, self._pooling = RLock(), Lock()
        self._closing = Event()
        self._ahead: Thread | None = None
        self._graded: dict[int, int] = {}
        self._pools: dict[int, Pool] = {}
        self._files = DatasetFiles(folder)
        self._journal = Journal(folder)
        self._expected = ""
        try:
            with self._journal.locked():
                self._reconcile()
                self._write()
        except BaseException:
            self._journal.close()
            raise

    def close(self) -> None:
        """End the search in the background, and close the journal."""
        self._closing.set()
        if self._ahead is not None:
            self._ahead.join()
        self._journal.close()

    @property
    def book(self) -> Book:
        return self._journal.book

    @property
    def notes(self) -> list[str]:
        """What was wrong in the journal."""
        return [str(note) for note in self._journal.notes.all()]

    def pool(self, number: int) -> Pool:
        """The hits for a question, by its place from 0. What was pooled once is kept."""
        if not 0 <= number < len(self.queries):
            raise QueryError(f"there is no question {number + 1}")
        if number not in self._pools:
            with self._pooling:  # judging goes on meanwhile
                if number not in self._pools:
                    self._pools[number] = self._pooled(self.queries[number])
        return self._pools[number]

    def search_ahead(self) -> None:
        """Search all questions in the background, so that nobody waits for the next one."""

        def work() -> None:
            # What goes wrong is raised again when somebody comes to that question.
            with suppress(LocusError):
                for number in range(len(self.queries)):
                    if self._closing.is_set():
                        return
                    self.pool(number)

        self._ahead = Thread(target=work, name="search ahead", daemon=True)
        self._ahead.start()

    def hits(self, number: int) -> tuple[JudgedHit, ...]:
        """The hits for a question in their blind order, with what this judge says of each."""
        pool = self.pool(number)
        with self._lock:
            return tuple(self._judged(pool.query, hit) for hit in pool.hits)

    def judge_hit(
        self,
        number: int,
        article: str,
        *,
        grade: int | None = None,
        answers: Sequence[tuple[int, int]] | None = None,
        note: str | None = None,
    ) -> JudgedHit:
        """Say something of a hit. When this returns, it is on the disk.

        ``answers`` are all answers that the judge marks in the article, as spans of its text.
        Raises QueryError if it makes no sense, and DatasetError if it cannot be saved.
        """
        hit = next((it for it in self.pool(number).hits if it.article == article), None)
        if hit is None:
            raise QueryError(f"{article!r} is not among the hits of question {number + 1}")
        if grade is not None and grade not in GRADES:
            raise QueryError(f"the grade must be one of {', '.join(map(str, GRADES))}")
        if note is not None and (len(note) > MAX_NOTE or not is_utf8(note)):
            raise QueryError(f"the note must be text of at most {MAX_NOTE:,} characters")
        stored = self.article(hit)
        spans = None if answers is None else _spans(stored, answers)
        query = self.queries[number]
        with self._lock:
            if grade is not None:
                self._files.keep(stored)
            with self._journal.locked():
                self._append(Act(_now(), self.judge, query, article, grade, spans, note))
            self._graded.pop(number, None)
            return self._judged(query, hit)

    def undo(self) -> tuple[int, str] | None:
        """Take back this judge's last act; its question and article, None if there is none."""
        with self._lock, self._journal.locked():
            last = self.book.last_of(self.judge, self._questions)
            if last is None:
                return None
            self._append(Act(_now(), self.judge, undo=last[0]))
            query, article = last[1]
            number = self.queries.index(query)
            self._graded.pop(number, None)
            return number, article

    def left(self) -> Left:
        """How much is left, of the questions that are pooled so far."""
        with self._lock:
            hits = graded = complete = 0
            for number, pool in list(self._pools.items()):
                if number not in self._graded:
                    judged = (self._judged(pool.query, hit) for hit in pool.hits)
                    self._graded[number] = sum(hit.is_graded for hit in judged)
                hits, graded = hits + len(pool.hits), graded + self._graded[number]
                complete += self._graded[number] == len(pool.hits)
            return Left(len(self.queries), len(self._pools), complete, hits, graded)

    def next_ungraded(self, number: int = 0, place: int = 0) -> tuple[int, int] | None:
        """The first hit without a grade from this one on, and then from the first one on.

        Hits are given by the places of their question and in it, from 0. None if nothing is left.
        """
        for at in [*range(number, len(self.queries)), *range(number + 1)]:
            from_here = place if at == number else 0
            for where, judged in enumerate(self.hits(at)):
                if where >= from_here and not judged.is_graded:
                    return at, where
            place = 0  # when this question comes again, all of it counts
        return None

    def sureness(self) -> Sureness:
        """How sure the comparison of the systems is by the questions that are judged wholly."""
        with self._lock:
            pools = [pool for _, pool in sorted(self._pools.items())]
            grades = dict(self.book.grades)
        return sureness(pools, grades, self.systems, min(self.depth, 10), len(self.queries))

    def _pooled(self, query: str) -> Pool:
        text = self._questions[query]
        return pooled(query, text, self._systems, self.depth, self._article)

    def _judged(self, query: str, hit: PooledHit) -> JudgedHit:
        opinion = self.book.opinion(self.judge, query, hit.article)
        return JudgedHit(hit, opinion, self.book.earlier(query, hit.article))

    def _article(self, name: str) -> StoredArticle | None:
        found = self._index.named(name)
        return found[0] if found else None

    def article(self, hit: PooledHit) -> StoredArticle:
        """The whole article of a hit. Raises QueryError if it has changed since it was found."""
        found = self._index.named(hit.article, hit.source)
        if not found or found[0].sha256 != hit.sha256:
            raise QueryError(
                f"{hit.article} has changed since it was found. Start again to judge the new text"
            )
        return found[0]

    def _append(self, act: Act) -> None:
        self._reconcile()
        digest = self._expected = self._files.digest()
        self._journal.append(replace(act, was=digest))
        self._write()

    def _reconcile(self) -> None:
        """Take over the grades that somebody else has put into the qrels file.

        After a crash the file can be older than the journal. Then it is as it was before the last
        act, and nothing is taken over.
        """
        digest = self._files.digest()
        if digest in {self._expected, self.book.last_was}:
            return
        if digest == self._files.digest_with(self.book.grades):
            return
        now, known = _now(), self.book.grades
        theirs = [
            Act(now, None, *pair, grade)
            for pair, grade in self._files.grades().items()
            if known.get(pair) != grade
        ]
        self._journal.append(*theirs)
        self._graded.clear()

    def _write(self) -> None:
        self._files.write(self.book.grades, self.book.answers())
        self._expected = self._files.digest()


def _spans(article: StoredArticle, answers: Sequence[tuple[int, int]]) -> tuple[AnswerSpan, ...]:
    found = []
    for start, end in sorted(set(answers)):
        if not 0 <= start < end <= len(article.text):
            raise QueryError(f"there are no characters {start}-{end} in {article.name}")
        found.append(AnswerSpan(article.name, start, end, article.text[start:end]))
    return tuple(found)


def _checked_name(judge: str) -> str:
    if not judge.strip() or len(judge) > MAX_NAME or not is_utf8(judge) or not judge.isprintable():
        raise DatasetError(
            f"the name of a judge must have 1 to {MAX_NAME} characters, without line breaks"
        )
    return judge


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
