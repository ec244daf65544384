"""The shape of the house: who may import whom, what is public, what start-up costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import indexer
import search
import search.evaluation
from indexer import errors
from tests.conftest import ROOT

MODULES = [*ROOT.glob("indexer/**/*.py"), *ROOT.glob("search/**/*.py")]
SEEN_BY_SEARCH = {"types", "errors", "encoding", "storing", "deriving"}
COMMANDS = {"search/cli.py", "search/evaluation/cli.py", "search/evaluation/commands.py"}
"""They run the writing side too: the commands are mounted, and a dataset is indexed to be asked."""
ONLY_HERE = {
    "faiss": {"indexer/deriving/vectors.py"},
    "tantivy": {"indexer/deriving/lexical.py"},
    "sentence_transformers": {
        "indexer/encoding/reference.py",
        "indexer/encoding/compiled.py",  # its type alone
        "search/ranking/cross_encoder.py",
    },
    "openvino": {"indexer/encoding/compiled.py"},
    "sentencex": {"indexer/splitting/sentences.py"},
    "typer": {"indexer/command/cli.py", "search/cli.py", "search/evaluation/cli.py"},
    "sqlite3": {"indexer/storing/database.py"},
    "pathspec": {"indexer/reading/excludes.py"},
    "watchfiles": {"indexer/command/watch.py"},
    "uvicorn": {"search/serving/server.py", "search/serving/protocol.py"},
    "h11": {"search/serving/protocol.py"},
    "mcp": {"search/serving/mcp.py"},
    "starlette": {
        "search/serving/server.py",
        "search/serving/guard.py",
        "search/serving/page/__init__.py",
    },
    "ir_measures": {"search/evaluation/measured/measures.py"},
    "matplotlib": {"search/evaluation/shown/plots.py"},
    "jinja2": {"search/evaluation/shown/report.py"},
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_arrows_point_one_way(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for name in imports(path):
        parts = name.split(".")
        if place.startswith("indexer/"):
            assert parts[0] != "search", f"{place} imports {name}"
        elif parts[0] == "indexer" and len(parts) > 1 and place not in COMMANDS:
            assert parts[1] in SEEN_BY_SEARCH, f"{place} imports {name}"
        assert place in ONLY_HERE.get(parts[0], {place}), f"{place} imports {name}"


def test_the_public_names() -> None:
    assert indexer.__all__ == ["LocusError", "Progress", "Summary", "build"]
    assert search.__all__ == [
        "Answer",
        "Hit",
        "Mode",
        "Reranker",
        "Searcher",
        "Span",
        "load_reranker",
        "open_index",
    ]
    for package in (indexer, search, search.evaluation):
        for name in package.__all__:
            assert getattr(package, name) is not None
    with pytest.raises(AttributeError):
        indexer.nothing  # noqa: B018


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
    assert done.stdout.count("Usage: ") == 10, "every command, and that of all"
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
