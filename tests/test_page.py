"""The page in a real browser: typing, keyboard navigation, hostile texts, accessibility."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, Route, expect, sync_playwright  # noqa: E402

from indexer.pipeline import build  # noqa: E402
from search.asking.show import _DOUBTFUL as DOUBTFUL  # noqa: E402
from search.logged.log import QuestionLog  # noqa: E402
from search.logged.reading import KeptQuestion, read_log  # noqa: E402
from tests.conftest import ARTICLES  # noqa: E402
from tests.hashing import HashingEncoder  # noqa: E402
from tests.serving import FOLDED_NAMES, ODD_NAMES, odd_articles, odd_text, serving  # noqa: E402

CHROMIUM = Path(os.environ.get("LOCUS_CHROMIUM", "/usr/bin/chromium"))
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")

TOKEN = "a-token-of-the-tests"
LONGEST_LINE = 8000
"""The UTF-16 units that the page lays out as one paragraph; see typeset.js."""
HOSTILE = (
    "# <script>window.owned = 1</script> \u202e gnp.exe\n\n"
    "A hostile zebra says <img src=x onerror='window.owned = 2'> and <b>shouts</b>."
    " \u202e It turns.\n"
    "<script>window.owned = 3</script></mark></div><style>body { display: none }</style>\n\n"
)
ASTRAL = (
    "# 🦉 Night 🦉\n\n🦉🦉🦉 An emoji is one character to Python and two units to a browser 🦉. "
    "The axolotl 🦎 smiles under water, always. 🦉🦉 And so on."
    "\n\nمنارة الإسكندرية بناها سوستراتوس.\n"
)
HERON = "the heron waits at the river. "
LINE = HERON * 35_000
"""A line of 1 MB."""
FORGET = """() => {
  localStorage.clear();
  sessionStorage.clear();
  Storage.prototype.setItem = () => {};  // nor does a timer of the page keep anything now
}"""
EMPTY_LINES = """() => [...document.querySelectorAll("#hits .citation")].map((one) => {
  const [place, actions] = one.children;
  const isBelow = actions.getBoundingClientRect().top >= place.getBoundingClientRect().bottom - 1;
  return isBelow && getComputedStyle(actions.firstElementChild).opacity === "0";
})"""
"""Whether each hit has a line of nothing but hidden buttons."""
PASTED = "navigator.clipboard.readText()"
ARABIC = "# منارة الإسكندرية\n\nبناها سوستراتوس على جزيرة فاروس (The Pharos).\n"
JAPANESE = "# 鷺\n\n" + "鷺は川のほとりで魚を待っている。🦢" * 4000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as starting:
        # Chromium's sandbox does not start for root, as in a container.
        browser = starting.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


STRUCTURED = """\
# The quokka

## Weights 🦘

| Quokka | Kilogrammes |
|---|---|
| adult | 4.2 |
| joey | 0.4 |

> It smiles.

```
quokka = "marsupial"
```
"""


DATED = """\
---
date: 2024-05-31
author: Ann Lee
---
The kestrel hunts voles at dusk.
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Articles of all kinds, and an index of them."""
    folder = tmp_path_factory.mktemp("page")
    articles = folder / "articles"
    texts = {
        **ARTICLES,
        "hostile.md": f"{HOSTILE}{HERON * 1000}\n",
        "astral.md": ASTRAL,
        "منارة/المنارة.md": ARABIC,
        "鷺.md": JAPANESE,
        "quokka.md": STRUCTURED,
        "dated/kestrel.md": DATED,
        "long.md": "# A long article\n\n"
        + "".join(f"Paragraph {n} is about nothing at all.\n\n" for n in range(40))
        + "The walrus keeps a diary of the ice.\n\n"
        + "".join(f"Paragraph {n} is about nothing again.\n\n" for n in range(40))
        + "A second walrus reads that diary.\n",
    }
    for name, text in texts.items():
        (articles / name).parent.mkdir(parents=True, exist_ok=True)
        (articles / name).write_text(text, "utf-8")
    build(folder / "x.locus", [articles], encoder=HashingEncoder())
    return articles, folder / "x.locus"


@pytest.fixture(scope="module")
def client(made: tuple[Path, Path]) -> Iterator[httpx2.Client]:
    with serving(made[1]) as client:
        yield client


@pytest.fixture(scope="module")
def tab(browser: Browser, client: httpx2.Client) -> Iterator[tuple[Page, list[str]]]:
    """A tab for all tests that need nothing of their own in it, and what goes wrong there.

    A new tab starts a process and compiles the page again, which costs more than most tests.
    """
    address = str(client.base_url).rstrip("/")
    allowed = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(base_url=address, permissions=allowed)
    context.set_default_timeout(30_000)
    page = context.new_page()
    yield page, problems(page, address)
    context.close()


@pytest.fixture
def page(tab: tuple[Page, list[str]]) -> Iterator[Page]:
    """The page as it opens; whatever goes wrong in it, or leaves the server, fails the test."""
    page, wrong = tab
    wrong.clear()
    page.goto("/")
    yield page
    page.unroute_all()
    page.evaluate(FORGET)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(media="null")
    assert wrong == []


def opened(browser: Browser, address: str, script: str = "", **settings: Any) -> Iterator[Page]:
    """The same in a tab of its own. ``script`` runs before those of the page."""
    context = browser.new_context(base_url=address, **settings)
    context.set_default_timeout(30_000)
    context.add_init_script(script)
    page = context.new_page()
    wrong = problems(page, address)
    page.goto("/")
    yield page
    context.close()
    assert wrong == []


@pytest.fixture
def timed_page(browser: Browser, client: httpx2.Client) -> Iterator[Page]:
    """The same for a test that sets the page's clock: no tab is ever without that clock again."""
    yield from opened(browser, str(client.base_url).rstrip("/"))


def problems(page: Page, address: str) -> list[str]:
    """A list that grows with each error, refusal and foreign request of the page."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
    )
    page.on(
        "request",
        lambda sent: None if sent.url.startswith(address) else wrong.append(sent.url),
    )
    return wrong


def asking(page: Page, question: str) -> dict[str, Any]:
    """Type a question; returns when its answer is shown."""
    with page.expect_response(lambda got: "/search" in got.url and got.ok) as waiting:
        page.locator("#q").fill(question)
    answer: dict[str, Any] = waiting.value.json()
    expect(page.locator("#hits > li[data-index]")).to_have_count(len(answer["hits"]))
    return answer


def arrive(page: Page, address: str) -> None:
    """Come to an address as one goes back to it: without loading the page again."""
    page.evaluate(
        "to => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }",
        address,
    )


def holding() -> tuple[list[Route], Callable[[Route], None]]:
    """A list of requests, and a route handler that holds requests back in it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    return held, hold


def answering(body: dict[str, Any]) -> Callable[[Route], None]:
    """A route handler that answers a request with ``body`` instead of the server."""
    return lambda route: route.fulfill(json=body)


