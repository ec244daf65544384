"""The commands that answer other programs: ``locus serve`` and ``locus mcp``.

Heavy modules are imported inside the commands, so that ``--help`` and completion stay quick.
"""

from pathlib import Path
from typing import Annotated

import typer

from indexer.command.cli import DEFAULT_INDEX, IndexFolder
from indexer.command.messages import examples, say
from indexer.errors import ServerError

SERVE_EPILOG = examples(
    "locus serve --open",
    "locus serve --judge seeds --open",
    "locus serve --host 0.0.0.0 --port 8080  # with LOCUS_TOKEN set",
    exit_codes="0 when stopped with Ctrl-C, 2 on error.",
)
Log = Annotated[
    Path | None,
    typer.Option(
        "--log",
        envvar="LOCUS_LOG",
        metavar="FILE",
        help="Keep the questions, and what is opened, in this file or folder (see `locus log`).",
        show_default=False,
    ),
]
MCP_EPILOG = examples(
    "locus mcp --index /home/ann/articles/.locus",
    exit_codes="0 when the assistant ends the connection, 2 on error.",
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
    originals: Annotated[
        bool,
        typer.Option(
            "--originals", help="Let readers of the page open the original files of articles."
        ),
    ] = False,
    log: Log = None,
    judge: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET",
            help="Also serve the page for judging this dataset (only to this machine).",
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
) -> None:
    """Start a local web page and HTTP API for searching."""
    from search.serving.server import serve as run

    judging = None
    if judge is not None:
        from search.judging.commands import Judging, page_for

        judging = page_for(Judging(judge, judge=judge_name), say)
    elif judge_name is not None:
        raise typer.BadParameter("--as needs --judge")
    run(
        folder,
        host,
        port,
        token,
        open_browser=open_browser,
        originals=originals,
        log=log,
        judging=judging,
        say=say,
    )


def mcp(folder: IndexFolder = DEFAULT_INDEX, log: Log = None) -> None:
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

    run(folder, log)
