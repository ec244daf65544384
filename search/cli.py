"""The command ``locus``. Each command imports the heavy modules that it needs by itself."""

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
from indexer.command import cli as indexer_cli
from indexer.command import contents
from indexer.command.cli import DEFAULT_INDEX, IndexFolder, Json
from indexer.command.messages import examples, say
from indexer.errors import LocusError, QueryError, ServerError, first_line
from search.evaluation import cli as evaluation_cli
from search.evaluation.cli import ModeOption, Rerank

if TYPE_CHECKING:
    from rich.console import Console

    from search.asking.answering import Answering
    from search.evaluation.measured.gate import QualityGate
    from search.types import Answer, Hit, Options

app = typer.Typer(
    name="locus",
    help="Search your own articles by meaning, on this computer.",
    epilog=examples(
        "locus index ~/articles",
        "locus search which bird sees the most daylight",
        "locus serve --open",
    )
    + "\n\nOptions of a command: locus search --help",
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
    """Options of the program itself, without a command."""


app.command(epilog=indexer_cli.INDEX_EPILOG, context_settings={"obj": _open_gate})(
    indexer_cli.index
)


@app.command(
    epilog=examples(
        "locus search which bird sees the most daylight",
        "locus search -k 3 --under notes who hunts at night",
        'locus search "what is the moon\'s pull" --json',
        exit_codes="0 with hits, 1 without hits, 2 on error.",
    )
)
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
    k: Annotated[int, typer.Option("-k", help="Maximum number of passages to show.")] = 10,
    folder: IndexFolder = DEFAULT_INDEX,
    mode: ModeOption = "hybrid",
    under: Annotated[
        str | None,
        typer.Option(
            metavar="GLOB",
            help="Search only this folder, or the articles that match this pattern, such as notes"
            " or '*.md'. Folders are relative to their source.",
            show_default=False,
        ),
    ] = None,
    per_article: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Show at most N passages of an article before those of others, and the rest last.",
            show_default="half of -k, at least 5",
        ),
    ] = None,
    min_confidence: Annotated[
        float,
        typer.Option(
            metavar="C",
            help="Show nothing if the answer's confidence (0 to 1) is lower than this.",
        ),
    ] = 0.0,
    rerank: Rerank = None,
    as_json: Json = False,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print one JSON object per hit.")
    ] = False,
) -> None:
    """Find the passages that answer a question, best first.

    Searches are about three times as fast while `locus serve` runs.
    """
    from search.asking.answering import Answering
    from search.types import Options

    options = Options(k, mode, under, per_article, min_confidence)
    with Answering(folder, rerank) as answering:
        if not words:
            if as_json or as_jsonl:
                raise QueryError("--json and --jsonl need a question")
            if not (sys.stdin.isatty() and sys.stdout.isatty()):
                raise QueryError(
                    "no question given. Example: locus search which bird sees the most daylight"
                )
            from search.asking.prompt import Shows, converse

            shows = Shows(partial(_show, options=options), partial(_show_hit, answering), say)
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
"""Lines that the prompt shows before and after a hit in its article."""


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def _show(answer: "Answer", options: "Options") -> None:
    """Print an answer for a person to read."""
    from search.question import names_no_article

    _warn(answer)
    if answer.hits:
        from search.asking.show import show

        show(answer, _console())
    elif answer.confidence is not None and answer.confidence < options.min_confidence:
        typer.echo(
            f"no good match: the answer's confidence is {answer.confidence:.2f}, below"
            f" --min-confidence {options.min_confidence:g}",
            err=True,
        )
    elif not names_no_article(answer.warnings):  # _warn has printed that
        where = f" under {options.under}" if options.under is not None else ""
        hint = ". No passage contains these words. Try: --mode hybrid"
        typer.echo(f"no matches{where}{hint if options.mode == 'lexical' else ''}", err=True)


def _show_hit(answering: "Answering", hit: "Hit") -> None:
    """Print a hit as it is in its article, with some lines before and after it."""
    from indexer.command.showing import Part
    from search.asking.show import show_in_article

    part = Part(answering.article_of(hit), hit.start, hit.end).with_context(_CONTEXT)
    show_in_article(hit, part.start, part.text, _console())


def _warn(answer: "Answer") -> None:
    for warning in answer.warnings:
        say(warning)


app.command("list", epilog=contents.LIST_EPILOG)(contents.list_articles)
app.command(epilog=contents.SHOW_EPILOG)(contents.show)


