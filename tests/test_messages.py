"""What a command says beside its results."""

import pytest

from indexer.command.messages import say


@pytest.mark.parametrize("message", ["", "no index", "größe 日本", "two\nlines", "{braces} %s"])
def test_a_message_is_on_standard_error_after_the_program_s_name(
    capsys: pytest.CaptureFixture[str], message: str
) -> None:
    say(message)
    assert capsys.readouterr() == ("", f"locus: {message}\n")


def test_what_a_file_says_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("skipped \x1b]0;owned\x07.docx: hidden\rshown")
    assert capsys.readouterr().err == "locus: skipped \ufffd]0;owned\ufffd.docx: hidden\nshown\n"


def test_messages_are_a_line_each_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    say("one")
    say("two")
    assert capsys.readouterr().err.splitlines() == ["locus: one", "locus: two"]
