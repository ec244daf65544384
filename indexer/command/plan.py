"""What ``locus index --dry-run`` prints: what a run would read, and what it would cost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from indexer.command.sizes import in_words
from indexer.types import Skipped
from indexer.updating.summary import counted, files_or_folders, ignored_line

_MINUTE = 60
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class PlannedFormat:
    """The files of one format that a run would read: how many, their bytes, their passages."""

    files: int
    bytes: int
    passages: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do to the index in ``folder``.

    Passages, seconds and bytes are estimated from ``sampled`` files. ``skipped`` are the files that
    are known to be unreadable, ``partial`` the articles that would be read without some parts of
    their files; in files that were not read there may be more.
    """

    folder: Path
    formats: Mapping[str, PlannedFormat]
    unchanged: int
    sampled: int
    seconds: float
    size: int
    skipped: tuple[Skipped, ...]
    partial: tuple[Skipped, ...]
    ignored: Mapping[str, int]
    excluded: int
    problems: tuple[str, ...]

    @property
    def files(self) -> int:
        """How many files would be read."""
        return sum(it.files for it in self.formats.values())

    @property
    def passages(self) -> int:
        """About how many passages they have."""
        return sum(it.passages for it in self.formats.values())

    def as_json(self) -> dict[str, Any]:
        """The object that ``locus index --dry-run --json`` prints."""
        return {
            "index": str(self.folder.resolve()),
            "dry_run": True,
            "formats": {name: asdict(it) for name, it in self.formats.items()},
            "files": self.files,
            "unchanged": self.unchanged,
            "sampled": self.sampled,
            "passages": self.passages,
            "seconds": round(self.seconds, 1),
            "bytes": self.size,
            "skipped": [{"article": it.article, "reason": it.reason} for it in self.skipped],
            "partial": [{"article": it.article, "reason": it.reason} for it in self.partial],
            "ignored": dict(self.ignored),
            "excluded": self.excluded,
            "problems": list(self.problems),
        }

    def as_text(self) -> str:
        """The lines that it prints for people."""
        lines = [self._reading()]
        if self.files:
            of = "" if self.sampled >= self.files else f", estimated from {self.sampled:,} of them"
            passages = f"About {counted(self.passages, 'passage')}"
            lines.append(f"{passages}, {_duration(self.seconds)}, {in_words(self.size)}{of}")
        more = "" if self.sampled >= self.files else " or more"
        if self.skipped:
            lines.append(f"Would skip {counted(len(self.skipped), 'file')}{more}")
        if self.partial:
            lines.append(f"Would read {counted(len(self.partial), 'article')}{more} in part")
        if self.ignored:
            lines.append(ignored_line(self.ignored))
        if self.excluded:
            lines.append(f"Excluded by patterns: {files_or_folders(self.excluded)}")
        return "\n".join([*lines, "Nothing was written."])

    def _reading(self) -> str:
        unchanged = f"{self.unchanged:,} unchanged" if self.unchanged else ""
        if not self.files:
            return f"Nothing to read; {unchanged}." if unchanged else "Nothing to read."
        most_first = sorted(self.formats.items(), key=lambda it: -it[1].files)
        read = ", ".join(counted(it.files, name) for name, it in most_first)
        size = in_words(sum(it.bytes for it in self.formats.values()))
        return f"Would read {read} ({size})" + (f"; {unchanged}." if unchanged else ".")


def _duration(seconds: float) -> str:
    """A time for people: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < _MINUTE:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"
