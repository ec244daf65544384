"""The command ``locus judge``. Heavy modules are imported inside it."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.command.cli import DEFAULT_INDEX, IndexFolder, Json
from indexer.command.messages import examples, say
from search.asking.options import ModeOption
from search.limits import MAX_K

JUDGE_EPILOG = examples(
    "locus judge seeds --page",
    "locus judge mine --questions questions.txt",
    "locus judge seeds hybrid lexical other.run --as ann",
    "locus judge seeds --status --json",
    exit_codes="0 success, 2 error.",
)


def judge(
    context: typer.Context,
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="Dataset folder (BEIR layout). It may be empty, or have no judgements yet.",
            show_default=False,
        ),
    ],
    systems: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SYSTEM",
            help="Whose hits to judge: hybrid, semantic or lexical, index folders, or TREC run"
            " files. Default: the three modes.",
            show_default=False,
        ),
    ] = None,
    folder: IndexFolder = DEFAULT_INDEX,
    questions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Add the questions of this file to the dataset: one in each line, as text or as"
            " JSON like in queries.jsonl.",
            show_default=False,
        ),
    ] = None,
    judge_name: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Judge under this name. Default: your user name on this machine.",
            show_default=False,
        ),
    ] = None,
    k: Annotated[
        int, typer.Option("-k", min=1, max=MAX_K, help="Number of articles to judge per system.")
    ] = 10,
    mode: ModeOption = "hybrid",
    page: Annotated[bool, typer.Option("--page", help="Judge in a page in your browser.")] = False,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port of the page; 0 picks a free one."),
    ] = 0,
    status: Annotated[
        bool,
        typer.Option(
            "--status",
            help="Show what is left, how sure the comparison of the systems is, and how well the"
            " judges agree.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Judge how well the hits of several systems answer your questions.

    Each hit gets a grade from 0 to 3 with one key. Everything is saved in
    the dataset at once: in qrels/test.tsv, answers.jsonl, and
    judgements.jsonl, which keeps what each judge said.
    """
    if as_json and not status:
        raise typer.BadParameter("--json needs --status")
    if page and status:
        raise typer.BadParameter("use either --page or --status")
    from search.judging import commands

    source = context.get_parameter_source("folder")
    is_named = source is not None and source.name == "COMMANDLINE"
    judging = commands.Judging(dataset, tuple(systems or ()), questions, judge_name, k, mode)
    if page:
        commands.judge_in_page(judging, folder, port, say, is_named=is_named)
        return
    if not status:
        commands.judge_in_terminal(judging, folder, say, is_named=is_named)
        return
    commands.show_standing(judging, folder, typer.echo, say, is_named=is_named, as_json=as_json)
