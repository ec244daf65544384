"""The command ``locus``. Heavy modules are imported inside the commands, as each needs them."""

import json
import logging
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexer import __version__
from indexer.command import cache as cache_cli
from indexer.command import cli as indexer_cli
from indexer.command import contents
from indexer.command.cli import DEFAULT_INDEX, IndexFolder, Json
from indexer.command.messages import say
from indexer.errors import LocusError, QueryError, ServerError, first_line
from search.evaluation import cli as evaluation_cli
from search.evaluation.cli import Rerank
from search.question import names_no_article
from search.types import Answer, Hit, Mode, Options

if TYPE_CHECKING:
    from rich.console import Console

    from search.evaluation.measured.gate import QualityGate

app = typer.Typer(
    name="locus",
    help="Search your articles in plain words, on this machine alone.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _open_gate(
    dataset: Path, measures: Sequence[str], say: Callable[[str], object]
) -> "QualityGate":
    from search.evaluation.measured.gate import QualityGate

    return QualityGate.of(dataset, measures, say)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it
    if asked:
        typer.echo(f"locus {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options of the program itself."""


app.command(context_settings={"obj": _open_gate})(indexer_cli.index)


@app.command()
def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUESTION",
            help="Your question, with or without quotation marks. If omitted, Locus asks for"
            " questions one after another.",
            show_default=False,
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", help="How many passages to answer with.")] = 10,
    folder: IndexFolder = DEFAULT_INDEX,
    mode: Annotated[Mode, typer.Option(help="How to rank.")] = "hybrid",
    under: Annotated[
        str | None,
        typer.Option(
            metavar="GLOB",
            help="Search only this folder, or what matches this glob.",
            show_default=False,
        ),
    ] = None,
    per_article: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="More passages of one article come last.", show_default=False
        ),
    ] = None,
    min_confidence: Annotated[
        float, typer.Option(metavar="C", help="Return no hits below this confidence (0 to 1).")
    ] = 0.0,
    rerank: Rerank = None,
    as_json: Json = False,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print each hit as a JSON line.")
    ] = False,
) -> None:
    """Answer QUERY with passages, best first. Exit code 0 with hits, 1 with none, 2 on error.

    A `locus serve` that runs on the index answers in a fraction of the time.
    """
    from search.asking.answering import Answering

    options = Options(k, mode, under, per_article, min_confidence)
    with Answering(folder, rerank) as answering:
        if not words:
            if as_json or as_jsonl:
                raise QueryError("--json and --jsonl need a question")
            if not (sys.stdin.isatty() and sys.stdout.isatty()):
                raise QueryError("no question given. Example: locus search why is the sea salt")
            from search.asking.prompt import Shows, converse

            shows = Shows(partial(_show, options=options), partial(_show_hit, folder), say)
            converse(answering, options, shows)
            return
        answer = answering.ask(" ".join(words), options)
    if as_json or as_jsonl:
        _warn(answer)
        for found in [answer] if as_json else answer.hits:
            typer.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        _show(answer, options)
    if not answer.hits:
        raise typer.Exit(1)


_CONTEXT = 3
"""Lines that are shown before and after a hit in its article."""


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def _show(answer: Answer, options: Options) -> None:
    """Print an answer for a person to read."""
    _warn(answer)
    if answer.hits:
        from search.asking.show import show

        show(answer, _console())
    elif answer.confidence is not None and answer.confidence < options.min_confidence:
        typer.echo(
            f"no good match: the confidence is {answer.confidence:.2f}, and --min-confidence is"
            f" {options.min_confidence}",
            err=True,
        )
    elif not names_no_article(answer.warnings):  # of which _warn has told
        where = f" under {options.under}" if options.under is not None else ""
        typer.echo(f"nothing found{where}", err=True)


def _show_hit(folder: Path, hit: Hit) -> None:
    """Print a hit as it is in its article, with some lines before and after it."""
    from indexer.command.showing import Part
    from indexer.storing.catalog import open_catalog
    from search.asking.show import show_in_article

    with open_catalog(folder) as catalog:
        named = catalog.named(hit.article, [hit.source])
    if not named or named[0].sha256 != hit.sha256:
        raise QueryError(f"{hit.article!r} has changed since this answer. Ask again")
    part = Part(named[0], hit.start, hit.end).with_context(_CONTEXT)
    show_in_article(hit, part.start, part.text, _console())


