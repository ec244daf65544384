// The question and its options in the form, or the example whose like is searched. With an example,
// the question stays in the form, so that the page can return to it.

import { exampleIn } from "/address.js";
import { each, filters, filtersIn, onFilters, setFilters } from "/filters.js";
import { the } from "/nodes.js";

let literal = ""; // "true": the spelling of this question is not corrected
let example = exampleIn({});

export function question() {
  const [q, mode, under] = [the("q"), the("mode"), the("under")].map((field) => field.value.trim());
  return { q, mode, under, ...filters(), literal, ...example };
}

export function setQuestion(given) {
  const { q, mode, under } = given;
  literal = given.literal === "true" ? "true" : "";
  the("q").value = q;
  the("mode").value = mode || "hybrid";
  if (!the("mode").value) the("mode").value = "hybrid"; // the address named an unknown mode
  the("under").value = under;
  setFilters(given);
  setExample(given);
}

// Return from an example to the question. Returns whether there was an example.
export function leaveExample() {
  const was = Boolean(example.similar);
  setExample({});
  return was;
}

function setExample(given) {
  example = exampleIn(given);
  the("mode").disabled = Boolean(example.similar); // an example has no mode
}

// Remove the folder and the filters if there are any, else the mode.
export function widen() {
  if (the("under").value.trim() || each(filters()).length) {
    the("under").value = "";
    setFilters(filtersIn({}));
  } else the("mode").value = "hybrid";
}

// Call `typed` at each change of a text, and `chosen` when another mode or filter is chosen.
export function onQuestion({ typed, chosen }) {
  for (const field of [the("q"), the("under")]) {
    // Text that an input method has not finished is not searched yet.
    field.addEventListener("input", (event) => {
      if (field === the("q")) renew();
      if (!event.isComposing) typed();
    });
    field.addEventListener("compositionend", typed);
  }
  the("mode").addEventListener("change", chosen);
  onFilters(chosen);
  the("clear").addEventListener("click", () => {
    the("q").value = "";
    renew();
    the("q").focus();
    chosen();
  });
}

// It is another question now.
function renew() {
  literal = "";
  leaveExample();
}
