"""How the error of a library is shortened for the user."""

import pytest

from indexer.errors import first_line


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no room", "no room"),
        ("\n  Check failed  \nat line 7", "Check failed"),
        ("", "ValueError"),
        (" \n ", "ValueError"),
        ("x" * 999, "x" * 200),
    ],
)
def test_the_first_line_of_an_error(said: str, shown: str) -> None:
    assert first_line(ValueError(said)) == shown
