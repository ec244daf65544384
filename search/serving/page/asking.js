// From the question in the form, or the example, to its answer. Only the newest question counts: the request of an
// older one is aborted, and its answer ignored.

import { addressOf, go } from "/address.js";
import { ask } from "/api.js";
import { remember } from "/kept.js";
import { reportQuestion } from "/log.js";
import { Patience } from "/patience.js";
import { question } from "/question.js";

const TYPING = 120; // ms without a key before the search
const SLOW = 180; // ms before the page shows that it is searching
const SETTLED = 2500; // ms after which a question counts as finished
const PASSAGES = 10; // at first
const MORE = 20; // more at each "Show more results"
const MOST = 110;

export class Asking {
  answer = null; // the newest answer of the server
  #asked = null; // its question
  #settled = false; // whether that question is finished: then Back returns to it
  #wanted = PASSAGES;
  #request = new AbortController();
  #patience = new Patience();
  #typing = 0;
  #settling = 0;

  // `shown` has the callbacks asked(question), waiting(is), home(), answered() and failed(error).
  constructor(shown) {
    this.shown = shown;
  }

  get hasMore() {
    return this.answer.hits.length >= this.#wanted && this.#wanted < MOST;
  }

  // Whether the answer belongs to the question in the form.
  get isCurrent() {
    return this.#asked !== null && addressOf(this.#asked) === addressOf(question());
  }

  // Search for what is being typed.
  searchSoon() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.searchNew({ push: this.#settled }), TYPING);
  }

  // Search for another question.
  async searchNew({ push }) {
    this.#settled = false;
    go(addressOf(question()), { push });
    await this.search();
  }

  // Search for the question in the form.
  async search() {
    this.#wanted = PASSAGES;
    this.#patience.renew();
    await this.#now();
  }

  async searchMore() {
    this.#wanted += MORE;
    await this.#now();
  }

  // The question is finished: remember it, and report it.
  settle() {
    clearTimeout(this.#settling);
    if (!this.answer) return;
    this.#settled = true;
    if (this.#asked.similar) return;
    remember(this.answer.query);
    reportQuestion(this.answer, this.#asked);
  }

  async #now() {
    clearTimeout(this.#typing);
    clearTimeout(this.#settling);
    this.#patience.rest();
    this.#request.abort();
    const { signal } = (this.#request = new AbortController());
    const asked = question();
    this.shown.asked(asked);
    if (!asked.q && !asked.similar) {
      this.#take(null, null);
      this.#settled = true;
      this.shown.waiting(false);
      this.shown.home();
      return;
    }
    const slow = setTimeout(() => this.shown.waiting(true), SLOW);
    try {
      const answer = await answerTo(asked, this.#wanted, signal);
      if (signal.aborted) return;
      this.#take(answer, asked);
      this.#patience.renew();
      this.#settling = setTimeout(() => this.settle(), SETTLED);
      this.shown.waiting(false);
      this.shown.answered();
    } catch (error) {
      if (signal.aborted) return;
      this.#patience.after(error, () => this.#now());
      if (error.status === 429 && this.#patience.failures === 1) {
        this.shown.waiting(true); // it is retried soon
        return;
      }
      this.#take(null, null);
      this.shown.waiting(false);
      this.shown.failed(error);
    } finally {
      clearTimeout(slow);
    }
  }

  #take(answer, asked) {
    this.answer = answer;
    this.#asked = asked;
    this.#settled = Boolean(asked?.similar); // nobody types an example letter by letter
  }
}

function answerTo({ q, mode, literal, similar: article, from: source, start, end, ...selecting }, k, signal) {
  if (article) return ask("/similar", { article, source, start, end, ...selecting, k }, signal);
  return ask("/search", { q, mode, literal, ...selecting, k }, signal);
}
