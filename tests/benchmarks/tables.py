"""The figures as rows of a table: raw values, and the ratios that are computed from them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.encoders import STAND_IN
from tests.benchmarks.figures import Piece
from tests.benchmarks.peers.environments import LOCUS

Values = Mapping[str, float]
"""Value by what was measured."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its key in the values, what it says, and how many digits and which unit it shows."""

    key: str
    label: str
    unit: str = ""
    digits: int = 3
    sign: str = ""


GROWTH: Sequence[Row] = (
    Row("articles", "articles"),
    Row("build", "**Building**: time", "s"),
    Row("rate", "- passages a second", "/s"),
    Row("processor share", "- cores in use", digits=2),
    Row("encoder share", "- time in the encoder, of all", "%", 2),
    Row("over tokenizing", "- until all is stored, over a batch tokenization of the texts", "x"),
    Row("publishing", "- publishing, with the FAISS and tantivy files", "s"),
    Row("build peak", "- peak memory", "MiB"),
    Row("update nothing", "**Updating**: nothing changed", "s"),
    Row("update one file", "- one article edited, in a file of its own", "s"),
    Row("update one file written", "- written for it", "MB", 2),
    Row("update one line", "- one article edited, in a line of the corpus", "s"),
    Row("update one line written", "- written for it", "MB", 2),
    Row("first answer", "**Opening**: first answer of a new process", "s"),
    Row("first answer more", "- more than at the smallest size", "s", 2, "+"),
    Row("p50", "**Asking**: hybrid search less encoding, p50", "ms"),
    Row("p95", "- p95", "ms"),
    Row("query encoding", "- encoding a question, p50", "ms"),
    Row("four over one", "- answers a second: four threads over one", "x"),
    Row("recall", "- recall@10 of the vectors against exact search"),
    Row("memory", "**Memory** after 1,000 questions and more", "MiB"),
    Row("own memory", "- without the pages of mapped files", "MiB"),
    Row("server memory", "- of `locus serve` after 1,000 questions", "MiB"),
    Row("disk", "**Disk**", "MiB"),
    Row("disk over text", "- over the corpus as a file", "x"),
)

COMPARED: Sequence[Row] = (
    Row("hit@1", "answer in the first hit", digits=3),
    Row("hit@5", "answer in the first five hits", digits=3),
    Row("nDCG@10", "nDCG@10, of the articles of ten hits", digits=3),
    Row("index", "indexing, with the model loaded", "s"),
    Row("index processor", "- processor time", "s"),
    Row("index peak", "- peak memory", "MiB"),
    Row("p50", "a warm question, p50", "ms"),
    Row("p95", "a warm question, p95", "ms"),
    Row("query processor", "- processor time of a question", "ms"),
    Row("first answer", "first answer of a new process", "s"),
    Row("memory", "memory after all questions", "MiB"),
    Row("disk", "disk", "MiB"),
)
QUALITY = {"hit@1", "hit@5", "nDCG@10"}
"""More is better; of all others, less is."""


def growth(pieces: Iterable[Piece], encoder: str) -> dict[int, dict[str, float]]:
    """The values of each size by its passages, with the ratios, from small to large."""
    sizes: dict[int, dict[str, float]] = {}
    for piece in pieces:
        if piece.name.startswith(f"growth-{encoder}-"):
            for figure in piece.figures:
                sizes.setdefault(figure.passages, {})[figure.what] = figure.value
    ordered = dict(sorted(sizes.items()))
    for passages, values in ordered.items():
        values.update(_ratios(passages, values))
        if encoder != STAND_IN:  # with a model, it is the model that takes the time
            values.pop("over tokenizing", None)
    firsts = [values["first answer"] for values in ordered.values() if "first answer" in values]
    for values in list(ordered.values())[1:]:
        if "first answer" in values:
            values["first answer more"] = values["first answer"] - firsts[0]
    return ordered


def compared(pieces: Iterable[Piece]) -> dict[str, dict[str, dict[str, float]]]:
    """The values of each tool, by dataset and tool; Locus is the first."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for piece in pieces:
        if piece.name.startswith("peers-"):
            tools = found.setdefault(dataset_of(piece), {LOCUS: {}})
            for figure in piece.figures:
                tools.setdefault(figure.system, {})[figure.what] = figure.value
    return {dataset: tools for dataset, tools in found.items() if any(tools.values())}


def dataset_of(piece: Piece) -> str:
    return piece.name.removeprefix("peers-").rpartition("-")[0]


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; all columns but the first are aligned to the right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]


def shown(value: float, row: Row) -> str:
    """A value with its unit, to a few significant digits: ``1,020 s``, ``0.83``, ``4.13 ms``."""
    number = value * 100 if row.unit == "%" else value
    places = max(0, row.digits - len(str(int(abs(number)))))
    if row.key in {*QUALITY, "recall"}:
        places = 3
    unit = row.unit if row.unit in {"x", "%", ""} else f" {row.unit}"
    return f"{number:{row.sign},.{places}f}{unit}"


def _ratios(passages: int, values: Values) -> dict[str, float]:
    ratios: Mapping[str, Callable[[], float]] = {
        "rate": lambda: passages / values["build"],
        "processor share": lambda: values["build processor"] / values["build"],
        "encoder share": lambda: values["build encoding"] / values["build"],
        "over tokenizing": lambda: values["pipeline"] / values["tokenizing"],
        "four over one": lambda: values["four threads"] / values["one thread"],
        "disk over text": lambda: values["disk"] / values["text"],
    }
    found = {}
    for name, ratio in ratios.items():
        try:
            found[name] = ratio()
        except (KeyError, ZeroDivisionError):
            continue
    return found
