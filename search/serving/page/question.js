// The question and its options in the form.

import { the } from "/nodes.js";

let literal = ""; // "true": the spelling of this question is not corrected

export function question() {
  const [q, mode, under] = [the("q"), the("mode"), the("under")].map((field) => field.value.trim());
  return { q, mode, under, literal };
}

export function setQuestion(given) {
  const { q, mode, under } = given;
  literal = given.literal === "true" ? "true" : "";
  the("q").value = q;
  the("mode").value = mode || "hybrid";
  if (!the("mode").value) the("mode").value = "hybrid"; // the address named an unknown mode
  the("under").value = under;
}

// Remove a restriction: the folder if there is one, else the mode.
export function widen() {
  if (the("under").value.trim()) the("under").value = "";
  else the("mode").value = "hybrid";
}

// Call `typed` at each change of a text, and `chosen` when another mode is chosen.
export function onQuestion({ typed, chosen }) {
  for (const field of [the("q"), the("under")]) {
    // Text that an input method has not finished is not searched yet.
    field.addEventListener("input", (event) => {
      if (field === the("q")) literal = ""; // that is another question
      if (!event.isComposing) typed();
    });
    field.addEventListener("compositionend", typed);
  }
  the("mode").addEventListener("change", chosen);
  the("clear").addEventListener("click", () => {
    the("q").value = "";
    literal = "";
    the("q").focus();
    chosen();
  });
}
