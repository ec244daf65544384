"""What ``locus index`` tells people about a run."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from indexer.types import Skipped
from indexer.updating.summary import Summary

INDEX = Path(".locus")


def summary(**facts: Any) -> Summary:
    return Summary(articles=24, passages=119, seconds=2.2, **facts)


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (
            summary(added=24, embedded=119, generation=1),
            [
                "Indexed 24 articles (119 passages) in .locus.",
                "24 added; 119 passages embedded in 2.2 s",
                'Try: locus search "your question"',
            ],
        ),
        (
            summary(added=1, unchanged=23, embedded=4, reused=1, generation=2),
            [
                "Indexed 24 articles (119 passages) in .locus.",
                "1 added, 23 unchanged; 4 passages embedded, 1 reused in 2.2 s",
            ],
        ),
        (
            summary(unchanged=24, reused=119, generation=2),
            [
                "Indexed 24 articles (119 passages) in .locus.",
                "24 unchanged; 119 passages reused in 2.2 s",
            ],
        ),
        (
            summary(removed=1, unchanged=24, generation=3),
            [
                "Indexed 24 articles (119 passages) in .locus.",
                "1 removed, 24 unchanged in 2.2 s",
            ],
        ),
        (
            summary(unchanged=24, generation=1),
            ["Nothing changed. .locus contains 24 articles (119 passages)."],
        ),
        (
            summary(unchanged=24, skipped=[Skipped("a.txt", "?")], generation=1),
            ["Nothing changed; 1 skipped. .locus contains 24 articles (119 passages)."],
        ),
        (
            summary(problems=["gone"], generation=1),
            [
                (
                    "Nothing updated: no source could be read."
                    " .locus contains 24 articles (119 passages)."
                )
            ],
        ),
        (
            summary(
                unchanged=24,
                generation=1,
                ignored={".pdf": 1, "no suffix": 2, ".jsonl": 1},
                excluded=1,
            ),
            [
                "Nothing changed. .locus contains 24 articles (119 passages).",
                (
                    "Ignored 4 files of other types: 1 .jsonl, 1 .pdf, 2 without extension."
                    " To index a .jsonl file, name it: locus index FILE.jsonl"
                ),
                "Excluded by patterns: 1 file or folder",
            ],
        ),
        (
            summary(
                added=24,
                embedded=119,
                generation=2,
                read=Counter({"text file": 1, "PDF": 12, "Word document": 3}),
                unread=Counter({("PDF", "scanned"): 2, ("PDF", ""): 1, ("e-book", "broken"): 1}),
                encodings=Counter({"shift_jis": 1, "windows-1252": 2}),
            ),
            [
                "Indexed 24 articles (119 passages) in .locus.",
                "24 added; 119 passages embedded in 2.2 s",
                (
                    "Read 12 PDFs, 3 Word documents, 1 text file;"
                    " skipped 3 PDFs (2 scanned), 1 e-book (broken)"
                ),
                "3 files were not UTF-8: 2 windows-1252, 1 shift_jis",
            ],
        ),
        (
            summary(unchanged=24, generation=2, unread=Counter({("PDF", "scanned"): 2})),
            [
                "Nothing changed. .locus contains 24 articles (119 passages).",
                "Skipped 2 PDFs (scanned)",
            ],
        ),
        (
            summary(unchanged=24, generation=2, read=Counter({"text file": 2})),
            ["Nothing changed. .locus contains 24 articles (119 passages)."],
        ),
    ],
)
def test_a_summary_says_what_happened_and_how_to_continue(found: Summary, lines: list[str]) -> None:
    assert found.as_text(INDEX).splitlines() == lines


@pytest.mark.parametrize(
    ("folder", "environment", "option"),
    [
        (".locus", None, ""),
        ("my notes", None, " --index 'my notes'"),
        # Then the default is another folder, and this one must be named.
        (".locus", "other", " --index .locus"),
    ],
)
def test_the_hint_names_the_index_if_it_is_not_the_default(
    monkeypatch: pytest.MonkeyPatch, folder: str, environment: str | None, option: str
) -> None:
    monkeypatch.delenv("LOCUS_INDEX", raising=False)
    if environment is not None:
        monkeypatch.setenv("LOCUS_INDEX", environment)
    text = Summary(added=1, generation=1).as_text(Path(folder))
    assert text.splitlines()[-1] == f'Try: locus search "your question"{option}'


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("scanned: 12 pages without text", "scanned"),
        ("encrypted", "encrypted"),
        ("too large (300 bytes; the limit is 1 MiB)", "too large"),
        ("the presentation reader ran longer than 60 s", ""),
    ],
)
def test_the_first_words_of_a_reason_are_counted(reason: str, said: str) -> None:
    found = Summary()
    found.count_skipped("PDF", reason)
    found.count_skipped("", reason)
    assert found.unread == {("PDF", said): 1}


def test_the_json_keeps_the_name_of_files_without_a_suffix() -> None:
    assert Summary(ignored=dict(Counter({"no suffix": 2}))).as_json()["ignored"] == {"no suffix": 2}
