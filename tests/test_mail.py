"""Mails: what is the text, the title and the date, and mails at their worst."""

import base64
from email.message import EmailMessage

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.post import mail, mail_parts
from indexer.types import Document, Location, Metadata

TOP = b"From: Ann Lee <ann@example.org>\r\nSubject: Tides\r\n"


def text_of(data: bytes) -> str:
    return mail.read(data, "a.eml").text


def html_as_it_is(html: str) -> Document:
    return Document("", html.replace("<p>", "").strip())


def message() -> EmailMessage:
    found = EmailMessage()
    found["From"] = "Änn Lee <ann@example.org>"
    found["To"] = "Bob <bob@example.org>, carl@example.org"
    found["Subject"] = "Ebbe und Flut 🌊 in Møn"
    found["Date"] = "Fri, 31 May 2024 23:30:00 -0800"
    found["Keywords"] = "tides, moon"
    found.set_content("Hallo,\n\nBob wrote:\n> The sea rises.\n>\n> Twice.\nYes.\n\n-- \nAnn\n")
    found["Content-Language"] = "de-DE"
    return found


def test_a_mail_is_its_people_its_date_and_its_text() -> None:
    document = mail.read(message().as_bytes(), "a.eml")
    assert document.title == "Ebbe und Flut 🌊 in Møn"
    assert document.metadata == Metadata("2024-05-31", ("Änn Lee",), "de-de", ("tides", "moon"))
    assert document.text == (
        "From: Änn Lee <ann@example.org>\nTo: Bob <bob@example.org>; carl@example.org\n"
        "Date: 2024-05-31 23:30\n\nHallo,\n\nBob wrote:\n\n> The sea rises.\n>\n> Twice.\n\n"
        "Yes.\n\n--\nAnn"
    )
    quotes = [document.text[it.start : it.end] for it in document.blocks if it.kind == "quote"]
    assert quotes == ["> The sea rises.\n>\n> Twice."]


def test_the_plain_text_is_read_where_there_is_one_and_otherwise_the_html(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "html_text", html_as_it_is)
    found = message()
    found.add_alternative("<p>HTML of it", subtype="html")
    assert "HTML" not in text_of(found.as_bytes())
    assert "The sea rises" in text_of(found.as_bytes())
    alone = EmailMessage()
    alone["Subject"] = "Flut"
    alone.set_content("<p>Das Wasser.", subtype="html", charset="iso-8859-1")
    assert text_of(alone.as_bytes()) == "Das Wasser."


def test_html_without_text_costs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(html: str) -> Document:
        raise UnreadableArticle("the page has no text")

    monkeypatch.setattr(mail, "html_text", refuse)
    found = EmailMessage()
    found["Subject"] = "Flut"
    found.set_content("<img>", subtype="html")
    assert text_of(found.as_bytes()) == "Flut"
    found.add_attachment(b"x", maintype="image", subtype="png", filename="photo.png")
    assert text_of(found.as_bytes()) == "Attachments:\nphoto.png"


def test_attachments_are_read_by_what_reads_them_and_the_others_are_named() -> None:
    found = message()
    found.add_attachment(b"x", maintype="image", subtype="png", filename="photo.png")
    found.add_attachment("Neap tides.", filename="notes ü.txt")
    found.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="scan.pdf")
    found.add_attachment(
        b"k", maintype="application", subtype="pgp-signature", filename="signature.asc"
    )

    def read_attachment(data: bytes, name: str) -> Document | None:
        if name.endswith(".pdf"):
            raise UnreadableArticle("scanned: 1 page without text")
        if name.endswith(".png"):
            return None
        return Document("", data.decode().strip(), locations=(Location(0, "page 1"),))

    document = mail.read(found.as_bytes(), "a.eml", read_attachment)
    assert document.text.endswith(
        "Ann\n\nAttachment: notes ü.txt\n\nNeap tides.\n\nAttachments:\nphoto.png\n"
        "scan.pdf (not read: scanned: 1 page without text)"
    )
    places = [(document.text[it.start :][:10], it.label) for it in document.locations]
    assert places == [
        ("Attachment", "attachment notes ü.txt"),
        ("Neap tides", "attachment notes ü.txt, page 1"),
        ("Attachment", "attachments"),
    ]
    by_default = mail.read(found.as_bytes(), "a.eml").text
    assert "Attachment: notes ü.txt\n\nNeap tides." in by_default
    assert "Attachments:\nphoto.png\nscan.pdf (not read: damaged PDF file" in by_default


