"""The commands that write or inspect an index: ``locus index``, ``verify`` and ``status``.

Heavy modules are imported inside the commands, so that ``--help`` and completion are quick.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from indexer.command.finding_index import nearest_index
from indexer.command.messages import examples, say
from indexer.storing.schema import DEFAULT_INDEX as DEFAULT_INDEX  # noqa: PLC0414 - passed on

if TYPE_CHECKING:
    from collections.abc import Callable

    from indexer.deriving.publishing import Gate

    OpenGate: TypeAlias = Callable[["Examination"], Gate | None]
    """Creates a gate for ``build``, None if nothing is to be examined.

    A gate needs the search, which this package must not import. So the package that registers
    ``index`` passes this function as the ``obj`` of the context.
    """


@dataclass(frozen=True, slots=True)
class Examination:
    """What to do with an update before it is published.

    ``gate`` is a dataset that it must not score worse on, by ``measures``. ``preview`` is a file of
    questions: their changed answers are shown, in a ``report`` too if it is named, and nothing is
    published.
    """

    gate: Path | None
    measures: tuple[str, ...]
    preview: Path | None
    report: Path | None
    as_json: bool


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
        help="Where the index is stored. Default: the nearest .locus, here or in a parent folder.",
        show_default=False,
        callback=_index_folder,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


INDEX_EPILOG = examples(
    "locus index ~/articles",
    "locus index",
    "locus index ~/articles --dry-run",
    "locus index --passage-tokens 200 --preview questions.txt",
    'locus index ~/articles --exclude "drafts/" --watch',
    exit_codes="0 success, 1 nothing to index or update refused by --gate, 2 error.",
)

STATUS_EPILOG = examples(
    "locus status",
    "locus status --skipped",
    "locus status --json",
    exit_codes="0 success, 2 error.",
)

VERIFY_EPILOG = examples(
    "locus verify",
    "locus verify --repair",
    exit_codes="0 the index is OK, 1 damage was found, 2 error.",
)


def index(
    context: typer.Context,
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="SOURCE",
            help="Folders, files, and .jsonl files to index. If omitted, the sources"
            " indexed before are updated.",
            show_default=False,
        ),
    ] = None,
    folder: IndexFolder = DEFAULT_INDEX,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Skip files that match this pattern (.gitignore syntax). Can be repeated."
            " Remembered for next time; use '' to clear.",
            show_default=False,
        ),
    ] = None,
    hidden: Annotated[
        bool | None,
        typer.Option(
            "--hidden/--no-hidden",
            help="Include hidden files and folders. Remembered for next time.",
            show_default=False,
        ),
    ] = None,
    text_column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Column of .csv and .tsv files that is the text of an article. Can be repeated."
            " Remembered for next time; use '' to clear. Default: all columns.",
            show_default=False,
        ),
    ] = None,
    forget: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="SOURCE",
            help="Remove this source and its articles from the index. Your files are not touched.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|DIR",
            help="Embedding model: a folder or a Hugging Face name. Changing it re-indexes"
            " everything. Default: all-MiniLM-L6-v2.",
            show_default=False,
        ),
    ] = None,
    passage_tokens: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=16,
            help="Target passage length in tokens (about 3/4 of a word each). Default: 128.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="auto|NAME",
            help='Language for matching word forms ("ships" finds "ship"): english, german, ...'
            " or none. A new index finds it out from the articles (auto).",
            show_default=False,
        ),
    ] = None,
    shards: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=1024,
            help="Divide the index into N shards, which are searched as one. An update rewrites"
            " only shards with changed articles. Remembered; to change it, add --rebuild.",
            show_default=False,
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local",
            help="Update the shards at the same time, with tasks on the Ray cluster at this address"
            " (HOST:PORT or auto), or on this machine (local).",
            show_default=False,
        ),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Rebuild the whole index from scratch.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Keep running and update the index whenever a file changes. Stop with Ctrl-C.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show what would be read, and about how long it takes. Nothing is written.",
        ),
    ] = False,
    gate: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET",
            help="Keep the old index if the new one scores significantly worse on this dataset.",
            show_default=False,
        ),
    ] = None,
    gate_measures: Annotated[
        list[str] | None,
        typer.Option(
            "--gate-measure",
            metavar="MEASURE",
            help="Measure that --gate checks. Can be repeated. Default: nDCG@10, plus hit@5 if the"
            " dataset has answers.jsonl.",
            show_default=False,
        ),
    ] = None,
    preview: Annotated[
        Path | None,
        typer.Option(
            metavar="QUESTIONS",
            help="Show how the update would change the answers to these questions, and why, and"
            " keep the old index. A file with one question in each line.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help="Also write what --preview shows to this file, to share it.",
            show_default=False,
        ),
    ] = None,
    allow_download: Annotated[
        bool,
        typer.Option(
            "--allow-download",
            help="Allow downloading the model given with --model from Hugging Face.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Create or update the index of your articles.

    The sources are remembered. Later, `locus index` alone picks up new and
    changed files, and removes deleted ones from the index.
    """
    examines = gate is not None or preview is not None
    _refuse(
        (gate_measures and gate is None, "--gate-measure has no effect without --gate DATASET"),
        (report and preview is None, "--report has no effect without --preview QUESTIONS"),
        (
            dry_run and (watch or examines),
            "--dry-run cannot be combined with --watch, --gate or --preview",
        ),
        (
            ray is not None and (watch or dry_run),
            "--ray cannot be combined with --watch or --dry-run",
        ),
        (preview is not None and watch, "--preview cannot be combined with --watch"),
    )
    open_gate: OpenGate = context.obj
    wanted = Examination(gate, tuple(gate_measures or ()), preview, report, as_json)
    from indexer.command.interrupt import Interrupted, interruptible
    from indexer.command.run import IndexRun

    run = IndexRun(
        folder,
        typer.echo,
        say,
        as_json=as_json,
        exclude=exclude,
        hidden=hidden,
        text_column=text_column,
        model=model,
        passage_tokens=passage_tokens,
        language=language,
        allow_download=allow_download,
        gate=open_gate(wanted),
        shards=shards,
        ray=ray,
    )

    def work() -> int:
        if dry_run:
            return run.dry(sources or (), forget=forget or (), rebuild=rebuild)
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


