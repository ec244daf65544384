"""``locus show``: an article, a span or a line of it, with context, or in an editor."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.command.editor import editor_command, open_in_editor
from indexer.command.showing import Part
from indexer.errors import LocusError, SourceError
from indexer.pipeline import build
from indexer.storing.catalog import ArticleText, open_catalog
from tests.conftest import ARTICLES, Locus
from tests.hashing import HashingEncoder

BRIDGES = ARTICLES["bridges.md"]
LINES = BRIDGES.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (["bridges.md"], BRIDGES),
        (["bridges.md:11-19"], BRIDGES[11:19]),
        (["bridges.md:0-0"], ""),
        ([f"bridges.md:0-{len(BRIDGES)}"], BRIDGES),
        (["bridges.md:3"], LINES[2]),
        (["bridges.md:5"], LINES[4]),
        (["bridges.md:13-19", "-C", "0"], LINES[2]),
        (["bridges.md:13-19", "-C", "1"], "".join(LINES[1:4])),
        (["bridges.md:3", "-C", "2"], BRIDGES),
        (["bridges.md:3", "-C", "99"], BRIDGES),
    ],
    ids=str,
)
def test_what_is_shown_is_the_text_as_it_was_indexed(
    locus: Locus, small_index: Path, asked: list[str], text: str
) -> None:
    done = locus("show", *asked, "--index", small_index, check=0)
    assert (done.stdout, done.stderr) == (text, "")
    part = json.loads(locus("show", *asked, "--json", "--index", small_index, check=0).stdout)
    assert set(part) == {"article", "source", "title", "start", "end", "line", "text"}
    assert part["text"] == text == BRIDGES[part["start"] : part["end"]]
    assert part["line"] == BRIDGES[: part["start"]].count("\n") + 1


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("bridges.md:6", "'bridges.md' has 5 lines, so it has no line 6"),
        ("bridges.md:0", "'bridges.md' has 5 lines, so it has no line 0"),
        ("bridges.md:9-5", "so it has no part 9-5. START and END are character offsets"),
        ("bridges.md:5-5000", f"has {len(BRIDGES)} characters, so it has no part 5-5000"),
        ("bridges.md:5-x", "no article 'bridges.md:5-x' in"),
        ("bridge.md", "Did you mean 'bridges.md'?"),
        ("bridge.md:3", "no article 'bridge.md' in"),
        (f"bridges.md:{'9' * 5_000}", "no article"),
        ("zebra", "Try: `locus list`, which shows all names"),
    ],
    ids=lambda it: it[:20],
)
def test_what_cannot_be_shown_is_said(
    locus: Locus, small_index: Path, asked: str, told: str
) -> None:
    done = locus("show", asked, "--index", small_index, check=2)
    assert done.stdout == ""
    assert told in done.stderr


def test_a_name_that_ends_like_a_place_comes_first(locus: Locus, tmp_path: Path) -> None:
    names = ["notes:3", "notes", "notes:3:1-2"]
    lines = [json.dumps({"_id": name, "text": f"1\n2\nThis is {name}."}) for name in names]
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    build(tmp_path / ".locus", [tmp_path / "c.jsonl"], encoder=HashingEncoder())
    for asked, text in {
        "notes:3": "1\n2\nThis is notes:3.",
        "notes:2": "2\n",
        "notes:3:3": "This is notes:3.",
        "notes:3:0-1": "1",
        "notes:3:1-2": "1\n2\nThis is notes:3:1-2.",
    }.items():
        assert locus("show", asked, check=0).stdout == text


def test_one_of_several_sources_is_chosen(locus: Locus, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"The text of {name}.")
    sources = [tmp_path / "one", tmp_path / "two"]
    build(tmp_path / ".locus", sources, encoder=HashingEncoder())
    done = locus("show", "a.txt", check=2)
    assert done.stderr == (
        "locus: several sources have an article 'a.txt'. Choose one with --source:"
        f" {sources[0]}, {sources[1]}\n"
    )
    for source in ("two", sources[1], "one/../two/"):
        assert locus("show", "a.txt", "--source", source, check=0).stdout == "The text of two."
    done = locus("show", "a.txt", "--source", "three", check=2)
    assert done.stderr.startswith(
        "locus: the source three has no article 'a.txt'. The article is in: "
    )


def article(text: str) -> ArticleText:
    return ArticleText("a.txt", "/s", "A", "0" * 64, text)


@given(st.text(alphabet="ab\n\u00e9\U0001f989"), st.data())
def test_context_is_whole_lines_around_a_part(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    count = data.draw(st.integers(0, 3))
    part = Part(article(text), start, end)
    wide = part.with_context(count)
    lines = [line + "\n" for line in text.split("\n")]
    first = text.count("\n", 0, start)
    last = text.count("\n", 0, max(start, end - 1))
    expected = "".join(lines[max(first - count, 0) : last + count + 1])
    assert wide.text in {expected, expected.removesuffix("\n")}
    assert wide.start <= start and end <= wide.end
    assert part.line == first + 1


# In an editor


@pytest.mark.parametrize(
    ("editor", "command"),
    [
        ("vim", ["vim", "+31", "/n/a b.md"]),
        ("/usr/bin/nvim -R", ["/usr/bin/nvim", "-R", "+31", "/n/a b.md"]),
        ("nano", ["nano", "+31", "/n/a b.md"]),
        ("emacsclient -nw", ["emacsclient", "-nw", "+31", "/n/a b.md"]),
        ("hx", ["hx", "+31", "/n/a b.md"]),
        ("code --wait", ["code", "--wait", "--goto", "/n/a b.md:31"]),
        ("cursor", ["cursor", "--goto", "/n/a b.md:31"]),
        ("'/opt/my editors/subl'", ["/opt/my editors/subl", "/n/a b.md:31"]),
        ("zed", ["zed", "/n/a b.md:31"]),
        ("gedit; rm", ["gedit;", "rm", "/n/a b.md"]),
    ],
)
def test_each_editor_is_told_the_line_as_it_reads_it(editor: str, command: list[str]) -> None:
    assert editor_command(editor, Path("/n/a b.md"), 31) == command


Opened = Callable[[str], tuple[list[str], list[str]]]


@pytest.fixture
def opened(own_index: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Open line 3 of an article: the command that was run, and what was said."""
    monkeypatch.setenv("VISUAL", "")
    monkeypatch.setenv("EDITOR", "vim")

    def opened(name: str) -> tuple[list[str], list[str]]:
        ran: list[str] = []
        told: list[str] = []
        monkeypatch.setattr("os.execvp", lambda _, command: ran.extend(command))
        with open_catalog(own_index) as catalog:
            (found,) = catalog.named(name)
        open_in_editor(found, 3, told.append)
        return ran, told

    return opened


