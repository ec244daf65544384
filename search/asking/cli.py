"""The commands that answer a question: ``locus search`` and ``locus explain``.

Heavy modules are imported inside the commands, so that ``--help`` and completion stay quick.
"""

import json
import os
import shlex
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.command.cli import DEFAULT_INDEX, IndexFolder, Json
from indexer.command.contents import ArticlePart, OfSource
from indexer.command.messages import examples, say
from indexer.errors import QueryError
from indexer.text import one_line
from search.asking.options import (
    Authors,
    Exact,
    JsonLines,
    Literal,
    ModeOption,
    PerArticle,
    QuestionFile,
    Rerank,
    Since,
    Tags,
    Under,
    Until,
)

if TYPE_CHECKING:
    from rich.console import Console

    from search.asking.answering import Answering
    from search.types import Answer, Hit, Options

SEARCH_EPILOG = examples(
    "locus search which bird sees the most daylight",
    "locus search -k 3 --under notes who hunts at night",
    'locus search "what is the moon\'s pull" --json',
    "locus search --batch questions.jsonl > answers.jsonl",
    exit_codes="0 with hits, 1 without hits, 2 on error.",
)
EXPLAIN_EPILOG = examples(
    'locus explain "which bird sees the most daylight" the-arctic-tern.txt',
    exit_codes="0 if the article is among the hits, 1 if it is not, 2 on error.",
)
SIMILAR_EPILOG = examples(
    "locus similar notes/owls.md",
    "locus similar notes/owls.md:120-560 -k 3",
    exit_codes="0 with hits, 1 without hits, 2 on error.",
)
_CONTEXT = 3
"""Lines that the prompt shows before and after a hit in its article."""


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
    under: Under = None,
    since: Since = None,
    until: Until = None,
    tags: Tags = None,
    authors: Authors = None,
    per_article: PerArticle = None,
    min_confidence: Annotated[
        float,
        typer.Option(
            metavar="C",
            help="Show nothing if the answer's confidence (0 to 1) is lower than this.",
        ),
    ] = 0.0,
    literal: Literal = False,
    exact: Exact = False,
    rerank: Rerank = None,
    as_json: Json = False,
    as_jsonl: JsonLines = False,
    batch: QuestionFile = None,
) -> None:
    """Find the passages that answer a question, best first.

    Searches are about three times as fast while `locus serve` runs.
    """
    from search.asking.answering import Answering
    from search.types import Options

    options = Options(
        k,
        mode,
        under,
        per_article,
        min_confidence,
        literal,
        since,
        until,
        tuple(tags or ()),
        tuple(authors or ()),
        exact,
    )
    with Answering(folder, rerank) as answering:
        if batch is not None:
            if words:
                raise QueryError("--batch reads the questions from a file. Leave out the question")
            if as_jsonl:
                raise QueryError("--batch prints one JSON object per question. Leave out --jsonl")
            from search.asking.batch import Batch

            if not Batch(batch, typer.echo, say).answer(answering, options):
                raise typer.Exit(1)
            return
        if not words:
            if as_json or as_jsonl:
                raise QueryError("--json and --jsonl need a question")
            if not (sys.stdin.isatty() and sys.stdout.isatty()):
                raise QueryError(
                    "no question given. Example: locus search which bird sees the most daylight"
                )
            from search.asking.prompt import Shows, converse

            shown = partial(_show, options=options, instead="put the words in quotation marks")
            shows = Shows(shown, partial(_show_hit, answering), say)
            if named := os.environ.get("LOCUS_LOG"):
                from search.asking.kept import KeptAsking

                shows = KeptAsking(named, folder, options, say).conversation(shows)
            converse(answering, options, shows)
            return
        answer = answering.ask(" ".join(words), options)
    if named := os.environ.get("LOCUS_LOG"):
        from search.asking.kept import KeptAsking

        KeptAsking(named, folder, options, say).question(answer)
    _print(answer, options, _literal_command(), as_json=as_json, as_jsonl=as_jsonl)


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
    literal: Literal = False,
    exact: Exact = False,
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
            explanation = searcher.explain(
                query, article, k, mode=mode, literal=literal, exact=exact
            )
        except QueryError:
            from indexer.command.unindexed import why_not_indexed

            if not searcher.named(article) and (why := why_not_indexed(folder, article)):
                raise QueryError(why) from None
            raise
    if as_json:
        typer.echo(json.dumps(explanation.as_json(), ensure_ascii=False))
    else:
        from search.asking.show import explanation_text

        typer.echo(explanation_text(explanation, _literal_command()))
    if explanation.lost:
        raise typer.Exit(1)


def similar(
    article: ArticlePart,
    k: Annotated[int, typer.Option("-k", help="Maximum number of passages to show.")] = 10,
    folder: IndexFolder = DEFAULT_INDEX,
    source: OfSource = None,
    under: Under = None,
    since: Since = None,
    until: Until = None,
    tags: Tags = None,
    authors: Authors = None,
    per_article: PerArticle = None,
    exact: Exact = False,
    as_json: Json = False,
    as_jsonl: JsonLines = False,
) -> None:
    """Find passages of other articles that are like an article or a part of it."""
    from indexer.command.showing import find_part
    from indexer.storing.shards.catalog import catalog_of
    from search.searcher import open_index
    from search.types import Options

    with catalog_of(folder) as catalog:
        part = find_part(catalog, folder, article, source)
    with open_index(folder) as searcher:
        whole = (part.start, part.end) == (0, len(part.of.text))
        answer = searcher.similar(
            part.of.article,
            part.start,
            None if whole else part.end,
            k,
            source=part.of.source,
            under=under,
            per_article=per_article,
            since=since,
            until=until,
            tags=tags or (),
            authors=authors or (),
            exact=exact,
        )
    _print(answer, Options(k, under=under), "", as_json=as_json, as_jsonl=as_jsonl)


def _print(
    answer: "Answer", options: "Options", instead: str, *, as_json: bool, as_jsonl: bool
) -> None:
    """Print an answer as JSON, or for a person as ``_show`` does; exit with 1 without hits."""
    if as_json or as_jsonl:
        _warn(answer)
        if as_jsonl and answer.corrected is not None:
            say(_correction(answer.query, answer.corrected, instead))
        for found in [answer] if as_json else answer.hits:
            typer.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        _show(answer, options, instead)
    if not answer.hits:
        raise typer.Exit(1)


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def _show(answer: "Answer", options: "Options", instead: str) -> None:
    """Print an answer for a person to read.

    ``instead`` says how to search without the correction of the spelling.
    """
    from search.question import names_no_article

    _warn(answer)
    if answer.hits:
        from search.asking.show import show

        show(answer, _console(), instead)
        return
    if answer.corrected is not None:
        say(_correction(answer.query, answer.corrected, instead))
    if answer.confidence is not None and answer.confidence < options.min_confidence:
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


def _literal_command() -> str:
    """The command that runs, with the option that keeps the spelling of the question."""
    program, command, *arguments = ["locus", *sys.argv[1:]]
    return shlex.join([program, command, "--literal", *arguments])


def _correction(query: str, corrected: str, instead: str) -> str:
    """The message that the spelling of a question was corrected."""
    typed = one_line(query)
    return f"searched for {one_line(corrected)}. Search instead for {typed}: {one_line(instead)}"


def _warn(answer: "Answer") -> None:
    for warning in answer.warnings:
        say(warning)
