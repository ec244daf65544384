// The whole article beside the hits, with its matching passages marked.

import { currentLink } from "/answers.js";
import { ask } from "/api.js";
import { citation, origin } from "/citation.js";
import { copyExactly } from "/clipboard.js";
import { unopened } from "/messages.js";
import { element, path, the } from "/nodes.js";
import { linkOriginal } from "/original.js";
import { Patience } from "/patience.js";
import { Rail } from "/rail.js";
import { bring } from "/sight.js";
import { plain, unitsOf } from "/text.js";
import { typeset } from "/typeset.js";

const SLOW = 180; // ms before waiting is shown

// Whether the article covers the hits, instead of being beside them.
export const narrow = matchMedia("(max-width: 899px)");

export class Reader {
  #article = null; // the answer of the server
  #among = null; // all hits of the search
  #hits = []; // the hits in this article, in its order
  #marks = []; // for each of them, its <mark>s
  #unmarked = ""; // the message if there are none
  #current = 0;
  #request = new AbortController();
  #patience = new Patience();
  #rail = new Rail(the("rail"), the("text"), (index) => this.#visit(index));

  // `acts` has the actions of other parts: moved(hit), close(), search(), enter(token), and like(hit),
  // the address of what is like a hit.
  constructor(acts) {
    this.acts = acts;
    the("close").addEventListener("click", () => acts.close());
    the("earlier").addEventListener("click", () => this.#step(-1));
    the("later").addEventListener("click", () => this.#step(1));
    the("reader").addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
      if (event.key === "n") this.#step(1);
      if (event.key === "p") this.#step(-1);
    });
    narrow.addEventListener("change", () => this.#cover());
    copyExactly(the("text"));
  }

  get isOpen() {
    return !the("reader").hidden;
  }

  // Show the article of `hit` at its passage, with those of `hits` that are in it marked.
  async open(hit, hits) {
    this.#request.abort();
    this.#patience.rest();
    const { signal } = (this.#request = new AbortController());
    if (!isOf(hit, this.#article)) {
      const slow = setTimeout(() => this.#announce(hit), SLOW);
      try {
        // As a parameter: a browser would remove `.` and `..` from a path.
        const { article: name, source } = hit;
        const article = await ask("/articles", { article: name, source }, signal);
        if (signal.aborted) return;
        this.#article = article;
      } catch (error) {
        const sources = error.status === 409 ? await sourcesOf(signal) : [];
        if (!signal.aborted) this.#fail(error, hit, hits, sources);
        return;
      } finally {
        clearTimeout(slow);
      }
    }
    this.#patience.renew();
    if (this.#among !== hits || !this.#hits.includes(hit)) this.#show(hit, hits);
    this.#goTo(Math.max(this.#hits.findIndex((one) => one.start === hit.start), 0), { gliding: false });
  }

  close() {
    this.#request.abort();
    this.#patience.renew();
    this.#clear();
    this.#unfold(false);
  }

  focus() {
    the("text").focus({ preventScroll: true });
  }

  #show(hit, hits) {
    const article = this.#article;
    const found = hits.filter((one) => isOf(one, article));
    const changed = hit.sha256 && hit.sha256 !== article.sha256;
    if (!changed && !found.some((one) => one.start === hit.start)) {
      const passage = article.passages.find((one) => one.start === hit.start);
      if (passage) found.push({ ...hit, ...passage, ...textOf(article, passage), highlight: null });
    }
    found.sort((one, other) => one.start - other.start);
    const { nodes, marks } = typeset(article.text, article.blocks, found);
    this.#hits = found.filter((_, index) => marks[index].length);
    this.#marks = marks.filter((parts) => parts.length);
    this.#among = hits;
    this.#unmarked = changed
      ? "this article changed after your search"
      : "no matching passage in this article";
    this.#unveil(article);
    the("text").replaceChildren(nodes);
  }

  // While the article is loaded, and if that fails.
  #announce(hit) {
    this.#clear();
    this.#unveil(hit);
    the("text").replaceChildren(element("p", "opening", "Opening…"));
  }

  #fail(error, hit, hits, sources) {
    this.#patience.after(error, () => this.open(hit, hits));
    this.#announce(hit);
    const message = unopened(error, {
      again: () => this.open(hit, hits),
      enter: this.acts.enter,
      search: this.acts.search,
      sources,
      choose: (source) => this.open({ ...hit, source }, hits),
    });
    message.role = "alert";
    the("text").replaceChildren(element("div", "message", message));
  }

  #clear() {
    this.#article = null;
    this.#among = null;
    this.#hits = [];
    this.#marks = [];
    this.#rail.show([], 0);
    for (const id of ["text", "reader-place"]) the(id).replaceChildren();
    for (const id of ["reader-title", "reader-count"]) the(id).textContent = "";
    the("earlier").hidden = the("later").hidden = true;
  }

  #unveil({ title, article, source }) {
    linkOriginal({ article, source });
    the("reader-title").textContent = plain(title || article);
    the("reader-place").replaceChildren(path(plain(article)));
    this.#unfold(true);
  }

  // The hits move aside; the one that is open keeps its vertical position.
  #unfold(open) {
    const link = currentLink();
    const top = link?.getBoundingClientRect().top;
    the("reader").hidden = !open;
    document.body.classList.toggle("reading", open);
    if (link && !narrow.matches) scrollBy(0, link.getBoundingClientRect().top - top);
    this.#cover();
  }

  // Nothing under the reader can be focused while the reader covers it.
  #cover() {
    const under = document.querySelectorAll(".top, .notices, #home, #answers, .foot");
    for (const part of under) part.inert = this.isOpen && narrow.matches;
  }

  #goTo(index, { gliding }) {
    this.#current = index;
    const count = this.#marks.length;
    the("earlier").hidden = the("later").hidden = count < 2;
    the("reader-count").textContent =
      count > 1 ? `${index + 1} of ${count}` : count ? "" : this.#unmarked;
    this.#marks.forEach((parts, number) => {
      for (const part of parts) part.classList.toggle("current", number === index);
    });
    this.#rail.show(this.#marks, index);
    if (!count) {
      the("text").scrollTop = 0;
      return;
    }
    const known = origin(this.#article.metadata);
    const place = citation(this.#hits[index], this.acts.like(this.#hits[index]));
    the("reader-place").replaceChildren(place, ...(known ? [known] : []));
    linkOriginal(this.#hits[index]);
    bring(the("text"), this.#marks[index], { gliding });
  }

  #step(by) {
    const count = this.#marks.length;
    if (count > 1) this.#visit((this.#current + by + count) % count);
  }

  #visit(index) {
    this.#goTo(index, { gliding: true });
    this.acts.moved(this.#hits[index]);
  }
}

// The sources of the index; none if the request fails.
async function sourcesOf(signal) {
  try {
    const { sources } = await ask("/status", {}, signal);
    return sources.map(({ path }) => path);
  } catch {
    return [];
  }
}

// The fields of a hit that the citation needs: title, and the line and text of the passage.
function textOf({ title, text }, { start, end }) {
  const units = unitsOf(text);
  const at = units(start);
  return { title, line: text.slice(0, at).split("\n").length, text: text.slice(at, units(end)) };
}

// Whether `hit` is in `article`, and the article has not changed since.
function isOf(hit, article) {
  return (
    article !== null &&
    hit.article === article.article &&
    hit.source === article.source &&
    hit.sha256 === article.sha256
  );
}
