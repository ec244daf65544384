// The article beside the hits: whole, with the passages that were found marked.

import { articleAddress, ask } from "/api.js";
import { element, fillMarked, plain } from "/text.js";

const $ = (id) => document.getElementById(id);

export class Reader {
  #article = null; // as the server gave it
  #hits = []; // those of the answers that lie in the article, in its order
  #marks = []; // of each of those hits, its <mark>s
  #current = 0;
  #request = new AbortController();

  constructor(onClose, onMove) {
    this.onMove = onMove;
    $("close").addEventListener("click", onClose);
    $("earlier").addEventListener("click", () => this.#step(-1));
    $("later").addEventListener("click", () => this.#step(1));
    $("reader").addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "n") this.#step(1);
      if (event.key === "p") this.#step(-1);
    });
    new ResizeObserver(() => this.#drawRail()).observe($("text"));
  }

  get isOpen() {
    return !$("reader").hidden;
  }

  // Show the article of `hit`, at its passage. Raises a Failure.
  async open(hit, hits) {
    this.#request.abort();
    this.#request = new AbortController();
    const held = this.#article;
    const same = held && held.sha256 === hit.sha256 && isOf(hit, held);
    if (!same) {
      const { signal } = this.#request;
      this.#article = await ask(articleAddress(hit.article), { source: hit.source }, signal);
    }
    this.#show(hits);
    const current = this.#hits.findIndex((one) => one.start === hit.start);
    $("reader").hidden = false;
    this.#drawRail();
    this.#goTo(Math.max(current, 0), "instant");
  }

  close() {
    this.#request.abort();
    this.#article = null;
    $("reader").hidden = true;
    $("text").replaceChildren();
  }

  focus() {
    $("text").focus({ preventScroll: true });
  }

  #show(hits) {
    const article = this.#article;
    const found = hits.filter((hit) => isOf(hit, article) && hit.sha256 === article.sha256);
    this.#hits = found.sort((one, other) => one.start - other.start);
    $("reader-title").textContent = plain(article.title);
    $("reader-place").replaceChildren(element("bdi", "", plain(article.article)));
    $("reader-place").title = plain(article.source);
    const text = document.createDocumentFragment();
    const marks = fillMarked(text, article.text, this.#hits);
    this.#hits = this.#hits.filter((_, index) => marks[index].length);
    this.#marks = marks.filter((parts) => parts.length);
    $("text").replaceChildren(text);
  }

  #goTo(index, behavior = "smooth") {
    this.#current = index;
    const mark = this.#marks[index];
    const several = this.#marks.length > 1;
    $("earlier").hidden = $("later").hidden = !several;
    $("reader-count").textContent = several
      ? `${index + 1} of ${this.#marks.length}`
      : mark
        ? ""
        : "no passage is marked";
    this.#marks.forEach((parts, number) => {
      for (const part of parts) part.classList.toggle("current", number === index);
    });
    [...$("rail").children].forEach((tick, number) =>
      tick.classList.toggle("current", number === index),
    );
    if (!mark) {
      $("text").scrollTop = 0;
      return;
    }
    const view = $("text");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    view.scrollTo({ top: restingPlace(mark), behavior: calm ? "instant" : behavior });
  }

  #step(by) {
    if (this.#marks.length < 2) return;
    const index = (this.#current + by + this.#marks.length) % this.#marks.length;
    this.#goTo(index);
    this.onMove(this.#hits[index]);
  }

  // Where in the article the passages are, at a glance.
  #drawRail() {
    const height = $("text").scrollHeight;
    if (!height) return;
    const ticks = this.#marks.map((mark, index) => {
      const tick = element("i", index === this.#current ? "current" : "");
      const { top, size } = extent(mark);
      tick.style.top = `${(100 * top) / height}%`;
      tick.style.height = `${(100 * size) / height}%`;
      tick.addEventListener("click", () => {
        this.#goTo(index);
        this.onMove(this.#hits[index]);
      });
      return tick;
    });
    $("rail").replaceChildren(...ticks);
  }
}

function isOf(hit, article) {
  return hit.article === article.article && hit.source === article.source;
}

// Where a passage's marks stand in the text, in its pixels.
function extent(marks) {
  const view = $("text");
  const first = marks[0].getBoundingClientRect();
  const last = marks[marks.length - 1].getBoundingClientRect();
  const top = first.top - view.getBoundingClientRect().top + view.scrollTop;
  return { top, size: last.bottom - first.top };
}

// Where to scroll to, for a passage to begin near the top and its answering sentence to be in sight.
function restingPlace(marks) {
  const height = $("text").clientHeight;
  const top = extent(marks).top - height / 5;
  const answers = marks.flatMap((mark) => [...mark.querySelectorAll(".answer")]);
  if (!answers.length) return top;
  const answer = extent(answers);
  return answer.top + answer.size - top > 0.9 * height ? answer.top - height / 3 : top;
}
