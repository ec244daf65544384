"""Tables: which rows are articles, their names, and tables at their worst."""

import io
import random
from collections.abc import Sequence

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.tables import table, table_rows
from indexer.types import Document, Location, Metadata

LONG = "The moon pulls the water of the sea, twice a day, and more when the sun helps."


def read(
    text: str | bytes, name: str = "a.csv", text_columns: Sequence[str] = ()
) -> dict[str, Document | str]:
    data = text.encode() if isinstance(text, str) else text
    found: dict[str, Document | str] = {}
    for member in table.members(io.BytesIO(data), name, text_columns=text_columns):
        assert member.name not in found
        assert not isinstance(member.content, bytes)
        is_article = isinstance(member.content, Document)
        found[member.name] = member.content if is_article else str(member.content)  # type: ignore[assignment]
    return found


def texts(text: str | bytes, name: str = "a.csv") -> dict[str, str]:
    return {n: it.text if isinstance(it, Document) else it for n, it in read(text, name).items()}


def test_a_row_is_an_article_with_what_its_columns_say() -> None:
    found = read(
        "_id,Title,Body,Date,Author,Tags,Country\n"
        f't1,Tides,"{LONG}\r\n\r\nSo ""it"" rises.",2024-05-31,Ann Lee,moon; sea,France\n'
        "t1,Again,Short.,31.05.2024,,,\n"
        ",No name,,,,,\n"
    )
    assert list(found) == ["t1", "row 3", "row 4"]
    first = found["t1"]
    assert isinstance(first, Document)
    assert first.title == "Tides"
    assert first.text == (
        f'{LONG}\n\nSo "it" rises.\n\nDate: 2024-05-31\nAuthor: Ann Lee\n'
        "Tags: moon; sea\nCountry: France"
    )
    assert first.metadata == Metadata("2024-05-31", ("Ann Lee",), None, ("moon", "sea"))
    assert first.locations == (Location(0, "row 2"),)
    third = found["row 4"]
    assert isinstance(third, Document)
    assert (third.title, third.text) == ("No name", "No name"), "a title alone is the text too"


def test_named_columns_alone_are_the_text() -> None:
    data = f'name,note,more\nTides,high,"{LONG}"\n'
    found = read(data, text_columns=["Note"])["2"]
    assert isinstance(found, Document)
    assert (found.title, found.text) == ("Tides", "high")
    reason = "the table has no column 'text'; it has name, note, more"
    with pytest.raises(UnreadableArticle, match=reason):
        read(data, text_columns=["text"])
    without = read(f'1,high,"{LONG}"\n', text_columns=["2"])["1"]
    assert isinstance(without, Document)
    assert without.text == "high"


@pytest.mark.parametrize(
    ("data", "name", "rows"),
    [
        ("town;height\nSaint-Malo;13,5 m\n", "a.csv", {"2": "town: Saint-Malo\nheight: 13,5 m"}),
        ("town\theight\nBrest\t7 m\n", "a.csv", {"2": "town: Brest\nheight: 7 m"}),
        ("town\theight, mean\nBrest\t7 m\n", "a.tsv", {"2": "town: Brest\nheight, mean: 7 m"}),
        ("sep=|\r\ntown|height\r\nBrest|7 m\r\n", "a.csv", {"2": "town: Brest\nheight: 7 m"}),
        ("\ufefftown,height\nBrest,7 m\n", "a.csv", {"2": "town: Brest\nheight: 7 m"}),
        ("Brest,It rose.\nDover,Low.\n", "a.csv", {"1": "Brest\nIt rose.", "2": "Dover\nLow."}),
        ("First, a text.\nSecond one.\n", "a.csv", {"1": "First, a text.", "2": "Second one."}),
        ("a,b\n\n xx ,\n,\ny,z,w\n", "a.csv", {"3": "a: xx", "5": "a: y\nb: z\ncolumn 3: w"}),
        ("a,b\rx,yy\r", "a.csv", {"2": "a: x\nb: yy"}),
        ("a,b\nx\0y,zz\n", "a.csv", {"2": "a: x\ufffdy\nb: zz"}),
    ],
)  # fmt: skip
def test_tables_of_many_kinds(data: str, name: str, rows: dict[str, str]) -> None:
    assert texts(data, name) == rows


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_mark_tells_the_encoding(encoding: str) -> None:
    assert texts("größe,ort\nhoch,Møn\n".encode(encoding)) == {"2": "größe: hoch\nort: Møn"}