def look(page: Page) -> None:
    """Make the page fetch the status now, as it does when its tab becomes visible."""
    with page.expect_response("**/status"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def lengthening(route: Route) -> None:
    """Answer with an article and an extra line of 1 MB, which would take long to index."""
    response = route.fetch()
    article = response.json()
    route.fulfill(response=response, json={**article, "text": article["text"] + LINE})


def marked(page: Page) -> str:
    """The text of the opened passage, put together from its marks."""
    marks = page.locator("#text mark.current")
    expect(marks.first).to_be_attached()
    return "".join(marks.all_text_contents())


@pytest.mark.parametrize("storage", ["sessionStorage", "localStorage"])
def test_a_browser_that_keeps_nothing_is_answered_too(
    browser: Browser, made: tuple[Path, Path], storage: str
) -> None:
    blocked = "Object.defineProperty(window, '%s', { get() { throw new DOMException('no'); } })"
    with serving(made[1], token=TOKEN) as client:
        for page in opened(browser, str(client.base_url).rstrip("/"), script=blocked % storage):
            page.get_by_label("Token").fill(TOKEN)
            page.get_by_role("button", name="Open").click()
            expect(page.locator("#greeting")).to_be_visible()
            asking(page, "owls")
            page.get_by_label("scores").check()
            page.keyboard.press("Enter")
            page.goto(f"/?q=owls#token={TOKEN}")
            expect(page.locator("#hits h2").first).to_have_text("Owls of the forest")
            assert (
                page.evaluate(f"(() => {{ try {{ return window.{storage}; }} catch {{}} }})()")
                is None
            )


def test_a_slash_goes_to_the_question_and_not_into_it(page: Page) -> None:
    page.locator("#brand").focus()
    for _ in range(2):  # a second time, out of habit
        page.keyboard.press("/")
        expect(page.locator("#q")).to_be_focused()
        expect(page.locator("#q")).to_have_value("")
    page.keyboard.type("bats/moths")
    expect(page.locator("#q")).to_have_value("bats/moths")


def test_articles_of_odd_names_open_and_can_be_shared(browser: Browser, tmp_path: Path) -> None:
    build(tmp_path / "x.locus", [odd_articles(tmp_path)], encoder=HashingEncoder())
    shared = {}
    with serving(tmp_path / "x.locus") as client:
        for page in opened(browser, str(client.base_url).rstrip("/")):
            asking(page, "it keeps the lamp in its house")
            for shown in (30, len(ODD_NAMES)):
                page.get_by_role("button", name="Show more results").click()
                expect(page.locator("#hits > li[data-index]")).to_have_count(shown)
            for number, name in enumerate(FOLDED_NAMES):
                title = f"Number {number}"
                page.locator("#hits h2").get_by_role("link", name=title, exact=True).click()
                expect(page.locator("#reader-title")).to_have_text(title)
                assert marked(page) == odd_text(number)
                shared[name] = page.url
            for number, name in enumerate(FOLDED_NAMES):
                if name in {"a/../c", "//host/x", "nul\0"}:
                    page.goto(shared[name])
                else:
                    arrive(page, shared[name])
                expect(page.locator("#reader-title")).to_have_text(f"Number {number}")
                assert marked(page) == odd_text(number)
                arrive(page, "/")
                expect(page.locator("#reader")).to_be_hidden()


def test_a_look_at_the_status_waits_for_the_one_before_and_for_someone_to_see_it(
    timed_page: Page,
) -> None:
    """The clock of the page is the test's."""
    page = timed_page
    held, hold = holding()
    page.route("**/status", hold)
    page.clock.install()
    with page.expect_request("**/status"):
        page.reload()
    page.clock.run_for(30_000)
    assert len(held) == 1
    now = page.request.get("/status").json()
    held[0].fulfill(json=now)
    expect(page.locator("#facts")).to_contain_text("articles")
    with page.expect_request("**/status"):
        page.clock.run_for(4100)
    while len(held) < 2:  # a request event comes before its route handler
        page.wait_for_timeout(20)
    held[1].fulfill(json=now)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.clock.run_for(30_000)
    assert len(held) == 2
    with page.expect_request("**/status"):
        page.evaluate(
            "delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))"
        )


def test_a_question_is_answered_as_it_is_typed(page: Page) -> None:
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#greeting")).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("Searching 10 articles (")
    page.keyboard.type("who hunts mice at night", delay=15)
    first = page.locator("#hits li").first
    expect(first.locator("h2")).to_have_text("Owls of the forest")
    expect(first.locator("mark")).to_have_text("Owls hunt mice at night.")
    expect(first.locator(".path")).to_have_text("night/owls.txt")
    expect(page.locator("#greeting")).to_be_hidden()
    expect(page).to_have_url("/?q=who+hunts+mice+at+night")
    assert page.title() == "who hunts mice at night · Locus"
    page.locator("#q").fill("")
    expect(page.locator("#greeting")).to_be_visible()


def test_an_answer_that_comes_late_is_dropped(page: Page) -> None:
    """The first answer is held back until the second is shown."""
    held, hold = holding()
    page.route("**/search?q=stone*", hold)
    with page.expect_request("**/search?q=stone*"):
        page.locator("#q").fill("stone bridge")
    page.locator("#q").fill("moths and bats")
    expect(page.locator("#hits h2").first).to_have_text("Bats")
    for route in held:
        route.continue_()
    page.wait_for_timeout(200)
    expect(page.locator("#hits h2").first).to_have_text("Bats")


def test_the_keyboard_does_it_all(page: Page) -> None:
    answer = asking(page, "walrus diary")
    page.keyboard.press("ArrowDown")
    links = page.locator("#hits h2 a")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Enter")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#reader")).to_be_visible()
    assert marked(page) == answer["hits"][0]["text"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(links.nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    assert page.evaluate("getSelection().toString()") == "walrus diary"


def test_the_article_opens_at_the_passage_with_all_its_hits_marked(page: Page) -> None:
    answer = asking(page, "walrus diary")
    hits = [hit for hit in answer["hits"] if hit["article"] == "long.md"]
    assert len(hits) > 2
    page.locator("#hits h2 a").first.click()
    assert marked(page) == answer["hits"][0]["text"]
    expect(page.locator("#text mark.current").first).to_be_in_viewport()
    expect(page.locator("#text")).not_to_have_js_property("scrollTop", 0)
    article = page.request.get("/articles/long.md").json()
    text = page.locator("#text").evaluate("node => node.textContent")
    assert text == article["text"]
    for number, hit in enumerate(sorted(hits, key=lambda hit: int(hit["start"])), 1):
        page.evaluate("n => document.querySelectorAll('#rail i')[n - 1].click()", number)
        assert marked(page) == hit["text"]
        expect(page.locator("#reader-count")).to_have_text(f"{number} of {len(hits)}")
        expect(page.locator("#hits [aria-current]")).to_have_count(1)
    page.locator("#text").focus()
    page.keyboard.press("n")
    expect(page.locator("#reader-count")).to_have_text(f"1 of {len(hits)}")


def test_offsets_hold_past_characters_of_two_units(page: Page) -> None:
    answer = asking(page, "the axolotl smiles under water")
    hit = answer["hits"][0]
    span = hit["highlight"]
    sentence = hit["text"][span["start"] - hit["start"] : span["end"] - hit["start"]]
    assert sentence.startswith("The axolotl")
    expect(page.locator("#hits mark").first).to_have_text(sentence)
    page.locator("#hits h2 a").first.click()
    assert marked(page) == hit["text"]
    answering = page.locator("#text .current .answer").all_text_contents()
    assert "".join(answering) == sentence
    direction = "node => getComputedStyle(node).direction"
    arabic = page.locator("#text .line", has_text="منارة")
    assert arabic.evaluate(direction) == "rtl"
    assert page.locator("#text .line").first.evaluate(direction) == "ltr"


def test_an_address_can_be_shared_and_gone_back_from(page: Page) -> None:
    answer = asking(page, "walrus diary")
    page.locator("#hits h2 a").nth(1).click()
    expect(page.locator("#reader")).to_be_visible()
    shared = page.url
    page.go_back()
    expect(page.locator("#reader")).to_be_hidden()
    expect(page.locator("#hits li").first).to_be_visible()
    page.goto("about:blank")
    page.goto(shared)
    expect(page.locator("#q")).to_have_value("walrus diary")
    expect(page.locator("#text mark.current").first).to_be_in_viewport()
    assert marked(page) == answer["hits"][1]["text"]


def test_questions_are_remembered_until_they_are_forgotten(page: Page) -> None:
    asking(page, "stone bridge")
    page.keyboard.press("Enter")
    page.goto("/")
    page.get_by_role("link", name="stone bridge").click()
    expect(page.locator("#hits h2").first).to_have_text("Bridges")
    page.get_by_role("link", name="Locus", exact=True).click()
    page.get_by_role("button", name="Clear history").click()
    expect(page.locator("#previous")).to_be_hidden()
    page.reload()
    expect(page.locator("#previous")).to_be_hidden()


def test_more_passages_come_when_they_are_wanted(page: Page) -> None:
    asking(page, "the heron waits")
    page.locator("#hits h2 a").nth(2).click()
    opened_at = page.locator("#reader-count").text_content()
    page.get_by_role("button", name="Show more results").click()
    expect(page.locator("#hits > li[data-index]")).to_have_count(30)
    expect(page.locator("#hits h2 a").nth(10)).to_be_focused()
    expect(page.locator("#hits [aria-current]")).to_have_count(1)
    expect(page.locator("#reader-count")).not_to_have_text(opened_at or "")


def test_an_article_that_is_not_among_the_answers_opens_unmarked(page: Page) -> None:
    arrive(page, "/?q=owls&under=night&article=bridges.md")
    expect(page.locator("#reader-title")).to_have_text("Bridges")
    expect(page.locator("#reader-count")).to_have_text("no matching passage in this article")


def test_scores_are_shown_on_demand(page: Page) -> None:
    hit = asking(page, "walrus diary")["hits"][0]
    figures = page.locator("#hits li").first.locator(".figures")
    expect(figures).to_be_hidden()
    page.get_by_label("scores").check()
    expect(figures).to_contain_text(f"{hit['scores']['semantic']:.3f}")
    expect(figures).to_contain_text(f"{hit['scores']['lexical']:.2f}")
    score = f"Score {hit['score']:.3f}, relative to the other results"
    expect(figures).to_have_attribute("title", score)


@pytest.mark.parametrize("width", [390, 1000, 1280])
def test_the_hidden_buttons_of_a_hit_leave_no_empty_line(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    answer = asking(page, "walrus bridge")
    for hit in answer["hits"][::2]:
        hit["article"] = "minutes/of-the-harbour-committee/in-the-spring-of-1897.md"
    page.route("**/search?*", answering(answer))
    page.goto("/?q=walrus+bridge")
    expect(page.locator("#hits > li[data-index]")).to_have_count(len(answer["hits"]))
    for _ in range(2):  # the hits alone, then beside the article
        lines = page.evaluate(EMPTY_LINES)
        assert lines == [False] * len(answer["hits"])
        if width < 900:
            break  # the article covers the hits
        page.locator("#hits h2 a").nth(1).press("Enter")
        expect(page.locator("#text mark").first).to_be_visible()


def test_a_mode_and_a_folder_narrow_the_answers(page: Page) -> None:
    asking(page, "trains and moths")
    page.get_by_label("Search by").select_option("lexical")
    expect(page).to_have_url("/?q=trains+and+moths&mode=lexical")
    page.get_by_label("Search in").fill("night")
    expect(page.locator("#hits .path")).to_have_text(["night/bats.txt"])


def test_filters_are_set_shown_shared_and_removed_by_keyboard(page: Page) -> None:
    asking(page, "which birds hunt at dusk")
    toggle, fields = page.get_by_role("button", name="Filter", exact=True), page.locator("#filters")
    expect(fields).to_be_hidden()
    toggle.press("Enter")
    expect(page.get_by_label("Since")).to_be_focused()
    page.keyboard.type("2024")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"since=2024$"))
    expect(page.locator("#hits .path")).to_have_text(["dated/kestrel.md"])
    expect(page.locator("#hits .origin")).to_have_text("2024-05-31 · Ann Lee")
    page.set_viewport_size({"width": 390, "height": 800})
    tops = [page.locator(f"#hits {it}").bounding_box() for it in ("h2", ".origin", ".actions")]
    assert [it["y"] for it in tops if it] == sorted(it["y"] for it in tops if it)
    assert all(tops), "on a narrow screen, the date is below the title and above the buttons"
    page.get_by_label("Tag").fill("fishes")
    page.keyboard.press("Enter")
    expect(page.locator("#message h2")).to_have_text("No results with these filters.")
    expect(page.locator("#message p").first).to_contain_text(
        "No articles since 2024, with tag 'fishes'"
    )
    page.keyboard.press("Escape")
    expect(toggle).to_be_focused()
    expect(fields).to_be_hidden()
    page.reload()  # as one who was sent the address
    chips = page.locator("#chosen button")
    expect(chips).to_have_count(2)
    page.get_by_role("button", name="Remove the filter tag fishes").press("Enter")
    expect(chips).to_have_count(1)
    expect(chips).to_be_focused()
    expect(page.locator("#hits .path")).to_have_text(["dated/kestrel.md"])
    page.keyboard.press("Enter")
    expect(page.locator("#hits > li[data-index]").nth(1)).to_be_visible()
    assert "since" not in page.url
    page.go_back()
    expect(chips).to_have_count(1)


def test_front_matter_is_folded_and_not_in_the_excerpt(page: Page) -> None:
    asking(page, "kestrel hunts voles at dusk")
    first = page.locator("#hits > li").first
    expect(first.locator(".excerpt")).to_have_text("The kestrel hunts voles at dusk.")
    first.locator("h2 a").click()
    expect(page.locator("#text .answer >> visible=true")).to_have_text(
        "The kestrel hunts voles at dusk."
    )
    expect(page.locator("#text details")).not_to_have_attribute("open", "")
    assert page.locator("#text").evaluate("node => node.textContent") == DATED
    page.locator("#text summary").press("Enter")
    expect(page.locator("#text details")).to_have_attribute("open", "")


def test_a_corrected_question_is_shown_and_the_one_that_was_typed_is_a_link_away(
    page: Page,
) -> None:
    page.get_by_label("Search by").select_option("lexical")
    answer = asking(page, "walurs <b>diary</b>")
    assert answer["corrected"] == "walrus <b>diary</b>"
    told = page.locator("#corrected")
    expect(told).to_have_text(
        "Showing results for walrus <b>diary</b>. Search instead for walurs <b>diary</b>"
    )
    expect(told).to_have_role("status")
    expect(told.locator("b")).to_have_text("walrus <b>diary</b>")
    expect(page.locator("#hits h2").first).to_have_text("A long article")
    expect(page.locator("#q")).to_have_value("walurs <b>diary</b>")
    for _ in range(6):  # to the link by keyboard
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#corrected a')"):
            break
    page.evaluate("window.stayed = true")
    with page.expect_response("**/search?*literal=true*") as waiting:
        page.keyboard.press("Enter")
    literal = waiting.value.json()
    assert (literal["query"], literal["corrected"]) == ("walurs <b>diary</b>", None)
    expect(page.locator("#answers")).to_be_focused()  # the link is gone
    assert page.evaluate("window.stayed") is True, "the page is not loaded again"
    typed = "/?q=walurs+%3Cb%3Ediary%3C%2Fb%3E&mode=lexical"
    for _ in range(2):
        expect(page).to_have_url(f"{typed}&literal=true")
        expect(page.locator("#hits > li[data-index]")).to_have_count(len(literal["hits"]))
        expect(told).to_have_text("Searched exactly as typed. Correct the spelling")
        page.reload()
    page.locator("#hits h2 a").first.click()
    expect(page).to_have_url(re.compile(r"literal=true&article=hostile\.md"))
    for _ in range(2):
        page.go_back()
    expect(page).to_have_url(typed)
    expect(told).to_contain_text("Showing results for walrus")
    page.go_forward()
    expect(told).to_have_text("Searched exactly as typed. Correct the spelling")
    asking(page, "walurs")  # another question is corrected again
    expect(page).to_have_url("/?q=walurs&mode=lexical")
    expect(told).to_have_text("Showing results for walrus. Search instead for walurs")
    page.get_by_label("Search in").fill("night")
    expect(told).to_have_text("Searched for walrus. Search instead for walurs")


def test_a_literal_search_says_so_and_its_correction_is_a_link_away(page: Page) -> None:
    typed = "/?q=walurs&mode=lexical"
    page.goto(f"{typed}&literal=true")
    told = page.locator("#corrected")
    expect(told).to_have_text("Searched exactly as typed. Correct the spelling")
    expect(told).to_have_role("status")
    link = told.get_by_role("link", name="Correct the spelling")
    expect(link).to_have_attribute("href", typed)
    page.evaluate("window.stayed = true")
    link.focus()
    with page.expect_response(lambda got: "/search" in got.url) as waiting:
        page.keyboard.press("Enter")
    assert "literal" not in waiting.value.url
    expect(page).to_have_url(typed)
    expect(told).to_have_text("Showing results for walrus. Search instead for walurs")
    assert page.evaluate("window.stayed") is True, "the page is not loaded again"
    page.go_back()
    expect(page).to_have_url(f"{typed}&literal=true")
    expect(told).to_have_text("Searched exactly as typed. Correct the spelling")


def test_a_search_for_similar_passages_is_not_called_literal(page: Page) -> None:
    page.goto("/?q=bats&mode=lexical&literal=true")
    expect(page.locator("#corrected")).to_contain_text("Searched exactly as typed.")
    page.locator("#hits a.like").first.click()
    expect(page.locator("#example")).to_contain_text("Like ")
    expect(page.locator("#corrected")).to_be_empty()


def test_a_passage_leads_to_what_is_like_it_and_back(page: Page) -> None:
    hit = asking(page, "who hunts <b>mice</b> at night")["hits"][0]
    assert hit["article"] == "night/owls.txt"
    page.keyboard.press("ArrowDown")  # to the title, then past the two buttons
    for _ in range(3):
        page.keyboard.press("Tab")
    more = page.locator("#hits > li").first.get_by_role("link", name="More like this")
    expect(more).to_be_focused()
    expect(more).to_have_css("opacity", "1")
    expect(more).to_have_accessible_name("More like this passage of Owls of the forest")
    page.evaluate("window.stayed = true")
    with page.expect_response("**/similar?*") as waiting:
        page.keyboard.press("Enter")
    answer = waiting.value.json()
    part = f"night/owls.txt:{hit['start']}-{hit['end']}"
    assert (answer["query"], answer["hits"][0]["article"]) == (part, "bridges.md")
    expect(page.locator("#answers")).to_be_focused()  # the link is gone
    assert page.evaluate("window.stayed") is True, "the page is not loaded again"
    heading = page.locator("#example")
    expected = f"Like {part}. Back to results for who hunts <b>mice</b> at night"
    question = "/?q=who+hunts+%3Cb%3Emice%3C%2Fb%3E+at+night"
    for _ in range(2):
        expect(heading).to_have_text(expected)
        expect(page.locator("#hits h2").first).to_have_text("Bridges")
        expect(page.locator("#hits .path", has_text="owls")).to_have_count(0)
        assert page.title() == f"Like {part} · Locus"
        shared = page.url
        page.goto("about:blank")
        page.goto(shared)
    page.locator("#hits h2 a").first.click()
    assert marked(page) == answer["hits"][0]["text"]
    expect(page).to_have_url(re.compile("similar=night.*&article=bridges.md"))
    page.keyboard.press("Escape")
    heading.get_by_role("link").click()
    expect(page).to_have_url(question)
    expect(page.locator("#answers")).to_be_focused()  # this link is gone too
    expect(heading).to_be_empty()
    expect(page.locator("#hits h2").first).to_have_text("Owls of the forest")
    page.go_back()
    expect(heading).to_have_text(expected)
    page.get_by_label("Search in").fill("night")
    expect(page.locator("#hits .path")).to_have_text(["night/bats.txt"])
    page.locator("#q").press("Enter")  # it is still there
    expect(page.locator("#hits h2").first).to_have_text("Owls of the forest")
    expect(page).to_have_url(f"{question}&under=night")
    page.goto("/")
    expect(page.locator("#previous a")).to_have_text(["who hunts <b>mice</b> at night"])


def test_typing_leaves_an_example_and_back_returns_to_it(page: Page) -> None:
    arrive(page, "/?similar=night/owls.txt")
    expect(page.locator("#example")).to_have_text("Like night/owls.txt. Back to the start page")
    expect(page.get_by_label("Search by")).to_be_disabled()
    asking(page, "stone bridge")
    expect(page).to_have_url("/?q=stone+bridge")
    expect(page.locator("#example")).to_be_empty()
    expect(page.get_by_label("Search by")).to_be_enabled()
    page.go_back()
    expect(page.locator("#example")).to_contain_text("Like night/owls.txt")
    expect(page.locator("#q")).to_have_value("")


def test_an_example_that_is_not_in_the_index_leads_back_to_the_question(page: Page) -> None:
    arrive(page, "/?q=stone+bridge&similar=gone.md")
    expect(page.locator("#message h2")).to_have_text("This article is no longer in the index.")
    page.get_by_role("button", name="Back to the question").click()
    expect(page.locator("#hits h2").first).to_have_text("Bridges")
    arrive(page, "/?q=stone+bridge&similar=bridges.md&start=abc")
    expect(page.locator("#message")).to_contain_text("Start must be a whole number from 0 to ")
    arrive(page, "/?similar=bridges.md&under=bridges.md")
    expect(page.locator("#message h2")).to_have_text("No results in bridges.md.")
    page.get_by_role("button", name="Search all articles").click()
    expect(page.locator("#example")).to_have_text("Like bridges.md. Back to the start page")


def test_what_is_like_a_passage_of_the_open_article_is_found(page: Page) -> None:
    asking(page, "walrus diary")
    page.locator("#hits h2 a").first.click()
    assert marked(page)
    page.locator("#reader").get_by_role("link", name="More like this").click()
    expect(page.locator("#example")).to_contain_text("Like long.md:")
    expect(page.locator("#reader")).to_be_hidden()
    expect(page.locator("#hits .path", has_text="long.md")).to_have_count(0)
    page.go_back()
    expect(page.locator("#reader")).to_be_visible()


def test_what_is_like_the_last_hit_is_shown_from_its_beginning(page: Page) -> None:
    hit = asking(page, "the heron waits")["hits"][-1]
    last = page.locator("#hits > li").last
    last.hover()
    last.get_by_role("link", name="More like this").click()
    expect(page.locator("#example")).to_contain_text(
        f"Like {hit['article']}:{hit['start']}-{hit['end']}. "
    )
    expect(page.locator("#example")).to_be_in_viewport()
    expect(page.locator("html")).to_have_js_property("scrollTop", 0)


def test_hostile_text_is_inert(page: Page) -> None:
    page.route("**/articles?*", lengthening)
    answer = asking(page, "hostile zebra <img src=x onerror='window.owned = 4'>")
    assert answer["hits"][0]["article"] == "hostile.md"
    page.locator("#hits h2 a").first.click()
    expect(page.locator("#reader")).to_be_visible()
    assert marked(page) == answer["hits"][0]["text"]
    article = page.request.get("/articles/hostile.md").json()["text"] + LINE
    assert len(article) > 1_000_000
    assert page.locator("#text").evaluate("node => node.textContent") == article
    assert page.evaluate("window.owned") is None
    assert page.locator("main script, main img, main style, main b").count() == 0
    assert page.locator("#hits h2").first.text_content() == (
        "<script>window.owned = 1</script> \ufffd gnp.exe"
    )
    page.keyboard.press("Enter")  # remembered
    page.goto("/")
    expect(page.locator("#previous a")).to_have_text(answer["query"])


def test_markup_is_refused_by_the_browser_itself(page: Page) -> None:
    """Even if the page had a fault, the content security policy would still protect it."""
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return false; }"
        " catch (error) { return error instanceof TypeError; } }"
    )
    assert refused is True


