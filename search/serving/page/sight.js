// Positions of marks in a scrolled text, and scrolling to them.

const SETTLING = 4; // frames

// The position and height of a passage's marks in the text, in pixels.
export function extent(view, marks) {
  const seen = marks.filter((mark) => mark.getClientRects().length); // the others are folded away
  const [one, other] = seen.length ? [seen[0], seen.at(-1)] : [marks[0], marks.at(-1)];
  const [first, last] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
  const top = first.top - view.getBoundingClientRect().top + view.scrollTop;
  return { top, size: last.bottom - first.top };
}

// Scroll to a passage: smoothly if it is near and the user has not asked for reduced motion.
export async function bring(view, marks, { gliding }) {
  const far = Math.abs(restingPlace(view, marks) - view.scrollTop) > 2 * view.clientHeight;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (gliding && !far && !calm) {
    view.scrollTo({ top: restingPlace(view, marks), behavior: "smooth" });
    return;
  }
  view.scrollTo({ top: restingPlace(view, marks), behavior: "instant" });
  // A long text is laid out only where it is visible, and that moves its lines.
  for (let frame = 0; frame < SETTLING && marks[0].closest(".vast"); frame++) {
    await new Promise(requestAnimationFrame);
    if (!marks[0].isConnected) return;
    view.scrollTo({ top: restingPlace(view, marks), behavior: "instant" });
  }
}

// The scroll position that shows the passage near the top and its key sentence.
function restingPlace(view, marks) {
  const height = view.clientHeight;
  const top = extent(view, marks).top - height / 5;
  const answers = marks.flatMap((mark) => [...mark.querySelectorAll(".answer")]);
  if (!answers.length) return Math.max(top, 0);
  const answer = extent(view, answers);
  const tooLow = answer.top + answer.size - top > 0.9 * height;
  return Math.max(tooLow ? answer.top - height / 3 : top, 0);
}
