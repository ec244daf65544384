"""What a run did, counted: for people in two lines, for scripts as the contract's JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.types import Skipped


@dataclass(slots=True)
class Summary:
    """Articles by what became of them, passages by where their vectors came from, and the result.

    An article of the same title and text that left one place and appeared in another has moved.
    ``ignored`` counts files of other kinds by suffix, ``excluded`` files and folders that patterns
    leave out. ``problems`` are sources that were named and could not be read at all. ``reused``
    counts the passages of new and changed articles whose vectors the index already had.
    """

    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    excluded: int = 0
    problems: list[str] = field(default_factory=list)
    embedded: int = 0
    reused: int = 0
    articles: int = 0
    passages: int = 0
    generation: int = 0
    seconds: float = 0.0
    came: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)
    """Articles that are new where they stand, by title and SHA-256, until ``settle``."""
    gone: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)
    """Articles that are no longer where they stood, likewise."""

    @property
    def has_changes(self) -> bool:
        """Whether any article is not as it was."""
        return any((self.added, self.changed, self.moved, self.removed))

    def pass_over(self, ignored: Mapping[str, int], excluded: int) -> None:
        """Count what of a source is no article."""
        for suffix, count in ignored.items():
            self.ignored[suffix] = self.ignored.get(suffix, 0) + count
        self.excluded += excluded

    def settle(self) -> None:
        """Count the articles that came and went: one that did both has moved."""
        moved = self.came & self.gone
        self.moved = moved.total()
        self.added = (self.came - moved).total()
        self.removed = (self.gone - moved).total()

    def as_json(self) -> dict[str, Any]:
        """The contract's object."""
        return {
            "articles": {**self._articles(), "skipped": len(self.skipped)},
            "passages": {
                "total": self.passages,
                "embedded": self.embedded,
                "reused": self.reused,
            },
            "generation": self.generation,
            "seconds": round(self.seconds, 3),
            "skipped": [{"article": it.article, "reason": it.reason} for it in self.skipped],
            "ignored": self.ignored,
            "excluded": self.excluded,
            "problems": self.problems,
        }

    def as_text(self, folder: Path) -> str:
        """Two lines or three."""
        articles, passages = counted(self.articles, "article"), counted(self.passages, "passage")
        lines = [
            f"{folder}: {articles}, {passages} (generation {self.generation})",
            f"{self.in_short()}, in {self.seconds:.1f} s",
        ]
        if self.ignored:
            lines.append(f"not articles: {self.kinds()}")
        if self.excluded:
            lines.append(
                f"excluded: {counted(self.excluded, 'file or folder', 'files or folders')}"
            )
        return "\n".join(lines)

    def in_short(self) -> str:
        """What changed, and the work it took."""
        counts = {**self._articles(), "skipped": len(self.skipped)}
        said = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
        embedded = f"{counted(self.embedded, 'passage')} embedded, {self.reused:,} reused"
        nothing = "no source could be read" if self.problems else "no articles found"
        return f"{said or nothing}; {embedded}"

    def kinds(self) -> str:
        """The files of other kinds, counted."""
        return ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.ignored.items()))

    def _articles(self) -> dict[str, int]:
        return {
            "added": self.added,
            "changed": self.changed,
            "moved": self.moved,
            "removed": self.removed,
            "unchanged": self.unchanged,
        }


def counted(count: int, noun: str, nouns: str | None = None) -> str:
    """A number with its noun: ``1 article``, ``2 articles``."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
