// Where marks stand in a text that is scrolled, and scrolling them into sight.

const SETTLING = 4; // frames

// Where a passage's marks stand in the text, in its pixels.
export function extent(view, marks) {
  const first = marks[0].getBoundingClientRect();
  const last = marks[marks.length - 1].getBoundingClientRect();
  const top = first.top - view.getBoundingClientRect().top + view.scrollTop;
  return { top, size: last.bottom - first.top };
}

// Bring a passage into sight: gliding, if it is near and motion is welcome.
export async function bring(view, marks, { gliding }) {
  const far = Math.abs(restingPlace(view, marks) - view.scrollTop) > 2 * view.clientHeight;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (gliding && !far && !calm) {
    view.scrollTo({ top: restingPlace(view, marks), behavior: "smooth" });
    return;
  }
  view.scrollTo({ top: restingPlace(view, marks), behavior: "instant" });
  // What has come into sight of a vast text is laid out only now, and moves what it holds.
  for (let frame = 0; frame < SETTLING && marks[0].closest(".vast"); frame++) {
    await new Promise(requestAnimationFrame);
    if (!marks[0].isConnected) return;
    view.scrollTo({ top: restingPlace(view, marks), behavior: "instant" });
  }
}

// Where to scroll to, for a passage to begin near the top and its answering sentence to be in sight.
function restingPlace(view, marks) {
  const height = view.clientHeight;
  const top = extent(view, marks).top - height / 5;
  const answers = marks.flatMap((mark) => [...mark.querySelectorAll(".answer")]);
  if (!answers.length) return Math.max(top, 0);
  const answer = extent(view, answers);
  const tooLow = answer.top + answer.size - top > 0.9 * height;
  return Math.max(tooLow ? answer.top - height / 3 : top, 0);
}
