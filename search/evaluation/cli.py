"""The commands that measure search quality: ``locus evaluate`` and ``locus compare``.

Heavy modules are imported inside the commands, so that ``--help`` and completion stay quick.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from indexer.command.cli import DEFAULT_INDEX, IndexFolder, Json
from indexer.command.messages import examples, say
from search.asking.options import ModeOption, Rerank
from search.limits import MAX_K

Compared = typer.Argument(
    metavar="DATASET|QUESTIONS",
    help="Dataset folder with judged questions, or a file of questions without judgements: one in"
    " each line, as text or as JSON like in queries.jsonl.",
    show_default=False,
)
DatasetFolder = typer.Argument(
    metavar="DATASET",
    help="Dataset folder (BEIR layout): queries.jsonl, qrels/test.tsv, and either corpus.jsonl or"
    " the article files.",
    show_default=False,
)
Depth = Annotated[
    int, typer.Option("-k", min=1, max=MAX_K, help="Number of passages to retrieve per question.")
]
Split = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="Use the judgements in qrels/NAME.tsv, such as dev or train."
    ),
]
PerQuery = Annotated[
    bool, typer.Option("--per-query", help="Also print the scores of each question.")
]
Report = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.html", help="Write a shareable HTML report to this file.", show_default=False
    ),
]


EVALUATE_EPILOG = examples(
    "locus evaluate seeds",
    "locus evaluate seeds --mode lexical --run lexical.run",
    "locus evaluate seeds --report report.html",
    "locus evaluate questions.jsonl --from-log",
    exit_codes="0 success, 1 nothing relevant was found, 2 error.",
)

COMPARE_EPILOG = examples(
    "locus compare seeds lexical hybrid",
    "locus compare seeds .locus other.locus --mode semantic",
    "locus compare seeds before.run after.run --report report.html",
    "locus compare questions.txt old.locus new.locus",
    exit_codes="0 B is not significantly worse, 1 B is significantly worse, 2 error.",
)

TUNE_EPILOG = examples(
    "locus tune seeds",
    "locus tune seeds --keep-passages --dry-run",
    "locus tune --undo",
    exit_codes="0 success, 2 error.",
)


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
            metavar="FILE",
            help="Save the results to this file in TREC run format.",
            show_default=False,
        ),
    ] = None,
    from_run: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Score this TREC run file instead of searching.",
            show_default=False,
        ),
    ] = None,
    from_log: Annotated[
        bool,
        typer.Option(
            "--from-log",
            help="Measure how the questions in your log were answered, without judgements. DATASET"
            " is then the log. Default: LOCUS_LOG (see `locus log`).",
        ),
    ] = False,
    qrels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Save the judgements to this file in TREC qrels format, for other tools.",
            show_default=False,
        ),
    ] = None,
    split: Split = "test",
    report: Report = None,
    per_query: PerQuery = False,
    as_json: Json = False,
) -> None:
    """Measure search quality on a dataset of questions with known answers.

    If your index does not contain the dataset's articles, a separate index
    is built in your cache folder. Without DATASET, the index is tested with
    its own titles and sentences: a quick self-test, not a quality score.
    """
    if dataset is None or from_log:
        if run or from_run:
            raise typer.BadParameter("--run and --from-run need a DATASET")
        if qrels:
            raise typer.BadParameter("--qrels needs a DATASET")
    if from_log and report is not None:
        raise typer.BadParameter("--report cannot show a log")
    log = dataset or os.environ.get("LOCUS_LOG")
    if from_log and not log:
        raise typer.BadParameter("name the log: locus evaluate FILE --from-log, or set LOCUS_LOG")

    def work() -> int:
        from search.evaluation.commands import Asking, Output, evaluate_dataset, evaluate_index

        output = Output(typer.echo, say, report, per_query=per_query, as_json=as_json)
        asking = Asking(folder, mode, k, is_named=_is_named(context), rerank=rerank, split=split)
        if from_log:
            from search.evaluation.from_log import evaluate_log

            chosen = mode if _is_named(context, "mode") else None
            return evaluate_log(Path(log or ""), asking, output, mode=chosen)
        if dataset is None:
            return evaluate_index(asking, output)
        return evaluate_dataset(dataset, asking, output, run=run, from_run=from_run, qrels=qrels)

    _exit_with(work)


def compare(
    context: typer.Context,
    dataset: Annotated[Path, Compared],
    first: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="The baseline: hybrid, semantic, lexical or untuned, an index folder, or a TREC"
            " run file.",
        ),
    ],
    second: Annotated[str, typer.Argument(metavar="B", help="The alternative to compare with A.")],
    folder: IndexFolder = DEFAULT_INDEX,
    mode: ModeOption = "hybrid",
    k: Annotated[
        int | None,
        typer.Option(
            "-k",
            min=1,
            max=MAX_K,
            help="Number of passages to retrieve per question. Default: 100, or 10 without"
            " judgements.",
            show_default=False,
        ),
    ] = None,
    split: Split = "test",
    report: Report = None,
    per_query: PerQuery = False,
    as_json: Json = False,
) -> None:
    """Compare two ways of searching and test whether the difference is significant.

    A and B can each be a mode (tested on the index given with --index),
    an index folder (searched with --mode), or a TREC run file. With
    untuned, the index is searched as if `locus tune` had not changed it.

    Without judgements, shows which answers change and why: for example
    because an article is new, or was split at other places.
    """

    def work() -> int:
        from search.evaluation.commands import Asking, Output, compare_answers

        output = Output(typer.echo, say, report, per_query=per_query, as_json=as_json)
        asking = Asking(folder, mode, k, is_named=_is_named(context), split=split)
        return compare_answers(dataset, first, second, asking, output)

    _exit_with(work)


def tune(
    dataset: Annotated[Path | None, DatasetFolder] = None,
    folder: IndexFolder = DEFAULT_INDEX,
    keep_passages: Annotated[
        bool,
        typer.Option(
            "--keep-passages",
            help="Do not try other passage lengths. Each takes a separate index.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be chosen, and change nothing.")
    ] = False,
    split: Split = "test",
    undo: Annotated[
        bool, typer.Option("--undo", help="Search the index again as before any tuning.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit the search to your articles with judged questions.

    Tries other weights of meaning and words, numbers of candidates and
    passage lengths. The index uses the best setting only if it is
    significantly better on questions that were left out of the choice.
    """
    if undo == (dataset is not None):
        raise typer.BadParameter("name a DATASET, or use --undo without one")

    def work() -> int:
        from search.evaluation.tuning import Tuner

        tuner = Tuner(folder, typer.echo, say, as_json=as_json)
        if dataset is None:
            tuner.undo()
        else:
            tuner.tune(dataset, split=split, keep_passages=keep_passages, dry_run=dry_run)
        return 0

    _exit_with(work)


def _is_named(context: typer.Context, option: str = "folder") -> bool:
    """Whether an option, or --index, is on the command line: not in the environment or default."""
    source = context.get_parameter_source(option)
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
