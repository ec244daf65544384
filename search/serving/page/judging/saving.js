// What the judge said, sent in order and one after the other. The page goes on meanwhile, but says
// "Saved" only when the server has everything on its disk.

import { tell } from "/api.js";

export class Saving {
  #waiting = []; // opinions that are not saved yet, the oldest first
  #running = null;

  // `acts`: saving(), saved(answer, said, isLast), refused(error, said), failed(error).
  constructor(acts) {
    this.acts = acts;
    addEventListener("beforeunload", (event) => {
      if (this.#waiting.length) event.preventDefault();
    });
  }

  get isIdle() {
    return !this.#waiting.length;
  }

  save(said) {
    this.#waiting.push(said);
    this.acts.saving();
    this.again();
  }

  // Send what is waiting; resolves when everything is saved, or something failed.
  again() {
    this.#running ??= this.#send();
    return this.#running;
  }

  async #send() {
    await null; // #running is set first
    try {
      while (this.#waiting.length) if (!(await this.#sendOne(this.#waiting[0]))) return;
    } finally {
      this.#running = null;
    }
  }

  // Returns whether to go on.
  async #sendOne(said) {
    try {
      const answer = await tell("/judging/opinion", said);
      this.#waiting.shift();
      this.acts.saved(answer, said, this.isIdle);
    } catch (error) {
      if (error.status !== 422) {
        this.acts.failed(error);
        return false;
      }
      this.#waiting.shift(); // it would be refused again
      this.acts.refused(error, said);
    }
    return true;
  }
}
