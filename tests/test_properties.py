import pytest

from indexer.reading.formats.described import properties


@pytest.mark.parametrize(
    "said",
    [
        *("Untitled", "untitled-2", "Microsoft Word - salt.doc", "PowerPoint Presentation"),
        *("report_final.docx", "Final report v2.docx", "C:\\texts\\salt", "file:///tmp/salt"),
        *("/home/ann/salt", "salt", "Document1", "1234", "", "\0\0", "about:blank", "x" * 400),
    ],
)
def test_a_title_that_a_program_filled_in_is_none(said: str) -> None:
    assert properties.title(said, "texts/salt.pdf") == ""


@pytest.mark.parametrize(
    "said", ["On Salt", "Salt: A World History", "Document design", "AC/DC in concert", "塩の歴史"]
)
def test_a_title_is_kept(said: str) -> None:
    assert properties.title(f" {said}\n", "texts/salt.pdf") == said


def test_a_title_that_is_the_file_name_is_one_if_it_has_several_words() -> None:
    assert properties.title("The price of salt", "The price of salt.docx") == "The price of salt"


def test_authors() -> None:
    assert properties.authors("Ann Lee; Bo Chen;Ann Lee") == ("Ann Lee", "Bo Chen")
    assert (
        properties.authors("Admin") == properties.authors(None) == properties.authors(" ;1") == ()
    )
    assert properties.authors("Lee, Ann") == ("Lee, Ann",)


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("D:20240531120000+02'00'", "2024-05-31"),
        ("D:2024", "2024"),
        ("202405", "2024-05"),
        ("2024-05-31T10:00:00Z", "2024-05-31"),
        ("2024-5", "2024-05"),
        ("D:20241332", None),
        ("2024-02-30", None),
        ("0001-01-01", None),
        ("yesterday", None),
        ("²⁰²⁴", None),
        (None, None),
    ],
)
def test_dates(said: str | None, date: str | None) -> None:
    assert properties.date(said) == date


def test_languages_and_tags() -> None:
    assert properties.language("en_GB") == "en-gb"
    assert properties.language("English") is None
    assert properties.tags("sea, salt;sea", None, " trade ") == ("sea", "salt", "trade")
