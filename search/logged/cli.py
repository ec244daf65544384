"""The command ``locus log``. Heavy modules are imported inside it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.command.cli import DEFAULT_INDEX, IndexFolder, Json
from indexer.command.messages import examples, say
from indexer.errors import QueryError

if TYPE_CHECKING:
    from search.logged.reading import KeptQuestion, QuestionFilter

LOG_EPILOG = examples(
    "locus log",
    "locus log --export asked",
    "locus log --delete --before 2026-06-01",
    exit_codes="0 success, 1 no such question is kept, 2 error.",
)
_SHOWN = 20


def log(
    file: Annotated[
        Path | None,
        typer.Argument(
            envvar="LOCUS_LOG",
            metavar="FILE",
            help="The log: a file, or the folder that it is in.",
            show_default=False,
            show_envvar=True,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Only questions asked on this day or later, such as 2026-11-30 (UTC).",
            show_default=False,
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Only questions asked before this day.", show_default=False
        ),
    ] = None,
    containing: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Only questions that contain this text.", show_default=False
        ),
    ] = None,
    count: Annotated[
        int, typer.Option("-n", min=0, help="Show the newest N questions; 0 shows all.")
    ] = _SHOWN,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET",
            help="Write the questions to a new dataset folder, without judgements.",
            show_default=False,
        ),
    ] = None,
    opened: Annotated[
        bool,
        typer.Option(
            "--opened",
            help="With --export: also write which articles were opened, as qrels/opened.tsv. An"
            " opened article is no judgement.",
        ),
    ] = False,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete the questions, and what was opened.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --delete: do not ask for confirmation.")
    ] = False,
    folder: IndexFolder = DEFAULT_INDEX,
    as_json: Json = False,
) -> None:
    """Show, export or delete the questions that were kept.

    Questions are kept only if you turn it on: set LOCUS_LOG to the name of
    a file, or use `locus serve --log FILE`. They stay on this disk.
    """
    if delete and export is not None:
        raise typer.BadParameter("choose --export or --delete")
    if opened and export is None:
        raise typer.BadParameter("--opened needs --export")
    if yes and not delete:
        raise typer.BadParameter("--yes needs --delete")
    if file is None:
        say(
            "no questions are kept. To keep them, set LOCUS_LOG to the name of a file, or name the"
            " log of another program: locus log FILE"
        )
        raise typer.Exit(1)
    from search.logged.log import log_file
    from search.logged.reading import QuestionFilter, day, read_log

    path = log_file(file)
    wanted = QuestionFilter(
        None if since is None else day(since, "--since"),
        None if before is None else day(before, "--before"),
        containing,
    )
    if not path.exists():
        say(f"no questions are kept in {path} yet")
        raise typer.Exit(1)
    questions = read_log(path, say, wanted)
    if delete:
        _delete(path, questions, wanted, asks=not yes, as_json=as_json)
    elif not questions:
        say(f"{path} has no {'question' if wanted.is_all else 'such question'}")
        raise typer.Exit(1)
    elif export is not None:
        _export(export, questions, folder if opened else None, as_json=as_json)
    else:
        _show(path, questions, count or len(questions), as_json=as_json)


def _show(path: Path, questions: "list[KeptQuestion]", count: int, *, as_json: bool) -> None:
    newest = questions[-count:]
    if as_json:
        found = {"log": str(path), "bytes": path.stat().st_size, "questions": len(questions)}
        shown = [kept.as_json() for kept in newest]
        typer.echo(json.dumps({**found, "shown": shown}, ensure_ascii=False))
        return
    from rich.console import Console

    from indexer.command.sizes import in_words
    from search.logged.show import show

    show(newest, Console(highlight=False, markup=False, emoji=False))
    of = _counted(len(questions))
    all_of = f"{of}" if len(newest) == len(questions) else f"the newest {len(newest)} of {of}"
    say(f"{all_of} in {path} ({in_words(path.stat().st_size)})")


def _export(
    dataset: Path, questions: "list[KeptQuestion]", folder: Path | None, *, as_json: bool
) -> None:
    from search.logged.exporting import OPENED, export

    found = export(dataset, questions, folder)
    if as_json:
        facts = {
            "queries": found.queries,
            "opened": found.openings,
            "articles": found.articles,
            "missing": found.missing,
        }
        typer.echo(json.dumps({"dataset": str(dataset), **facts}, ensure_ascii=False))
        return
    typer.echo(f"wrote {_counted(found.queries, 'different question')} to {dataset}")
    if folder is not None:
        typer.echo(
            f"wrote {_counted(found.openings, 'opened article')} to qrels/{OPENED}.tsv. Openings"
            " are no judgements: people mostly open what is shown first"
        )
    if found.missing:
        gone = "1 opened article is" if found.missing == 1 else f"{found.missing:,} opened are"
        say(f"{gone} not in the index any more, and left out")


def _delete(
    path: Path,
    questions: "list[KeptQuestion]",
    wanted: "QuestionFilter",
    *,
    asks: bool,
    as_json: bool,
) -> None:
    from search.logged.deleting import delete_log, delete_questions

    count = _counted(len(questions))
    if not questions and not wanted.is_all:
        say(f"{path} has no such question")
        raise typer.Exit(1)
    if asks:
        if not sys.stdin.isatty():
            raise QueryError(f"to delete {count} from {path}, add --yes")
        what = f"{count} and the file {path}" if wanted.is_all else f"{count} from {path}"
        if not typer.confirm(f"Delete {what}?", err=True):
            say("nothing was deleted")
            raise typer.Exit(1)
    if wanted.is_all:
        delete_log(path)
    else:
        delete_questions(path, {kept.question.id for kept in questions}, say)
    if as_json:
        typer.echo(json.dumps({"log": str(path), "deleted": len(questions)}))
    else:
        typer.echo(f"deleted {count} from {path}")


def _counted(count: int, what: str = "question") -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
