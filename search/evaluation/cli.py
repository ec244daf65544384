"""The commands that measure: ``locus evaluate`` and ``locus compare``.

Heavy modules are imported inside the commands, so that ``--help`` and completion stay quick.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from indexer.command.cli import DEFAULT_INDEX, IndexFolder, Json
from indexer.command.messages import say
from search.question import MAX_K
from search.types import Mode

DatasetFolder = typer.Argument(
    metavar="DATASET",
    help="A folder with queries.jsonl, qrels/test.tsv, and corpus.jsonl or articles as files.",
    show_default=False,
)
Depth = Annotated[
    int, typer.Option("-k", min=1, max=MAX_K, help="How many passages to ask for, each time.")
]
ModeOption = Annotated[
    Mode,
    typer.Option(
        help="hybrid: meaning and keywords; semantic: meaning only; lexical: keywords only."
    ),
]
Rerank = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|DIR",
        help="Let this cross-encoder rank the first passages anew, at the cost of time.",
        show_default=False,
    ),
]
PerQuery = Annotated[bool, typer.Option("--per-query", help="Show each query's figures too.")]
Report = Annotated[
    Path | None,
    typer.Option(metavar="FILE.html", help="Write a page to show around.", show_default=False),
]


def evaluate(
    context: typer.Context,
    dataset: Annotated[Path | None, DatasetFolder] = None,
    folder: IndexFolder = DEFAULT_INDEX,
    mode: ModeOption = "hybrid",
    k: Depth = 100,
    rerank: Rerank = None,
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write what was found, as a TREC run.", show_default=False
        ),
    ] = None,
    from_run: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Measure this TREC run, and search nothing.", show_default=False
        ),
    ] = None,
    report: Report = None,
    per_query: PerQuery = False,
    as_json: Json = False,
) -> None:
    """Measure how well judged questions are answered.

    If the index does not hold DATASET, one that does is kept in your cache.
    Without DATASET the index is asked its own titles and sentences.
    Exit code 0; 1 if nothing relevant was found; 2 on error.
    """
    if dataset is None and (run or from_run):
        raise typer.BadParameter("--run and --from-run need a DATASET")

    def work() -> int:
        from search.evaluation.commands import Asking, Output, evaluate_dataset, evaluate_index

        output = Output(typer.echo, say, report, per_query=per_query, as_json=as_json)
        asking = Asking(folder, mode, k, is_named=_is_named(context), rerank=rerank)
        if dataset is None:
            return evaluate_index(asking, output)
        return evaluate_dataset(dataset, asking, output, run=run, from_run=from_run)

    _exit_with(work)


def compare(
    context: typer.Context,
    dataset: Annotated[Path, DatasetFolder],
    first: Annotated[str, typer.Argument(metavar="A", help="A mode, an index or a run file.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another, to compare with A.")],
    folder: IndexFolder = DEFAULT_INDEX,
    mode: ModeOption = "hybrid",
    k: Depth = 100,
    report: Report = None,
    per_query: PerQuery = False,
    as_json: Json = False,
) -> None:
    """Say whether B answers judged questions better than A, or is only luckier.

    A mode is tried on the index that evaluate asks, an index with --mode.
    Exit code 0; 1 if B is significantly worse in a measure; 2 on error.
    """

    def work() -> int:
        from search.evaluation.commands import Asking, Output, compare_answers

        output = Output(typer.echo, say, report, per_query=per_query, as_json=as_json)
        asking = Asking(folder, mode, k, is_named=_is_named(context))
        return compare_answers(dataset, first, second, asking, output)

    _exit_with(work)


def _is_named(context: typer.Context) -> bool:
    """Whether --index was given, rather than found in the environment or taken by default."""
    source = context.get_parameter_source("folder")
    return source is not None and source.name == "COMMANDLINE"


def _exit_with(work: Callable[[], int]) -> None:
    from indexer.command.interrupt import Interrupted, interruptible

    try:
        code = interruptible(work)
    except Interrupted as interrupted:
        say("interrupted")
        code = interrupted.exit_code
    if code:
        raise typer.Exit(code)
