"""Judging in the terminal: one hit after another, with one key for each grade."""

from dataclasses import replace

from rich.console import Console
from rich.text import Text

from indexer.errors import LocusError, QueryError
from indexer.text import one_line, plain
from search.asking.show import show, show_in_article
from search.checking.again import ArticleWords, exactly
from search.judging.keyboard import Keyboard
from search.judging.session import JudgedHit, Left, Session
from search.types import Answer

HELP = """\
  0 1 2 3   not relevant, related, relevant, perfect answer
  s         mark the highlighted sentence as the answer
  a         type or paste the answer, as it stands in the article
  d         remove the marked answers
  n         write a note
  Enter     go on without a grade
  b         go back to the hit before
  o         show the passage in its article
  u         undo
  q         quit; everything is saved already"""
PROMPT = "grade 0-3 (? for help): "
_AROUND = 2000
"""Characters of the article that are shown before and after a passage."""


class Terminal:
    """One judge at a terminal. ``run`` returns when the judge leaves or nothing is left."""

    def __init__(self, session: Session, console: Console, keyboard: Keyboard) -> None:
        self._session = session
        self._console = console
        self._keyboard = keyboard
        self._at = (0, 0)
        self._shown = -1
        """The question that was shown last."""
        self._sure = session.sureness().in_short()

    def run(self) -> None:
        """Show hits and save what the judge says of them, until nothing is left."""
        session = self._session
        self._say(
            f"Judging {session.folder} as {session.judge}. Systems: {', '.join(session.systems)}."
        )
        try:
            start = session.next_ungraded()
            while start is not None:
                self._at = start
                start = self._judge_one()
        except EOFError:
            self._say("")
            return
        self._say("Nothing is left to judge.")
        self._say(session.sureness().as_text())

    def _judge_one(self) -> tuple[int, int] | None:
        """Show a hit until the judge goes on; returns the next one."""
        number, place = self._at
        self._show()
        while True:
            self._console.print(PROMPT, end="")
            key = self._keyboard.key()
            self._console.print("" if key == "\n" else plain(key))
            try:
                if key in {"0", "1", "2", "3"}:
                    self._save(grade=int(key))
                    return self._session.next_ungraded(number, place)
                if key == "\n":
                    return self._session.next_ungraded(number, place + 1)
                if key == "u":
                    return self._undo() or self._at
                if key == "b":
                    return self._before()
                if key == "q":
                    raise EOFError
                self._act(key)
            except LocusError as error:
                self._say(str(error))

    def _act(self, key: str) -> None:
        """A key that stays at the hit."""
        if key == "s":
            self._mark_sentence()
        elif key == "a":
            self._mark_typed()
        elif key == "d":
            self._save(answers=[])
        elif key == "n":
            self._save(note=self._keyboard.text("note: "))
        elif key == "o":
            self._open()
        else:
            self._console.print(HELP)

    def _judged(self) -> JudgedHit:
        number, place = self._at
        return self._session.hits(number)[place]

    def _show(self) -> None:
        number, place = self._at
        hits = self._session.hits(number)
        pool = self._session.pool(number)
        if number != self._shown:
            counted = f"question {number + 1} of {len(self._session.queries)}"
            self._console.print(Text(f"\n{counted}: ", "dim") + Text(one_line(pool.text), "bold"))
        self._shown = number
        judged = hits[place]
        self._console.print(Text(f"\nhit {place + 1} of {len(hits)}", "dim"))
        passages = tuple(
            replace(hit, rank=at) for at, hit in enumerate(judged.hit.passages, start=1)
        )
        show(Answer(pool.text, "hybrid", 0, 0, 0, 0, passages), self._console)
        if judged.earlier is not None:
            self._say(f"In qrels already: {judged.earlier}")
        self._tell(judged)

    def _tell(self, judged: JudgedHit) -> None:
        """What this judge has said of a hit."""
        said = judged.opinion
        parts = [f"grade {said.grade}"] if said.grade is not None else []
        parts += [f"answer “{one_line(it.text)}”" for it in said.answers]
        parts += [f"note: {one_line(said.note)}"] if said.note else []
        if parts:
            self._say(f"You said: {'; '.join(parts)}")

    def _save(
        self,
        *,
        grade: int | None = None,
        answers: list[tuple[int, int]] | None = None,
        note: str | None = None,
    ) -> None:
        number = self._at[0]
        article = self._judged().hit.article
        before = self._session.left()
        self._session.judge_hit(number, article, grade=grade, answers=answers, note=note)
        left = self._session.left()
        if left.complete != before.complete:
            sure = self._session.sureness()
            self._sure = sure.in_short()
            self._say(sure.as_text())
        self._say(f"Saved. {what_is_left(left)} {self._sure}".rstrip())

    def _undo(self) -> tuple[int, int] | None:
        """Take the last act back; returns its hit, None if there is none to show."""
        undone = self._session.undo()
        if undone is None:
            raise QueryError("there is nothing to undo")
        number, article = undone
        self._say(f"Taken back: {one_line(article)}. {what_is_left(self._session.left())}")
        articles = self._session.pool(number).articles
        return (number, articles.index(article)) if article in articles else None

    def _before(self) -> tuple[int, int]:
        number, place = self._at
        if place > 0:
            return number, place - 1
        for earlier in range(number - 1, -1, -1):
            hits = self._session.hits(earlier)
            if hits:
                return earlier, len(hits) - 1
        raise QueryError("this is the first hit")

    def _mark_sentence(self) -> None:
        marked = [it.highlight for it in self._judged().hit.passages if it.highlight is not None]
        if not marked:
            raise QueryError("no sentence is highlighted here. Press a to type the answer")
        self._mark(marked[0].start, marked[0].end)

    def _mark_typed(self) -> None:
        judged = self._judged()
        typed = self._keyboard.text("answer: ")
        if not typed:
            return
        near = judged.hit.passages[0].start
        text = self._session.article(judged.hit).text
        start = exactly(text, typed, near)
        span = (start, start + len(typed)) if start is not None else None
        span = span or ArticleWords(text).but_for_space(typed, near)
        if span is None:
            raise QueryError("the article does not have this text. Copy it exactly")
        self._mark(*span)

    def _mark(self, start: int, end: int) -> None:
        said = self._judged().opinion.answers
        self._save(answers=[*((it.start, it.end) for it in said), (start, end)])

    def _open(self) -> None:
        hit = self._judged().hit
        text = self._session.article(hit).text
        for passage in hit.passages:
            start = max(0, passage.start - _AROUND)
            show_in_article(passage, start, text[start : passage.end + _AROUND], self._console)

    def _say(self, text: str) -> None:
        self._console.print(Text(plain(text)), soft_wrap=True)


def what_is_left(left: Left) -> str:
    """How much is left, for people.

    >>> what_is_left(Left(68, 68, 2, 940, 31))
    '909 hits left; 2 of 68 questions judged.'
    """
    hits = f"{left.left:,} {'hit' if left.left == 1 else 'hits'} left"
    if left.pooled < left.questions:
        hits = f"{hits} in {left.pooled:,} questions searched so far"
    return f"{hits}; {left.complete:,} of {left.questions:,} questions judged."
