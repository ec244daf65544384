"""What ``locus status`` prints: the content of an index, its model, settings and sources."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from indexer.command.sizes import bytes_in, in_words
from indexer.storing.shards.manifest import ShardedState
from indexer.storing.shards.store import open_store
from indexer.storing.skips import listed_skips
from indexer.storing.state import State
from indexer.text import one_line
from indexer.types import UNTUNED, SearchDepth, Tuning
from indexer.updating.summary import counted


@dataclass(frozen=True, slots=True)
class IndexedSource:
    """A source of an index, with what is remembered: --exclude, --hidden and --text-column."""

    path: str
    articles: int
    exclude: tuple[str, ...]
    hidden: bool
    text_columns: tuple[str, ...] = ()

    def as_text(self) -> str:
        """``source: /home/ann/mine (3 articles; excludes: notes/; hidden files included)``."""
        facts = [counted(self.articles, "article")]
        if self.exclude:
            facts.append(f"excludes: {', '.join(self.exclude)}")
        if self.hidden:
            facts.append("hidden files included")
        if self.text_columns:
            facts.append(f"text columns of tables: {', '.join(self.text_columns)}")
        return f"source: {self.path} ({'; '.join(facts)})"


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The facts about an index in ``folder``; ``size`` in bytes."""

    folder: Path
    state: State
    size: int
    sources: tuple[IndexedSource, ...]

    def as_json(self) -> dict[str, Any]:
        """The object that ``locus status --json`` prints."""
        depth = _depth(self.state)
        return {
            "index": str(self.folder.resolve()),
            **self.state.as_json(),
            "bytes": self.size,
            "sources": [
                {
                    "path": it.path,
                    "articles": it.articles,
                    "exclude": list(it.exclude),
                    "hidden": it.hidden,
                    "text_columns": list(it.text_columns),
                }
                for it in self.sources
            ],
            "shards": _shards(self.state),
            "search": None if depth is None else {"exact": depth.is_exact, **asdict(depth)},
            "settings": {
                "language": self.state.splitting.language,
                "passage_tokens": self.state.splitting.target_tokens,
            },
        }

    def as_text(self) -> str:
        """The lines that ``locus status`` prints for people; the time is local."""
        from indexer.deriving.analysis import (
            UNSTEMMED,
        )  # loads tantivy, and --json needs none of it

        state, encoder, splitting = self.state, self.state.encoder, self.state.splitting
        articles, passages = counted(state.articles, "article"), counted(state.passages, "passage")
        updated = datetime.fromisoformat(state.published).astimezone()
        target = splitting.target_tokens
        facts = f"{encoder.dimension} dimensions, up to {encoder.max_tokens} tokens per passage"
        # The index does not remember whether the language was found out or given.
        use = "no stemming" if splitting.language == UNSTEMMED else "for stemming"
        lines = [
            f"{self.folder}: {articles}, {passages}, {in_words(self.size)}",
            f"last updated {updated:%Y-%m-%d %H:%M} (generation {state.generation})",
            f"model {encoder.name} ({facts})",
            f"language {splitting.language} ({use}), passages of about {target} tokens",
        ]
        if shards := _shards(state):
            sizes = sorted(it["passages"] for it in shards)
            of_each = f"{sizes[0]:,} to {counted(sizes[-1], 'passage')} each"
            lines.append(f"{counted(len(shards), 'shard')}, {of_each}")
        if (depth := _depth(state)) is not None and not depth.is_exact:
            lines.append(_depth_text(depth))
        if state.tuning != UNTUNED:
            lines.append(_tuned_text(state.tuning))
        return "\n".join(lines + [source.as_text() for source in self.sources])


def _depth(state: State) -> SearchDepth | None:
    """How much of its vectors a search reads; of several shards, where the recall is lowest."""
    states = [it for it in state.shards if it] if isinstance(state, ShardedState) else [state]
    depths = [it.vectors.depth for it in states if it.vectors is not None and it.vectors.depth]
    return min(depths, key=lambda it: (it.recall, it.is_exact), default=None)


def _shards(state: State) -> list[dict[str, int]] | None:
    """How much each shard contains; None for an index without shards."""
    if not isinstance(state, ShardedState):
        return None
    facts = (
        (0, 0, 0) if it is None else (it.generation, it.articles, it.passages)
        for it in state.shards
    )
    return [dict(zip(("generation", "articles", "passages"), it, strict=True)) for it in facts]


def _depth_text(depth: SearchDepth) -> str:
    """``a search reads 190 of 2,048 clusters of vectors; recall@10 0.991 (400 questions)``."""
    return (
        f"a search reads {depth.probes:,} of {depth.clusters:,} clusters of vectors;"
        f" recall@10 {depth.recall:.3f} ({counted(depth.questions, 'question')})"
    )


def _tuned_text(tuning: Tuning) -> str:
    """``tuned with 90 questions of notes: meaning x2, 60 candidates; nDCG@10 0.741 -> 0.752``."""
    setting = f"meaning x{tuning.meaning:g}, {tuning.candidates} candidates"
    if not tuning.dataset:
        return f"tuned: {setting}"
    questions = f"{counted(tuning.questions, 'question')} of {tuning.dataset}"
    return f"tuned with {questions}: {setting}; nDCG@10 {tuning.before:.3f} -> {tuning.after:.3f}"


@dataclass(frozen=True, slots=True)
class SkippedFiles:
    """The source, name and reason of each file that the last run over its source skipped.

    ``partial`` are those that were read without some of their parts.
    """

    folder: Path
    files: tuple[tuple[str, str, str], ...]
    partial: tuple[tuple[str, str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object that ``locus status --skipped --json`` prints."""
        return {
            "index": str(self.folder.resolve()),
            **{
                key: [
                    {"source": source, "article": name, "reason": reason}
                    for source, name, reason in files
                ]
                for key, files in (("skipped", self.files), ("partial", self.partial))
            },
        }

    def as_text(self) -> str:
        """A line per file; the source is named if several have skipped files."""
        files = sorted((*self.files, *self.partial))
        if not files:
            return "No file was skipped."
        several = len({source for source, _, _ in files}) > 1
        return "\n".join(
            one_line(f"{source + '/' if several else ''}{name}: {reason}")
            for source, name, reason in files
        )


def skipped_in(folder: Path) -> SkippedFiles:
    """Read which files the last run skipped; raises IndexFolderError."""
    with open_store(folder) as store, store.snapshot() as (_, snapshot):
        skipped, partial = (
            tuple(sorted(listed_skips(snapshot.rows, partial=partial))) for partial in (False, True)
        )
    return SkippedFiles(folder, skipped, partial)


def status_of(folder: Path) -> IndexStatus:
    """Read the status of an index; raises IndexFolderError."""
    with open_store(folder) as store, store.snapshot() as (state, snapshot):
        counts, selections = snapshot.sources(), snapshot.selections()
    sources = tuple(
        IndexedSource(path, count, **asdict(selections[path])) for path, count in counts
    )
    return IndexStatus(folder, state, bytes_in(folder), sources)
