// From the form to the answer. Only the newest question counts: an older one is given up, and its
// answer dropped.

import { addressOf, go } from "/address.js";
import { ask } from "/api.js";
import { remember } from "/kept.js";
import { Patience } from "/patience.js";
import { question } from "/question.js";

const TYPING = 120; // ms without a key before the question is asked
const SLOW = 180; // ms before waiting is shown
const SETTLED = 2500; // ms after which a question was meant
const PASSAGES = 10; // asked for at first
const MORE = 20; // and at each wish for more
const MOST = 110;

export class Asking {
  answer = null; // the newest, as the server gave it
  #asked = null; // its question
  #settled = false; // whether that was meant: then one can go back to it
  #wanted = PASSAGES;
  #request = new AbortController();
  #patience = new Patience();
  #typing = 0;
  #settling = 0;

  // `shown` has what is to be done: asked(question), waiting(is), home(), answered(), failed(error).
  constructor(shown) {
    this.shown = shown;
  }

  get hasMore() {
    return this.answer.hits.length >= this.#wanted && this.#wanted < MOST;
  }

  // Whether the answer is that of the question as it stands.
  get isCurrent() {
    return this.#asked !== null && addressOf(this.#asked) === addressOf(question());
  }

  // Ask what is being typed.
  soon() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.anew({ push: this.#settled }), TYPING);
  }

  // Ask another question.
  async anew({ push }) {
    this.#settled = false;
    go(addressOf(question()), { push });
    await this.afresh();
  }

  // Ask as for the first time.
  async afresh() {
    this.#wanted = PASSAGES;
    this.#patience.renew();
    await this.#now();
  }

  async more() {
    this.#wanted += MORE;
    await this.#now();
  }

  // The question was meant.
  settle() {
    clearTimeout(this.#settling);
    if (!this.answer) return;
    this.#settled = true;
    remember(this.answer.query);
  }

  async #now() {
    clearTimeout(this.#typing);
    clearTimeout(this.#settling);
    this.#patience.rest();
    this.#request.abort();
    const { signal } = (this.#request = new AbortController());
    const asked = question();
    this.shown.asked(asked);
    if (!asked.q) {
      this.#take(null, null);
      this.#settled = true;
      this.shown.waiting(false);
      this.shown.home();
      return;
    }
    const slow = setTimeout(() => this.shown.waiting(true), SLOW);
    try {
      const answer = await ask("/search", { ...asked, k: this.#wanted }, signal);
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
        this.shown.waiting(true); // its turn comes
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
    this.#settled = false;
  }
}
