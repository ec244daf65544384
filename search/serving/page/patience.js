// Retries after temporary failures: after the delay that the server names, doubled each time.

const LONGEST = 30; // seconds

export class Patience {
  #failures = 0;
  #timer = 0;

  // Number of failures in a row.
  get failures() {
    return this.#failures;
  }

  // Call `again` after a delay, if `error` is temporary.
  after(error, again) {
    this.rest();
    this.#failures++;
    if (!error.retrySeconds) return;
    const seconds = Math.min(Math.max(error.retrySeconds, 2 ** (this.#failures - 1)), LONGEST);
    this.#timer = setTimeout(again, seconds * 1000);
  }

  // Cancel the retry.
  rest() {
    clearTimeout(this.#timer);
  }

  // After a success, or for another request: forget the failures.
  renew() {
    this.rest();
    this.#failures = 0;
  }
}
