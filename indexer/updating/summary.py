"""The summary of a run: counts of what it did, as text for people and as JSON for scripts."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.storing.folder import index_option
from indexer.text import on_a_line
from indexer.types import NO_SUFFIX, Skipped

PLAIN = {"text file", "Markdown file"}
"""Formats of which a run says nothing by itself: it names all other formats."""
_LONGEST_REASON = 30

JSONL = ".jsonl"
"""The key in ``Summary.ignored`` of files that are read only if they are named as a source."""


@dataclass(slots=True)
class Summary:
    """How many articles were added, changed and so on; passages embedded and reused; the totals.

    An article is ``moved`` if one with the same title and text disappeared elsewhere. ``partial``
    are articles that were read without some parts of their files. ``ignored``
    counts files of other types by suffix, ``excluded`` the files and folders excluded by patterns.
    ``problems`` are messages about sources that could not be read at all. ``reused`` counts the
    passages of new and changed articles whose vectors were already in the index. ``read`` counts
    the files that were read by format, ``unread`` those that were skipped by format and reason,
    ``encodings`` those that had to be guessed.

    >>> summary = Summary(added=2, embedded=9, articles=2, passages=9, generation=3, seconds=0.31)
    >>> print(summary.as_text(Path(".locus")))
    Indexed 2 articles (9 passages) in .locus.
    2 added; 9 passages embedded in 0.3 s
    """

    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    partial: list[Skipped] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    excluded: int = 0
    problems: list[str] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    unread: Counter[tuple[str, str]] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    embedded: int = 0
    reused: int = 0
    articles: int = 0
    passages: int = 0
    generation: int = 0
    seconds: float = 0.0
    appeared: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)
    """Articles with a new name, by title and SHA-256; counted by ``settle``."""
    disappeared: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)
    """Articles whose name no longer exists, by title and SHA-256; counted by ``settle``."""

    @property
    def has_changes(self) -> bool:
        """Whether any article was added, changed, moved or removed."""
        return any((self.added, self.changed, self.moved, self.removed))

    def count_files(self, ignored: Mapping[str, int], excluded: int) -> None:
        """Count the files of a source that are not articles."""
        for suffix, count in ignored.items():
            self.ignored[suffix] = self.ignored.get(suffix, 0) + count
        self.excluded += excluded

    def count_read(self, its_format: str, encoding: str | None = None) -> None:
        """Count a file by its format, if it is one, and its encoding, if it was guessed."""
        if its_format:
            self.read[its_format] += 1
        if encoding is not None:
            self.encodings[encoding] += 1

    def count_skipped(self, its_format: str, reason: str) -> None:
        """Count a file that cannot be read by its format, if it is one."""
        if its_format:
            brief = re.split(r"[:;(]", reason, maxsplit=1)[0].strip()
            self.unread[its_format, brief if len(brief) <= _LONGEST_REASON else ""] += 1

    def settle(self) -> None:
        """Count added, removed and moved articles from ``appeared`` and ``disappeared``, once."""
        moved = self.appeared & self.disappeared
        self.moved = moved.total()
        self.added += (self.appeared - moved).total()
        self.removed = (self.disappeared - moved).total()

    def as_json(self) -> dict[str, Any]:
        """The object that ``locus index --json`` prints."""
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
            "partial": [{"article": it.article, "reason": it.reason} for it in self.partial],
            "ignored": self.ignored,
            "excluded": self.excluded,
            "problems": self.problems,
            "formats": {
                name: {
                    "read": self.read[name],
                    "skipped": sum(n for (its, _), n in self.unread.items() if its == name),
                }
                for name in sorted({*self.read, *(name for name, _ in self.unread)})
            },
            "encodings": dict(self.encodings),
        }

    def as_text(self, folder: Path) -> str:
        """The lines that ``locus index`` prints for people about the index in ``folder``."""
        articles, passages = counted(self.articles, "article"), counted(self.passages, "passage")
        if self.has_changes or self.embedded or self.reused:
            lines = [f"Indexed {articles} ({passages}) in {folder}.", self._work()]
        else:
            lines = [f"{self._nothing()} {folder} contains {articles} ({passages})."]
        lines += self.reading()
        if self.ignored:
            lines.append(ignored_line(self.ignored))
        if self.excluded:
            lines.append(f"Excluded by patterns: {files_or_folders(self.excluded)}")
        if self.generation == 1 and self.has_changes:
            lines.append(f'Try: locus search "your question"{index_option(folder)}')
        return "\n".join(lines)

    def reading(self) -> list[str]:
        """The lines about files by format, if not all of them are text, and about encodings."""
        lines = []
        unread: Counter[str] = Counter()
        for (name, _), count in self.unread.items():
            unread[name] += count
        if {*self.read, *unread} - PLAIN:
            parts = []
            if self.read:
                parts.append("read " + _listed(self.read))
            if unread:
                named = (f"{counted(n, name)}{self._why(name)}" for name, n in unread.items())
                parts.append("skipped " + ", ".join(named))
            line = "; ".join(parts)
            lines.append(f"{line[0].upper()}{line[1:]}")
        if self.partial:
            lines.append(
                f"{counted(len(self.partial), 'article was', 'articles were')} read in part"
            )
        if self.encodings:
            total = counted(self.encodings.total(), "file was", "files were")
            of = (f"{count:,} {name}" for name, count in self.encodings.most_common())
            lines.append(f"{total} not UTF-8: {', '.join(of)}")
        return lines

    def _why(self, name: str) -> str:
        """The reasons for which files of a format were skipped: `` (2 scanned, 1 encrypted)``."""
        reasons = Counter({why: n for (its, why), n in self.unread.items() if its == name and why})
        if len(reasons) == 1 and reasons.total() == sum(
            n for (its, _), n in self.unread.items() if its == name
        ):
            return f" ({next(iter(reasons))})"
        return f" ({', '.join(f'{n:,} {why}' for why, n in reasons.most_common())})" * bool(reasons)

    def _work(self) -> str:
        """What changed and how long it took: ``2 added; 9 passages embedded in 0.3 s``."""
        passages = []
        if self.embedded:
            passages.append(f"{counted(self.embedded, 'passage')} embedded")
        if self.reused:
            noun = "" if self.embedded else " passage" if self.reused == 1 else " passages"
            passages.append(f"{self.reused:,}{noun} reused")
        work = f"{'; ' + ', '.join(passages) if passages else ''} in {self.seconds:.1f} s"
        return self._counts({**self._articles(), "skipped": len(self.skipped)}) + work

    def _nothing(self) -> str:
        """The sentence about a run that changed nothing, and why if it is not the normal case."""
        skipped = self._counts({"skipped": len(self.skipped)})
        if not self.unchanged and not skipped:
            why = "no source could be read" if self.problems else "no articles found"
            return f"Nothing updated: {why}."
        return f"Nothing changed; {skipped}." if skipped else "Nothing changed."

    @staticmethod
    def _counts(counts: Mapping[str, int]) -> str:
        return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)

    def types(self, *, but: str = "") -> str:
        """The ignored files by type, ``2 .html, 1 without extension``, without the type ``but``."""
        return _types({suffix: n for suffix, n in self.ignored.items() if suffix != but})

    def _articles(self) -> dict[str, int]:
        return {
            "added": self.added,
            "changed": self.changed,
            "moved": self.moved,
            "removed": self.removed,
            "unchanged": self.unchanged,
        }


def merged(summaries: Sequence[Summary]) -> Summary:
    """The summary of a run over several shards, of which each has one that is not settled."""
    found = Summary()
    for it in summaries:
        found.added += it.added
        found.changed += it.changed
        found.unchanged += it.unchanged
        found.embedded += it.embedded
        found.reused += it.reused
        found.skipped += it.skipped
        found.partial += it.partial
        found.problems += [problem for problem in it.problems if problem not in found.problems]
        found.read += it.read
        found.unread += it.unread
        found.encodings += it.encodings
        found.appeared += it.appeared
        found.disappeared += it.disappeared
        found.count_files(it.ignored, it.excluded)
    found.settle()
    return found


def ignored_line(ignored: Mapping[str, int]) -> str:
    """The line about files of other types, counted by suffix, and how to index some of them."""
    total = counted(sum(ignored.values()), "file")
    advice = " To index a .jsonl file, name it: locus index FILE.jsonl" if JSONL in ignored else ""
    return f"Ignored {total} of other types: {_types(ignored)}.{advice}"


def _types(ignored: Mapping[str, int]) -> str:
    return ", ".join(
        f"{count:,} {'without extension' if suffix == NO_SUFFIX else on_a_line(suffix)}"
        for suffix, count in sorted(ignored.items())
    )


def _listed(counts: Counter[str]) -> str:
    """Numbers of files by format, most first: ``12 PDFs, 3 web pages``."""
    return ", ".join(counted(count, name) for name, count in counts.most_common())


def counted(count: int, noun: str, nouns: str | None = None) -> str:
    """A number with its noun: ``1 article``, ``2 articles``."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def files_or_folders(count: int) -> str:
    """A number of excluded files and folders: ``1 file or folder``."""
    return counted(count, "file or folder", "files or folders")
