"""Words lost and added by the readers of PDF and office formats, in files that others wrote.

    python -m tests.benchmarks.office [FOLDER]

Pandoc, LibreOffice, LaTeX and Chromium write one text, that of the seeds, in their formats; rows of
programs that are not installed are left out. FOLDER keeps the files.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pypdfium2

from indexer.reading.formats.office import docx, odt, pptx, rtf
from indexer.reading.formats.paged import pdf
from indexer.types import Document
from tests.benchmarks.harness import ROOT, row

READERS = {
    ".docx": docx.read,
    ".odt": odt.read,
    ".odp": odt.read,
    ".pptx": pptx.read,
    ".rtf": rtf.read,
    ".pdf": pdf.read,
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
MORE = """
# A table and lists

| Month | Height | Harbour |
|-------|--------|---------|
| May   | 3 m    | Brest   |
| June  | 4 m    | Dover   |

- A first item of well-known things
- A second item
    - A nested item

1. Numbered alpha
2. Numbered beta

A claim that has a footnote.[^1] And *emphasis*, **weight** and [a link](http://example.org).

[^1]: The footnote speaks of herrings.

> A quotation about the winter.
"""
LATEX = r"""\documentclass[%s]{article}
\usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}%s
\usepackage{hyperref}
\providecommand{\tightlist}{}\providecommand{\texorpdfstring}[2]{#1}
\pagestyle{headings}\setcounter{secnumdepth}{0}
\begin{document}
%s
\end{document}
"""
LATEX_STYLES = {
    "latex": ("a4paper", r"\usepackage{times}"),
    "latex-twoside": ("a5paper,twoside", r"\usepackage{times}"),
    "latex-columns": ("twocolumn,10pt", ""),  # the fonts are bitmaps without Unicode
}
MARK = re.compile(r"\bZq\d+q\b")


def main(folder: Path) -> None:
    """Write the files and print a row for each."""
    source = folder / "text.md"
    source.write_text(marked(), "utf-8")
    truth, latin = (Counter(words(said(it))) for it in (marked(), latin_only(marked())))
    row("what was read", "figure", "bar")
    for file in written(source, folder):
        found = READERS[file.suffix](file.read_bytes(), file.name)
        report(file, found, latin if file.stem.startswith("latex") else truth)


def marked() -> str:
    """The seeds' text in Markdown; each paragraph begins with a word of its own, for its page."""
    parts = []
    for seed in sorted((ROOT / "seeds").glob("*.md")):
        text = re.sub(r"(?s)\A---\n.*?\n---\n", "", seed.read_text("utf-8"))
        parts += [part for part in re.split(r"\n\s*\n", text) if re.match(r"#|\w", part)]
    numbered = [part if part[0] == "#" else f"Zq{n}q {part}" for n, part in enumerate(parts)]
    return "\n\n".join(numbered) + "\n" + MORE


def said(markdown: str) -> str:
    """The words that a reader of the Markdown sees."""
    text = re.sub(r"\]\(http\S*?\)|\[\^1\]:?|^\d\. |^\|[-|]+$", " ", markdown, flags=re.MULTILINE)
    return re.sub(r"[*`#>|_]", " ", text)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.replace("’", "'").casefold())


def run(*command: str | Path, cwd: Path) -> bool:
    """Whether a program is installed and wrote what it should."""
    if shutil.which(str(command[0])) is None:
        return False
    done = subprocess.run(
        [str(it) for it in command], timeout=180, cwd=cwd, capture_output=True, check=False
    )
    return done.returncode == 0


def written(source: Path, folder: Path) -> Iterator[Path]:
    """The files that programs made of the text; names say which programs, the last one last."""
    for suffix in ("docx", "odt", "rtf", "pptx", "html"):
        file = folder / f"pandoc.{suffix}"
        depth = ["--slide-level=2"] if suffix == "pptx" else []
        title = ["--metadata", "pagetitle=Seeds"]
        if run("pandoc", "-s", *title, *depth, source, "-o", file, cwd=folder) and suffix != "html":
            yield file
    yield from by_libreoffice(folder)
    yield from by_latex(source, folder)
    yield from by_chromium(folder)


