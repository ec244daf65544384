"""The command ``locus``. Each command imports the heavy modules that it needs by itself."""

import logging
import os
import sys
import traceback
from typing import TYPE_CHECKING, Annotated

import typer

from indexer import __version__
from indexer.command import cli as indexer_cli
from indexer.command import contents
from indexer.command.messages import examples, say
from indexer.errors import LocusError, first_line
from search.asking import cli as asking_cli
from search.checking import cli as checking_cli
from search.evaluation import cli as evaluation_cli
from search.judging import cli as judging_cli
from search.logged import cli as logged_cli
from search.serving import cli as serving_cli

if TYPE_CHECKING:
    from search.evaluation.measured.gate import QualityGate
    from search.evaluation.measured.preview import Preview

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


def _open_gate(wanted: indexer_cli.Examination) -> "QualityGate | Preview | None":
    if wanted.gate is None and wanted.preview is None:
        return None
    from search.evaluation.commands import Output, previewing
    from search.evaluation.measured.gate import QualityGate

    gate = None
    if wanted.gate is not None:
        gate = QualityGate.of(wanted.gate, wanted.measures, say)
    if wanted.preview is None:
        return gate
    output = Output(typer.echo, say, wanted.report, per_query=False, as_json=wanted.as_json)
    return previewing(wanted.preview, output, gate)


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
app.command(epilog=asking_cli.SEARCH_EPILOG)(asking_cli.search)
app.command(epilog=asking_cli.SIMILAR_EPILOG)(asking_cli.similar)
app.command("list", epilog=contents.LIST_EPILOG)(contents.list_articles)
app.command(epilog=contents.SHOW_EPILOG)(contents.show)
app.command(epilog=asking_cli.EXPLAIN_EPILOG, context_settings={"allow_extra_args": True})(
    asking_cli.explain
)
app.command(epilog=checking_cli.CHECK_EPILOG)(checking_cli.check)
app.command(epilog=logged_cli.LOG_EPILOG)(logged_cli.log)
app.command(epilog=serving_cli.SERVE_EPILOG)(serving_cli.serve)
app.command(epilog=serving_cli.MCP_EPILOG)(serving_cli.mcp)
app.command(epilog=evaluation_cli.EVALUATE_EPILOG)(evaluation_cli.evaluate)
app.command(epilog=evaluation_cli.COMPARE_EPILOG)(evaluation_cli.compare)
app.command(epilog=evaluation_cli.TUNE_EPILOG)(evaluation_cli.tune)
app.command(epilog=judging_cli.JUDGE_EPILOG)(judging_cli.judge)
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
