"""``locus search`` without a question, on a terminal: one question after another, the index warm.

While the first is being typed, index and model are loaded, unless a server answers for them.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from indexer.errors import LocusError, QueryError
from search.asking.answering import Answering
from search.asking.history import History
from search.types import Answer, Options

PROMPT = "? "


def converse(
    answering: Answering,
    options: Options,
    show: Callable[[Answer, Options], object],
    say: Callable[[str], object],
) -> None:
    """Ask and answer until Ctrl-D, or Ctrl-C twice on an empty line.

    An error of ours ends no more than its question. Raises IndexFolderError if there is no index.
    """
    articles = answering.articles()
    holds = "1 article" if articles == 1 else f"{articles:,} articles"
    say(f"{answering.folder}: {holds}; ask in plain words, Ctrl-D leaves")
    Thread(target=_warm, args=(answering, options), daemon=True).start()
    line = _Line(History.of_user())
    leaving = False
    while True:
        try:
            question = line.read()
            leaving = False
            if question:
                show(answering.ask(question, options), options)
        except EOFError:
            sys.stdout.write("\n")
            return
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            if leaving and line.is_empty:
                return
            leaving = line.is_empty
        except LocusError as error:
            say(str(error))


def _warm(answering: Answering, options: Options) -> None:
    # Whatever is wrong, the question meets it again, and it is told there.
    with suppress(BaseException):
        answering.warm(options.mode)


class _Line:
    """Where questions are typed: with editing and history, if this Python has readline."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._typed: Callable[[], str] = str
        self._is_typed = False
        try:
            import readline
        except ImportError:
            return
        self._typed = readline.get_line_buffer
        if "libedit" in (readline.__doc__ or ""):
            readline.parse_and_bind("bind ^R em-inc-search-prev")
        for question in history.questions:
            readline.add_history(question)

    @property
    def is_empty(self) -> bool:
        """Whether the line is one that is being typed, and has nothing yet."""
        return self._is_typed and not self._typed()

    def read(self) -> str:
        """The next question, or "" for an empty line; as ``input`` raises, and no more."""
        self._is_typed = True
        try:
            question = input(PROMPT).strip()
        except UnicodeDecodeError:
            raise QueryError("the question is not valid text: it is not UTF-8") from None
        self._is_typed = False
        if question:
            self._history.add(question)
        return question
