"""The commands that show what is kept: ``locus list``, ``locus show`` and ``locus cache``.

They load neither numpy nor a model.
"""

import json
import shutil
import sys
from typing import Annotated

import typer

from indexer.command.cli import DEFAULT_INDEX, IndexFolder, Json
from indexer.command.messages import examples, say
from indexer.text import plain

LIST_EPILOG = examples(
    "locus list",
    "locus list notes",
    "locus list '*.md' | wc -l",
    exit_codes="0 if there are articles, 1 if there are none, 2 on error.",
)
SHOW_EPILOG = examples(
    "locus show notes/owls.md",
    "locus show notes/owls.md:120-560",
    "locus show notes/owls.md:31 -C 2",
    "locus show notes/owls.md:31 --open",
    exit_codes="0, or 2 on error.",
)
CACHE_EPILOG = examples(
    "locus cache",
    "locus cache --clear",
    exit_codes="0 success, 1 something could not be deleted, 2 error.",
)


ArticlePart = Annotated[
    str,
    typer.Argument(
        metavar="ARTICLE[:START-END|:LINE]",
        help="The article's name, as hits show it; and which characters, or which line, of it.",
        show_default=False,
    ),
]
OfSource = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="SOURCE",
        help="The article's source, if several sources have an article of this name.",
        show_default=False,
    ),
]


def list_articles(
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="PATTERN",
            help="A folder, an article, a glob pattern such as '*.md', or a part of the name.",
            show_default=False,
        ),
    ] = None,
    folder: IndexFolder = DEFAULT_INDEX,
    sources: Annotated[
        bool, typer.Option("--sources", help="List the sources of the index instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the articles of the index.

    In a pipe, each line is the name of one article.
    """
    if sources and pattern is not None:
        raise typer.BadParameter("--sources lists all sources, so it accepts no PATTERN")
    from indexer.command.listing import ListOutput, print_articles, print_sources
    from indexer.storing.shards.catalog import catalog_of

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    output = ListOutput(sys.stdout.write, width, as_json=as_json)
    with catalog_of(folder) as catalog:
        if sources:
            why_none = print_sources(folder, catalog, output)
        else:
            why_none = print_articles(folder, catalog, pattern, output)
    if why_none is not None:
        say(why_none)
        raise typer.Exit(1)


def show(
    article: ArticlePart,
    context: Annotated[
        int | None,
        typer.Option(
            "-C",
            "--context",
            metavar="N",
            min=0,
            help="Show whole lines, and N more lines before and after.",
            show_default=False,
        ),
    ] = None,
    source: OfSource = None,
    editor: Annotated[
        bool, typer.Option("--open", help="Open the article's file in $VISUAL or $EDITOR instead.")
    ] = False,
    folder: IndexFolder = DEFAULT_INDEX,
    as_json: Json = False,
) -> None:
    """Show the text of an article, or a part of it, as it was indexed."""
    from indexer.command.showing import find_part
    from indexer.storing.shards.catalog import catalog_of

    with catalog_of(folder) as catalog:
        part = find_part(catalog, folder, article, source)
    if editor:
        from indexer.command.editor import open_in_editor

        open_in_editor(part.of, part.line, say)
        return
    shown = part if context is None else part.with_context(context)
    if as_json:
        typer.echo(json.dumps(shown.as_json(), ensure_ascii=False))
    elif sys.stdout.isatty():
        text = plain(shown.text)
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    else:
        sys.stdout.write(shown.text)


def cache(
    clear: Annotated[
        bool, typer.Option("--clear", help="Delete everything that Locus keeps there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what Locus keeps in its cache folder, and how much space it takes.

    The cache contains models optimised for this computer, and indexes that
    `locus evaluate` built for datasets. Deleting them is safe, because Locus
    rebuilds what it needs. Your own indexes and articles are not in the
    cache. LOCUS_CACHE sets another cache folder.
    """
    from indexer.command import cache as kept

    if not clear:
        kept.show(as_json=as_json)
    elif not kept.clear(as_json=as_json):
        raise typer.Exit(1)
