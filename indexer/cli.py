"""The commands that write an index or look at one: ``locus index`` and ``locus status``.

Heavy modules are imported inside the commands, so that ``--help`` and completion stay quick.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.schema import DEFAULT_INDEX as DEFAULT_INDEX  # noqa: PLC0414 - passed on

if TYPE_CHECKING:
    from indexer.pipeline import Summary

IndexFolder = Annotated[
    Path,
    typer.Option("--index", envvar="LOCUS_INDEX", metavar="DIR", help="The folder of the index."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")]

_NAMED_SKIPS = 20


def index(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="Folders, .txt or .md files, or .jsonl corpora. Without any: those of last time.",
            show_default=False,
        ),
    ] = None,
    folder: IndexFolder = DEFAULT_INDEX,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME|DIR", help="The model to embed with.", show_default=False),
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make everything anew.")] = False,
    allow_download: Annotated[
        bool, typer.Option("--allow-download", help="Fetch the model named from its hub.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an index of SOURCE, or bring it up to date."""
    from indexer.pipeline import build
    from indexer.progress import progress_bar

    try:
        with progress_bar() as progress:
            summary = build(
                folder,
                sources or (),
                model=model,
                rebuild=rebuild,
                allow_download=allow_download,
                progress=progress,
            )
    except KeyboardInterrupt:
        again = f"`locus index --index {folder}` goes on from there"
        typer.echo(f"locus: interrupted: what was stored is kept, and {again}", err=True)
        raise typer.Exit(130) from None
    for problem in summary.problems:
        typer.echo(f"locus: {problem}", err=True)
    for skipped in summary.skipped[:_NAMED_SKIPS]:
        typer.echo(f"locus: skipped {skipped.article}: {skipped.reason}", err=True)
    if len(summary.skipped) > _NAMED_SKIPS:
        more = len(summary.skipped) - _NAMED_SKIPS
        typer.echo(f"locus: and {more:,} more skipped: --json names them all", err=True)
    if as_json:
        typer.echo(json.dumps(_summary_json(summary), ensure_ascii=False))
    elif summary.generation:
        typer.echo(_summary_text(summary, folder))
    if not summary.generation:
        kinds = _kinds(summary.ignored) or "none"
        typer.echo(f"locus: no articles to index; files of other kinds: {kinds}", err=True)
    if summary.problems:
        raise typer.Exit(2)
    if summary.articles == 0:
        raise typer.Exit(1)


def _summary_json(summary: "Summary") -> dict[str, Any]:
    return {
        "articles": {
            "added": summary.added,
            "changed": summary.changed,
            "removed": summary.removed,
            "unchanged": summary.unchanged,
            "skipped": len(summary.skipped),
        },
        "passages": {
            "total": summary.passages,
            "embedded": summary.embedded,
            "reused": summary.reused,
        },
        "generation": summary.generation,
        "seconds": round(summary.seconds, 3),
        "skipped": [
            {"article": skipped.article, "reason": skipped.reason} for skipped in summary.skipped
        ],
        "ignored": summary.ignored,
        "problems": summary.problems,
    }


def _summary_text(summary: "Summary", folder: Path) -> str:
    counts = {
        "added": summary.added,
        "changed": summary.changed,
        "removed": summary.removed,
        "unchanged": summary.unchanged,
        "skipped": len(summary.skipped),
    }
    said = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    articles, passages = _number(summary.articles, "article"), _number(summary.passages, "passage")
    work = f"{summary.embedded:,} passages embedded, {summary.reused:,} reused"
    lines = [
        f"{folder}: {articles}, {passages} (generation {summary.generation})",
        f"{said or 'no articles found'}; {work}, in {summary.seconds:.1f} s",
    ]
    if summary.ignored:
        lines.append(f"not articles: {_kinds(summary.ignored)}")
    return "\n".join(lines)


def _kinds(ignored: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(ignored.items()))


def status(folder: IndexFolder = DEFAULT_INDEX, as_json: Json = False) -> None:
    """Say what an index holds, what it was made from and with."""
    from indexer.store import Store

    with Store(folder) as store, store.snapshot() as (state, snapshot):
        sources = snapshot.sources()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    encoder = state.encoder
    if as_json:
        facts = {
            "index": str(folder.resolve()),
            "generation": state.generation,
            "published": state.published,
            "articles": state.articles,
            "passages": state.passages,
            "bytes": size,
            "model": {
                "name": encoder.name,
                "weights": encoder.weights,
                "dimension": encoder.dimension,
                "max_tokens": encoder.max_tokens,
                "pooling": encoder.pooling,
            },
            "sources": [{"path": path, "articles": count} for path, count in sources],
        }
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    typer.echo(
        f"{folder}: {_number(state.articles, 'article')}, {_number(state.passages, 'passage')},"
        f" {size / 1e6:.1f} MB\n"
        f"generation {state.generation}, published {state.published}\n"
        f"model {encoder.name}: {encoder.dimension} dimensions, {encoder.max_tokens} tokens,"
        f" weights {encoder.weights[:12]}"
    )
    for path, count in sources:
        typer.echo(f"source {path}: {_number(count, 'article')}")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
