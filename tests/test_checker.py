"""What became of a citation after its articles were changed, by the index that was updated."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.pipeline import build
from indexer.types import Splitting
from search import Citation, Verdict, open_index
from search.checking import checker
from tests.conftest import written
from tests.hashing import HashingEncoder

OWLS = "night/owls.txt"
SENTENCE = "Owls hunt mice at night."

Check = Callable[..., Verdict]


@pytest.fixture
def check(own_index: Path, articles: Path) -> Check:
    """Cite a text as it is in its article, then change files, and check the citation."""

    def check(cited: str, article: str = OWLS, **files: str | None) -> Verdict:
        with open_index(own_index, encoder=HashingEncoder()) as searcher:
            (its,) = searcher.named(article)
        start = its.text.index(cited)
        citation = Citation(article, start, start + len(cited), cited, its.sha256, str(articles))
        change(articles, files)
        build(own_index, encoder=HashingEncoder())
        return checked(own_index, citation)

    return check


def change(articles: Path, files: dict[str, str | None]) -> None:
    """Write files, and remove those whose text is None; ``owls`` stands for the cited one."""
    for name, text in files.items():
        path = articles / (OWLS if name == "owls" else name)
        if text is None:
            path.unlink()
        else:
            path.write_text(text, "utf-8")


def checked(index: Path, citation: Citation) -> Verdict:
    with open_index(index, encoder=HashingEncoder()) as searcher:
        (verdict,) = searcher.check([citation])
        now = verdict.now
        if now is not None:
            (article,) = searcher.named(now.article, now.source)
            assert now.text == article.text[now.start : now.end]
            assert now.sha256 == article.sha256
    return verdict


def place(verdict: Verdict) -> str:
    return f"{verdict.standing} {verdict.now.place if verdict.now else None}"


def test_what_is_as_it_was_is_unchanged(check: Check) -> None:
    assert place(check(SENTENCE)) == f"unchanged {OWLS}:20-44"
    verdict = check(SENTENCE, owls=f"Owls of the forest\n\n{SENTENCE} They are silent.\n")
    assert (place(verdict), verdict.article_changed) == (f"unchanged {OWLS}:20-44", True)


def test_what_was_moved_by_an_insertion_is_found(check: Check) -> None:
    verdict = check(SENTENCE, owls=f"Owls of the old forest\n\n{SENTENCE}\n")
    assert (place(verdict), verdict.other_space, verdict.diff) == (
        f"moved {OWLS}:24-48",
        False,
        None,
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Owls of the forest\n\nOwls hunt\nmice at night.\n", f"unchanged {OWLS}:20-44"),
        ("Owls of the forest\n\nOwls hunt\n  mice at night.\n", f"moved {OWLS}:20-46"),
        ("Owls\n\nOwls hunt\nmice at night.\n", f"moved {OWLS}:6-30"),
    ],
)
def test_other_white_space_is_no_change_and_is_told(check: Check, text: str, found: str) -> None:
    verdict = check(SENTENCE, owls=text)
    assert (place(verdict), verdict.other_space) == (found, True)


def test_what_was_reworded_has_changed(check: Check) -> None:
    verdict = check(SENTENCE, owls="Owls of the forest\n\nOwls hunt small mice at night. Yes.\n")
    assert place(verdict) == f"changed {OWLS}:20-50"
    assert verdict.diff == "Owls hunt {+small+} mice at night."


def test_what_was_cut_out_is_gone(check: Check) -> None:
    verdict = check(SENTENCE, owls="Owls of the forest\n\nTheir feathers are silent.\n")
    assert (place(verdict), verdict.article_changed) == ("gone None", True)


def test_a_renamed_article_is_found_also_if_it_was_changed(check: Check, articles: Path) -> None:
    text = (articles / OWLS).read_text("utf-8")
    verdict = check(SENTENCE, owls=None, **{"hunters.txt": text})
    assert (place(verdict), verdict.article_changed) == ("moved hunters.txt:20-44", None)


def test_a_renamed_article_whose_text_was_changed_has_the_change(
    check: Check, articles: Path
) -> None:
    text = (articles / OWLS).read_text("utf-8").replace("at night", "by night")
    verdict = check(SENTENCE, owls=None, **{"hunters.txt": text})
    assert place(verdict) == "changed hunters.txt:20-44"
    assert verdict.diff == "Owls hunt mice [-at-]{+by+} night."


def test_a_text_moved_to_another_article_is_found_and_one_that_is_only_like_it_is_not(
    check: Check,
) -> None:
    rest = "Owls of the forest\n\nTheir feathers are silent.\n"
    verdict = check(SENTENCE, owls=rest, **{"hunters.txt": f"Hunters\n\n{SENTENCE}\n"})
    assert place(verdict) == "moved hunters.txt:9-33"


def test_an_article_that_exists_is_not_mistaken_for_one_that_is_like_it(check: Check) -> None:
    rest = "Owls of the forest\n\nTheir feathers are silent.\n"
    like = {"hunters.txt": "Hunters\n\nOwls hunt rats at night.\n"}
    assert place(check(SENTENCE, owls=rest, **like)) == "gone None"


def test_a_deleted_article_is_gone(check: Check) -> None:
    verdict = check(SENTENCE, owls=None)
    assert (place(verdict), verdict.article_changed) == ("gone None", None)


def test_a_text_that_was_never_there_is_told_from_one_that_changed(small_index: Path) -> None:
    with open_index(small_index, encoder=HashingEncoder()) as searcher:
        (its,) = searcher.named(OWLS)
        invented = Citation(OWLS, 20, 45, "Owls hunt moths at night.", its.sha256)
        misplaced = Citation(OWLS, 0, 70, SENTENCE, its.sha256)
        found = searcher.check([invented, misplaced, invented])
    assert [place(it) for it in found[:2]] == [f"changed {OWLS}:20-44", f"moved {OWLS}:20-44"]
    assert [it.article_changed for it in found] == [False] * 3
    assert found[2] == found[0]


def test_a_repeated_text_stays_with_its_place(own_index: Path, articles: Path) -> None:
    chorus = "Row the boat."
    lines = ["One verse here.", chorus, "Another verse there.", chorus, "The last verse.", chorus]
    change(articles, {"song.txt": "\n".join(lines)})
    build(own_index, encoder=HashingEncoder())
    text = "\n".join(lines)
    starts = [found.start() for found in re.finditer(chorus, text)]
    cited = [Citation("song.txt", at, at + len(chorus), chorus) for at in starts]
    assert [checked(own_index, it).standing for it in cited] == ["unchanged"] * 3
    # All moves by more than the distance between two of them: the verse beside it tells.
    change(articles, {"song.txt": "A foreword of many words, as they are. " * 3 + text})
    build(own_index, encoder=HashingEncoder())
    verse = Citation("song.txt", 30, 50, "Another verse there.")
    with open_index(own_index, encoder=HashingEncoder()) as searcher:
        found = searcher.check([*cited, verse])
    assert [it.now.start - it.cited.start for it in found if it.now] == [117] * 4


def test_of_two_sources_the_cited_one_counts_and_then_the_one_that_has_it(
    own_index: Path, articles: Path, tmp_path: Path
) -> None:
    other = written(tmp_path / "other", {OWLS: f"Owls\n\n{SENTENCE}\n"})
    build(own_index, [other], encoder=HashingEncoder())
    cited = [Citation(OWLS, 6, 30, SENTENCE, None, it) for it in (str(other), str(articles), None)]
    found = [checked(own_index, it) for it in cited]
    assert [place(it) for it in found] == [
        f"unchanged {OWLS}:6-30",
        f"moved {OWLS}:20-44",
        f"unchanged {OWLS}:6-30",
    ]
    elsewhere = checked(own_index, Citation(OWLS, 6, 30, SENTENCE, None, "/on/another/machine"))
    assert place(elsewhere) == f"unchanged {OWLS}:6-30"


def test_articles_that_were_read_are_forgotten_when_they_are_too_many(
    small_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "_KEPT", 0)
    with open_index(small_index, encoder=HashingEncoder()) as searcher:
        cited = [Citation(name, 0, 24, SENTENCE) for name in ("gone.txt", "bridges.md")]
        assert [place(it) for it in searcher.check(cited)] == [f"moved {OWLS}:20-44"] * 2


SENTENCES = [f"Keeper{n} of lighthouse{n} wrote about storm{n} and ships{n}." for n in range(12)]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "reword", "space", "swap", "away", "rename"]),
        st.integers(0, 11),
    ),
    max_size=6,
)


@settings(max_examples=12)
@given(EDITS)
def test_after_any_edits_each_verdict_is_what_was_done(  # noqa: C901 - one case for each edit
    edits: list[tuple[str, int]],
) -> None:
    homes = {"a.txt": list(range(8)), "b.txt": list(range(8, 12))}
    now = {n: SENTENCES[n] for n in range(12)}
    before = {name: " ".join(SENTENCES[n] for n in has) for name, has in homes.items()}
    cited = [
        Citation(name, text.index(SENTENCES[n]), text.index(SENTENCES[n]) + 50, SENTENCES[n])
        for name, text in before.items()
        for n in homes[name]
    ]
    cited = [Citation(it.article, it.start, it.start + len(it.text), it.text) for it in cited]
    # What was reworded is looked for in its article alone: none is reworded and moved away.
    spaced, reworded, away = set(), set(), set()
    names = {"a.txt": "a.txt", "b.txt": "b.txt"}
    for extra, (kind, n) in enumerate(edits):
        name = next((name for name, has in homes.items() if n in has), None)
        if kind == "rename":
            names["a.txt"] = f"renamed{extra}.txt"
        elif name is None:
            continue
        elif kind == "insert":
            now[100 + extra] = f"Wolf{extra} roams mountain{extra}."
            homes[name].insert(homes[name].index(n), 100 + extra)
        elif kind == "delete":
            homes[name].remove(n)
        elif kind == "reword":
            if n not in away:
                reworded.add(n)
                now[n] = now[n].replace("wrote", "often spoke")
        elif kind == "space":
            spaced.add(n)
            now[n] = now[n].replace("about ", "about\n")
        elif kind == "swap":
            homes[name].reverse()
        elif n not in reworded:
            away.add(n)
            homes[name].remove(n)
            homes["b.txt" if name == "a.txt" else "a.txt"].append(n)
    texts = {names[name]: " ".join(now[n] for n in has) + " End." for name, has in homes.items()}
    with tempfile.TemporaryDirectory() as scratch:
        folder = written(Path(scratch) / "articles", texts)
        index = Path(scratch) / "x.locus"
        build(index, [folder], encoder=HashingEncoder(), splitting=Splitting(12))
        with open_index(index, encoder=HashingEncoder()) as searcher:
            found = searcher.check(cited)
    for n, verdict in enumerate(found):
        home = next((names[name] for name, has in homes.items() if n in has), None)
        if home is None:
            assert verdict.standing == "gone"
            continue
        start = texts[home].index(now[n])
        at = (home, start, start + len(now[n]))
        stays = at == (verdict.cited.article, verdict.cited.start, verdict.cited.end)
        kept = "unchanged" if stays else "moved"
        assert verdict.now is not None, (edits, n)
        assert (verdict.now.article, verdict.now.start, verdict.now.end) == at
        assert verdict.standing == ("changed" if n in reworded else kept)
        assert verdict.other_space == (n in spaced and n not in reworded)
