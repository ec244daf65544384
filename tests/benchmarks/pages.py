"""The text that is found in saved web pages: F1 of its words, for four kinds of page.

    python -m tests.benchmarks.pages

The pages are in the folder ``pages``, made for this. What should be found is between ``⟦`` and
``⟧``; ``{NAME 0:4}`` stands for the first four paragraphs of an article of the seeds.
"""

import re
import statistics
from collections import Counter
from html import escape, unescape
from pathlib import Path
from typing import NamedTuple

from indexer.reading.formats.web import html
from tests.benchmarks.harness import ROOT, row

PAGES = Path(__file__).with_name("pages")
BARS = {"news": 0.93, "blog": 0.93, "documentation": 0.90, "forum": 0.80}
_WANTED = re.compile(r"⟦(.*?)⟧", re.DOTALL)
PARAGRAPHS = re.compile(r"\{([\w.-]+) (\d+):(\d+)\}")


class Score(NamedTuple):
    """How many of the right words were found, and how many of the found words are right."""

    recall: float
    precision: float

    @property
    def f1(self) -> float:
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


def page(path: Path) -> tuple[bytes, str]:
    """A page, and the text that should be found in it."""
    marked = PARAGRAPHS.sub(_paragraphs, path.read_text("utf-8"))
    wanted = " ".join(_WANTED.findall(marked))
    source = marked.replace("⟦", "").replace("⟧", "")
    return source.encode(), unescape(re.sub(r"<[^>]*>", lambda tag: _space(tag[0]), wanted))


def _space(tag: str) -> str:
    """A space, unless the tag is one inside a word, as in highlighted code."""
    return "" if re.match(r"</?(?:span|em|b|i|code)\b", tag) else " "


def _paragraphs(match: re.Match[str]) -> str:
    text = (ROOT / "seeds" / match[1]).read_text("utf-8")
    parts = [part for part in re.split(r"\n\s*\n", text) if not part.startswith("# ")]
    return "\n".join(map(_element, parts[int(match[2]) : int(match[3])]))


def _element(part: str) -> str:
    heading = re.fullmatch(r"(##+) (.*)", part.strip())
    if heading:
        level = len(heading[1])
        return f"<h{level}>{escape(heading[2])}</h{level}>"
    return f"<p>{escape(' '.join(part.split()))}</p>"


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()))


def score(path: Path) -> Score:
    data, wanted = page(path)
    right, found = words(wanted), words(html.read(data, path.name).text)
    common = (right & found).total()
    return Score(common / right.total(), common / max(1, found.total()))


def f1_of(kind: str) -> float:
    """The mean F1 over the pages of one kind."""
    return statistics.mean(score(path).f1 for path in sorted(PAGES.glob(f"{kind}-*.html")))


def main() -> None:
    """Print the scores of each page and of each kind."""
    for path in sorted(PAGES.glob("*.html")):
        found = score(path)
        row(path.stem, f"{found.f1:.3f}", f"{found.recall:.3f} found, {found.precision:.3f} right")
    for kind, bar in BARS.items():
        row(f"F1 of words, {kind}", f"{f1_of(kind):.3f}", str(bar))


if __name__ == "__main__":
    main()
