"""The structure: which module may import which, what is public, what is loaded at start."""

import ast
import doctest
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import indexer
import search
import search.evaluation
from indexer import errors
from tests.conftest import ROOT

MODULES = sorted([*ROOT.glob("indexer/**/*.py"), *ROOT.glob("search/**/*.py")])
GROUND = {
    *("indexer.arrays", "indexer.durable", "indexer.errors", "indexer.text", "indexer.types"),
    *("search.limits", "search.types", "search.question"),
}
"""Modules that everything in their package may import, and those that ``search`` may too."""
OPEN = {"indexer.encoding", "indexer.storing", "indexer.deriving"}
"""The parts of ``indexer`` that ``search`` may import: they read an index and never write one."""
SHARDING = {"indexer.reading", *OPEN, "indexer.updating"}
WRITING = {"indexer.splitting", *SHARDING, "indexer.sharding", "indexer.pipeline"}
RANKED = {*OPEN, "search.ranking", "search.stages"}
EVALUATION = {f"search.evaluation.{room}" for room in ("judged", "measured", "shown")}
FLOORS: dict[str, set[str]] = {
    "indexer.splitting": set(),
    "indexer.encoding": set(),
    "indexer.reading": {"indexer.splitting"},
    "indexer.storing": {"indexer.encoding"},
    "indexer.deriving": {"indexer.encoding", "indexer.storing"},
    "indexer.updating": {"indexer.splitting", "indexer.reading", *OPEN},
    "indexer.sharding": SHARDING,
    "indexer.pipeline": WRITING - {"indexer.pipeline"},
    "indexer.command": WRITING,
    "search.ranking": OPEN,
    "search.stages": {*OPEN, "search.ranking"},
    "search.asked": RANKED,
    "search.similarity": {*RANKED, "search.asked"},
    "search.workings": {*RANKED, "search.asked"},
    "search.answers": {*RANKED, "search.asked", "search.workings"},
    "search.scaling": {*OPEN, "search.ranking"},
    "search.loading": {*RANKED, "search.scaling"} - {"search.stages"},
    "search.checking": {"indexer.reading", "indexer.storing", "indexer.deriving"},
    "search.searcher": {
        *RANKED,
        *("search.asked", "search.answers", "search.similarity", "search.loading"),
        "search.workings",
        "search.checking",
    },
    "search.logged": {"indexer.reading", "indexer.storing", "search.checking"},
    "search.logged.cli": {"search.logged", "indexer.command"},
    "search.judging": {
        *("indexer.reading", "indexer.storing", "search.searcher"),
        *("search.evaluation.judged", "search.evaluation.measured"),
    },
    "search.judging.keyboard": set(),
    "search.judging.terminal": {
        *("search.judging", "search.judging.keyboard"),
        *("search.asking", "search.checking"),
    },
    "search.judging.commands": {
        *("search.judging", "search.judging.keyboard", "search.judging.terminal"),
        *("search.serving", "search.searcher", "indexer.storing"),
        *EVALUATION,
        "search.evaluation.indexing",
    },
    "search.judging.cli": {
        *("search.judging.commands", "search.asking.options", "indexer.command"),
    },
    "search.checking.cli": {"search.checking", "search.searcher", "indexer.command"},
    "search.serving": {
        *("indexer", "indexer.reading", "indexer.encoding", "indexer.storing"),
        *("search.checking", "search.judging", "search.logged", "search.searcher"),
    },
    "search.asking": {
        *("indexer.reading", "indexer.storing"),
        *("search.logged", "search.ranking", "search.searcher", "search.serving"),
    },
    "search.asking.options": set(),
    "search.asking.cli": {
        *("search.asking", "search.asking.options", "search.searcher"),
        *("indexer.command", "indexer.storing"),
    },
    "search.serving.cli": {"search.serving", "search.judging.commands", "indexer.command"},
    "search.evaluation.judged": {"indexer.reading"},
    "search.evaluation.measured": {
        *OPEN,
        "search.ranking",
        *("search.scaling", "search.searcher", "search.workings"),
        *("search.checking", "search.logged"),
        "search.evaluation.judged",
    },
    "search.evaluation.shown": {"search.evaluation.judged", "search.evaluation.measured"},
    # It may import the writing side too: it indexes a dataset before it asks it.
    "search.evaluation.indexing": {
        *EVALUATION,
        *("indexer.encoding", "indexer.pipeline", "indexer.updating", "indexer.command"),
    },
    "search.evaluation.commands": {
        *EVALUATION,
        *("search.evaluation.indexing", "search.ranking", "search.searcher"),
    },
    "search.evaluation.from_log": {
        *EVALUATION,
        *("search.evaluation.commands", "search.logged"),
    },
    "search.evaluation.tuning": {
        *EVALUATION,
        *OPEN,
        *("search.evaluation.indexing", "search.searcher"),
    },
    "search.evaluation.cli": {
        *("search.evaluation.commands", "search.evaluation.tuning", "search.evaluation.from_log"),
        *("search.asking.options", "indexer.command"),
    },
    "search.cli": {
        *("indexer", "indexer.command"),
        *("search.asking.cli", "search.checking.cli", "search.serving.cli"),
        *("search.evaluation.cli", "search.evaluation.commands", "search.evaluation.measured"),
        "search.logged.cli",
        "search.judging.cli",
    },
    # The packages, which list the public names.
    "indexer": WRITING,
    "search": {"search.checking", "search.loading", "search.ranking", "search.searcher"},
    "search.evaluation": EVALUATION,
}
"""What each folder or module may import, besides the modules in GROUND."""
MOST_FLAT = 6
ONLY_HERE = {
    "faiss": {"indexer/deriving/clusters.py", "indexer/deriving/flat.py"},
    "tantivy": {
        "indexer/deriving/analysis.py",
        "indexer/deriving/asked_words.py",
        "indexer/deriving/lexical.py",
    },
    "rapidfuzz": {"search/checking/rewording.py", "search/ranking/vocabulary.py"},
    "py3langid": {"indexer/deriving/languages.py"},
    "sentence_transformers": {
        "indexer/encoding/reference.py",
        "indexer/encoding/compiled.py",  # its type alone
        "search/ranking/cross_encoder.py",
    },
    "openvino": {"indexer/encoding/compiled.py"},
    "lxml": {
        "indexer/reading/formats/web/html.py",
        "indexer/reading/formats/web/markup.py",
        "indexer/reading/formats/office/office.py",
    },
    "trafilatura": {"indexer/reading/formats/web/html.py"},
    "chardet": {"indexer/reading/encodings.py"},
    "sentencex": {"indexer/splitting/sentences.py"},
    "typer": {
        "indexer/command/cache.py",
        "indexer/command/cli.py",
        "indexer/command/contents.py",
        "indexer/command/messages.py",
        "search/asking/cli.py",
        "search/asking/options.py",
        "search/checking/cli.py",
        "search/cli.py",
        "search/evaluation/cli.py",
        "search/logged/cli.py",
        "search/judging/cli.py",
        "search/serving/cli.py",
    },
    "pypdfium2": {"indexer/reading/formats/paged/pdf.py"},
    "xxhash": {
        "indexer/reading/part.py",
        "indexer/storing/blocks.py",
        "indexer/storing/digests.py",
        "indexer/storing/shards/manifest.py",
    },
    "sqlite3": {"indexer/storing/database.py"},
    "watchfiles": {"indexer/command/watch.py"},
    "uvicorn": {"search/serving/server.py", "search/serving/protocol.py"},
    "h11": {"search/serving/protocol.py"},
    "ray": {"indexer/sharding/cluster.py"},
    "mcp": {"search/serving/mcp.py"},
    "starlette": {
        "search/serving/server.py",
        "search/serving/routes.py",
        "search/serving/guard.py",
        "search/serving/judged.py",
        "search/serving/originals.py",
        "search/serving/page/__init__.py",
    },
    "ir_measures": {"search/evaluation/measured/measures.py"},
    "sklearn": {"search/judging/agreement.py"},
    "krippendorff": {"search/judging/agreement.py"},
    "matplotlib": {"search/evaluation/shown/plots.py"},
    "jinja2": {"search/evaluation/shown/template.py"},
}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


