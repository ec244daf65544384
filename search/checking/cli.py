"""The command ``locus check``. Heavy modules are imported inside it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from indexer.command.cli import DEFAULT_INDEX, IndexFolder, Json
from indexer.command.messages import examples, say

CHECK_EPILOG = examples(
    "locus check hits.jsonl",
    "locus check hits.jsonl --json",
    exit_codes="0 if all hits are unchanged or moved, 1 if any is changed or gone, 2 on error.",
)


def check(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A JSONL file of hits or answers, as `locus search` prints them (- for standard"
            " input).",
            show_default=False,
        ),
    ],
    folder: IndexFolder = DEFAULT_INDEX,
    as_json: Json = False,
) -> None:
    """Check whether earlier hits still stand: unchanged, moved, changed or gone."""
    from search.checking.citation import verdicts_as_json
    from search.checking.hit_file import CitedHits
    from search.searcher import open_index

    cited = CitedHits.read(file, say)
    with open_index(folder) as searcher:
        verdicts = searcher.check(cited.citations)
    if as_json:
        found = {**verdicts_as_json(verdicts), "skipped": cited.skipped}
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        from rich.console import Console

        from search.checking.show import show

        show(verdicts, Console(highlight=False, markup=False, emoji=False))
    if not all(verdict.stands for verdict in verdicts):
        raise typer.Exit(1)
