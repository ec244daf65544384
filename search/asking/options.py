"""The options that the commands of a question share."""

from pathlib import Path
from typing import Annotated

import typer

from search.limits import Mode

ModeOption = Annotated[
    Mode,
    typer.Option(
        metavar="MODE",
        help="hybrid: meaning and keywords; semantic: meaning only; lexical: keywords only.",
    ),
]
Literal = Annotated[
    bool,
    typer.Option(
        "--literal",
        help="Search for the words exactly as typed, without correcting their spelling.",
    ),
]
Exact = Annotated[
    bool,
    typer.Option(
        "--exact",
        help="Compare the question with all vectors of a large index (slower; misses none).",
    ),
]
Rerank = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|DIR",
        help="Re-rank the top 30 passages with this cross-encoder model (slower, often better).",
        show_default=False,
    ),
]

Under = Annotated[
    str | None,
    typer.Option(
        metavar="GLOB",
        help="Search only this folder, or the articles that match this pattern, such as notes"
        " or '*.md'. Folders are relative to their source.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Search only articles with this date or a later one, such as 2024, 2024-05 or"
        " 2024-05-31. Articles without a date are left out.",
        show_default=False,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Search only articles with this date or an earlier one.",
        show_default=False,
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="TAG",
        help="Search only articles with this tag. Can be repeated: they must have all tags.",
        show_default=False,
    ),
]
Authors = Annotated[
    list[str] | None,
    typer.Option(
        "--author",
        metavar="NAME",
        help="Search only articles by an author whose name contains NAME. Can be repeated.",
        show_default=False,
    ),
]
PerArticle = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Show at most N passages of an article before those of others, and the rest last.",
        show_default="half of -k, at least 5",
    ),
]
JsonLines = Annotated[bool, typer.Option("--jsonl", help="Print one JSON object per hit.")]
QuestionFile = Annotated[
    Path | None,
    typer.Option(
        "--batch",
        metavar="FILE",
        help="Answer all questions of a JSONL file (- for standard input) and print one JSON"
        " object per question.",
        show_default=False,
    ),
]
