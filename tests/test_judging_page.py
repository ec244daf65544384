"""The page for judging in a real browser: by keyboard alone, what is saved, and accessibility."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from indexer.pipeline import build  # noqa: E402
from indexer.types import Splitting  # noqa: E402
from search.judging.commands import Judging, page_for  # noqa: E402
from tests.conftest import ARTICLES, written  # noqa: E402
from tests.hashing import HashingEncoder  # noqa: E402
from tests.judged import acts_of, dataset  # noqa: E402
from tests.serving import serving  # noqa: E402
from tests.test_page import CHROMIUM, check_access, holding, opened  # noqa: E402
from tests.test_page import browser as browser  # noqa: E402, PLC0414 - a fixture

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")

HOSTILE = "Owls\n\n🦉🦉 Owls <img src=x onerror=alert(1)> hunt 🦉 mice at night. <b>Really</b>.\n"
TEXTS = {**ARTICLES, "hostile.txt": HOSTILE}
QUESTIONS = ["Who hunts mice at night?", "What spans the <b>river</b>?"]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return dataset(tmp_path / "mine", QUESTIONS)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judging")
    articles = written(folder / "articles", TEXTS)
    build(folder / "x.locus", [articles], encoder=HashingEncoder(), splitting=Splitting(12))
    return folder / "x.locus"


@pytest.fixture
def address(mine: Path, index: Path) -> Iterator[str]:
    judging = page_for(Judging(mine, judge="ann"), lambda _: None)
    with serving(index, judging=judging) as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    for page in opened(browser, address):
        page.goto("/judge")
        expect(page.locator("#hit h2")).to_be_visible()
        yield page


def article_of(page: Page) -> str:
    """The article of the hit that is shown."""
    return page.locator("#hit .path").first.inner_text().replace("\n", "")


def seek(page: Page, article: str) -> None:
    """Go on without a grade until this article is shown."""
    for _ in TEXTS:
        if article_of(page) == article:
            return
        before = page.locator("#place").inner_text()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#place")).not_to_have_text(before)
    raise AssertionError(f"{article} is not among the hits")


def test_a_whole_dataset_is_judged_by_keyboard_alone(page: Page, mine: Path) -> None:
    grades: dict[tuple[str, str], int] = {}
    question = page.locator("#question")
    for number, text in enumerate(QUESTIONS):
        expect(question).to_have_text(text)
        count = int(page.locator("#place").inner_text().rpartition(" ")[2])
        for place in range(count):
            expect(page.locator("#place")).to_have_text(f"Hit {place + 1} of {count}")
            grades[f"q{number + 1}", article_of(page)] = place % 4
            page.keyboard.press(str(place % 4))
    expect(page.locator("#message")).to_contain_text("Nothing is left to judge")
    expect(page.locator("#saved")).to_have_text("Saved.")
    expect(page.locator("#left")).to_contain_text("0 hits left; 2 of 2 questions judged")
    expect(page.locator("#comparison")).to_contain_text("nDCG@10 over 2 of 2 questions")
    expect(page.locator("#sure")).to_contain_text("The order of the systems holds in")
    said = {(act.query, act.article): act.grade for act in acts_of(mine)}
    assert said == grades


def test_the_selected_sentence_is_saved_as_the_answer_with_the_grade(
    page: Page, mine: Path
) -> None:
    seek(page, "hostile.txt")
    page.keyboard.press("s")
    page.keyboard.press("Shift+ArrowLeft")  # without the full stop
    page.keyboard.press("3")
    expect(page.locator("#saved")).to_have_text("Saved.")
    (act,) = acts_of(mine)
    assert act.answers is not None
    (answer,) = act.answers
    assert HOSTILE[answer.start : answer.end] == answer.text
    sentence = "🦉🦉 Owls <img src=x onerror=alert(1)> hunt 🦉 mice at night."
    assert sentence.removesuffix(".").endswith(answer.text)
    assert act.grade == 3


def test_the_beginning_of_the_answer_can_be_moved_by_keyboard(page: Page, mine: Path) -> None:
    seek(page, "night/bats.txt")
    page.keyboard.press("s")
    whole = page.evaluate("String(getSelection())")
    page.keyboard.press("s")  # now Shift moves the beginning
    page.keyboard.press("Control+Shift+ArrowRight")
    page.keyboard.press("a")
    expect(page.locator("#marked")).to_contain_text("Answer:")
    expect(page.locator("#saved")).to_have_text("Saved.")
    ((answer,),) = [act.answers or () for act in acts_of(mine)]
    assert whole.endswith(answer.text)
    assert 0 < len(answer.text) < len(whole)
    page.keyboard.press("d")
    expect(page.locator("#marked li")).to_have_count(0)
    expect(page.locator("#saved")).to_have_text("Saved.")
    assert acts_of(mine)[-1].answers == ()


def test_an_answer_can_be_selected_in_the_opened_article(page: Page, mine: Path) -> None:
    seek(page, "hostile.txt")
    page.keyboard.press("Enter")
    expect(page.locator("#reader-title")).to_have_text("Owls")
    expect(page.locator("#text")).to_contain_text("Really")
    page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.getElementById("text"), 4);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf("Really");
            if (at < 0) continue;
            getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + 6);
            return;
          }
        }"""
    )
    page.keyboard.press("2")
    expect(page.locator("#saved")).to_have_text("Saved.")
    ((answer,),) = [act.answers or () for act in acts_of(mine)]
    assert answer.text == "Really"
    assert HOSTILE[answer.start : answer.end] == "Really"
    expect(page.locator("#reader")).to_be_visible()
    expect(page.locator("#reader-title")).not_to_have_text("")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()


