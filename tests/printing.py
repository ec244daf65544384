"""Write small PDF files for the tests: lines of text at places on pages.

All letters of the font have one width, so that a line is as long as its text.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"


class Text(NamedTuple):
    text: str
    x: float = 72
    y: float = 700
    size: float = 10


def pdf(
    pages: Sequence[Sequence[Text]],
    *,
    font: bytes = FONT,
    extra: bytes = b"",
    info: Mapping[str, str] | None = None,
) -> bytes:
    """A PDF file of these pages; ``extra`` goes into each page, ``info`` into its properties."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        font,
    ]
    for n, lines in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> %s >>" % (5 + 2 * n, extra)
        )
        content = b"".join(map(shown, lines))
        objects.append(stream(content))
    said = "".join(f"/{key} ({value})" for key, value in (info or {}).items())
    objects.append(f"<< {said} >>".encode("cp1252"))
    return assembled(objects, info=len(objects))


def shown(line: Text) -> bytes:
    """The commands that show a line."""
    text = line.text.encode("cp1252")
    for mark in (b"\\", b"(", b")"):
        text = text.replace(mark, b"\\" + mark)
    return b"BT /F1 %g Tf %g %g Td (%s) Tj ET\n" % (line.size, line.x, line.y, text)


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra, content)


def assembled(objects: Sequence[bytes], *, info: int = 0) -> bytes:
    """A PDF file of objects; the first is the catalog."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    said = b"/Info %d 0 R" % info if info else b""
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, said)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def paragraph(
    lines: Sequence[str], *, x: float = 72, y: float = 700, size: float = 10
) -> list[Text]:
    """Lines one below the other."""
    return [Text(line, x, y - 1.2 * size * n, size) for n, line in enumerate(lines)]
