"""How much slower files of other formats are indexed than the encoder alone embeds their passages.

    python -m tests.benchmarks.throughput [CORPUS.jsonl]

The articles of the corpus are made into saved web pages, Word files and PDFs, some pages each.
Pandoc and LibreOffice write the last two; without them their rows are left out.
"""

import json
import re
import statistics
import tempfile
from collections.abc import Callable, Iterator
from html import escape
from itertools import cycle, islice
from pathlib import Path

from indexer.encoding import models
from indexer.encoding.encoder import Encoder
from indexer.encoding.finding import find
from indexer.reading.articles import open_source
from indexer.reading.worker import WORKER
from indexer.splitting.passages import embedding_text, split, title_context
from indexer.types import Splitting
from tests.benchmarks.harness import LOCUS, arguments, child, row
from tests.benchmarks.office import run
from tests.benchmarks.pages import PAGES, PARAGRAPHS
from tests.benchmarks.ratios import COMPILED, encoding_seconds

FILES = 160
CHARACTERS = 8_000
"""Of an article: some pages."""
ROUNDS = 3
BARS = {"html": "0.6", "docx": "0.85", "pdf": "0.85"}

Paragraphs = list[str]


def main(corpus: Path) -> None:
    """Make the files, and print a row for each format."""
    encoder = models.load(models.identify(models.DEFAULT_MODEL))
    articles = list(islice(_articles(corpus), FILES))
    row("what", "figure", "bar")
    with tempfile.TemporaryDirectory() as scratch:
        for suffix, write in MAKERS.items():
            folder = Path(scratch) / suffix
            folder.mkdir()
            write(folder, articles)
            if files := len(list(folder.glob(f"*.{suffix}"))):
                _measured(folder, suffix, files, encoder)


def _measured(folder: Path, suffix: str, files: int, encoder: Encoder) -> None:
    texts = folder.with_name(f"{suffix}.json")
    passages = passages_of(folder, encoder)
    texts.write_text(json.dumps(passages), "utf-8")
    command = [str(LOCUS), "index", str(folder), "--index", str(folder.with_suffix(".locus"))]
    model = find(models.DEFAULT_MODEL, allow_download=False)
    ratios = []
    for _ in range(ROUNDS):
        bare = encoding_seconds(COMPILED, model, texts)
        ratios.append(bare / json.loads(child([*command, "--rebuild", "--json"]))["seconds"])
    said = f".{suffix}: {files} files, {len(passages):,} passages: encoder / whole run"
    row(said, f"{statistics.median(ratios):.2f}", BARS[suffix])


def passages_of(folder: Path, encoder: Encoder) -> list[str]:
    """What a run embeds of a folder: each text once."""
    count, limit = encoder.count_tokens, encoder.passage_limit
    texts: dict[str, None] = {}
    for entry in open_source(folder, lambda _: None).entries:
        article = entry.read()
        context = title_context(article.title, count, limit)
        for it in split(article.text, context, count, limit, Splitting(), article.blocks):
            texts[embedding_text(context, it.text, it.above)] = None
    WORKER.close()
    return list(texts)


def _articles(corpus: Path) -> Iterator[tuple[str, Paragraphs]]:
    """Titles and paragraphs; a long article becomes several."""
    for entry in open_source(corpus, lambda _: None).entries:
        article = entry.read()
        found: Paragraphs = []
        number = 1
        for paragraph in re.split(r"\s*\n\s*", article.text):
            found.append(paragraph)
            if sum(map(len, found)) > CHARACTERS:
                yield f"{article.title}, part {number}", found
                number, found = number + 1, []
        if found:
            yield f"{article.title}, part {number}", found


def _write_pages(folder: Path, articles: list[tuple[str, Paragraphs]]) -> None:
    layouts = [re.sub("[⟦⟧]", "", path.read_text("utf-8")) for path in sorted(PAGES.glob("*.html"))]
    layouts = [it for it in layouts if PARAGRAPHS.search(it)]
    for number, ((title, paragraphs), layout) in enumerate(
        zip(articles, cycle(layouts), strict=False)
    ):
        places = len(PARAGRAPHS.findall(layout))
        share = -(-len(paragraphs) // places)
        parts = iter(range(0, len(paragraphs), share))

        def text(_: re.Match[str], of: Paragraphs = paragraphs, parts: Iterator[int] = parts,
                 share: int = share) -> str:  # fmt: skip
            at = next(parts, len(of))
            return "".join(f"<p>{escape(it)}</p>\n" for it in of[at : at + share])

        page = PARAGRAPHS.sub(text, layout)
        page = re.sub(r"(?s)<title>.*?</title>", f"<title>{escape(title)}</title>", page)
        (folder / f"{number}.html").write_text(page, "utf-8")


def _write_words(folder: Path, articles: list[tuple[str, Paragraphs]]) -> None:
    for number, (title, paragraphs) in enumerate(articles):
        source = folder / "text.markdown"
        source.write_text("\n\n".join([f"# {title}", *paragraphs]), "utf-8")
        run("pandoc", "-s", "-f", "commonmark", source, "-o", f"{number}.docx", cwd=folder)
        source.unlink()


def _write_prints(folder: Path, articles: list[tuple[str, Paragraphs]]) -> None:
    _write_words(folder, articles)
    files = sorted(folder.glob("*.docx"))
    if files:
        run("soffice", "--headless", "--convert-to", "pdf", *files, cwd=folder)
    for file in files:
        file.unlink()


MAKERS: dict[str, Callable[[Path, list[tuple[str, Paragraphs]]], None]] = {
    "html": _write_pages,
    "docx": _write_words,
    "pdf": _write_prints,
}


if __name__ == "__main__":
    main(arguments()[0])
