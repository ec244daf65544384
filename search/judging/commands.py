"""``locus judge``: open the dataset, the index and the systems, and judge in one of two faces."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.errors import DatasetError, NotAnIndex
from indexer.storing.shards.store import open_store
from indexer.text import plain
from search.evaluation.indexing import index_for, update
from search.evaluation.judged.datasets import read_dataset
from search.evaluation.measured.indexes import articles_of, cached_index
from search.evaluation.shown.progress import question_bar
from search.judging.agreement import agreement
from search.judging.asked import known_questions, new_questions, questions_in
from search.judging.files import DatasetFiles
from search.judging.session import Session
from search.judging.systems import systems_of
from search.limits import MODES, Mode
from search.searcher import Searcher, open_index

if TYPE_CHECKING:
    from search.serving.server import OpenRoutes

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Judging:
    """What to judge, and how. ``judge`` is None for the user's name on this system.

    ``is_named`` says whether the user named the index with --index.
    """

    dataset: Path
    systems: tuple[str, ...] = ()
    questions: Path | None = None
    judge: str | None = None
    depth: int = 10
    mode: Mode = "hybrid"

    def index(self, folder: Path, say: Say, *, is_named: bool) -> Path:
        """The index to search: the user's, or that of the dataset's own articles.

        Raises DatasetError if the dataset's articles cannot be indexed.
        """
        if is_named or not DatasetFiles(self.dataset).has_articles() or _has(folder, self.dataset):
            return folder
        try:
            dataset = read_dataset(self.dataset)
        except DatasetError:  # nothing is judged yet
            source = articles_of(self.dataset)
            separate = cached_index(source)
            say(f"{folder} does not contain {source}, so a separate index is used: {separate}")
            update(separate, [source], say)
            return separate
        return index_for(dataset, self.dataset, folder, say, is_named=is_named)

    @contextmanager
    def session(self, index: Searcher, say: Say) -> Iterator[Session]:
        """A session over an open index. Raises DatasetError if the dataset cannot be used."""
        queries = self._queries(say)
        with ExitStack() as opened:
            others = {
                name: opened.enter_context(open_index(name))
                for name in self.systems
                if name not in MODES and Path(name).is_dir()
            }
            systems = systems_of(list(self.systems), index, self.mode, others)
            judge = _user() if self.judge is None else self.judge
            session = Session(self.dataset, judge, queries, systems, index, self.depth)
            opened.callback(session.close)
            for note in session.notes:
                say(plain(note))
            yield session

    def _queries(self, say: Say) -> dict[str, str]:
        folder = self.dataset
        if not folder.is_dir():
            if folder.exists() or self.questions is None:
                raise DatasetError(f"{folder} is not a folder. Name the folder of a dataset")
            try:
                folder.mkdir()
            except OSError as error:
                raise DatasetError(f"cannot create {folder}: {error.strerror}") from None
            say(f"created {folder}")
        queries, notes = known_questions(folder)
        for note in notes:
            say(plain(str(note)))
        if self.questions is not None:
            queries |= add_questions(folder, questions_in(self.questions), say)
        if not queries:
            raise DatasetError(
                f"{folder} has no questions. Add some with --questions FILE, one in each line"
            )
        return queries


def add_questions(folder: Path, texts: Iterable[str], say: Say) -> dict[str, str]:
    """Add questions to the dataset that it does not have yet; returns them by their ids."""
    added = new_questions(known_questions(folder)[0], texts)
    DatasetFiles(folder).add_questions(added)
    if added:
        counted = "1 question" if len(added) == 1 else f"{len(added):,} questions"
        say(f"added {counted} to {folder / 'queries.jsonl'}")
    return added


def judge_in_terminal(judging: Judging, folder: Path, say: Say, *, is_named: bool) -> None:
    """Judge in the terminal until the judge leaves."""
    from rich.console import Console

    from search.judging.keyboard import Keyboard, single_keys
    from search.judging.terminal import Terminal

    index = judging.index(folder, say, is_named=is_named)
    with open_index(index) as searcher, judging.session(searcher, say) as session:
        session.search_ahead()
        console = Console(highlight=False, markup=False, emoji=False)
        with single_keys():
            Terminal(session, console, Keyboard()).run()


def judge_in_page(judging: Judging, folder: Path, port: int, say: Say, *, is_named: bool) -> None:
    """Serve the page for judging on this machine, and open it in the browser."""
    from search.serving.server import serve

    index = judging.index(folder, say, is_named=is_named)
    page = page_for(judging, say)
    token = os.environ.get("LOCUS_TOKEN")
    serve(index, "127.0.0.1", port, token, open_browser=True, judging=page, say=say)


def page_for(judging: Judging, say: Say) -> "OpenRoutes":
    """What opens the routes of the page for judging, over an open index."""
    from search.serving.judged import judging_page

    return lambda index: judging_page(judging.session(index, say))


def show_standing(
    judging: Judging, folder: Path, answer: Say, say: Say, *, is_named: bool, as_json: bool
) -> None:
    """Print what is left, how sure the comparison is, and how well the judges agree."""
    index = judging.index(folder, say, is_named=is_named)
    with open_index(index) as searcher, judging.session(searcher, say) as session:
        with question_bar() as show:
            for number in range(len(session.queries)):
                session.pool(number)
                show(number + 1, len(session.queries))
        left, sure = session.left(), session.sureness()
        agreed = agreement(session.book.by_judge())
        unread = sum(len(session.pool(at).unread) for at in range(len(session.queries)))
    if unread:
        say(f"{unread:,} results of run files are not in {index} and cannot be judged")
    if as_json:
        found = {
            "dataset": judging.dataset.resolve().name,
            "judge": session.judge,
            "progress": left.as_json(),
            "comparison": sure.as_json(),
            "agreement": agreed.as_json(),
        }
        answer(json.dumps(found, ensure_ascii=False))
        return
    from search.judging.terminal import what_is_left

    parts = [f"{session.judge}: {what_is_left(left)}", sure.as_text(), agreed.as_text()]
    answer(plain("\n\n".join(part for part in parts if part)))


def _has(index: Path, dataset: Path) -> bool:
    """Whether an index was built from the articles of a dataset."""
    try:
        with open_store(index) as store, store.snapshot() as (_, snapshot):
            sources = {path for path, _ in snapshot.sources()}
    except NotAnIndex:
        return False
    return bool(sources & {str(dataset.resolve()), str((dataset / "corpus.jsonl").resolve())})


def _user() -> str:
    try:
        return getuser()
    except (OSError, KeyError):  # a user without a name
        return "judge"
