"""The prompt: ``locus search`` without a question, on a terminal, asks for one after another.

While the user types the first question, the index and the model are loaded in the background,
unless a server answers.
"""

import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

from indexer.errors import LocusError, QueryError
from search.asking.answering import Answering
from search.asking.history import History
from search.types import Answer, Hit, Options

PROMPT = "question> "
HELP = """\
Type a question in plain words.
Words in "quotation marks" are searched exactly as typed.
  3, or show 3   show the third result in its article
  help, or ?     show this text
  quit           leave; also exit, :q and Ctrl-D"""

_LEAVE = {"quit", "exit", ":q"}
_HELP = {"help", "?"}
_SHOW = re.compile(r"(?:show\s+)?([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Shows:
    """The functions that print an answer, a hit in its article, or a message."""

    answer: Callable[[Answer], object]
    hit: Callable[[Hit], object]
    say: Callable[[str], object]


def converse(answering: Answering, options: Options, shows: Shows) -> None:
    """Ask and answer until ``quit``, Ctrl-D, or Ctrl-C twice on an empty line.

    A LocusError is printed, and the next question is asked. Raises IndexFolderError if there is no
    index.
    """
    articles = answering.articles()
    contains = "1 article" if articles == 1 else f"{articles:,} articles"
    shows.say(
        f"Searching {contains} in {answering.folder}. Type a question, help, or Ctrl-D to quit."
    )
    Thread(target=_warm, args=(answering, options), daemon=True).start()
    line = _Line(History.of_user())
    hits: Sequence[Hit] = ()
    leaving = False
    while True:
        try:
            typed = line.read()
            leaving = False
            if typed.lower() in _LEAVE:
                return
            if typed.lower() in _HELP:
                sys.stdout.write(f"{HELP}\n")
            elif number := _SHOW.fullmatch(typed.lower()):
                shows.hit(_numbered(hits, int(number[1])))
            elif typed:
                line.remember(typed)
                answer = answering.ask(typed, options)
                hits = answer.hits
                shows.answer(answer)
        except EOFError:
            sys.stdout.write("\n")
            return
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            if leaving and line.is_empty:
                return
            leaving = line.is_empty
        except LocusError as error:
            shows.say(str(error))


def _numbered(hits: Sequence[Hit], number: int) -> Hit:
    if not hits:
        raise QueryError("no results to show. Type a question first")
    if not 1 <= number <= len(hits):
        results = "1 result" if len(hits) == 1 else f"{len(hits)} results"
        raise QueryError(f"no result {number}: the last answer has {results}")
    return hits[number - 1]


def _warm(answering: Answering, options: Options) -> None:
    # A failure here occurs again when the question is answered, and is reported then.
    with suppress(BaseException):
        answering.warm(options.mode)


class _Line:
    """The line on which questions are typed, with editing and history if Python has readline."""

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
        """Whether a line is being typed and has no characters yet."""
        return self._is_typed and not self._typed()

    def read(self) -> str:
        """The next line, or "" for an empty one. Raises QueryError, and what ``input`` raises."""
        self._is_typed = True
        try:
            question = input(PROMPT).strip()
        except UnicodeDecodeError:
            raise QueryError("the question is not valid UTF-8 text") from None
        self._is_typed = False
        return question

    def remember(self, question: str) -> None:
        """Keep a question for the next prompts."""
        self._history.add(question)