def test_a_forwarded_mail_is_part_of_the_text() -> None:
    found, inner = EmailMessage(), message()
    found["Subject"] = "Fwd"
    found.set_content("See below.")
    found.add_attachment(inner)
    text = text_of(found.as_bytes())
    assert text.startswith("See below.\n\nSubject: Ebbe und Flut 🌊 in Møn\n\nHallo,")


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("Thu, 1 Jan 1970 00:30:00 +0100", "1970-01-01"),
        ("31 May 24 10:00 GMT", "2024-05-31"),
        ("Sun, 31 Feb 2024 10:00:00 +0000", None),
        ("yesterday", None),
        ("Fri, 31 May 99999 10:00:00 +0000", None),
        ("Fri, 31 May 2024 10:00:00 +999999999999", None),
        ("", None),
    ],
)
def test_a_date_is_the_senders_day_or_none(date: str, day: str | None) -> None:
    document = mail.read(TOP + f"Date: {date}\r\n\r\nText.".encode(), "a.eml")
    assert document.metadata.date == day
    assert document.text.endswith("Text.")
    assert day or date in document.text


@pytest.mark.parametrize(
    "charset",
    [
        *("undefined", "a\\0b", "a\0b", "hex", "idna", "punycode", "unicode_escape", "x" * 5000),
        *('"', "", "us-ascii", "utf-8", "no-such-thing"),
    ],
)
def test_a_wrong_charset_costs_no_letter(charset: str) -> None:
    body = "Flut in Møn.".encode()
    head = f'Content-Type: text/plain; charset="{charset}"\r\n\r\n'.encode()
    assert text_of(TOP + head + body).endswith("Flut in Møn.")
    word = f"Subject: =?{charset}?q?Fl=C3=BCt?=\r\nTo: x\r\n\r\nText.".encode()
    assert mail.read(word, "a.eml").text.endswith("Text.")


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-8859-1", "“Møn”"),
        ("gb2312", "潮汐朱镕基"),
        ("shift_jis", "潮①"),
        ("koi8-r", "прилив"),
        ("utf-16", "Møn"),
    ],
)
def test_a_charset_means_what_programs_mean_by_it(charset: str, text: str) -> None:
    wider = {"iso-8859-1": "cp1252", "gb2312": "gbk", "shift_jis": "cp932"}.get(charset, charset)
    head = f"Content-Type: text/plain; charset={charset}\r\n".encode()
    head += b"Content-Transfer-Encoding: base64\r\n\r\n"
    assert text_of(TOP + head + base64.encodebytes(text.encode(wider))).endswith(f"\n\n{text}")


