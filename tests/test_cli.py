"""The command as users see it: its JSON, exit codes, and every kind of bad input."""

import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer
from typer import Context
from typer.main import get_command

from indexer import __version__
from indexer.command.cli import status, verify
from indexer.errors import DamagedIndex
from indexer.pipeline import build
from search.cli import app
from search.evaluation import read_dataset, write_run
from search.question import no_article_under
from tests.conftest import ARTICLES, LOCUS, SEEDS, Locus
from tests.hashing import HashingEncoder

HIT = {
    "rank",
    "score",
    "scores",
    "article",
    "source",
    "title",
    "sha256",
    "start",
    "end",
    "line",
    "where",
    "date",
    "authors",
    "text",
    "highlight",
}


@pytest.fixture(scope="module")
def named_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index about owls and bridges that can be searched by keywords."""
    folder = tmp_path_factory.mktemp("named")
    for name, text in ARTICLES.items():
        (folder / "articles" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "articles" / name).write_text(text, "utf-8")
    build(folder / ".locus", [folder / "articles"], encoder=HashingEncoder())
    return folder / ".locus"


def test_a_question_is_answered_with_the_sentence_marked(
    locus_process: Locus, seeds_index: Path
) -> None:
    question = "How many soldiers were taken out of Insein Prison?"
    shown = locus_process("search", question, "-k", 2, "--index", seeds_index, check=0).stdout
    assert shown.startswith(" 1. ")
    place = next(line for line in shown.splitlines() if ".txt:" in line)
    assert place.strip() == "002_a7f60dcb4076f5bf.txt:1  characters 0-684"
    assert "**Insein Prison heads the list" in " ".join(shown.split())
    assert "\x1b[" not in shown, "no colours in a pipe"
    assert max(map(len, shown.splitlines())) <= 100


def test_the_json_of_a_search_is_the_contract(locus: Locus, seeds_index: Path) -> None:
    done = locus("search", "Why do corals turn white?", "--json", "--index", seeds_index, check=0)
    answer = json.loads(done.stdout)
    assert set(answer) >= {"query", "corrected", "mode", "took_ms", "index", "hits"}
    assert answer["corrected"] is None
    assert (answer["query"], answer["mode"]) == ("Why do corals turn white?", "hybrid")
    assert answer["index"]["articles"] == len(list(SEEDS.glob("*.md"))) + len(
        list(SEEDS.glob("*.txt"))
    )
    assert len(answer["hits"]) == 10
    assert [hit["rank"] for hit in answer["hits"]] == list(range(1, 11))
    scores = [hit["score"] for hit in answer["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert answer["hits"][0]["article"] == "coral-reefs.md"
    for hit in answer["hits"]:
        assert set(hit) == HIT
        text = (SEEDS / hit["article"]).read_text("utf-8")
        assert hit["text"] == text[hit["start"] : hit["end"]]
        assert hit["line"] == text[: hit["start"]].count("\n") + 1
        if hit["highlight"]:
            assert hit["start"] <= hit["highlight"]["start"] < hit["highlight"]["end"] <= hit["end"]
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["who hunts  mice at night", "-k", "1"],
        ["who", "hunts  mice", "at", "night", "-k", "1"],
        ["-k", "1", "who", "hunts  mice", "at", "night"],
        ["who", "hunts  mice", "-k", "1", "at", "night"],
        ["-k", "1", "--", "who", "hunts  mice", "at", "night"],
    ],
    ids=["one", "before", "after", "between", "dashes"],
)
def test_a_question_may_be_several_words(
    locus: Locus, named_index: Path, arguments: list[str]
) -> None:
    done = locus(
        "search", "--mode", "lexical", "--json", "--index", named_index, *arguments, check=0
    )
    answer = json.loads(done.stdout)
    assert answer["query"] == "who hunts  mice at night", "one argument stays as it was"
    assert [hit["article"] for hit in answer["hits"]] == ["night/owls.txt"]


FORETS = ["owls", "of the forets"]


def test_a_corrected_question_is_shown_with_the_command_for_what_was_typed(
    locus: Locus, named_index: Path
) -> None:
    command = ["search", "--mode", "lexical", "--index", str(named_index), *FORETS]
    done = locus(*command, check=0)
    literal = ["locus", "search", "--literal", *command[1:]]
    assert done.stdout.startswith(
        "Showing results for owls of the forest\n"
        f"Search instead for owls of the forets: {shlex.join(literal)}\n\n"
        " 1. Owls of the forest\n"
    )
    assert done.stderr == ""
    as_typed = locus(*literal[1:], "--json", check=0)
    assert json.loads(as_typed.stdout)["corrected"] is None
    assert locus(*literal[1:], check=0).stdout.startswith(" 1. ")


def test_programs_get_the_corrected_question_as_json_or_on_standard_error(
    locus: Locus, named_index: Path
) -> None:
    command = ["search", *FORETS, "--mode", "lexical", "--index", str(named_index)]
    done = locus(*command, "--json", check=0)
    answer = json.loads(done.stdout)
    assert (answer["query"], answer["corrected"]) == ("owls of the forets", "owls of the forest")
    assert done.stderr == ""
    literal = ["locus", "search", "--literal", *command[1:]]
    told = "locus: searched for owls of the forest. Search instead for owls of the forets: "
    done = locus(*command, "--jsonl", check=0)
    assert done.stderr == f"{told}{shlex.join([*literal, '--jsonl'])}\n"
    hits = [json.loads(line)["article"] for line in done.stdout.splitlines()]
    assert hits == ["night/owls.txt", "bridges.md"]
    nothing = ["--under", "night/bats.txt"]
    done = locus(*command, *nothing, check=1)
    assert done.stdout == ""
    assert done.stderr == (
        f"{told}{shlex.join([*literal, *nothing])}\n"
        "no matches under night/bats.txt. No passage contains these words."
        " Try: --mode hybrid\n"
    )


def test_an_explanation_is_of_the_corrected_question_unless_it_is_literal(
    locus: Locus, named_index: Path
) -> None:
    command = ["explain", "forets", "night/owls.txt", "--mode", "lexical", "--index", named_index]
    done = locus(*command, check=0)
    assert done.stdout.startswith(
        "Showing ranks for forest\n"
        "Show ranks instead for forets: locus explain --literal forets night/owls.txt --mode"
    )
    found = json.loads(locus(*command, "--json", check=0).stdout)
    assert (found["query"], found["corrected"], found["lost"]) == ("forets", "forest", None)
    found = json.loads(locus(*command, "--json", "--literal", check=1).stdout)
    assert (found["corrected"], found["lost"]) == (None, "lexical leg")


def test_explaining_takes_a_question_and_an_article(locus: Locus, named_index: Path) -> None:
    words = ["who", "hunts", "my owl's mice", "night/owls.txt"]
    done = locus("explain", *words, "--index", named_index, check=2)
    example = "who hunts my owl's mice"
    assert done.stderr == (
        "locus: expected 2 arguments, QUESTION and ARTICLE, and got 4. Put the question in"
        f" quotation marks: locus explain {shlex.quote(example)} night/owls.txt\n"
    )
    for given in ([], ["who hunts mice"]):
        assert "Missing argument" in locus("explain", *given, check=2).stderr


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "lexical"])
def test_each_mode_gives_the_scores_of_its_legs(locus: Locus, seeds_index: Path, mode: str) -> None:
    done = locus(
        "search",
        "first antibiotic mould",
        "--mode",
        mode,
        "--jsonl",
        "-k",
        3,
        "--index",
        seeds_index,
        check=0,
    )
    hits = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(hits) == 3
    assert hits[0]["article"] == "discovery-of-penicillin.md"
    scores = hits[0]["scores"]
    assert (scores["semantic"] is None) == (mode == "lexical")
    assert (scores["lexical"] is None) == (mode == "semantic")


def test_a_search_can_be_kept_to_a_folder_or_a_glob(locus: Locus, articles: Path) -> None:
    locus("index", articles, check=0)
    for under in ("night", "night/", "night/*", "*s.txt"):
        done = locus("search", "bridges of stone", "--under", under, "--jsonl", check=0)
        found = {json.loads(line)["article"] for line in done.stdout.splitlines()}
        assert found == {"night/owls.txt", "night/bats.txt"}, under
    done = locus("search", "zebra", "--under", "night", "--mode", "lexical", check=1)
    assert (done.stdout, done.stderr) == (
        "",
        "no matches under night. No passage contains these words. Try: --mode hybrid\n",
    )


def test_a_folder_without_articles_is_said_to_have_none(locus: Locus, articles: Path) -> None:
    locus("index", articles, check=0)
    told = f"{no_article_under('day')}\n"
    done = locus("search", "bridges", "--under", "day", check=1)
    assert (done.stdout, done.stderr) == ("", f"locus: {told}")
    done = locus("search", "bridges", "--under", "day", "--json", check=1)
    assert json.loads(done.stdout)["warnings"] == [told.strip()]
    assert done.stderr == f"locus: {told}"


def test_the_json_of_an_index_run_is_the_contract(locus: Locus, articles: Path) -> None:
    (articles / "empty.txt").write_text("")
    done = locus("index", articles, "--json", check=0)
    summary = json.loads(done.stdout)
    assert summary["articles"] == {
        "added": 3,
        "changed": 0,
        "moved": 0,
        "removed": 0,
        "unchanged": 0,
        "skipped": 1,
    }
    assert summary["passages"]["total"] == summary["passages"]["embedded"] > 0
    assert summary["skipped"] == [{"article": "empty.txt", "reason": "the file is empty"}]
    assert summary["generation"] == 1 and summary["seconds"] > 0
    again = json.loads(locus("index", "--json", check=0).stdout)
    assert again["articles"]["unchanged"] == 3 and again["passages"]["embedded"] == 0


def test_status_says_what_is_there(locus: Locus, seeds_index: Path) -> None:
    facts = json.loads(locus("status", "--json", "--index", seeds_index, check=0).stdout)
    assert facts["model"]["name"] == "all-MiniLM-L6-v2"
    seeds = {"path": str(SEEDS), "articles": facts["articles"], "exclude": [], "hidden": False}
    seeds["text_columns"] = []
    assert facts["sources"] == [seeds]
    assert facts["settings"] == {"language": "english", "passage_tokens": 128}
    shown = locus("status", check=0, LOCUS_INDEX=str(seeds_index)).stdout
    assert f"{facts['articles']} articles, {facts['passages']} passages" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "tides", "--index", "nowhere"], "no index in nowhere. Create one with"),
        (["search", "tides", "--index", "articles"], "articles is not a Locus index. To index"),
        (["search", "   "], "the question is empty"),
        (["search", "tides", "-k", "0"], "k must be from 1 to 1000 (got 0)"),
        (["search", "tides", "-k", "-5"], "k must be from 1 to 1000 (got -5)"),
        (["search", "tides", "--rerank", ""], "the model name is empty. Give the name or"),
        (["search", "tides", "--under", ""], "under is empty. Name a folder"),
        (["index", "--model", ""], "the model name is empty. Give"),
        (["search", "tides", "--mode", "psychic"], "'psychic' is not one of"),
        (["search"], "no question given. Example: locus search which bird sees the most daylight"),
        (["search", "--jsonl"], "--json and --jsonl need a question"),
        (["index", "nowhere", "--index", "new"], "nowhere: no such file or folder"),
        (
            ["index", "--index", "new"],
            "nothing to index yet. Name a folder, e.g.: locus index ~/articles --index new",
        ),
        (
            ["index", "data.xlsx", "--index", "new"],
            "cannot index data.xlsx: unsupported file type. Save it as .csv. Locus reads text,",
        ),
        (
            ["index", "articles", "--index", "data.xlsx"],
            "data.xlsx is a file; --index needs a folder",
        ),
        (
            ["index", "articles", "--model", "no/model", "--index", "new"],
            "model 'no/model' was not found on this computer. Give its folder, or add --allow-do",
        ),
        (
            ["index", "articles", "--language", "klingon", "--index", "new"],
            "unknown language 'klingon'. Choose from: arabic,",
        ),
        (
            ["index", "articles", "--index", "articles"],
            (
                "articles contains other files (bridges.md, night), but an index needs its own"
                " folder. Name a new or empty one, e.g. --index articles/.locus"
            ),
        ),
        (["status", "--index", "nowhere"], "no index in nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_with_exit_code_2(
    locus: Locus, articles: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "data.xlsx").write_text("a,b")
    build(tmp_path / ".locus", [articles], encoder=HashingEncoder())
    done = locus(*arguments, check=2)
    assert message in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.stderr).split())
    assert done.stdout == ""
    assert not (tmp_path / "new").exists()


def test_an_odd_corpus_is_indexed_as_far_as_it_is_sound(locus: Locus, tmp_path: Path) -> None:
    lines = [
        b'{"_id": "good", "title": "Tides", "text": "The sea rises at full moon."}',
        b"{broken",
        b'{"_id": "mute"}',
        b'{"_id": "good", "text": "again"}',
        b'{"_id": "huge", "text": "' + b"x" * 50_000_000 + b'"}',
        b'{"_id": "latin", "text": "caf\xe9"}',
        b'{"_id": "last", "text": "Owls hunt mice."}',
    ]
    (tmp_path / "c.jsonl").write_bytes(b"\n".join(lines))
    done = locus("index", "c.jsonl", check=0)
    assert "2 added, 5 skipped" in done.stdout
    for line, reason in [
        (2, "invalid JSON at column 2 (Expecting property name"),
        (3, 'article \'mute\': "text" and "title" are missing or empty'),
        (4, "duplicate _id 'good' (first used on line 1)"),
        (5, "too large (50,000,028 bytes; the limit is 16 MiB); split it"),
        (6, "not UTF-8 text (byte 0xe9)"),
    ]:
        assert f"locus: skipped c.jsonl:{line}: {reason}" in done.stderr
    assert json.loads(locus("search", "mice", "--json").stdout)["hits"][0]["article"] == "last"


def test_a_bad_source_beside_a_good_one_is_told_and_the_good_one_indexed(
    locus: Locus, articles: Path
) -> None:
    done = locus("index", articles, "nowhere", check=2)
    assert "nowhere: no such file or folder" in done.stderr
    assert "Indexed 3 articles" in done.stdout
    assert locus("search", "owls", check=0).stdout


def test_an_empty_folder_is_said_to_be_one(locus: Locus, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = locus("index", "empty", check=1)
    assert done.stderr == ("locus: nothing to index: no files of a supported type in empty\n")
    (tmp_path / "empty/scan.png").write_text("x")
    done = locus("index", "empty", check=1)
    assert done.stderr == (
        "locus: nothing to index: no files of a supported type in empty."
        " Found 1 .png; convert them to text first\n"
    )
    (tmp_path / "empty/c.jsonl").write_text('{"_id": "1", "text": "Tea."}')
    (tmp_path / "empty/a.txt").write_text("Tea.")
    done = locus("index", "empty", "--exclude", "*.txt", check=1)
    assert done.stderr == (
        "locus: nothing to index: no files of a supported type in empty."
        " Found 1 .png; convert them to text first."
        " Excluded by --exclude or .locusignore: 1 file or folder."
        " To index a .jsonl file, name it: locus index empty/c.jsonl\n"
    )
    assert done.stdout == ""
    assert not (tmp_path / ".locus").exists()


def test_an_index_whose_articles_are_gone_is_empty_and_can_fill_again(
    locus: Locus, tmp_path: Path
) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/a.txt").write_text("Owls hunt mice.")
    locus("index", "source", check=0)
    (tmp_path / "source/a.txt").unlink()
    assert "1 removed" in locus("index", check=1).stdout
    for mode in ("hybrid", "semantic", "lexical"):
        assert locus("search", "owls", "--mode", mode, check=1).stdout == ""
    (tmp_path / "source/b.txt").write_text("Bats fly at night.")
    locus("index", check=0)
    assert "b.txt:1  characters 0-18" in locus("search", "bats", check=0).stdout


def test_a_question_longer_than_the_model_reads_is_answered_with_a_warning(
    locus: Locus, seeds_index: Path
) -> None:
    done = locus("search", "coral reefs " * 500, "--json", "--index", seeds_index, check=0)
    answer = json.loads(done.stdout)
    assert answer["hits"][0]["article"] == "coral-reefs.md"
    assert "the question is too long: only the first 254 of its" in done.stderr
    assert answer["warnings"] == [done.stderr.removeprefix("locus: ").strip()]


def test_an_article_cannot_steer_the_terminal(locus: Locus, tmp_path: Path) -> None:
    (tmp_path / "evil.txt").write_text("Title\x1b[2J\n\nOwls \x1b]0;pwned\x07 hunt. \u202eecim\n")
    locus("index", "evil.txt", check=0)
    shown = locus("search", "owls", check=0).stdout
    assert "\x1b" not in shown and "\x07" not in shown and "\u202e" not in shown


def test_colours_are_for_terminals_and_no_color_is_honoured(seeds_index: Path) -> None:
    command: list[str | Path] = [LOCUS, "search", "tides", "-k", "1"]
    shown = {}
    for setting in ("", "1"):
        environment = {**os.environ, "TERM": "xterm-256color", "LOCUS_INDEX": str(seeds_index)}
        if setting:
            environment["NO_COLOR"] = setting
        ours, theirs = os.openpty()
        done = subprocess.run(command, stdout=theirs, stderr=theirs, env=environment, check=True)
        assert done.returncode == 0
        os.close(theirs)
        shown[setting] = os.read(ours, 65536).decode()
        os.close(ours)
    assert "\x1b[1;33m" in shown[""]
    assert "\x1b[1;33m" not in shown["1"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "owls"],
        ["search", "owls", "--jsonl"],
        ["explain", "owls", "night/owls.txt"],
        ["evaluate", SEEDS, "--from-run", "seeds.run"],
        ["search", "--batch", SEEDS / "queries.jsonl"],
        ["status"],
        ["search", "--help"],
    ],
    ids=lambda it: f"{it[0]} {it[-1]}",
)
def test_a_pipe_that_nobody_reads_is_told_from_no_hits(
    named_index: Path, tmp_path: Path, arguments: list[str | Path]
) -> None:
    dataset = read_dataset(SEEDS)
    write_run(
        tmp_path / "seeds.run", {q: dict.fromkeys(of, 1.0) for q, of in dataset.qrels.items()}
    )
    reads, writes = os.pipe()
    os.close(reads)
    mode = ["--mode", "lexical"] if arguments[0] in {"search", "explain"} else []
    command: list[str | Path] = [LOCUS, *arguments, *mode, "--index", named_index]
    try:
        done = subprocess.run(
            command, cwd=tmp_path, stdout=writes, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writes)
    assert (done.returncode, b"Traceback" in done.stderr) == (141, False), done.stderr


def test_a_reader_that_goes_away_is_no_error(seeds_index: Path) -> None:
    command = f"{LOCUS} search tides --index {seeds_index} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(" 1. ")
    assert done.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda it: it.name)
def test_an_interrupted_run_says_what_is_kept_and_goes_on(
    tmp_path: Path, locus: Locus, number: signal.Signals
) -> None:
    corpus = tmp_path / "c.jsonl"
    text = " ".join(
        f"Sentence number {n} tells of the tide, the moon and the river." for n in range(40)
    )
    corpus.write_text(
        "\n".join(json.dumps({"_id": str(n), "text": f"{n}. {text}"}) for n in range(400))
    )
    command: list[str | Path] = [LOCUS, "index", corpus]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (tmp_path / ".locus/locus.db").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number, errors
    assert re.search(
        r"^locus: interrupted(: [\d,]+ passages are saved|; nothing was saved yet)\. Run the same"
        r" command again( to continue)?$",
        errors,
        re.MULTILINE,
    )
    assert "Traceback" not in errors
    done = locus("search", "tide")
    assert done.returncode == 2
    assert "the index in .locus is not finished yet. Run the same" in done.stderr


def test_a_first_run_interrupted_while_the_model_is_prepared_says_that_nothing_is_kept(
    articles: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [LOCUS, "index", articles],
        cwd=tmp_path,
        env={**os.environ, "LOCUS_CACHE": str(tmp_path / "cache")},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == (
        "locus: first use of the model all-MiniLM-L6-v2: optimising it for this computer"
        " (about half a minute, only once)...\n"
    )
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert errors == "locus: interrupted; nothing was saved yet. Run the same command again\n"
    assert not (tmp_path / ".locus").exists()


@pytest.mark.parametrize("looks", [0, 1], ids=["before it is looked at", "while it is"])
def test_status_counts_what_a_writer_has_left(
    articles: Path,
    tmp_path: Path,
    looks: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    index = tmp_path / "x.locus"
    build(index, [articles], encoder=HashingEncoder())
    vectors, stat = index / "vectors-1.faiss", os.stat
    looked = 0

    def removed_meanwhile(path: Path | str, **options: Any) -> os.stat_result:
        nonlocal looked
        if str(path) == str(vectors):
            looked += 1
            if looked > looks:
                raise FileNotFoundError(2, "No such file or directory", str(path))
        return stat(path, **options)

    with monkeypatch.context() as patched:
        patched.setattr("os.stat", removed_meanwhile)
        patched.setattr("os.lstat", lambda path, **_: removed_meanwhile(path))
        status(index, as_json=True)
    there = [path for path in index.rglob("*") if path.is_file() and (looks or path != vectors)]
    assert json.loads(capsys.readouterr().out)["bytes"] == sum(it.stat().st_size for it in there)


@pytest.mark.parametrize(
    ("damage", "advice"),
    [
        (
            (
                "UPDATE texts SET text = 'else' WHERE article ="
                " (SELECT id FROM articles WHERE name = 'bridges.md')"
            ),
            (
                "to repair: locus index --rebuild --index {0}. If that fails,"
                " restore {0} from a backup, or delete it and index your sources again"
            ),
        ),
        (
            "UPDATE generations SET articles = 7",
            "to repair: restore {0} from a backup, or delete it and index your sources again",
        ),
        (
            "DELETE FROM derived WHERE kind = 'vectors'",
            "to repair: locus verify --repair --index {0}",
        ),
    ],
    ids=["text", "generation", "derived"],
)
def test_verify_gives_the_advice_that_helps(
    articles: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: str,
    advice: str,
) -> None:
    index = tmp_path / "x.locus"
    build(index, [articles], encoder=HashingEncoder())
    with closing(sqlite3.connect(index / "locus.db")) as connection, connection:
        connection.execute(damage)
    with pytest.raises(typer.Exit):
        verify(index, repair=False, as_json=False)
    assert capsys.readouterr().err == f"locus: {advice.format(index)}\n"
    if "--repair" in advice:
        verify(index, repair=True, as_json=False)
    elif "--rebuild" in advice:
        build(index, encoder=HashingEncoder(), rebuild=True)
        verify(index, repair=False, as_json=False)
    else:
        with pytest.raises(DamagedIndex):
            build(index, encoder=HashingEncoder(), rebuild=True)


def test_a_run_whose_sources_are_all_gone_says_so(articles: Path, tmp_path: Path) -> None:
    index = tmp_path / "x.locus"
    build(index, [articles], encoder=HashingEncoder())
    articles.rename(tmp_path / "moved")
    summary = build(index, encoder=HashingEncoder())
    assert summary.as_text(index) == (
        f"Nothing updated: no source could be read. {index} contains 3 articles (3 passages)."
    )
    assert summary.problems == [
        (
            f"source {articles} no longer exists; its articles stay in the index. To remove them:"
            f" `locus index --forget {articles} --index {index}`. If you moved it:"
            f" `locus index NEW --forget {articles} --index {index}`"
        )
    ]


def test_the_version_is_printed(locus: Locus) -> None:
    assert locus("--version", check=0).stdout == f"locus {__version__}\n"


def test_a_folder_that_cannot_be_written_is_said(
    locus: Locus, articles: Path, tmp_path: Path
) -> None:
    (tmp_path / ".locus/writer.lock").mkdir(parents=True)
    done = locus("index", articles, check=2)
    assert done.stderr == "locus: cannot write to .locus: Is a directory\n"


def test_a_disk_without_room_leaves_the_index_as_it_was(
    locus: Locus, articles: Path, tmp_path: Path
) -> None:
    locus("index", articles, check=0)
    before = locus("search", "owls", "--jsonl", check=0).stdout
    (articles / "long.txt").write_text("Tides rise and fall with the moon. " * 8_000)
    command = f"ulimit -f 200; exec {LOCUS} index"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr and done.stderr.startswith("locus: .locus")
    assert locus("search", "owls", "--jsonl", check=0).stdout == before
    assert "1 added" in locus("index", check=0).stdout


def test_a_defect_is_one_line_too() -> None:
    program = "import sys, search.cli\nsearch.cli.app = lambda: 1 / 0\nsearch.cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("locus: internal error (ZeroDivisionError: division by zero). ")
    assert len(done.stderr.splitlines()) == 1


def test_completion_offers_the_commands() -> None:
    done = subprocess.run(
        [LOCUS],
        env={
            **os.environ,
            "_LOCUS_COMPLETE": "complete_bash",
            "COMP_WORDS": "locus s",
            "COMP_CWORD": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert set(done.stdout.split()) == {"search", "serve", "show", "similar", "status"}


def test_a_usage_line_has_one_pair_of_brackets_for_each_argument() -> None:
    for command in get_command(app).commands.values():  # type: ignore[attr-defined]
        usage = command.get_usage(Context(command, info_name=command.name))
        assert not re.search(r"\[\[|\]\]|\]\.\.\.\]|\{\{", usage), usage


def test_a_source_that_is_forgotten_is_named(locus: Locus, articles: Path, tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text("# Tea\n\nTea is a leaf.\n")
    locus("index", articles, "tea.md", check=0)
    done = locus("index", "--forget", "tea.md", check=0)
    assert done.stderr == (
        "locus: removed the source tea.md from the index; its files are untouched\n"
    )
    assert "1 removed" in done.stdout
    assert (tmp_path / "tea.md").exists()
