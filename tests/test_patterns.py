"""One line of an ignore file: what it says, and which names its expression matches."""

import re
import string
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.reading.patterns import Pattern, translate


def pattern(line: str) -> Pattern:
    found = translate(line)
    assert found is not None
    return found


def matches(line: str, text: str) -> bool:
    return re.fullmatch(pattern(line).regex, text) is not None


@pytest.mark.parametrize("line", ["", " ", "   ", "# a comment", "#", "\0a"])
def test_a_blank_line_and_a_comment_are_no_pattern(line: str) -> None:
    assert translate(line) is None


@pytest.mark.parametrize(
    ("line", "by_path", "folders_only", "takes_back"),
    [
        ("a.txt", False, False, False),
        ("a/", False, True, False),
        ("/a", True, False, False),
        ("a/b", True, False, False),
        ("a/b/", True, True, False),
        ("!a", False, False, True),
        ("!/a/", True, True, True),
        ("\\!a", False, False, False),
        ("\\#a", False, False, False),
    ],
)
def test_what_a_line_says_besides_the_name(
    line: str, by_path: bool, folders_only: bool, takes_back: bool
) -> None:
    found = pattern(line)
    assert (found.by_path, found.folders_only, found.includes) == (
        by_path,
        folders_only,
        takes_back,
    )


@pytest.mark.parametrize(
    ("line", "yes", "no"),
    [
        ("/a", "a", "/a"),
        ("a ", "a", "a "),
        ("a\\ ", "a ", "a"),
        ("a\\\\ ", "a\\", "a\\ "),
        ("a\t", "a\t", "a"),
        ("a\0b", "a", "a\0b"),
        ("\\!a", "!a", "a"),
        ("a.c", "a.c", "abc"),
        ("(a|b)+$", "(a|b)+$", "a"),
        ("a*c", "abbc", "ab/c"),
        ("*a*b*", "aba", "ba"),
        ("**/a/**/b/**", "a/b/a/c", "b/a/c"),
        ("*", "\n", "a/b"),
        ("?", "é", "/"),
        ("a\\*", "a*", "ab"),
        ("[a-c]", "b", "d"),
        ("[!a-c]", "d", "/"),
        ("[^a]", "b", "a"),
        ("[]a]", "]", "b"),
        ("[a-]", "-", "b"),
        ("[\\]]", "]", "\\"),
        ("[*-b]", "A", "/"),
        ("[[:digit:]x]", "7", "٧"),
        ("[[:alpha:]-z]", "-", "1"),
        ("**/a", "x/y/a", "x/ya"),
        ("**/a", "a", "aa"),
        ("a/**", "a/b/c", "a"),
        ("a/**/b", "a/b", "ab"),
        ("a/**/b", "a/x/y/b", "a/xb"),
        ("a**b", "axb", "a/b"),
        ("a/b**/c", "a/bx/y/c", "a/x/c"),
    ],
)
def test_a_pattern_matches_one_and_not_the_other(line: str, yes: str, no: str) -> None:
    assert matches(line, yes)
    assert not matches(line, no)


@pytest.mark.parametrize("name", ["alnum", "alpha", "digit", "lower", "punct", "space", "xdigit"])
def test_a_posix_class_is_what_ascii_has_of_it(name: str) -> None:
    members = {
        "alnum": string.ascii_letters + string.digits,
        "alpha": string.ascii_letters,
        "digit": string.digits,
        "lower": string.ascii_lowercase,
        "punct": string.punctuation.replace("/", ""),
        "space": " \t\n\r",  # as Git has it
        "xdigit": string.hexdigits,
    }[name]
    matched = {chr(code) for code in range(0x250) if matches(f"[[:{name}:]]", chr(code))}
    assert matched == set(members)


@pytest.mark.parametrize("line", ["!", "/", "!/", "[", "[]", "[/]", "[[:nope:]]", "a\\"])
def test_a_line_that_can_match_nothing_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        translate(line)


names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12)


@settings(max_examples=25)
@given(names, names)
def test_an_escaped_name_matches_itself_alone(name: str, other: str) -> None:
    line = "".join(f"\\{mark}" for mark in name)
    assert matches(line, name)
    assert matches(line, other) == (name == other)


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from(["a", "b", "ab", "*", "?", "[ab]", "[!a]"]), min_size=1, max_size=7),
    st.text("ab.", max_size=9),
)
def test_a_name_is_matched_as_fnmatch_matches_it(parts: list[str], name: str) -> None:
    assert matches("".join(parts), name) == fnmatchcase(name, "".join(parts))