def nested(depth: int) -> bytes:
    head = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth)
    )
    return TOP + head.encode() + b"\r\nDeep text.\r\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (TOP, "Tides"),
        (TOP + b"\r\n", "Tides"),
        (TOP + b"\r\n\r\n\r\n", "Tides"),
        (nested(9), "Deep text."),
        (nested(5000), "(parts nested more than 20 deep are not read)"),
        (
            TOP
            + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
            + b"--b\r\n\r\nx\r\n" * 5000,
            "(parts after the first 1,000 are not read)",
        ),
        (TOP + b"Content-Type: multipart/mixed\r\n\r\nNo boundary.", "No boundary."),
        (TOP + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nNo parts.", "No parts."),
        (TOP + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nOne.", "One."),
        (TOP + b"Content-Type: \xff\r\n\r\nText.", "Text."),
        (TOP + b"Content-Type: text/plain" + b"; a=b" * 50_000 + b"\r\n\r\nText.", "Text."),
        (TOP + b"Content-Type: text/plain" + b"; a*0*=b'" * 900 + b"\r\n\r\nText.", "Text."),
        (TOP + b"Content-Type: text/plain" + b";\r\n a=b" * 50_000 + b"\r\n\r\nText.", "Text."),
        (TOP + b"X: y\r\n" * 100_000 + b"\r\nText.", "Text."),
        (TOP + b"Content-Transfer-Encoding: base64\r\n\r\nVGV4dC4=!=", "Text."),
        (TOP + b"Content-Transfer-Encoding: base64\r\n\r\nVGV4dC4u\r\nA", "Text.."),
        (TOP + b"Content-Transfer-Encoding: quoted-printable\r\n\r\nT=65xt=ZZ=", "Text=ZZ"),
        (TOP + b"\r\nNUL \0 here", "NUL \ufffd here"),
        (b"From: " + b"<" * 100_000 + b"\r\n\r\nText.", "Text."),
        (b"From: " + b'a "' * 3000 + b"(" * 3000 + b"\r\n\r\nText.", "Text."),
        (b"From: " + b"(" * 100_000 + b"\r\n\r\nText.", "Text."),
        (b"From: =?utf-8?b?" + b"A" * 70_000 + b"?=\r\n\r\nText.", "Text."),
        (TOP + b"\r\n" + b" " * 2_000_000 + b"Text.", "Text."),
        (TOP + b"\r\n" + b"> \n" * 200_000 + b"Text.", "Text."),
    ],
    ids=range(24),
)
def test_a_broken_mail_is_still_read(data: bytes, words: str) -> None:
    document = mail.read(data, "a.eml")
    assert document.text.endswith(words)
    for block in document.blocks:
        assert document.text[block.start : block.end].strip()


def test_an_endless_subject_is_cut() -> None:
    document = mail.read(b"Subject: " + b"tide " * 250_000 + b"\r\n\r\nText.", "a.eml")
    assert document.title.startswith("tide tide")
    assert len(document.title) <= 300
    assert document.text == "Text."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a mail: it has no From, To, Subject or Date"),
        (b"\x89PNG\r\n\x00", "not a mail: it has no From, To, Subject or Date"),
        (
            TOP + b"Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\n"
            b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--",
            "the mail is encrypted",
        ),
        (b"From  : \r\nSubject: \r\n\r\n \r\n", "the mail contains no text"),
        (TOP + b"Content-Type: application/pkcs7-mime\r\n\r\nMII", "the mail is encrypted"),
    ],
)
def test_what_is_no_readable_mail_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle) as refused:
        mail.read(data, "a.eml")
    assert str(refused.value) == reason


def test_words_between_encoded_words_keep_their_letters() -> None:
    assert mail_parts.words_of("Møn =?utf-8?q?Fl=C3=BCt?= Møn") == "Møn Flüt Møn"
    assert mail_parts.words_of("=?utf-8?b?A?= x") == "=?utf-8?b?A?= x"


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ('"Lee, Ann" <a@x>, Bob <b@x>', ("Lee, Ann", "Bob")),
        ("a@x (Ann Lee)", ("Ann Lee",)),
        ("=?utf-8?q?M=C3=B8n?= <a@x>", ("Møn",)),
        ("<a@x>", ("a@x",)),
        ("sailors: a@x, b@x;", ("a@x", "b@x")),
        ("", ()),
        (",;,<>,", ()),
        ('"Ann', ("Ann",)),
    ],
)
def test_the_people_in_a_header(value: str, names: tuple[str, ...]) -> None:
    assert mail.read(f"Subject: x\r\nFrom: {value}\r\n".encode(), "a").metadata.authors == names


def test_an_attachment_that_cannot_be_read_is_told() -> None:
    def refuse(data: bytes, name: str) -> Document | None:
        del data
        if name == "a.pdf":
            raise UnreadableArticle("encrypted")
        return Document("", "Tides.", left_out=("page 2 (damaged)",)) if name == "b.pdf" else None

    its = message()
    for name in ("a.pdf", "b.pdf", "c.bin"):
        its.add_attachment(b"x", "application", "octet-stream", filename=name)
    found = mail.read(its.as_bytes(), "a.eml", refuse)
    assert found.left_out == ("attachment a.pdf (encrypted)", "attachment b.pdf, page 2 (damaged)")
