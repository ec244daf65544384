"""``locus tune``: choose how an index is searched, by judged questions.

The present setting stays unless another one is significantly better on questions that were left out
of the choice.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.encoding import models
from indexer.encoding.caching import datasets_folder
from indexer.encoding.encoder import Encoder
from indexer.errors import DatasetError, IndexFolderError, SourceError
from indexer.storing.folder import index_option
from indexer.storing.shards.store import open_store
from indexer.storing.state import State
from indexer.storing.tuning import retune
from indexer.text import plain
from indexer.types import UNTUNED, Tuning
from search.evaluation.indexing import update
from search.evaluation.judged.datasets import SPLIT, Dataset, read_dataset
from search.evaluation.measured.indexes import coverage
from search.evaluation.measured.tuning import (
    Choice,
    Setting,
    Trial,
    choose,
    remembering,
    sampled,
    settings_around,
    try_setting,
)
from search.evaluation.shown.progress import question_bar
from search.searcher import open_index

_SHORTEST = 16


@dataclass(frozen=True, slots=True)
class Tuner:
    """The index to tune, and where to print: results with ``answer``, messages with ``say``."""

    index: Path
    answer: Callable[[str], object]
    say: Callable[[str], object]
    as_json: bool = False

    def tune(
        self,
        folder: Path,
        *,
        split: str = SPLIT,
        keep_passages: bool = False,
        dry_run: bool = False,
    ) -> None:
        """Choose a setting by the dataset in ``folder``, and use it from now on if it is better.

        ``split`` says which of its judgements to use.

        With ``keep_passages``, no other lengths of passages are tried; each takes a build. With
        ``dry_run`` nothing is changed. Raises DatasetError, ModelError or IndexFolderError.
        """
        whole = read_dataset(folder, split)
        self._check_contains(whole, folder)
        for note in whole.notes:
            self.say(plain(str(note)))
        dataset = sampled(whole)
        if len(dataset.queries) < len(whole.queries):
            self.say(f"using {len(dataset.queries):,} of {len(whole.queries):,} questions")
        state = self._state()
        encoder = remembering(models.load(state.encoder))
        trials = self._trials(self.index, dataset, _setting_of(state), encoder)
        if not keep_passages:
            for tokens in _other_lengths(state):
                trials += self._trials_of_length(tokens, dataset, state, encoder)
        choice = choose(dataset.name, trials)
        if choice.is_better and not dry_run:
            self._apply(choice, state, encoder)
        self._show(choice, dry_run=dry_run)

    def undo(self) -> None:
        """Search the index as if it had never been tuned. Raises IndexFolderError."""
        state = self._state()
        tuning = state.tuning
        if tuning.earlier_tokens is not None:
            splitting = replace(state.splitting, target_tokens=tuning.earlier_tokens)
            encoder = models.load(state.encoder)
            update(self.index, (), self.say, encoder=encoder, splitting=splitting)
        if tuning != UNTUNED:
            retune(self.index, UNTUNED)
        if self.as_json:
            self.answer(json.dumps({"undone": tuning != UNTUNED}))
        elif tuning == UNTUNED:
            self.answer("The index is not tuned, so nothing was changed.")
        else:
            self.answer("The index is no longer tuned.")

    def _state(self) -> State:
        with open_store(self.index) as store, store.snapshot() as (state, _):
            return state

    def _check_contains(self, dataset: Dataset, folder: Path) -> None:
        covered = coverage(self.index, dataset)
        if not covered.there:
            raise DatasetError(
                f"{covered.lacks}. Tuning needs an index that contains the judged articles. Create"
                f" one with `locus index {folder}{index_option(self.index)}`"
            )
        if not covered.is_whole:
            self.say(plain(covered.lacks))

    def _trials(self, index: Path, dataset: Dataset, now: Setting, encoder: Encoder) -> list[Trial]:
        settings = settings_around(now)
        with _counted(len(settings) * len(dataset.queries)) as asked:
            trials = []
            for setting in settings:
                tuning = Tuning(setting.meaning, setting.candidates)
                with open_index(index, encoder=encoder, tuning=tuning) as searcher:
                    trials.append(try_setting(dataset, setting, searcher, asked))
        return trials

    def _trials_of_length(
        self, tokens: int, dataset: Dataset, state: State, encoder: Encoder
    ) -> list[Trial]:
        """The trials with passages of another length, in a separate index that is kept."""
        try:
            index = self._index_of_length(tokens, state, encoder)
        except (SourceError, DatasetError, IndexFolderError) as error:
            self.say(f"passages of {tokens} tokens were not tried: {error}")
            return []
        if coverage(index, dataset).there < coverage(self.index, dataset).there:
            advice = f"locus index{index_option(self.index)}"
            self.say(
                f"passages of {tokens} tokens were not tried, because the sources have changed"
                f" since the index was updated. Update it with `{advice}`"
            )
            return []
        now = replace(_setting_of(state), passage_tokens=tokens)
        return self._trials(index, dataset, now, encoder)

    def _index_of_length(self, tokens: int, state: State, encoder: Encoder) -> Path:
        key = f"{self.index.resolve()}\0{state.encoder.key}\0{tokens}"
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        separate = datasets_folder() / f"{self.index.resolve().parent.name}-{tokens}-{digest}"
        self.say(f"trying passages of {tokens} tokens in a separate index: {separate}")
        with open_store(self.index) as store, store.snapshot() as (_, snapshot):
            selections = snapshot.selections()
        splitting = replace(state.splitting, target_tokens=tokens)
        for path, selected in selections.items():
            update(
                separate,
                [Path(path)],
                self.say,
                encoder=encoder,
                splitting=splitting,
                selection=selected,
            )
        return separate

    def _apply(self, choice: Choice, state: State, encoder: Encoder) -> None:
        if choice.best.passage_tokens != choice.now.passage_tokens:
            self.say(f"rebuilding the index with passages of {choice.best.passage_tokens} tokens")
            splitting = replace(state.splitting, target_tokens=choice.best.passage_tokens)
            update(self.index, (), self.say, encoder=encoder, splitting=splitting)
        retune(self.index, choice.tuning(state.tuning))

    def _show(self, choice: Choice, *, dry_run: bool) -> None:
        is_kept = choice.is_better and not dry_run
        if self.as_json:
            self.answer(json.dumps({**choice.as_json(), "kept": is_kept}, ensure_ascii=False))
            return
        if is_kept:
            undo = f"locus tune --undo{index_option(self.index)}"
            ending = f"Significantly better, so the index now uses it. To undo this: {undo}"
        elif choice.is_better:
            ending = "Significantly better, but with --dry-run nothing is changed."
        elif choice.best == choice.now:
            ending = "No setting is clearly better than the present one, so nothing was changed."
        else:
            ending = "Not significantly better, so nothing was changed."
        self.answer(plain(f"{choice.as_text()}\n\n{ending}"))


def _setting_of(state: State) -> Setting:
    tuning = state.tuning
    return Setting(tuning.meaning, tuning.candidates, state.splitting.target_tokens)


def _other_lengths(state: State) -> list[int]:
    """Half as long and half as much again, if passages can be that long."""
    now = state.splitting.target_tokens
    return [it for it in (now // 2, now * 3 // 2) if _SHORTEST <= it < state.encoder.max_tokens]


@contextmanager
def _counted(total: int) -> Iterator[Callable[[], None]]:
    """A function to call after each of ``total`` questions, which a progress bar shows."""
    done = 0
    with question_bar() as show:

        def asked() -> None:
            nonlocal done
            done += 1
            show(done, total)

        yield asked