def imports(path: Path) -> set[str]:
    """What a module imports: our modules by full name, libraries by top-level name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import"
            both = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= both & set(NAMES) or {node.module}
    return {name if name in NAMES else name.split(".")[0] for name in found}


def room_of(module: str) -> str:
    """The entry of FLOORS for a module."""
    while module not in FLOORS and module not in GROUND:
        module = module.rpartition(".")[0]
    return module


@pytest.mark.parametrize("module", NAMES)
def test_a_room_imports_only_from_the_floors_below(module: str) -> None:
    room = room_of(module)
    for name in imports(NAMES[module]) & set(NAMES):
        other = room_of(name)
        if other in GROUND:
            assert module.startswith("search") or other.startswith("indexer"), (module, name)
        else:
            assert other == room or other in FLOORS.get(room, set()), f"{module} imports {name}"


def test_the_floors_have_no_circle_and_neither_have_the_modules() -> None:
    list(TopologicalSorter(FLOORS).static_order())
    list(TopologicalSorter({m: imports(p) & set(NAMES) for m, p in NAMES.items()}).static_order())


def test_each_room_says_what_it_is_for_and_what_it_may_import() -> None:
    """A docstring ends with: May import ``a``, ``b`` and ``c``. Or: May import no other."""
    doors = {"indexer", "search", "search.evaluation"}
    rooms = {name for name in FLOORS if NAMES.get(name, ROOT).name == "__init__.py"} - doors
    assert {room_of(name_of(path.parent / "__init__.py")) for path in MODULES} == rooms | doors
    for room in rooms:
        says = ast.get_docstring(ast.parse(NAMES[room].read_text("utf-8"))) or ""
        found = re.search(r"May import (.*?)\.(?=\s|$)", says, re.DOTALL)
        assert found is not None and found.start() > 0, room
        package = room.split(".")[0]
        named = set()
        for name in re.findall(r"``([\w.]+)``", found[1]):
            places = (name, f"{package}.{name}", f"{package}.evaluation.{name}")
            named.add(next(place for place in places if place in FLOORS))
        assert named == FLOORS[room], room


def test_few_modules_lie_outside_the_rooms() -> None:
    flat = {path.name for path in ROOT.glob("indexer/*.py")} - {"__init__.py"}
    assert len(flat) <= MOST_FLAT, sorted(flat)


@pytest.mark.parametrize("library", ONLY_HERE)
def test_a_library_is_imported_where_it_is_wrapped_and_nowhere_else(library: str) -> None:
    found = {p.relative_to(ROOT).as_posix() for p in MODULES if library in imports(p)}
    assert found == ONLY_HERE[library]


PACKAGES = (indexer, search, search.evaluation)
PUBLIC = {
    f"{package.__name__}.{name}": getattr(package, name)
    for package in PACKAGES
    for name in package.__all__
}


def test_the_public_names() -> None:
    """A new public name is a promise to scripts; removing one breaks some."""
    assert {"LocusError", "Progress", "Summary", "build"} <= set(indexer.__all__)
    assert search.__all__ == [
        "Answer",
        "Citation",
        "Explanation",
        "Hit",
        "Mode",
        "Place",
        "Reranker",
        "Searcher",
        "Searching",
        "Selecting",
        "SnapshotProvider",
        "Span",
        "Verdict",
        "load_reranker",
        "open_index",
    ]
    assert all(found is not None for found in PUBLIC.values())
    for package in PACKAGES:
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            package.nothing  # noqa: B018


def classes_in(hint: object) -> Iterator[type]:
    """Our classes that a type consists of."""
    if inspect.isclass(hint) and hint.__module__.split(".")[0] in {"indexer", "search"}:
        yield hint
    for part in hint if isinstance(hint, list | tuple) else get_args(hint):
        yield from classes_in(part)


def hints_of(found: object) -> Iterator[tuple[str, object]]:
    """The types in the signature of a function, or in the fields and public methods of a class."""
    if inspect.isfunction(found):
        yield from get_type_hints(inspect.unwrap(found)).items()
    elif inspect.isclass(found):
        yield from get_type_hints(found).items()
        for name, member in vars(found).items():
            of = member.fget if isinstance(member, property) else member
            of = of.__func__ if isinstance(of, classmethod | staticmethod) else of
            if name == "__init__" or not name.startswith("_"):
                for of_what, hint in hints_of(of) if inspect.isfunction(of) else ():
                    yield f"{name} {of_what}", hint
    else:
        yield "", found


def test_the_types_of_what_is_public_are_public() -> None:
    exported = {id(found) for found in PUBLIC.values()}
    missing = {
        f"{name} ({where})": found
        for name, public in PUBLIC.items()
        for where, hint in hints_of(public)
        for found in classes_in(hint)
        if id(found) not in exported
    }
    assert missing == {}
    assert {found.__name__ for found in vars(errors).values() if inspect.isclass(found)} <= set(
        indexer.__all__
    )


def test_what_is_public_is_documented_with_an_example() -> None:
    for name, found in PUBLIC.items():
        if not inspect.isclass(found) and not inspect.isfunction(found):
            continue  # a name for a type of another library
        assert found.__doc__, name
        if not inspect.isclass(found) or not issubclass(found, Exception):
            assert ">>> " in found.__doc__, name


PURE = {
    "indexer.errors.LocusError",
    "indexer.text",
    "indexer.types",
    "indexer.updating.summary.Summary",
    "search.question",
    "search.types",
    "search.checking.again",
    "search.checking.citation",
    "search.checking.rewording",
    "search.ranking.explanation",
    "search.ranking.trace",
    "search.evaluation.measured.confusions",
    "search.evaluation.measured.groups",
    "search.evaluation.judged.reading.Note",
    "search.evaluation.measured.measures.Figure",
    "search.evaluation.measured.significance.Move",
    "search.evaluation.measured.usage",
    "search.evaluation.measured.significance.Tally",
    "search.evaluation.measured.vector_recall.Recall",
    "search.ranking.reranking.Reranker",
}
"""Modules, or a class in one, whose examples are run: they need no model and no index."""


def test_the_examples_in_docstrings_are_python_and_the_pure_ones_come_out_as_they_say() -> None:
    ran = set()
    runner = doctest.DocTestRunner(verbose=False)
    for module, path in NAMES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            example = doctest.DocTestParser().get_doctest(
                ast.get_docstring(node) or "", {}, f"{module}.{node.name}", str(path), 0
            )
            for one in example.examples:
                compile(one.source, example.name, "single")
            if found := {module, example.name} & PURE if example.examples else set():
                example.globs = dict(vars(import_module(module)))
                runner.run(example)
                ran |= found
    assert runner.summarize(verbose=False).failed == 0
    assert ran == PURE


def test_no_two_public_classes_share_a_name() -> None:
    places: dict[str, set[str]] = {}
    for module, path in NAMES.items():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, set()).add(module)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_nobody_is_told_to_install_what_is_not_ours() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["name"] == "locus-search"
    assert "version" in project["dynamic"], "the version stands in one place: indexer/__init__.py"
    # On PyPI, `locus` is a different project.
    wrong = re.compile(r"\blocus\[|\binstall\b[^\n`]*[ '\"]locus(?![\w.-])")
    texts = [ROOT / "README.md", ROOT / "pyproject.toml", ROOT / "Makefile", *MODULES]
    texts += ROOT.glob("search/**/*.html")
    assert [str(path) for path in texts if wrong.search(path.read_text("utf-8"))] == []


def test_the_error_tree_is_the_one_drawn() -> None:
    drawn = [
        line.split("+- ")[1].split()[0]
        for line in (errors.__doc__ or "").splitlines()
        if "+- " in line
    ]
    classes = {n: c for n, c in vars(errors).items() if isinstance(c, type)}
    assert sorted([*drawn, "LocusError"]) == sorted(classes)
    assert all(issubclass(found, errors.LocusError) for found in classes.values())


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from search.cli import app\n"
        "from typer.main import get_command\n"
        "for command in [[], *([name] for name in get_command(app).commands)]:\n"
        "    sys.argv = ['locus', *command, '--help']\n"
        "    try: app()\n"
        "    except SystemExit: pass\n"
        "heavy = {'torch', 'faiss', 'openvino', 'numpy', 'sentence_transformers', 'tantivy',"
        " 'ir_measures', 'matplotlib', 'jinja2', 'indexer.pipeline', 'search.searcher',"
        " 'starlette'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("Usage: ") == 18, "every command, and that of all"
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_evaluating_loads_no_plots_and_naming_it_nothing() -> None:
    program = (
        "import sys, search.evaluation\n"
        "print(sorted({'numpy', 'ir_measures', 'matplotlib', 'jinja2'} & set(sys.modules)))\n"
        "search.evaluation.evaluate, search.evaluation.compare\n"
        "print(sorted({'matplotlib', 'jinja2', 'torch', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_a_search_loads_neither_torch_nor_the_writing_side(seeds_index: Path) -> None:
    program = (
        "import sys; from search import open_index\n"
        f"open_index({str(seeds_index)!r}).search('Why do corals turn white?')\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'openvino_telemetry',"
        " 'sentencex', 'indexer.pipeline', 'indexer.storing.staging'}\n"
        "print(sorted(name for name in heavy if sys.modules.get(name)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_search_that_is_not_kept_loads_no_log(small_index: Path) -> None:
    program = (
        "import os, sys; from search import cli\n"
        "sys.argv = ['locus', 'search', 'echo', '--mode', 'lexical', '--index',"
        f" {str(small_index)!r}]\n"
        "def ended(code):\n"
        "    print('LOADED', sorted(name for name in sys.modules"
        " if name.startswith('search.logged.') or name == 'search.asking.kept'))\n"
        "    sys.stdout.flush()\n"
        "    end(code)\n"
        "end, os._exit = os._exit, ended\n"
        "cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "LOADED ['search.logged.cli']"


def test_a_run_over_text_loads_no_reader_of_another_format_and_starts_no_process(
    articles: Path, tmp_path: Path
) -> None:
    program = (
        "import sys; from indexer.pipeline import build; from tests.hashing import HashingEncoder\n"
        f"build({str(tmp_path / 'x.locus')!r}, [{str(articles)!r}], encoder=HashingEncoder())\n"
        "from indexer.reading.formats import FORMATS\n"
        "from indexer.reading.worker import WORKER\n"
        "readers = {its.module for its in FORMATS.values() if not its.is_safe}\n"
        "readers.discard('indexer.reading.formats.office.superseded')\n"
        "print(sorted(readers & set(sys.modules)), WORKER.is_running, 'lxml' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[] False False"
