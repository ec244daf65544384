"""The commands that write an index or look at one: ``locus index``, ``verify`` and ``status``.

Heavy modules are imported inside the commands, so that ``--help`` and completion stay quick.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from indexer.command.finding_index import nearest_index
from indexer.command.messages import say
from indexer.storing.schema import DEFAULT_INDEX as DEFAULT_INDEX  # noqa: PLC0414 - passed on

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from indexer.deriving.publishing import Gate

    OpenGate: TypeAlias = Callable[[Path, Sequence[str], Callable[[str], object]], Gate]
    """A dataset's folder, the measures named, and what tells of them, to a gate for ``build``.

    A gate searches, which is not this package's to do: who mounts ``index`` gives one as the
    ``obj`` of its context.
    """


def _index_folder(context: typer.Context, parameter: typer.CallbackParam, given: Path) -> Path:
    """The folder that was given, or else the nearest index."""
    source = context.get_parameter_source(parameter.name or "")
    if source is None or source.name != "DEFAULT" or context.resilient_parsing:
        return given
    nearest = nearest_index()
    for other in nearest.skipped:
        say(f"skipped the index {other}, which another user owns. To use it: --index {other}")
    if nearest.is_in_parent and context.info_name == "index":
        say(f"using the index {nearest.folder}")
    return nearest.folder


IndexFolder = Annotated[
    Path,
    typer.Option(
        "--index",
        envvar="LOCUS_INDEX",
        metavar="DIR",
        help="The folder of the index.",
        show_default="the nearest .locus, here or in a parent folder",
        callback=_index_folder,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")]


def index(
    context: typer.Context,
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="SOURCE",
            help="Folders, .txt or .md files, or .jsonl corpora. Without any: those of last time.",
            show_default=False,
        ),
    ] = None,
    folder: IndexFolder = DEFAULT_INDEX,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Leave out what matches, as .gitignore has it; '' for nothing. Remembered.",
            show_default=False,
        ),
    ] = None,
    hidden: Annotated[
        bool | None,
        typer.Option(
            "--hidden/--no-hidden",
            help="Take in hidden files and folders. Remembered.",
            show_default=False,
        ),
    ] = None,
    forget: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="SOURCE",
            help="Forget a source; its articles leave the index.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME|DIR", help="The model to embed with.", show_default=False),
    ] = None,
    passage_tokens: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=16, help="The length of passages to aim at.", show_default=False
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Whose endings are cut from words: english, german, ..., none.",
            show_default=False,
        ),
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make everything anew.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on following the sources until Ctrl-C.")
    ] = False,
    gate: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET",
            help="Publish nothing that answers these judged questions significantly worse.",
            show_default=False,
        ),
    ] = None,
    gate_measures: Annotated[
        list[str] | None,
        typer.Option(
            "--gate-measure",
            metavar="MEASURE",
            help="What must not fall; nDCG@10, and hit@5 if answers are known, unless given.",
            show_default=False,
        ),
    ] = None,
    allow_download: Annotated[
        bool, typer.Option("--allow-download", help="Fetch the model named from its hub.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an index of SOURCE, or bring it up to date.

    Exit code 0; 1 if there is nothing to index, or the gate stays closed; 2 on error.
    """
    if gate_measures and gate is None:
        raise typer.BadParameter("--gate-measure needs --gate DATASET")
    open_gate: OpenGate = context.obj
    from indexer.command.interrupt import Interrupted, interruptible
    from indexer.command.run import IndexRun

    run = IndexRun(
        folder,
        typer.echo,
        say,
        as_json=as_json,
        exclude=exclude,
        hidden=hidden,
        model=model,
        passage_tokens=passage_tokens,
        language=language,
        allow_download=allow_download,
        gate=open_gate(gate, gate_measures or (), say) if gate is not None else None,
    )

    def work() -> int:
        code = run.once(sources or (), forget=forget or (), rebuild=rebuild)
        if watch:
            run.follow()
        return code

    try:
        code = interruptible(work)
    except Interrupted as interrupted:
        code = run.interrupted(interrupted.exit_code)
    if code:
        raise typer.Exit(code)


def _repair_of_database(folder: Path, *, is_readable: bool) -> str:
    """What to do about a damaged database: a run has to read it before it can write it anew."""
    anew = f"restore {folder} from a backup, or delete it and index its sources again"
    if not is_readable:
        return anew
    return f"`locus index --rebuild --index {folder}` indexes everything again; if it fails, {anew}"


def status(folder: IndexFolder = DEFAULT_INDEX, as_json: Json = False) -> None:
    """Say what an index holds, what it was made from and with."""
    from indexer.storing.store import Store
    from indexer.updating.summary import counted

    with Store(folder) as store, store.snapshot() as (state, snapshot):
        sources = snapshot.sources()
    size = _bytes_in(folder)
    encoder = state.encoder
    if as_json:
        facts = {
            "index": str(folder.resolve()),
            **state.as_json(),
            "bytes": size,
            "sources": [{"path": path, "articles": count} for path, count in sources],
        }
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    typer.echo(
        f"{folder}: {counted(state.articles, 'article')}, {counted(state.passages, 'passage')},"
        f" {size / 1e6:.1f} MB\n"
        f"generation {state.generation}, published {state.published}\n"
        f"model {encoder.name}: {encoder.dimension} dimensions, {encoder.max_tokens} tokens,"
        f" weights {encoder.weights[:12]}"
    )
    for path, count in sources:
        typer.echo(f"source {path}: {counted(count, 'article')}")


def _bytes_in(folder: Path) -> int:
    """The bytes of a folder's files. A writer may remove some meanwhile: they are not counted."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(place, name).lstat().st_size
    return total


def verify(
    folder: IndexFolder = DEFAULT_INDEX,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make damaged FAISS and tantivy files anew.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check that an index holds what was written to it. Exit code 0 if it does, 1 if not."""
    from indexer.deriving import verify as checks
    from indexer.updating.summary import counted

    report = checks.repair(folder) if repair else checks.verify(folder)
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        for name in report.repaired:
            typer.echo(f"{folder / name}: made anew")
        for problem in report.problems:
            path = str(folder / problem.file)
            typer.echo(f"{'' if path in problem.problem else path + ': '}{problem.problem}")
        articles, passages = (
            counted(report.articles, "article"),
            counted(report.passages, "passage"),
        )
        if report.ok:
            typer.echo(f"{folder}: {articles}, {passages}: sound")
        elif all(it.repairable for it in report.problems):
            say(f"`locus verify --repair --index {folder}` makes these files anew")
        else:
            say(_repair_of_database(folder, is_readable=report.generation > 0))
    if not report.ok:
        raise typer.Exit(1)