def test_what_has_no_answer_says_so(page: Page) -> None:
    arrive(page, "/?q=xyzzy&mode=lexical")
    expect(page.locator("#message h2")).to_have_text("No results.")
    expect(page.locator("#message p").first).to_have_text("No passage contains these words.")
    page.get_by_role("button", name="Search by meaning too").click()
    expect(page.locator("#hits h2").first).to_be_visible()
    page.get_by_label("Search in").fill("nowhere")
    expect(page.locator("#message")).to_contain_text("No results in nowhere.")
    page.get_by_role("button", name="Search all articles").click()
    expect(page.locator("#hits h2").first).to_be_visible()


def test_waiting_and_failing_are_shown_and_passed(page: Page) -> None:
    held, hold = holding()
    page.route("**/search*", hold)
    page.locator("#q").fill("owls")
    expect(page.locator("#summary")).to_have_text("Searching…")
    expect(page.locator("#answers")).to_have_attribute("aria-busy", "true")
    held[0].abort()
    expect(page.locator("#message h2")).to_have_text("Cannot reach Locus.")
    expect(page.locator("#message p").first).to_have_text(
        "Is locus serve still running? Retrying automatically."
    )
    page.unroute("**/search*")
    page.get_by_role("button", name="Retry now").click()
    expect(page.locator("#hits h2").first).to_have_text("Owls of the forest")
    page.route(
        "**/search*",
        lambda route: route.fulfill(status=503, json={"error": {"message": "It is damaged."}}),
    )
    page.locator("#q").fill("owls and mice")
    expect(page.locator("#message")).to_contain_text("The search failed.It is damaged.")


