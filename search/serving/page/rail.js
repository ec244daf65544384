// The strip beside the article that shows where its matches are.

import { element } from "/nodes.js";
import { extent } from "/sight.js";

export class Rail {
  #marks = [];
  #current = 0;

  // `view` is the scrolled text; `pick` is called with the number of the passage that was clicked.
  constructor(node, view, pick) {
    this.node = node;
    this.view = view;
    this.pick = pick;
    new ResizeObserver(() => this.draw()).observe(view);
    view.addEventListener("scrollend", () => this.draw()); // the height of a long text is known only after scrolling
  }

  show(marks, current) {
    this.#marks = marks;
    this.#current = current;
    this.draw();
  }

  draw() {
    const height = this.view.scrollHeight;
    if (!height) return;
    const ticks = this.#marks.map((mark, index) => {
      const tick = element("i", index === this.#current ? "current" : "");
      const { top, size } = extent(this.view, mark);
      tick.style.top = `${(100 * top) / height}%`;
      tick.style.height = `${(100 * size) / height}%`;
      tick.addEventListener("click", () => this.pick(index));
      return tick;
    });
    this.node.replaceChildren(...ticks);
  }
}
