"""What judges say, replayed: undo, several judges, and their one grade."""

from hypothesis import given
from hypothesis import strategies as st

from search.evaluation.judged.datasets import AnswerSpan
from search.judging.acts import Act
from search.judging.book import Book, Opinion, merged

SEA = AnswerSpan("sea.md", 0, 6, "Rivers")


def graded(judge: str | None, grade: int, article: str = "sea.md") -> Act:
    return Act("2026-12-01T09:00:00Z", judge, "q1", article, grade=grade)


def book_of(*acts: Act | None) -> Book:
    book = Book()
    for act in acts:
        book.add(act)
    return book


def test_several_judges_give_the_median_and_of_two_in_the_middle_the_lower() -> None:
    assert [merged(it) for it in ([2], [3, 1], [3, 0, 2], [0, 1, 2, 3])] == [2, 1, 2, 1]
    book = book_of(graded("ann", 3), graded("bob", 1), graded("cy", 2))
    assert book.grades == {("q1", "sea.md"): 2}
    assert book.by_judge() == {("q1", "sea.md"): {"ann": 3, "bob": 1, "cy": 2}}


def test_the_latest_grade_of_a_judge_counts_and_undo_brings_back_the_one_before() -> None:
    book = book_of(graded("ann", 3), graded("ann", 1))
    assert book.grades == {("q1", "sea.md"): 1}
    book.add(Act("", "ann", undo=2))
    assert book.grades == {("q1", "sea.md"): 3}
    book.add(Act("", "ann", undo=1))
    assert book.grades == {}
    assert book.last_of("ann", {"q1"}) is None
    book.add(Act("", "ann", undo=1))  # a second time it changes nothing
    assert book.grades == {}


def test_undo_takes_back_the_judges_own_acts_alone() -> None:
    book = book_of(graded("ann", 3), graded("bob", 0))
    assert book.last_of("ann", {"q1"}) == (1, ("q1", "sea.md"))
    assert book.last_of("ann", {"q2"}) is None
    book.add(Act("", "bob", undo=1))
    assert book.opinion("ann", "q1", "sea.md").grade == 3


def test_a_grade_of_the_file_counts_until_a_judge_grades_and_again_after_undo() -> None:
    book = book_of(graded(None, 2))
    assert book.grades == {("q1", "sea.md"): 2}
    assert book.earlier("q1", "sea.md") == 2
    book.add(graded("ann", 0))
    assert book.grades == {("q1", "sea.md"): 0}
    book.add(Act("", "ann", undo=2))
    assert book.grades == {("q1", "sea.md"): 2}
    book.add(graded("ann", 1))
    book.add(graded(None, 3))  # somebody edited the file
    assert book.grades == {("q1", "sea.md"): 3}
    assert book.judges == ["ann"]


def test_an_act_changes_only_what_it_says() -> None:
    note = Act("", "ann", "q1", "sea.md", note="in part")
    answer = Act("", "ann", "q1", "sea.md", answers=(SEA,))
    book = book_of(graded("ann", 2), note, answer)
    assert book.opinion("ann", "q1", "sea.md") == Opinion(2, (SEA,), "in part")
    assert book.answers() == {SEA: {"q1": ["ann"]}}
    book.add(graded("ann", 0))
    assert book.answers() == {}, "an article that is not relevant has no answer"
    book.add(Act("", "ann", undo=4))
    book.add(Act("", "bob", "q1", "sea.md", answers=(SEA,)))
    assert book.answers() == {SEA: {"q1": ["ann", "bob"]}}


def test_a_line_that_is_no_act_counts_so_that_numbers_stay_those_of_lines() -> None:
    book = book_of(None, graded("ann", 3))
    assert book.last_of("ann", {"q1"}) == (2, ("q1", "sea.md"))
    book.add(Act("", "ann", undo=2))
    assert book.grades == {}


ACTS = st.builds(
    graded, st.sampled_from(["ann", "bob"]), st.integers(0, 3), st.sampled_from(["a", "b"])
)


@given(st.lists(ACTS, max_size=12), st.integers(0, 12))
def test_undoing_the_last_acts_is_as_if_they_had_never_been(acts: list[Act], count: int) -> None:
    book = book_of(*acts)
    left = list(acts)
    for _ in range(min(count, len(acts))):
        last = left.pop()
        assert last.judge is not None
        done = book.last_of(last.judge, {"q1"})
        assert done is not None
        book.add(Act("", last.judge, undo=done[0]))
    assert book.grades == book_of(*left).grades
    assert book.by_judge() == book_of(*left).by_judge()


@given(
    st.builds(
        Act,
        at=st.text(max_size=5),
        judge=st.none() | st.text(min_size=1, max_size=5),
        query=st.text(min_size=1, max_size=5),
        article=st.just("sea.md"),
        grade=st.none() | st.integers(0, 3),
        answers=st.none() | st.just(()) | st.just((SEA,)),
        note=st.none() | st.text(max_size=5),
    )
)
def test_an_act_reads_as_it_was_written(act: Act) -> None:
    assert Act.from_json(act.as_json()) == act