def test_a_question_that_cannot_be_asked_is_explained(page: Page) -> None:
    page.locator("#q").evaluate("node => node.removeAttribute('maxlength')")
    page.locator("#q").fill("owl " * 600)
    expect(page.locator("#message")).to_contain_text("Invalid search.")
    expect(page.locator("#message")).to_contain_text("2,399 characters")


def test_the_writing_of_the_index_is_told(page: Page, made: tuple[Path, Path]) -> None:
    articles, index = made
    asking(page, "a comet has a tail")
    now = page.request.get("/status").json()
    page.route("**/status", lambda route: route.fulfill(json={**now, "writing": {"articles": 7}}))
    look(page)
    expect(page.locator("#writing")).to_contain_text("being updated (7 articles so far)")
    page.unroute("**/status")
    (articles / "new.txt").write_text("Comets\n\nA comet has a tail of dust.\n")
    build(index, encoder=HashingEncoder())
    look(page)
    expect(page.locator("#renewed")).to_be_visible()
    expect(page.locator("#writing")).to_be_hidden()
    page.get_by_role("button", name="Refresh results").click()
    expect(page.locator("#hits h2").first).to_have_text("Comets")


def test_a_token_is_asked_for_and_kept(browser: Browser, made: tuple[Path, Path]) -> None:
    with serving(made[1], token=TOKEN) as client:
        address = str(client.base_url).rstrip("/")
        for page in opened(browser, address):
            page.get_by_label("Token").fill(TOKEN)
            page.get_by_role("button", name="Open").click()
            expect(page.locator("#greeting")).to_be_visible()
            asking(page, "owls")
            page.reload()
            expect(page.locator("#hits h2").first).to_have_text("Owls of the forest")
        for page in opened(browser, address):
            page.goto(f"/?q=owls#token={TOKEN}")
            expect(page.locator("#hits h2").first).to_have_text("Owls of the forest")
            assert TOKEN not in page.url


