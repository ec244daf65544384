// Trying again what failed and may yet go well: as late as the server asks, and later each time.

const LONGEST = 30; // seconds

export class Patience {
  #failures = 0;
  #timer = 0;

  // How often it failed in a row.
  get failures() {
    return this.#failures;
  }

  // Call `again` in a while, if `error` is one that passes.
  after(error, again) {
    this.rest();
    this.#failures++;
    if (!error.retrySeconds) return;
    const seconds = Math.min(Math.max(error.retrySeconds, 2 ** (this.#failures - 1)), LONGEST);
    this.#timer = setTimeout(again, seconds * 1000);
  }

  // Wait for nothing more.
  rest() {
    clearTimeout(this.#timer);
  }

  // It went well, or something else is wanted.
  renew() {
    this.rest();
    this.#failures = 0;
  }
}
