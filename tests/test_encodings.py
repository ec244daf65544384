"""Bytes to text: every usual encoding, what had to be guessed, and what is no text at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableArticle
from indexer.reading import encodings
from indexer.reading.encodings import Decoded, codec_of, decode
from tests.benchmarks.languages import ENCODINGS, LENGTHS, TEXTS, share_right

GERMAN = " ".join(TEXTS["German"].split())
RUSSIAN = " ".join(TEXTS["Russian"].split()).translate({ord(mark): None for mark in "«»"})


@pytest.mark.parametrize(
    "text",
    [
        "lines\r\nend\rdifferently\n",
        "a form feed\fand U+2028\u2028and U+0085\u0085",
        "cafe\u0301 n\u0303 \u1100\u1161",
        "👩\u200d🚀 and 🇪🇺",
        "שלום \u200fעולם\u200e",
        "မြန်မာစာ",
        "a\x1b[1mescape\x1b[0m",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_decoded_as_it_is_and_not_guessed(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == Decoded(text)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text", ["One line.\nTwo\tlines.", RUSSIAN, "第一行。\n第二行。", "မြန်မာ စာ", "😀 and more"]
)
def test_wide_text_without_a_mark_is_known_by_its_zero_bytes(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == Decoded(text, encoding)


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_a_mark_of_another_encoding_does_not_turn_a_text_into_other_letters(mark: bytes) -> None:
    text = "Herrings spawn in the bay at night, and the größten of them later than the others."
    assert decode(mark + text.encode()) == Decoded(text, "utf-8")


@pytest.mark.parametrize(("encoding", "mark"), [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"")])
def test_an_unpaired_surrogate_is_replaced_and_told(encoding: str, mark: bytes) -> None:
    data = mark + "before \ud800 after".encode(encoding, "surrogatepass")
    assert decode(data) == Decoded("before \ufffd after", f"{encoding} (damaged)")


def test_a_file_cut_off_inside_a_character_is_read_to_there() -> None:
    assert decode("\ufeffone two".encode("utf-16-be")[:-1]).text == "one tw\ufffd"
    assert decode(b"\xff\xfe" + "x".encode("utf-16-le") * 9 + b"y").text == "x" * 9 + "\ufffd"
    cut = decode(RUSSIAN.encode()[:-2])  # a full stop, and half of a letter
    assert cut == Decoded(RUSSIAN[:-2] + "\ufffd", "utf-8 (damaged)")


def test_a_declared_encoding_is_believed_where_it_can_be_right() -> None:
    data = "Größe".encode("cp1252")
    assert decode(data, "ISO-8859-1") == Decoded("Größe")
    assert decode(data, " Windows-1252 ") == Decoded("Größe")
    assert decode("Größe".encode(), "iso-8859-1") == Decoded("Größe"), "it is valid UTF-8"
    assert decode("漢字かな".encode("cp932"), "x-sjis") == Decoded("漢字かな")
    assert decode(GERMAN.encode("cp1252"), "utf-8") == Decoded(GERMAN, "cp1252")
    assert decode(RUSSIAN.encode("koi8-r"), "iso-2022-jp") == Decoded(RUSSIAN, "koi8-r")


@pytest.mark.parametrize(
    "label",
    [
        *("undefined", "a\0b", "unicode_escape", "utf-7", "idna", "punycode", "rot13", "zlib"),
        *("x" * 100_000, "\udcff", "", "mbcs", "../etc"),
    ],
)
def test_a_label_of_no_encoding_is_none(label: str) -> None:
    assert codec_of(label) is None
    assert decode(GERMAN.encode("cp1252"), label) == Decoded(GERMAN, "cp1252")


@pytest.mark.parametrize(
    ("language", "encoding"),
    [(language, name) for language, names in ENCODINGS.items() for name in names],
)
def test_an_encoding_of_the_past_is_guessed_as_often_as_promised(
    language: str, encoding: str
) -> None:
    for length, share in LENGTHS.items():
        least = (
            share - 0.05 if length == min(LENGTHS) else share
        )  # of one language; the bar is for all
        assert share_right(language, encoding, length, 25) >= least, length


@pytest.mark.parametrize(
    ("language", "encoding", "told"),
    [
        ("German", "cp1252", "cp1252"),
        ("Polish", "iso8859-2", "iso8859-2"),
        ("Russian", "koi8-r", "koi8-r"),
        ("Russian", "cp866", "cp866"),
        ("Japanese", "euc_jp", "euc_jp"),
        ("Japanese", "iso2022_jp", "iso2022_jp"),
        ("Chinese", "gb18030", "gb18030"),
    ],
)
def test_the_guess_is_told(language: str, encoding: str, told: str) -> None:
    text = TEXTS[language].encode(encoding, "ignore").decode(encoding)
    assert decode(text.encode(encoding)) == Decoded(text, told)


def test_a_few_invalid_bytes_do_not_lose_a_text() -> None:
    data = bytearray(RUSSIAN.encode())
    data[10] = 0xFF
    text, told = decode(bytes(data))
    assert told == "utf-8 (damaged)"
    assert text[20:] == RUSSIAN[20:] or text[21:] == RUSSIAN[20:]
    assert 1 <= text.count("\ufffd") <= 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"\xff\xfe", "the file is empty"),
        (b" \n\t\n", "the file contains only white space"),
        (b"\x89PNG\r\n\x1a\n\x00\x01", "looks like a PNG image, not text"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "looks like a JPEG image, not text"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "looks like a PDF file, not text"),
        (b"PK\x03\x04\xff\x00", "looks like a zip archive, not text"),
        (b"\x7fELF\x02\x01\x01\x00", "looks like a program, not text"),
        (b"abc\0def", "looks like a binary file, not text (NUL byte at offset 3)"),
        (b"text with\0one NUL\n" * 50, "looks like a binary file, not text (NUL byte at offset 9)"),
        (bytes(range(1, 256)), "looks like a binary file, not text (byte 0x01 at offset 0)"),
        (b"\xff\xfe" + b"\x00\xd8" * 500, "damaged UTF-16 text"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle) as refused:
        decode(data)
    assert str(refused.value) == reason


def test_plain_utf_8_loads_no_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "chardet", None)
    assert decode("größer".encode()).text == "größer"
    with pytest.raises(ImportError):
        decode(b"gr\xf6\xdfer")


@given(st.binary(max_size=60), st.none() | st.text(max_size=12))
def test_any_bytes_are_a_text_or_refused(data: bytes, declared: str | None) -> None:
    try:
        found = decode(data, declared)
    except UnreadableArticle as error:
        assert str(error)
    else:
        assert found.text.strip()
        found.text.encode()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_text_in_utf_8_comes_back_unchanged(text: str) -> None:
    try:
        assert decode(b"\xef\xbb\xbf" + text.encode()).text == text
    except UnreadableArticle:
        assert not text.strip()


def test_a_rare_encoding_is_taken_only_if_it_is_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    def detected(_: bytes, among: tuple[str, ...]) -> tuple[str, float]:
        return ("cp850", sure) if "cp850" in among else ("cp1252", 0.05)

    monkeypatch.setattr(encodings, "_detected", detected)
    sure = 0.1
    assert decode("Größe".encode("cp1252")) == Decoded("Größe", "cp1252")
    sure = 0.6
    assert decode("Größe".encode("cp850")) == Decoded("Größe", "cp850")