def test_the_file_of_an_article_is_opened(
    opened: Opened, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owls = str(articles / "night/owls.txt")
    assert opened("night/owls.txt") == (["vim", "+3", owls], [])
    monkeypatch.setenv("VISUAL", "code --wait")
    assert opened("night/owls.txt") == (["code", "--wait", "--goto", f"{owls}:3"], [])
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.setenv(name, "")
    with pytest.raises(LocusError, match=r"no editor is set\. Set VISUAL or EDITOR, for example"):
        opened("night/owls.txt")


def test_a_file_that_has_changed_is_opened_with_a_warning(opened: Opened, articles: Path) -> None:
    path = articles / "night/owls.txt"
    path.write_text(f"\ufeff{path.read_text()}")
    assert opened("night/owls.txt")[1] == [], "a byte order mark is not a change"
    for changed in ("New.\n", "", "\0"):
        path.write_text(changed)
        ran, (told,) = opened("night/owls.txt")
        assert ran == ["vim", "+3", str(path)]
        assert told.startswith(f"{path} has changed since it was indexed, so the line may be")


def test_a_file_that_is_gone_is_said(opened: Opened, articles: Path) -> None:
    (articles / "night/owls.txt").unlink()
    with pytest.raises(SourceError, match=r"night/owls\.txt no longer exists\. The index"):
        opened("night/owls.txt")


@pytest.mark.parametrize("is_there", [True, False])
def test_a_line_of_a_corpus_has_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.setenv("VISUAL", "vim")
    corpus = tmp_path / "c.jsonl"
    if is_there:
        corpus.touch()
    found = ArticleText("a b", str(corpus), "A", "0" * 64, "Salt.")
    with pytest.raises(SourceError, match=r"it is one line of .*c\.jsonl.*: locus show 'a b'"):
        open_in_editor(found, 1, print)


@pytest.mark.parametrize(("source", "made"), [("c.jsonl", "c.jsonl/a.txt"), ("a.txt", "a.txt")])
def test_a_source_may_be_a_folder_of_any_name_or_the_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, made: str
) -> None:
    monkeypatch.setenv("VISUAL", "vim")
    (tmp_path / made).parent.mkdir(exist_ok=True)
    (tmp_path / made).write_text("Salt.")
    ran: list[str] = []
    monkeypatch.setattr("os.execvp", lambda _, command: ran.extend(command))
    open_in_editor(ArticleText("a.txt", str(tmp_path / source), "A", "", "Salt."), 1, print)
    assert ran == ["vim", "+1", str(tmp_path / made)]


@pytest.mark.parametrize(
    ("editor", "why"),
    [
        ("no-such-editor", "cannot run 'no-such-editor', the editor in EDITOR: No such file"),
        ("vim 'unfinished", "the editor in EDITOR: No closing quotation"),
    ],
)
def test_an_editor_that_cannot_be_run_is_an_error(
    own_index: Path, monkeypatch: pytest.MonkeyPatch, editor: str, why: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    with open_catalog(own_index) as catalog:
        (found,) = catalog.named("bridges.md")
    with pytest.raises(LocusError, match=why):
        open_in_editor(found, 1, print)


def test_the_command_opens_the_line_of_the_part(
    locus_process: Locus, own_index: Path, articles: Path, tmp_path: Path
) -> None:
    """By no shell: the editor is a program that writes down its arguments."""
    editor = tmp_path / "vi"
    editor.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$(dirname "$0")/arguments"\n')
    editor.chmod(0o755)
    place = f"bridges.md:{BRIDGES.index('steel')}-{len(BRIDGES)}"
    settings = {"EDITOR": str(editor), "VISUAL": ""}
    locus_process("show", place, "--open", "--index", own_index, check=0, **settings)
    told = (tmp_path / "arguments").read_text().splitlines()
    assert told == ["+5", str(articles / "bridges.md")]