def test_what_an_input_method_has_not_finished_is_not_asked(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/search" in sent.url else None)
    keyboard = page.context.new_cdp_session(page)
    for typed in ("k", "か", "かわ"):
        keyboard.send(
            "Input.imeSetComposition", {"text": typed, "selectionStart": 1, "selectionEnd": 1}
        )
    page.wait_for_timeout(200)
    assert asked == []
    with page.expect_response("**/search?q=*"):
        keyboard.send("Input.insertText", {"text": "川"})
    assert len(asked) == 1
    expect(page.locator("#q")).to_have_value("川")
    expect(page.locator("#hits h2 a").first).to_be_visible()


def test_an_answer_is_doubted_as_on_the_command_line(page: Page) -> None:
    answer = page.request.get("/search", params={"q": "owls"}).json()
    for confidence, doubted in ((DOUBTFUL - 0.001, True), (DOUBTFUL, False)):
        page.unroute_all()
        page.route("**/search*", answering({**answer, "confidence": confidence}))
        asking(page, f"owls {confidence}")
        doubt = page.get_by_text(f"No good match (confidence {confidence:.2f}). Closest passages:")
        expect(doubt).to_be_visible(visible=doubted)
        # Nothing shown with a hit suggests certainty.
        expect(page.locator("#answers")).not_to_contain_text(f"{answer['hits'][0]['score']:.3f}")


def test_what_is_copied_is_the_text_of_the_article(page: Page) -> None:
    page.goto("/?under=hostile.md")
    asking(page, "hostile zebra")
    page.locator("#hits h2 a").first.click()
    expect(page.locator("#text mark").first).to_be_visible()
    page.evaluate("getSelection().selectAllChildren(document.getElementById('text'))")
    page.keyboard.press("Control+c")
    article = page.request.get("/articles/hostile.md").json()
    assert page.evaluate(PASTED) == article["text"]


def test_a_citation_is_copied_as_text_and_as_markdown(page: Page) -> None:
    page.route("**/search*", without_lines)
    hit = asking(page, "who hunts mice at night")["hits"][0]
    span = f"characters {hit['start']}–{hit['end']}"
    text = f"Owls of the forest, night/owls.txt, {span}: “Owls hunt mice at night.”"
    quotation = f"> Owls hunt mice at night.\n>\n> — [Owls of the forest](night/owls.txt), {span}"
    first = page.locator("#hits > li").first
    copies = first.get_by_role("button")
    expect(copies).to_have_text(["Copy", "Copy as Markdown"])
    page.keyboard.press("ArrowDown")  # to the title; then on with Tab
    for button, expected in zip(copies.all(), (text, quotation), strict=True):
        page.keyboard.press("Tab")
        expect(button).to_be_focused()
        expect(button).to_have_css("opacity", "1")
        expect(button).to_have_accessible_name(re.compile("^Copy.* citation of Owls of the f"))
        page.keyboard.press("Enter")
        expect(button).to_have_text("Copied")
        expect(page.locator("#said")).to_have_text("Citation copied.")
        assert page.evaluate(PASTED) == expected
    expect(page.locator("#reader")).to_be_hidden()
    page.locator("#hits h2 a").first.click()
    page.locator("#reader").get_by_role("button", name="Copy as Markdown").click()
    expect(page.locator("#said")).to_have_text("Citation copied.")
    assert page.evaluate(PASTED) == quotation


def without_lines(route: Route) -> None:
    """Answer with hits that have no line."""
    response = route.fetch()
    answer = response.json()
    for hit in answer["hits"]:
        hit.pop("line", None)
    route.fulfill(response=response, json=answer)


def test_a_passage_that_is_no_hit_is_cited_with_its_line(page: Page) -> None:
    article = page.request.get("/articles/long.md").json()
    start, end = article["passages"][5].values()
    arrive(page, f"/?q=owls&under=night&article=long.md&at={start}")
    page.locator("#reader").get_by_role("button", name="Copy the citation").click()
    expect(page.locator("#said")).to_have_text("Citation copied.")
    line = article["text"].count("\n", 0, start) + 1
    passage = " ".join(article["text"][start:end].split())
    assert line > 10
    assert page.evaluate(PASTED) == (
        f"A long article, long.md:{line}, characters {start}–{end}: “{passage}”"
    )


def test_a_citation_of_hostile_text_is_one_line_and_no_markup(page: Page) -> None:
    page.route("**/search*", lambda route: route.fulfill(json=strange_answer(route)))
    asking(page, "owls")
    first = page.locator("#hits > li").first
    first.hover()
    first.get_by_role("button", name="Copy the citation").click()
    expect(page.locator("#said")).to_have_text("Citation copied.")
    assert page.evaluate(PASTED) == (
        "*A* [b](c) <i>, javascript:a (b)/c d.md:7, characters 10–56:"
        " “1. 🦉 <img src=x> & _so_ on.”"
    )
    first.get_by_role("button", name="Copy as Markdown").click()
    expect(first.get_by_role("button", name="Copy as Markdown")).to_have_text("Copied")
    assert page.evaluate(PASTED) == (
        r"> 1\. 🦉 \<img src=x\> \& \_so\_ on."
        "\n>\n"
        r"> — [\*A\* \[b\](c) \<i\>](javascript%3Aa%20%28b%29/c%0Ad.md),"
        " line 7, characters 10–56"
    )


def strange_answer(route: Route) -> dict[str, Any]:
    """The server's answer to a request, whose first hit has all that Markdown would act on."""
    answer: dict[str, Any] = route.fetch().json()
    text = "🦉 Before. 1. 🦉\n <img\u202e src=x> & _so_ on. After."
    start, end = text.index("1."), text.index(" After")
    answer["hits"][0] |= {
        "article": "javascript:a (b)/c\nd.md",
        "title": "*A* [b](c) <i>",
        "text": text,
        "line": 7,
        "start": 10,
        "end": 10 + len(text),
        "highlight": {"start": 10 + start, "end": 10 + end},
    }
    return answer


def test_a_browser_that_blocks_copying_says_so(page: Page) -> None:
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
        "document.execCommand = () => false;"
    )
    asking(page, "owls")
    first = page.locator("#hits > li").first
    first.hover()
    button = first.get_by_role("button", name="Copy the citation")
    button.click()
    expect(button).to_have_text("Copying is blocked")
    expect(page.locator("#said")).to_have_text(
        "Copying is blocked by this browser. Select the text instead."
    )