def by_libreoffice(folder: Path) -> Iterator[Path]:
    made = {"docx": ("docx", "odt", "rtf", "pdf"), "pptx": ("pptx", "odp")}
    for start, suffixes in made.items():
        for suffix in suffixes:
            command = ["soffice", "--headless", "--convert-to", suffix, "--outdir", "libreoffice"]
            if run(*command, f"pandoc.{start}", cwd=folder):
                yield folder / "libreoffice" / f"pandoc.{suffix}"


def by_latex(source: Path, folder: Path) -> Iterator[Path]:
    latin = folder / "latin.md"
    latin.write_text(latin_only(source.read_text("utf-8")), "utf-8")
    for name, (options, fonts) in LATEX_STYLES.items():
        if run("pandoc", latin, "-o", "body.tex", cwd=folder):
            body = (folder / "body.tex").read_text("utf-8")
            body = re.sub(r"(?s)\\begin{longtable}.*\\end{longtable}", "", body)
            (folder / f"{name}.tex").write_text(LATEX % (options, fonts, body), "utf-8")
            run("pdflatex", "-interaction=batchmode", f"{name}.tex", cwd=folder)
            if run("pdflatex", "-interaction=batchmode", f"{name}.tex", cwd=folder):
                yield folder / f"{name}.pdf"


def by_chromium(folder: Path) -> Iterator[Path]:
    program = next(filter(shutil.which, CHROMIUM), None)
    if program is None or not (folder / "pandoc.html").exists():
        return
    html = (folder / "pandoc.html").read_text("utf-8")
    for name, style in {"chromium": "", "chromium-columns": COLUMNS}.items():
        page, printed = folder / f"{name}.html", folder / f"{name}.pdf"
        page.write_text(html.replace("</head>", f"{style}</head>"), "utf-8")
        options = ("--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={printed}")
        if run(program, *options, page, cwd=folder):
            yield printed


def latin_only(text: str) -> str:
    """The text without the letters that LaTeX's usual fonts do not have, and without the table."""
    text = "".join(it if ord(it) < 0x180 or it in "–—‘’“”…" else " " for it in text)
    return re.sub(r"(?m)^\|.*$", "", text)


COLUMNS = "<style>body {columns: 2; hyphens: auto; text-align: justify; max-width: none}</style>"


def report(file: Path, found: Document, truth: Counter[str]) -> None:
    """Print how many words were lost and added, and of a PDF how many pages are right."""
    name = f"{file.parent.name}/" if file.parent.name == "libreoffice" else ""
    have = Counter(words(found.text))
    lost, added = (truth - have).total() / truth.total(), (have - truth).total() / truth.total()
    row(f"{name}{file.name}: words lost", f"{lost:.2%}", "1%")
    row("- words added", f"{added:.2%}", "1%")
    if file.suffix == ".pdf":
        right, marks = pages_right(file, found)
        row("- pages right", f"{right}/{marks}", "all")


def pages_right(file: Path, found: Document) -> tuple[int, int]:
    """How many paragraphs have the page that pdfium shows them on, and how many there are."""
    pages: dict[str, str] = {}
    for number, page in enumerate(pypdfium2.PdfDocument(file), 1):
        for mark in MARK.findall(page.get_textpage().get_text_bounded()):
            pages[mark] = f"page {number}"
    right = 0
    for match in MARK.finditer(found.text):
        labels = [it.label for it in found.locations if it.start <= match.start()]
        right += pages.get(match[0]) == labels[-1]
    return right, len(pages)


if __name__ == "__main__":
    if sys.argv[1:]:
        Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
        main(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory() as scratch:
            main(Path(scratch))
