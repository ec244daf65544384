// What is said in place of an answer or of an article.

import { Failure } from "/api.js";
import { button, element } from "/nodes.js";
import { plain, sentence } from "/text.js";

// No passage at all; `widen` asks again with less demanded.
export function nothing({ under, mode }, widen) {
  if (under) {
    const where = element("bdi", "", plain(under));
    return message("Nothing answers that.", ["There is no such passage in ", where, "."], [
      button("Ask everywhere", widen),
    ]);
  }
  if (mode === "lexical") {
    return message("Nothing answers that.", ["No passage has any of these words."], [
      button("Ask by meaning too", widen),
    ]);
  }
  return message("Nothing answers that.", ["The index has no passage to offer."]);
}

// A question that failed; `again` asks it again, `enter` is called with a token that was typed.
export function failed(error, { again, enter }) {
  if (error.status === 401) return tokenForm(enter);
  return failure(heading(error), advice(error), [button("Try again", again)]);
}

// An article that does not open. `afresh` asks the question again, `choose` opens the article of
// one of `sources`.
export function unopened(error, { again, enter, afresh, sources, choose }) {
  if (error.status === 404) {
    const why = "It has been removed or renamed since it was found.";
    return failure("This article is no longer in the index.", why, [button("Ask again", afresh)]);
  }
  if (error.status === 409) {
    const ways = sources.map((source) => button(plain(source), () => choose(source)));
    return failure("Several articles have this name.", "Open the one that lies in:", ways);
  }
  return failed(error, { again, enter });
}

function heading(error) {
  if (!(error instanceof Failure)) return "The page has a defect.";
  if (error.status === 0) return "The server does not answer.";
  if (error.status === 422 || error.status === 413) return "That cannot be asked.";
  if (error.status === 429) return "Too many questions at once.";
  return "The index cannot answer just now.";
}

function advice(error) {
  if (!(error instanceof Failure)) return sentence(String(error));
  if (error.status === 0) return "Is locus serve still running? This page goes on trying.";
  return sentence(error.message);
}

function failure(head, text, actions) {
  const node = message(head, [text], actions);
  node.classList.add("failure");
  return node;
}

function message(head, text, actions = []) {
  const said = element("p", "", ...text);
  return element("div", "", element("h2", "", head), said, element("p", "ways", ...actions));
}

function tokenForm(enter) {
  const field = element("input");
  field.type = "password";
  field.autocomplete = "current-password";
  field.required = true;
  const form = element(
    "form",
    "token",
    element("h2", "", "This server wants its token."),
    element("p", "", "It is what locus serve was started with. This tab keeps it until it is closed."),
    element("label", "", "Token", field),
    element("button", "", "Open"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enter(field.value);
  });
  return form;
}