def _refuse(*mistakes: tuple[object, str]) -> None:
    """Raise BadParameter with the message of the first mistake that was made, if any was."""
    for is_made, message in mistakes:
        if is_made:
            raise typer.BadParameter(message)


def _repair_of_database(folder: Path, *, is_readable: bool) -> str:
    """Advice for a damaged database; ``--rebuild`` only works if the database can still be read."""
    from indexer.storing.folder import index_option

    replace = f"restore {folder} from a backup, or delete it and index your sources again"
    if not is_readable:
        return f"to repair: {replace}"
    return f"to repair: locus index --rebuild{index_option(folder)}. If that fails, {replace}"


def status(
    folder: IndexFolder = DEFAULT_INDEX,
    skipped: Annotated[
        bool,
        typer.Option("--skipped", help="List the files that the last update skipped, and why."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what is in the index: sources, articles, model, size."""
    from indexer.command.status import skipped_in, status_of

    found = skipped_in(folder) if skipped else status_of(folder)
    typer.echo(json.dumps(found.as_json(), ensure_ascii=False) if as_json else found.as_text())


def verify(
    folder: IndexFolder = DEFAULT_INDEX,
    repair: Annotated[
        bool, typer.Option("--repair", help="Rebuild damaged search files from the database.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check an index for damage, and repair it with --repair.

    Compares every stored article, passage and vector with its checksum, and
    the search files (FAISS and tantivy) with the database. A repair takes
    seconds and does not embed the articles again.
    """
    from indexer.sharding import verifying as checks
    from indexer.storing.folder import index_option
    from indexer.updating.summary import counted

    report = checks.repair(folder) if repair else checks.verify(folder)
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        for name in report.repaired:
            typer.echo(f"rebuilt {folder / name}")
        for problem in report.problems:
            path = str(folder / problem.file)
            typer.echo(f"{'' if path in problem.problem else path + ': '}{problem.problem}")
        articles, passages = (
            counted(report.articles, "article"),
            counted(report.passages, "passage"),
        )
        if report.ok:
            typer.echo(f"{folder} is OK: {articles}, {passages} checked")
        elif all(it.repairable for it in report.problems):
            say(f"to repair: locus verify --repair{index_option(folder)}")
        else:
            say(_repair_of_database(folder, is_readable=report.generation > 0))
    if not report.ok:
        raise typer.Exit(1)