def test_undo_returns_to_the_hit_and_takes_the_grade_back(page: Page, mine: Path) -> None:
    first = article_of(page)
    page.keyboard.press("2")
    page.keyboard.press("1")
    expect(page.locator("#place")).to_contain_text("Hit 3")
    page.keyboard.press("u")
    expect(page.locator("#saved")).to_have_text("Taken back.")
    expect(page.locator("#place")).to_contain_text("Hit 2")
    page.keyboard.press("u")
    expect(page.locator("#place")).to_contain_text("Hit 1")
    assert article_of(page) == first
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("#saved")).to_have_text("There is nothing to undo.")
    assert (mine / "qrels" / "test.tsv").read_text("utf-8").count("\n") == 1


def test_a_grade_is_shown_again_and_can_be_changed(page: Page, mine: Path) -> None:
    page.keyboard.press("3")
    expect(page.locator("#place")).to_contain_text("Hit 2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-grade='3']")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("0")
    expect(page.locator("#saved")).to_have_text("Saved.")
    assert [act.grade for act in acts_of(mine)] == [3, 0]
    page.reload()
    expect(page.locator("#place")).to_contain_text("Hit 2")


def test_a_note_is_written_without_its_keys_being_grades(page: Page, mine: Path) -> None:
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("see 2 and 3")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#marked")).to_contain_text("Note: see 2 and 3")
    expect(page.locator("#saved")).to_have_text("Saved.")
    assert [(act.note, act.grade) for act in acts_of(mine)] == [("see 2 and 3", None)]


def test_single_keys_can_be_turned_off_and_buttons_do_the_same(page: Page, mine: Path) -> None:
    page.get_by_label("single keys").uncheck()
    page.locator("#answers").focus()
    page.keyboard.press("3")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#place")).to_contain_text("Hit 1")
    page.get_by_role("button", name="Related").click()
    expect(page.locator("#place")).to_contain_text("Hit 2")
    expect(page.locator("#saved")).to_have_text("Saved.")
    assert [act.grade for act in acts_of(mine)] == [1]


def test_what_is_not_saved_is_never_called_saved_and_is_sent_again(page: Page, mine: Path) -> None:
    held, hold = holding()
    page.route("**/judging/opinion", hold)
    page.keyboard.press("2")
    expect(page.locator("#place")).to_contain_text("Hit 2")  # the judge goes on meanwhile
    expect(page.locator("#saved")).to_have_text("Saving…")
    page.keyboard.press("1")
    expect(page.locator("#place")).to_contain_text("Hit 3")
    while not held:
        page.wait_for_timeout(20)
    held[0].abort()
    expect(page.locator("#saved")).to_have_text("Not saved.")
    expect(page.locator("#message")).to_contain_text("Cannot reach Locus")
    page.unroute_all()
    page.get_by_role("button", name="Retry now").click()
    expect(page.locator("#saved")).to_have_text("Saved.")
    expect(page.locator("#message")).to_be_hidden()
    assert [act.grade for act in acts_of(mine)] == [2, 1]


def test_it_is_accessible(browser: Browser, address: str, mine: Path, tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    # Only so may the test's own script run beside the page's.
    for page in opened(browser, address, bypass_csp=True):
        check = partial(check_access, page, folder=tmp_path / "seen")
        page.goto("/judge")
        expect(page.locator("#hit h2")).to_be_visible()
        check("hit")
        page.keyboard.press("s")
        page.keyboard.press("2")
        expect(page.locator("#place")).to_contain_text("Hit 2")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#marked li")).to_have_count(1)
        page.keyboard.press("n")
        check("graded, with an answer and a note")
        page.keyboard.press("Escape")
        page.locator("#answers").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#text mark.current").first).to_be_visible()
        check("article")
        page.keyboard.press("Escape")
        page.route("**/judging/opinion", lambda route: route.abort())
        page.keyboard.press("1")
        expect(page.locator("#message h2")).to_be_visible()
        check("not saved")
        page.unroute_all()
        page.get_by_role("button", name="Retry now").click()
        expect(page.locator("#saved")).to_have_text("Saved.")
        for _ in range(2 * len(TEXTS)):
            page.keyboard.press("0")
            page.wait_for_timeout(50)
        expect(page.locator("#message")).to_contain_text("Nothing is left")
        expect(page.locator("#comparison")).to_contain_text("nDCG@10")
        check("nothing left")
