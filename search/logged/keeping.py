"""Keep the questions of one asker, and find out to which of them an opened passage belongs."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from search.logged.entries import LoggedOpening, LoggedQuestion, Way
from search.logged.log import QuestionLog
from search.types import Answer, Hit, Options

_REMEMBERED = 16
"""Answers among whose hits an opened passage is looked for."""


class Keeping:
    """Keeps what one person at a prompt, or one assistant, asks of an index and opens there."""

    def __init__(self, log: QuestionLog, by: Way, folder: Path) -> None:
        self.log = log
        self._by = by
        self._folder = folder
        self._lock = Lock()
        self._answers: deque[tuple[str, tuple[Hit, ...]]] = deque(maxlen=_REMEMBERED)

    def asked(self, answer: Answer, options: Options) -> bool:
        """Keep the question of an answer. Returns whether it is kept."""
        question = LoggedQuestion.of(answer, options, self._by, self._folder)
        with self._lock:
            self._answers.appendleft((question.id, answer.hits))
        return self.log.keep(question)

    def opened(self, hit: Hit) -> None:
        """Keep that a hit of the newest answer that has it was opened."""
        self._open(lambda other: other == hit)

    def read(self, article: str, source: str, start: int, end: int) -> None:
        """Keep that a part of an article was read, if it is or overlaps a hit of recent answers.

        Of several such hits, the best of the newest answer counts.
        """

        def is_read(hit: Hit) -> bool:
            return (
                (hit.article, hit.source) == (article, source)
                and start < hit.end
                and hit.start < end
            )

        self._open(is_read)

    def _open(self, is_meant: Callable[[Hit], bool]) -> None:
        with self._lock:
            answers = list(self._answers)
        for question, hits in answers:
            for hit in hits:
                if is_meant(hit):
                    self.log.keep(LoggedOpening.of(question, hit))
                    return