def test_an_open_quote_hides_no_row_after_it() -> None:
    rows = "".join(f'{n},"text {n}"\n' for n in range(3, 3000))
    found = texts(f'id,words\n1,"open\n2,fine\n{rows}')
    assert len(found) == 2999
    assert (found["1"], found["2"]) == ("words: open", "words: fine")
    assert found["2999"] == "words: text 2999"
    assert texts('a,b\nx,5" disk\ny,"a "b" c"\nz,"open\n\nw,v') == {
        "2": 'a: x\nb: 5" disk',
        "3": 'a: y\nb: a b" c"',
        "4": "a: z\nb: open",
        "6": "a: w\nb: v",
    }


def test_a_row_past_the_limit_is_named_and_the_next_one_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(table_rows, "ROW_LIMIT", 100)
    found = texts("a,b\nx," + "y" * 500 + '\nz,w\n"open\n' + "tide\n" * 100)
    assert found["row 2"] == "the row has more than 100 characters"
    assert found["3"] == "a: z\nb: w"
    assert found["4"] == "a: open"
    assert found["104"] == "a: tide"
    monkeypatch.setattr(table_rows, "_MOST_AGAIN", 1000)
    with pytest.raises(UnreadableArticle, match="too many quotation marks are never closed"):
        texts("a,b\n" + '"open\n' * 1000)


def test_a_cell_of_a_million_characters_is_read() -> None:
    cell = "tide " * 200_000
    found = texts(f"title,text\nTides,{cell}\n")
    assert found == {"2": cell.strip()}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (bytes(2**21), "looks like a binary file (NUL bytes on line 1)"),
        (b"a,b\nx,y\n" + bytes(2**22), "looks like a binary file (NUL bytes on line 3)"),
        (b"title,text\n", "the table has a header and no rows"),
        (b"time,height\n1,2.5\n2,NaN\n3,\n", "the table contains numbers only"),
        (b"1,2.5\n2,2024-05-31T10:00\n", "the table contains numbers only"),
        (b"a,b\nx,\xff\n", "not UTF-8 text (byte 0xff on line 2)"),
        (b"\xff\xfea", "not UTF-16 text (byte 0x61 on line 1)"),
    ],
)
def test_what_is_no_table_of_texts_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle) as refused:
        read(data)
    assert str(refused.value) == reason


def test_a_table_is_not_read_as_a_whole() -> None:
    class Counted(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None and 0 <= size <= 2**20
            return super().read(size)

    file = Counted(b"a,b\n" + b"tide,high\n" * 30_000)
    assert sum(1 for _ in table.members(file, "a.csv")) == 30_000
    assert not file.closed


@pytest.mark.parametrize("seed", range(20))
def test_any_characters_are_rows_or_refused(seed: int) -> None:
    make = random.Random(seed)
    for _ in range(20):
        data = "".join(make.choices('ab,;\t|"\n\r \0\u2028é', k=make.randrange(60)))
        try:
            found = read(data)
        except UnreadableArticle as error:
            assert str(error)
        else:
            assert all(it if isinstance(it, str) else it.text for it in found.values())


def test_reading_may_stop_at_any_row() -> None:
    file = io.BytesIO(b"a,b\ntide,high\nmoon,full\n")
    found = iter(table.members(file, "a.csv"))
    assert next(found).name == "2"
    file.close()
    del found