def test_what_a_newcomer_may_wonder_about_is_explained(page: Page) -> None:
    hint = page.locator("#under-hint")
    expect(hint).to_be_hidden()
    page.get_by_label("Search in").focus()
    expect(hint).to_be_visible()
    expect(hint).to_have_text("A folder such as notes, or a pattern such as *.md")
    expect(page.get_by_label("Search in")).to_have_accessible_description(hint.inner_text())
    asking(page, "owls hunt mice")
    expect(page.locator("#summary")).to_contain_text("Top 10 results (")
    expect(page.locator("#summary")).to_contain_text(" passages searched in ")
    page.get_by_label("scores").check()
    confidence = page.get_by_title("0 = unrelated to your articles, 1 = clearly related")
    expect(confidence).to_contain_text("confidence ")


def test_no_line_is_so_long_that_it_holds_the_browser(page: Page) -> None:
    lengths = "nodes => nodes.map(node => node.textContent.length)"
    page.route("**/articles?*hostile.md*", lengthening)
    for question, name in (("the heron waits", "hostile.md"), ("鷺は川のほとりで", "鷺.md")):
        arrive(page, f"/?under={name}")
        hit = asking(page, question)["hits"][0]
        page.locator("#hits h2 a").first.click()
        expect(page.locator("#reader-place .path")).to_have_text(name)
        lines = page.locator("#text .line")
        expect(lines.first).to_be_attached()  # the text follows the title
        assert max(lines.evaluate_all(lengths)) <= LONGEST_LINE
        assert len(lines.all()) > 8
        assert marked(page) == hit["text"]
        text = page.locator("#text").evaluate("node => node.textContent")
        article = page.request.get(f"/articles/{name}").json()["text"]
        assert text == article + (LINE if name == "hostile.md" else "")
        assert page.locator("#text .line").last.text_content().isascii() == name.isascii()  # type: ignore[union-attr]  # there is one


def test_text_runs_in_its_own_direction_and_is_not_turned_by_characters(page: Page) -> None:
    asking(page, "منارة الإسكندرية سوستراتوس")
    direction = "node => getComputedStyle(node).direction"
    hit = page.locator("#hits > li", has=page.locator(".path", has_text="المنارة.md")).first
    assert hit.evaluate(direction) == "rtl"
    assert hit.locator(".excerpt").evaluate(direction) == "rtl"
    assert hit.locator(".path").evaluate(direction) == "ltr"
    assert hit.locator(".path").text_content() == "منارة/المنارة.md"
    hit.locator("h2 a").click()
    expect(page.locator("#reader-place .path")).to_have_text("منارة/المنارة.md")
    assert page.locator("#text .line").last.evaluate(direction) == "rtl"
    arrive(page, "/?under=hostile.md")
    asking(page, "hostile zebra")
    page.locator("#hits h2 a").first.click()
    expect(page.locator("#reader-place .path")).to_have_text("hostile.md")
    letters = page.locator("#text .line").first.evaluate(
        """line => [..."gnp.exe"].map((letter, index) => {
             const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
             let node;
             while ((node = walker.nextNode()) && !node.data.includes("gnp.exe"));
             const range = new Range();
             const at = node.data.indexOf("gnp.exe") + index;
             range.setStart(node, at);
             range.setEnd(node, at + 1);
             return range.getBoundingClientRect().left;
           })"""
    )
    assert letters == sorted(letters)


def test_going_back_and_forward_passes_each_question_and_article(page: Page) -> None:
    asking(page, "stone bridge")
    page.keyboard.press("Enter")  # it was meant
    asking(page, "the heron waits")
    page.get_by_role("button", name="Show more results").click()
    expect(page.locator("#hits > li[data-index]")).to_have_count(30)
    page.locator("#hits h2 a").nth(20).click()
    expect(page.locator("#reader")).to_be_visible()
    page.go_back()
    expect(page.locator("#reader")).to_be_hidden()
    expect(page.locator("#hits > li[data-index]")).to_have_count(30)
    expect(page.locator("#hits h2 a").nth(20)).to_be_focused()
    page.go_back()
    expect(page.locator("#q")).to_have_value("stone bridge")
    expect(page.locator("#hits h2").first).to_have_text("Bridges")
    page.go_back()
    expect(page.locator("#greeting")).to_be_visible()
    page.go_forward()
    page.go_forward()
    expect(page.locator("#q")).to_have_value("the heron waits")
    page.go_forward()
    expect(page.locator("#reader")).to_be_visible()


def test_an_address_holds_for_a_passage_beyond_the_first_answers(page: Page) -> None:
    asking(page, "the heron waits")
    page.get_by_role("button", name="Show more results").click()
    page.locator("#hits h2 a").nth(25).click()
    expect(page.locator("#reader")).to_be_visible()
    place = page.locator("#reader-place").locator(".path, .span")
    passage, named = marked(page), place.all_inner_texts()
    page.reload()
    expect(page.locator("#text mark.current").first).to_be_in_viewport()
    assert marked(page) == passage
    expect(place).to_have_text(named, use_inner_text=True)


