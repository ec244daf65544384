import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.office import office
from indexer.reading.formats.packed import zipped
from tests.packages import MC, archive, relations


def test_one_alternative_is_chosen() -> None:
    root = office.parse(
        f"<x {MC}><a/><mc:AlternateContent><mc:Choice><b/></mc:Choice><mc:Fallback><c/>"
        "</mc:Fallback></mc:AlternateContent><mc:AlternateContent><mc:Fallback><d/></mc:Fallback>"
        "</mc:AlternateContent></x>".encode(),
        "x.xml",
    )
    assert [office.tag(it) for it in office.chosen(root)] == ["a", "b", "d"]


def test_relations_lead_to_parts_of_the_archive_only() -> None:
    links = relations(a__slide="slides/1.xml", b__slide="../../../etc/passwd", c__x="/word/y.xml")
    outside = links.replace("<Relationship ", '<Relationship TargetMode="External" ')
    package = zipped.open(archive({"ppt/_rels/p.xml.rels": links, "x/_rels/p.xml.rels": outside}))
    assert office.relations(package, "ppt/p.xml") == {
        "a": ("slide", "ppt/slides/1.xml"),
        "b": ("slide", "etc/passwd"),
        "c": ("x", "word/y.xml"),
    }
    assert office.relations(package, "x/p.xml") == office.relations(package, "no.xml") == {}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "damaged XML in x.xml ("),
        (b"<x", "damaged XML in x.xml ("),
        (b"<?xml version='1.0' encoding='no-such'?><x/>", "damaged XML in x.xml ("),
        (
            b"<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]><x/>",
            "x.xml declares XML",
        ),
        (b"\xff\xfe<\0x", "damaged XML in x.xml ("),
    ],
)
def test_xml_that_cannot_be_read_safely_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle) as raised:
        office.parse(data, "x.xml")
    assert str(raised.value).startswith(reason)
