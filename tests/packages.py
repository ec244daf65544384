"""Write small files of office programs for the tests: zip archives of XML."""

import io
import zipfile
from collections.abc import Mapping

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
DGM = 'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "style", "presentation", "meta", "manifest")
)
DRAW = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
CORE = (
    f"<cp:coreProperties xmlns:cp='urn:cp' {DC}><dc:title>On Salt</dc:title>"
    "<dc:creator>Ann Lee;Bo Chen</dc:creator><cp:keywords>sea, salt</cp:keywords>"
    "<dc:language>en-GB</dc:language><dcterms:created>2024-05-31T10:00:00Z</dcterms:created>"
    "</cp:coreProperties>"
)


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def relations(**targets: str) -> str:
    """The relations of a part: the id and type of each, separated by two underscores."""
    entries = "".join(
        f'<Relationship Id="{key.split("__")[0]}" Type="{TYPES}/{key.split("__")[1]}"'
        f' Target="{target}"/>'
        for key, target in targets.items()
    )
    return f'<Relationships xmlns="{RELATIONS}">{entries}</Relationships>'


def docx(body: str, parts: Mapping[str, str | bytes] | None = None, head: str = "") -> bytes:
    """A Word file; ``parts`` are styles, footnotes and others by their names in ``word/``."""
    found = {name.removesuffix(".xml"): content for name, content in (parts or {}).items()}
    links = {f"r{n}__{name}": f"{name}.xml" for n, name in enumerate(found)}
    links |= {"d1__diagramData": "data1.xml"}
    return archive(
        {
            "_rels/.rels": relations(m__officeDocument="word/document.xml"),
            "word/document.xml": f"{head}<w:document {W} {MC} {R} {A} {DGM}><w:body>{body}"
            "</w:body></w:document>",
            "word/_rels/document.xml.rels": relations(**links),
            **{f"word/{name}.xml": content for name, content in found.items()},
        }
    )


def p(text: str, style: str = "", more: str = "") -> str:
    """A paragraph of a Word file."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{more}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def pptx(*slides: str, parts: Mapping[str, str] | None = None, links: str = "") -> bytes:
    """A PowerPoint file with these shapes on its slides, in the opposite order of their names."""
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="s{n}"/>' for n in range(len(slides)))
    files = {f"s{n}__slide": f"slides/slide{len(slides) - n}.xml" for n in range(len(slides))}
    found = {
        "_rels/.rels": relations(m__officeDocument="ppt/presentation.xml"),
        "ppt/presentation.xml": f"<p:presentation {P} {R}><p:sldIdLst>{ids}</p:sldIdLst>"
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(**files),
    }
    for n, shapes in enumerate(slides):
        found[f"ppt/slides/slide{len(slides) - n}.xml"] = shown(shapes, "sld")
    if links:
        found["ppt/slides/_rels/slide1.xml.rels"] = links
    return archive(found | dict(parts or {}))


def shown(shapes: str, kind: str) -> str:
    """A slide or its notes."""
    space = f"{P} {A} {R} {DGM} {MC}"
    return f"<p:{kind} {space}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:{kind}>"


def shape(*paragraphs: str, kind: str = "") -> str:
    """A shape of a slide."""
    placeholder = f'<p:ph type="{kind}"/>' if kind else ""
    text = "".join(f"<a:p><a:r><a:t>{it}</a:t></a:r></a:p>" for it in paragraphs)
    named = f"<p:nvSpPr><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>"
    return f"<p:sp>{named}<p:txBody>{text}</p:txBody></p:sp>"


def odf(body: str, parts: Mapping[str, str] | None = None, kind: str = "text") -> bytes:
    """An OpenDocument file."""
    content = (
        f"<office:document-content {ODF} {DRAW}><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    return archive({"content.xml": content, **(parts or {})})