@app.command(
    context_settings={"allow_extra_args": True},
    epilog=examples(
        'locus explain "which bird sees the most daylight" the-arctic-tern.txt',
        exit_codes="0 if the article is among the hits, 1 if it is not, 2 on error.",
    ),
)
def explain(
    context: typer.Context,
    query: Annotated[
        str, typer.Argument(metavar="QUESTION", help="Your question, in quotation marks.")
    ],
    article: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLE", help="The article's name, as hits show it, such as notes/owls.md."
        ),
    ],
    k: Annotated[
        int, typer.Option("-k", help="Number of hits to consider: is the article among them?")
    ] = 10,
    folder: IndexFolder = DEFAULT_INDEX,
    mode: ModeOption = "hybrid",
    as_json: Json = False,
) -> None:
    """Show why an article is, or is not, among the hits for a question."""
    if context.args:
        given = [query, article, *context.args]
        example = shlex.join(["locus", "explain", " ".join(given[:-1]), given[-1]])
        raise QueryError(
            f"expected 2 arguments, QUESTION and ARTICLE, and got {len(given)}. Put the"
            f" question in quotation marks: {example}"
        )
    from search.searcher import open_index

    with open_index(folder) as searcher:
        try:
            explanation = searcher.explain(query, article, k, mode=mode)
        except QueryError:
            from indexer.command.unindexed import why_not_indexed

            if not searcher.named(article) and (why := why_not_indexed(folder, article)):
                raise QueryError(why) from None
            raise
    if as_json:
        typer.echo(json.dumps(explanation.as_json(), ensure_ascii=False))
    else:
        from search.asking.show import explanation_text

        typer.echo(explanation_text(explanation))
    if explanation.lost:
        raise typer.Exit(1)


@app.command(
    epilog=examples(
        "locus serve --open",
        "locus serve --host 0.0.0.0 --port 8080  # with LOCUS_TOKEN set",
        exit_codes="0 when stopped with Ctrl-C, 2 on error.",
    )
)
def serve(
    folder: IndexFolder = DEFAULT_INDEX,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen on. Any address other than this machine's own also needs"
            " --token.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")
    ] = 5628,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="LOCUS_TOKEN",
            metavar="TOKEN",
            help="Require this token with every request. Prefer setting LOCUS_TOKEN: other users"
            " of this machine can see command lines.",
            show_default=False,
        ),
    ] = None,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in your browser.")
    ] = False,
) -> None:
    """Start a local web page and HTTP API for searching."""
    from search.serving.server import serve as run

    run(
        folder,
        host,
        port,
        token,
        open_browser=open_browser,
        say=say,
    )


@app.command(
    epilog=examples(
        "locus mcp --index /home/ann/articles/.locus",
        exit_codes="0 when the assistant ends the connection, 2 on error.",
    )
)
def mcp(folder: IndexFolder = DEFAULT_INDEX) -> None:
    """Run as an MCP server, so that AI assistants can search your articles.

    The assistant starts this command itself, as its configuration says,
    and talks to it over standard input and output.
    """
    try:
        from search.serving.mcp import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise ServerError(
            "`locus mcp` needs an extra package. Install it with: pip install 'locus-search[mcp]'"
        ) from None

    run(folder)


app.command(epilog=evaluation_cli.EVALUATE_EPILOG)(evaluation_cli.evaluate)
app.command(epilog=evaluation_cli.COMPARE_EPILOG)(evaluation_cli.compare)
app.command(epilog=indexer_cli.STATUS_EPILOG)(indexer_cli.status)
app.command(epilog=indexer_cli.VERIFY_EPILOG)(indexer_cli.verify)
app.command(epilog=contents.CACHE_EPILOG)(contents.cache)


_READER_GONE = 141
"""The shell's exit code for a program that wrote to a closed pipe, as in `locus ... | head`."""


class _ToStandardError(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def _is_of_a_broken_pipe(ended: BaseException) -> bool:
    """Whether a broken pipe caused an exit: Typer and Rich exit with 1, our code for no hits."""
    cause = ended.__context__
    return cause is not None and (isinstance(cause, BrokenPipeError) or _is_of_a_broken_pipe(cause))


def main() -> None:
    """Run the command line. Every error of ours is one line and exit code 2."""
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
    # A defect of ours or of a library, whose native code may raise more than Exception.
    except BaseException as error:  # noqa: BLE001
        say(
            f"internal error ({type(error).__name__}: {first_line(error)}). Please report it; run"
            " again with LOCUS_TRACEBACK=1 for details"
        )
        if os.environ.get("LOCUS_TRACEBACK"):
            traceback.print_exception(error)
        code = 2
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = _READER_GONE
    # Everything is written to disk by now. An orderly exit would stop the libraries' thread pools
    # one by one, and add a tenth to the time of a search.
    os._exit(code if isinstance(code, int) else 0)
