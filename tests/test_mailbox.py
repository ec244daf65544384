"""Mailboxes: which mails are found, and how they are named."""

import io

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.post import mail, mailbox

LINE = b"From ann@example.org Fri May 31 10:00:00 2024\n"


def mails(data: bytes) -> list[tuple[str, object]]:
    return [(it.name, it.content) for it in mailbox.members(io.BytesIO(data), "a.mbox")]


def one(identifier: str, text: str) -> bytes:
    return LINE + f"Message-ID: {identifier}\nSubject: x\n\n{text}\n\n".encode()


def test_each_mail_is_named_by_its_identifier_or_its_number() -> None:
    data = one("<a@x>", "One.") + one("<a@x>", "Two.") + one("", "Three.") + one("<b/@x>", "Four.")
    found = mails(data)
    assert [name for name, _ in found] == ["a@x", "2", "3", "b_@x"]
    texts = [mail.read(content, "a.eml").text for _, content in found if isinstance(content, bytes)]
    assert texts == ["One.", "Two.", "Three.", "Four."]


def test_the_word_from_in_a_text_begins_no_mail() -> None:
    text = "From here.\n\nFrom there on.\n>From ann\n>>From bob\nx\n" + LINE.decode()
    ((_, content),) = mails(one("<a@x>", text))
    assert isinstance(content, bytes)
    assert b"\nFrom there on.\nFrom ann\n>From bob\n" in content


@pytest.mark.parametrize("line", [b"From \n", b"From - Fri May 31\n", b"From a" * 900_000 + b"\n"])
def test_other_lines_that_begin_a_mailbox(line: bytes) -> None:
    data = b"\n" + line + b"Subject: x\n\nOne.\n\n"
    assert [content for _, content in mails(data)] == [b"Subject: x\n\nOne.\n\n"]


def test_mails_with_carriage_returns_are_separated_too() -> None:
    data = (one("<a@x>", "One.") + one("<b@x>", "Two.")).replace(b"\n", b"\r\n")
    assert [name for name, _ in mails(data)] == ["a@x", "b@x"]


def test_a_mail_past_the_limit_is_named_and_the_next_one_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailbox, "MAIL_LIMIT", 1000)
    monkeypatch.setattr(mailbox, "_PIECE", 300)
    (first, refused), (second, content) = mails(
        one("<a@x>", "x" * 5000) + one("<b@x>", "From " * 90)
    )
    assert (first, second) == ("a@x", "b@x")
    assert isinstance(refused, UnreadableArticle)
    assert "too large (5,032 bytes" in str(refused)
    assert isinstance(content, bytes)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"Subject: x\n\nFrom a", 'not a mailbox: it does not begin with a line "From ..."'),
        (b"\0" * 5000, 'not a mailbox: it does not begin with a line "From ..."'),
    ],
)
def test_what_is_no_mailbox_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableArticle) as refused:
        mails(data)
    assert str(refused.value) == reason