def test_the_focus_goes_into_the_article_and_comes_back(page: Page) -> None:
    asking(page, "walrus diary")
    first = page.locator("#hits h2 a").first
    page.keyboard.press("Enter")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#text mark").first).to_be_visible()
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator("#text")).to_have_js_property("scrollTop", 0)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#text")).not_to_have_js_property("scrollTop", 0)
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    expect(page.locator("#q")).to_be_focused()


def test_a_hit_stays_where_it_is_when_its_article_opens(page: Page) -> None:
    page.set_viewport_size({"width": 950, "height": 1000})  # the hits have to make room
    # Some browsers keep something in its position, not always the hit; others keep nothing.
    page.evaluate("document.documentElement.style.overflowAnchor = 'none'")
    asking(page, "the heron waits")
    link = page.locator("#hits h2 a").nth(6)
    link.evaluate("node => scrollBy(0, node.getBoundingClientRect().top - 620)")
    places = [link.bounding_box()]
    link.click()
    expect(page.locator("#text mark").first).to_be_visible()
    places.append(link.bounding_box())
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    places.append(link.bounding_box())
    tops = [place["y"] for place in places if place]
    assert len(tops) == 3
    assert max(tops) - min(tops) < 2


def test_an_article_that_is_gone_leaves_the_answers(page: Page) -> None:
    asking(page, "owls")
    page.route(
        "**/articles?*",
        lambda route: route.fulfill(status=404, json={"error": {"message": "no such article"}}),
    )
    page.locator("#hits h2 a").first.click()
    expect(page.locator("#text h2")).to_have_text("This article is no longer in the index.")
    expect(page.locator("#hits h2 a").first).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Search again").click()
    expect(page.locator("#text mark").first).to_be_visible()


def test_of_articles_of_one_name_one_is_chosen(page: Page, made: tuple[Path, Path]) -> None:
    def several(route: Route) -> None:
        if "source=" in route.request.url:
            route.continue_()
        else:
            route.fulfill(status=409, json={"error": {"message": "several sources have it"}})

    page.route("**/articles?*", several)
    arrive(page, "/?q=owls&under=night&article=bridges.md")
    expect(page.locator("#text h2")).to_have_text("Several articles have this name.")
    page.get_by_role("button", name=str(made[0])).click()
    expect(page.locator("#text")).to_contain_text("Bridges")
    expect(page.locator("#reader-title")).to_have_text("Bridges")


def test_a_busy_server_is_asked_again_as_late_as_it_wishes(timed_page: Page) -> None:
    """The clock of the page is the test's."""
    page = timed_page
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))  # else it goes on by itself
    asked: list[str] = []

    def refuse(route: Route, status: int) -> None:
        asked.append(route.request.url)
        body = {"error": {"message": "too many questions at once"}}
        route.fulfill(status=status, json=body, headers={"retry-after": "3"})

    page.route("**/search*", lambda route: refuse(route, 429))
    page.locator("#q").fill("owls")
    with page.expect_response("**/search*"):
        page.clock.run_for(200)
    expect(page.locator("body")).to_have_class("waiting")
    expect(page.locator("#message")).to_be_hidden()
    page.clock.run_for(2900)
    assert len(asked) == 1
    with page.expect_response("**/search*"):
        page.clock.run_for(200)
    expect(page.locator("#message h2")).to_have_text("Too many searches at once.")
    page.get_by_role("button", name="Retry now").focus()
    with page.expect_response("**/search*"):
        page.clock.run_for(3100)
    # After another answer, the page has read the refusal and set its timer.
    page.evaluate("fetch('/health').then((answer) => answer.text())")
    expect(page.get_by_role("button", name="Retry now")).to_be_focused()
    page.unroute_all()
    with page.expect_response("**/search*"):
        page.clock.run_for(4100)
    expect(page.locator("#hits h2").first).to_have_text("Owls of the forest")
    assert len(asked) == 3


def test_an_index_that_was_made_anew_is_told(page: Page) -> None:
    """Generations start again at 1, so a newer one may have a smaller number."""
    now = page.request.get("/status").json()
    page.route("**/status", lambda route: route.fulfill(json={**now, "generation": 0}))
    asking(page, "owls")
    look(page)
    expect(page.locator("#renewed")).to_be_visible()


def test_on_a_phone_what_lies_under_the_article_is_out_of_reach(
    browser: Browser, client: httpx2.Client
) -> None:
    size = {"width": 390, "height": 800}
    for page in opened(browser, str(client.base_url).rstrip("/"), viewport=size):
        asking(page, "walrus diary")
        page.locator("#hits h2 a").first.click()
        expect(page.locator("#text")).to_be_focused()
        for _ in range(8):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.closest('.top, #answers, .foot')") is None
        page.get_by_role("button", name="Close the article").click()
        expect(page.locator("#hits h2 a").first).to_be_focused()


def test_the_wish_for_scores_is_kept(page: Page) -> None:
    page.get_by_label("scores").check()
    page.reload()
    asking(page, "owls")
    expect(page.locator("#hits .figures").first).to_be_visible()


