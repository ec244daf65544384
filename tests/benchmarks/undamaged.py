"""Small undamaged files of every format, made by the programs that are installed, or by hand."""

import gzip
import io
import json
import mailbox
import plistlib
import zipfile
from email.message import EmailMessage
from pathlib import Path

from tests.benchmarks.harness import ROOT
from tests.benchmarks.office import CHROMIUM, MORE, run

PANDOC = {
    **{it: it for it in ("docx", "odt", "rtf", "pptx", "epub", "html", "rst", "org", "ipynb")},
    "tex": "latex",
    "adoc": "asciidoc",
}
OFFICE = ("docx", "odt", "rtf", "pdf", "html")
_SEEDS = ("the-arctic-tern.txt", "tides-and-the-moon.md")
_LONGEST = 2500


def made(folder: Path) -> dict[str, bytes]:
    """The files by name; they are kept in ``folder``, and made only once."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        _write(folder)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


def _write(folder: Path) -> None:
    scratch = folder.parent / "making"
    scratch.mkdir(exist_ok=True)
    texts = [(ROOT / "seeds" / name).read_text("utf-8")[:_LONGEST] for name in _SEEDS]
    for number, text in enumerate(texts):
        matter = "---\ntitle: The sea\nauthor: Ann Lee\ndate: 2024-05-31\ntags: [sea, tides]\n---\n"
        source = scratch / f"text{number}.md"
        source.write_text(text + MORE if number else matter + text + MORE, "utf-8")
        (folder / source.name).write_bytes(source.read_bytes())
        (folder / f"text{number}.txt").write_text(text, "utf-8")
        for suffix, to in PANDOC.items():
            file = folder / f"pandoc{number}.{suffix}"
            run("pandoc", "-s", "-t", to, source, "-o", file, cwd=scratch)
        for suffix in OFFICE:
            document = folder / f"pandoc{number}.odt"
            run("soffice", "--headless", "--convert-to", suffix, document, cwd=scratch)
            for file in scratch.glob(f"pandoc{number}.{suffix}"):
                file.rename(folder / f"office{number}.{suffix}")
    _write_presentations(folder, scratch)
    _write_prints(folder, scratch)
    _write_by_hand(folder, texts)


def _write_presentations(folder: Path, scratch: Path) -> None:
    for suffix in ("odp", "pptx"):
        run("soffice", "--headless", "--convert-to", suffix, folder / "pandoc0.pptx", cwd=scratch)
        for file in scratch.glob(f"pandoc0.{suffix}"):
            file.rename(folder / f"office.{suffix}")
    table = scratch / "table.csv"
    table.write_text("Name,Country,Description\n" + "Brest,France,A harbour with tides.\n" * 5)
    run("soffice", "--headless", "--convert-to", "ods", table, cwd=scratch)
    for file in scratch.glob("table.ods"):
        file.rename(folder / "office.ods")


def _write_prints(folder: Path, scratch: Path) -> None:
    page = folder / "pandoc0.html"
    for program in CHROMIUM:
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
        if run(program, *options, f"--print-to-pdf={folder / 'chromium.pdf'}", page, cwd=scratch):
            return


def _write_by_hand(folder: Path, texts: list[str]) -> None:
    page = (folder / "pandoc0.html").read_bytes() if (folder / "pandoc0.html").exists() else b""
    page = page or f"<title>Sea</title><h1>Sea</h1><p>{texts[0]}".encode()
    (folder / "page.xhtml").write_bytes(page)
    resource = {"WebResourceData": page, "WebResourceMIMEType": "text/html"}
    archive = plistlib.dumps({"WebMainResource": resource}, fmt=plistlib.FMT_BINARY)
    (folder / "page.webarchive").write_bytes(archive)
    saved = EmailMessage()
    saved["Subject"] = "The sea"
    saved.set_content("The page.")
    saved.add_alternative(page.decode("utf-8"), subtype="html")
    (folder / "page.mhtml").write_bytes(saved.as_bytes())
    mail = _mail(folder, texts)
    (folder / "mail.eml").write_bytes(mail.as_bytes())
    box = mailbox.mbox(folder / "mails.mbox", create=True)
    for number in range(3):
        one = EmailMessage()
        one["From"], one["Subject"], one["Message-ID"] = "ann@example.org", "Tides", f"<{number}@x>"
        one.set_content(texts[0][:300])
        box.add(mailbox.mboxMessage(one))
    box.close()
    rows = "".join(f'{n},"Brest ""{n}""","{texts[0][:150]}",2024\n' for n in range(5))
    (folder / "table.csv").write_text("id,title,text,year\n" + rows, "utf-8")
    (folder / "table.tsv").write_text("name\tcountry\n" + "Brest\tFrance\n" * 5, "utf-8")
    cues = "".join(
        f"{n}\n00:00:{n:02},000 --> 00:00:{n + 1:02},500\n<i>{line}</i>\n\n"
        for n, line in enumerate(texts[0][:900].split(". "), 1)
    )
    (folder / "film.srt").write_text(cues, "utf-8")
    (folder / "film.vtt").write_text("WEBVTT - Sea\n\n" + cues.replace(",", "."), "utf-8")
    cells = [
        {"cell_type": "markdown", "source": ["# Sea\n", texts[0][:300]]},
        {"cell_type": "code", "source": "print(1)", "outputs": [{"text": ["1\n"]}]},
    ]
    (folder / "book.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}}), "utf-8")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in ("text0.txt", "table.csv", "mail.eml", "page.xhtml", "film.srt"):
            packed.writestr(f"notes/{name}", (folder / name).read_bytes())
    (folder / "notes.zip").write_bytes(out.getvalue())
    for name in ("text0.txt", "table.csv", "mails.mbox", "page.xhtml"):
        (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes()))


def _mail(folder: Path, texts: list[str]) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = '"Ann Lee" <ann@example.org>', "Bo <bo@example.org>"
    mail["Subject"], mail["Date"] = "Gezeiten über Brest", "Fri, 31 May 2024 10:00:00 +0200"
    mail.set_content(f"{texts[0][:500]}\n\n> quoted\n> lines\n")
    mail.add_alternative(f"<h1>Sea</h1><p>{texts[0][:500]}</p>", subtype="html")
    for name in ("pandoc0.docx", "text0.txt"):
        if (folder / name).exists():
            data = (folder / name).read_bytes()
            mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail
