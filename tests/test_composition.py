"""The text of a document is put together from blocks at their exact places."""

from indexer.reading.formats.composition import Composition, title_line
from indexer.types import Block, Document, Location


def test_blocks_and_included_documents_keep_their_places() -> None:
    composition = Composition()
    composition.locate("top")
    composition.add("  Tides \n", "heading", 1)
    composition.add(" \n ")
    composition.locate("nothing here")
    composition.locate("code")
    composition.add("\n  x\n    y\n", "code")
    inner = Document("", "\nA | B\n1 | 2", (Block(1, 12, "table", 0, 6),), (Location(1, "page 1"),))
    composition.include(inner, "a.pdf, ")
    composition.include(Document("", " ", left_out=("page 2 (damaged)",)), "b.pdf, ")
    composition.leave_out("slide\n3", "missing\0")
    composition.locate("after the end")
    document = composition.document(" The\nsea ")
    assert document.title == "The sea"
    assert document.left_out == ("b.pdf, page 2 (damaged)", "slide 3 (missing\ufffd)")
    assert document.text == "Tides\n\n  x\n    y\n\n\nA | B\n1 | 2"
    assert [(it.kind, document.text[it.start : it.end]) for it in document.blocks] == [
        ("heading", "Tides"),
        ("code", "  x\n    y"),
        ("table", "A | B\n1 | 2"),
    ]
    table = document.blocks[2]
    assert document.text[table.start : table.head] == "A | B"
    assert [(it.label, document.text[it.start :][:3]) for it in document.locations] == [
        ("top", "Tid"),
        ("code", "  x"),
        ("a.pdf, page 1", "A |"),
    ]


def test_what_cannot_be_stored_is_replaced() -> None:
    composition = Composition()
    composition.add("a\0b\ud800")
    composition.include(Document("", "\udfffx"))
    assert composition.document().text == "a\ufffdb\ufffd\n\n\ufffdx"
    assert title_line("a\0 \x1b[2J\u202e b\ud800") == "a\ufffd [2J b\ufffd"
    assert len(title_line("x" * 10**6)) == 300