def test_a_narrow_window_and_a_sheet_of_paper_hold_it_all(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 320
    asking(page, "walrus diary")
    assert page.evaluate(wide) <= 320
    page.locator("#hits h2 a").first.click()
    expect(page.locator("#text mark").first).to_be_visible()
    assert page.evaluate(wide) <= 320
    page.emulate_media(media="print")
    expect(page.locator("#answers")).to_be_hidden()
    assert page.locator("#text").evaluate("node => node.scrollHeight <= node.clientHeight")


@pytest.fixture
def audited(
    browser: Browser, client: httpx2.Client, tmp_path: Path
) -> Iterator[tuple[Page, Callable[[str], None]]]:
    """The page, and what checks a state of it: no serious finding of axe-core, nothing too wide.

    It is checked wide and narrow, light and dark. In the dark, only the rules on colours can find
    anything new.
    """
    # Only so may a test's own script run beside the page's.
    for page in opened(browser, str(client.base_url).rstrip("/"), bypass_csp=True):
        yield page, lambda state: check_access(page, state, tmp_path)  # noqa: B023


def check_access(page: Page, state: str, folder: Path) -> None:
    """Check a state of a page as ``audited`` says; ``folder`` gets a picture of what is wrong."""
    script = pytest.importorskip("axe_playwright_python.base").AXE_SCRIPT
    colours = {"runOnly": ["color-contrast", "link-in-text-block"]}
    if page.evaluate("!window.axe"):
        page.evaluate(script)
    for width, scheme, rules in (
        (1280, "light", {}),
        (1280, "dark", colours),
        (390, "dark", colours),
        (390, "light", {}),
    ):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = page.evaluate(
            "rules => axe.run(rules).then(({ violations }) => violations)",
            {"resultTypes": ["violations"], **rules},
        )
        serious = [one for one in found if one["impact"] in {"serious", "critical"}]
        seen = folder / f"{state}-{width}-{scheme}.png"
        if serious:
            page.screenshot(path=seen)
        assert serious == [], seen
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state
    page.set_viewport_size({"width": 1280, "height": 800})


def test_it_is_accessible(audited: tuple[Page, Callable[[str], None]]) -> None:
    page, check = audited
    check("home")
    asking(page, "walrus diary")
    check("hits")
    page.locator("#hits > li").first.hover()
    page.locator("#hits").get_by_role("link", name="More like this").first.click()
    expect(page.locator("#example a")).to_be_visible()
    check("similar")
    page.goto("/?q=kestrel&since=2024&authors=lee")
    expect(page.locator("#hits .origin")).to_be_visible()
    page.locator("#filter").click()
    check("filters")
    page.locator("#hits h2 a").first.click()
    expect(page.locator("#text details")).to_be_visible()
    check("front-matter")
    page.goto("/?q=kestrel&since=2030&tags=birds")
    expect(page.locator("#message h2")).to_be_visible()
    check("filtered")
    page.goto("/?q=walrus+diary")
    expect(page.locator("#hits h2").first).to_be_visible()
    page.get_by_label("scores").check()
    check("scores")
    page.locator("#hits h2 a").first.click()
    expect(page.locator("#text mark").first).to_be_visible()
    check("reader")
    page.goto("/")
    expect(page.locator("#previous")).to_be_visible()
    check("previous")
    page.goto("/docs")
    expect(page.get_by_text("GET /search")).to_be_visible()
    check("docs")


def test_it_is_accessible_when_questions_are_kept(
    audited: tuple[Page, Callable[[str], None]],
) -> None:
    page, check = audited
    now = page.request.get("/status").json()
    long = "/home/ann/" + "a-long-folder-name/" * 8 + "questions.jsonl"
    page.route("**/status", answering({**now, "log": long}))
    page.route("**/log", answering({"kept": True}))
    page.goto("/")
    expect(page.locator("#kept")).to_contain_text("questions.jsonl")
    check("kept")
    asking(page, "walrus diary")
    check("kept-hits")


def test_it_is_accessible_when_something_is_amiss(
    audited: tuple[Page, Callable[[str], None]],
) -> None:
    page, check = audited
    page.goto("/?q=xyzzy&mode=lexical")
    expect(page.locator("#message")).to_be_visible()
    check("nothing")
    page.route("**/articles?*", lambda route: route.fulfill(status=404, json={}))
    page.goto("/?q=owls&article=bridges.md")
    expect(page.locator("#text h2")).to_be_visible()
    check("gone")
    now = page.request.get("/status").json()
    page.route("**/status", answering({**now, "generation": 0, "writing": {"articles": 7}}))
    answer = page.request.get("/search", params={"q": "owls"}).json()
    page.route("**/search*", answering({**answer, "confidence": DOUBTFUL / 2}))
    page.goto("/?q=owls")
    expect(page.locator(".doubt")).to_be_visible()
    look(page)
    expect(page.locator("#renewed")).to_be_visible()
    check("doubtful")
    held, hold = holding()
    page.route("**/search*", hold)
    page.goto("/?q=owls")
    expect(page.locator(".ghost")).to_have_count(3)
    check("waiting")
    held[0].abort()
    expect(page.locator(".failure")).to_be_visible()
    check("failure")
    page.route("**/search*", lambda route: route.fulfill(status=401, json={}))
    page.goto("/?q=owls")
    expect(page.get_by_label("Token")).to_be_visible()
    check("token")


def test_an_article_s_structure_is_shown_and_moves_no_offset(page: Page) -> None:
    asking(page, "how many kilogrammes does an adult quokka have")
    page.locator("#hits a").first.click()
    text = page.locator("#text")
    expect(page.locator("#reader-title")).to_have_text("The quokka")
    expect(text.get_by_role("heading", name="Weights")).to_have_attribute("aria-level", "4")
    table = text.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table.get_by_role("columnheader")).to_have_text(["Quokka", "Kilogrammes"])
    expect(table.get_by_role("cell")).to_have_text(["adult", "4.2", "joey", "0.4"])
    adult, weight = table.get_by_role("cell").nth(0), table.get_by_role("cell").nth(1)
    assert adult.bounding_box()["y"] == weight.bounding_box()["y"]  # type: ignore[index]
    expect(text.locator(".code")).to_contain_text('quokka = "marsupial"')
    expect(text.locator(".quote")).to_contain_text("It smiles.")
    assert text.evaluate("node => node.textContent") == STRUCTURED
    marked = text.locator("mark.passage.current").all_text_contents()
    assert "".join(marked).replace("\n", "") in STRUCTURED.replace("\n", "")


def test_the_original_file_is_offered_if_the_server_gives_it(
    browser: Browser, made: tuple[Path, Path]
) -> None:
    for originals in (False, True):
        with serving(made[1], originals=originals) as client:
            for page in opened(browser, str(client.base_url).rstrip("/")):
                asking(page, "how many kilogrammes does an adult quokka have")
                page.locator("#hits a").first.click()
                link = page.get_by_role("link", name="Open the original file")
                expect(link).to_be_visible(visible=originals)
                if originals:
                    given = page.request.get(str(link.get_attribute("href")))
                    assert given.text() == STRUCTURED


# The log of questions


@pytest.fixture
def logged(
    browser: Browser, made: tuple[Path, Path], tmp_path: Path
) -> Iterator[tuple[Page, QuestionLog]]:
    """The page of a server that keeps questions, in a tab of its own."""
    log = QuestionLog(tmp_path / "asked.jsonl", print)
    with serving(made[1], log=log) as client:
        for page in opened(browser, str(client.base_url).rstrip("/")):
            yield page, log


def kept_in(log: QuestionLog) -> list[KeptQuestion]:
    return read_log(log.path, print) if log.path.exists() else []


def open_hit(page: Page, number: int) -> None:
    """Open a hit, and return when the page has reported that."""
    with page.expect_response(
        lambda got: got.url.endswith("/log") and "opened" in str(got.request.post_data)
    ):
        page.locator("#hits h2 a").nth(number).click()
    expect(page.locator("#text mark.current").first).to_be_attached()


def test_a_question_is_kept_once_with_what_was_opened(logged: tuple[Page, QuestionLog]) -> None:
    page, log = logged
    expect(page.locator("#kept")).to_contain_text(str(log.path))
    expect(page.locator("#kept")).to_contain_text("locus log --delete")
    asking(page, "who hunts")
    asking(page, "who hunts mice at night")
    assert kept_in(log) == [], "a question that is still being typed is not kept"
    open_hit(page, 1)
    page.keyboard.press("Escape")
    open_hit(page, 0)
    (found,) = kept_in(log)
    asked = found.question
    assert (asked.query, asked.by, asked.hits) == ("who hunts mice at night", "page", 10)
    assert [one.rank for one in found.openings] == [2, 1]
    assert found.openings[1].passage.article == "night/owls.txt"
    page.reload()
    expect(page.locator("#text mark.current").first).to_be_attached()
    page.keyboard.press("Escape")
    open_hit(page, 2)
    (found,) = kept_in(log)
    assert [one.rank for one in found.openings] == [2, 1, 3], "a reload asks nothing again"


def test_a_question_is_kept_with_its_filters_when_nothing_is_opened(
    logged: tuple[Page, QuestionLog],
) -> None:
    page, log = logged
    page.goto("/?q=kestrel&since=2024&authors=lee&mode=lexical&literal=true")
    with page.expect_response("**/log"):
        expect(page.locator("#hits h2")).to_have_count(1)
    (found,) = kept_in(log)
    asked, options = found.question, found.question.options
    assert (asked.query, asked.hits, found.openings) == ("kestrel", 1, ())
    assert (options.mode, options.since, options.authors) == ("lexical", "2024", ("lee",))
    assert options.literal


def test_without_a_log_the_page_reports_nothing(page: Page) -> None:
    reported: list[str] = []
    page.on("request", lambda sent: reported.append(sent.url) if "/log" in sent.url else None)
    asking(page, "who hunts mice at night")
    page.locator("#hits h2 a").first.click()
    expect(page.locator("#text mark.current").first).to_be_attached()
    look(page)
    assert [url for url in reported if not url.endswith("/log.js")] == []
    expect(page.locator("#kept")).to_be_hidden()