def _warn(answer: Answer) -> None:
    for warning in answer.warnings:
        say(warning)


app.command()(evaluation_cli.evaluate)
app.command()(evaluation_cli.compare)


@app.command(context_settings={"allow_extra_args": True})
def explain(
    context: typer.Context,
    query: Annotated[
        str, typer.Argument(metavar="QUESTION", help="Your question, in quotation marks.")
    ],
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="As hits name it.")],
    k: Annotated[int, typer.Option("-k", help="How many passages the answer has.")] = 10,
    folder: IndexFolder = DEFAULT_INDEX,
    mode: Annotated[Mode, typer.Option(help="How to rank.")] = "hybrid",
    as_json: Json = False,
) -> None:
    """Say where ARTICLE ranks for QUERY at each stage. Exit code 0 if it is a hit, 1 if not."""
    if context.args:
        given = [query, article, *context.args]
        example = shlex.join(["locus", "explain", " ".join(given[:-1]), given[-1]])
        raise QueryError(
            f"expected 2 arguments, QUESTION and ARTICLE, and got {len(given)}. Put the"
            f" question in quotation marks: {example}"
        )
    from search.searcher import open_index

    with open_index(folder) as searcher:
        explanation = searcher.explain(query, article, k, mode=mode)
    if as_json:
        typer.echo(json.dumps(explanation.as_json(), ensure_ascii=False))
    else:
        from search.asking.show import explanation_text

        typer.echo(explanation_text(explanation))
    if explanation.lost:
        raise typer.Exit(1)


@app.command()
def serve(
    folder: IndexFolder = DEFAULT_INDEX,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen. Beyond loopback: --token too.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 5628,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="LOCUS_TOKEN",
            metavar="TOKEN",
            help="Answer only who sends it. Better in the environment: others see options.",
            show_default=False,
        ),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser.")
    ] = False,
) -> None:
    """Answer questions by HTTP, and with a page to ask them on, until Ctrl-C."""
    from search.serving.server import serve as run

    run(
        folder,
        host,
        port,
        token,
        open_browser=open_browser,
        say=say,
    )


@app.command()
def mcp(folder: IndexFolder = DEFAULT_INDEX) -> None:
    """Be a tool for an assistant that speaks MCP, over standard input and output."""
    try:
        from search.serving.mcp import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise ServerError("this needs the package mcp: pip install 'locus-search[mcp]'") from None

    run(folder)


app.command("list", epilog=contents.LIST_EPILOG)(contents.list_articles)
app.command(epilog=contents.SHOW_EPILOG)(contents.show)
app.command()(indexer_cli.verify)
app.command()(indexer_cli.status)
app.command()(cache_cli.cache)


_READER_GONE = 141
"""As the shell has it for a program that wrote to a pipe nobody reads any more, such as to head."""


class _ToStandardError(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def _is_of_a_broken_pipe(ended: BaseException) -> bool:
    """Whether an exit was raised for a broken pipe: Typer and Rich exit with 1, our "no hits"."""
    cause = ended.__context__
    return cause is not None and (isinstance(cause, BrokenPipeError) or _is_of_a_broken_pipe(cause))


def main() -> None:
    """Run the command line: every error of ours is one line and exit code 2."""
    log = logging.getLogger("locus")
    log.addHandler(_ToStandardError())
    log.setLevel(logging.INFO)
    log.propagate = False
    code: object = 0
    try:
        app()
    except SystemExit as ended:
        code = _READER_GONE if _is_of_a_broken_pipe(ended) else ended.code
    except LocusError as error:
        say(str(error))
        code = 2
    except BrokenPipeError:
        code = _READER_GONE
    # A defect of ours or of a library's, whose native code raises what is no Exception.
    except BaseException as error:  # noqa: BLE001
        say(
            f"unexpected {type(error).__name__}: {first_line(error)}"
            " (LOCUS_TRACEBACK=1 shows where; please report it)"
        )
        if os.environ.get("LOCUS_TRACEBACK"):
            traceback.print_exception(error)
        code = 2
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = _READER_GONE
    # What was to be written is on disk. Taking the libraries' pools of threads down one by one
    # would add a tenth to the time of a search.
    os._exit(code if isinstance(code, int) else 0)
