// Messages that are shown in place of results or of an article.

import { Failure } from "/api.js";
import { each } from "/filters.js";
import { button, element } from "/nodes.js";
import { plain, sentence } from "/text.js";

// For a search without results. `widen` searches again with fewer restrictions; `warnings` are those
// of the answer, which say if no article has what the filters ask for.
export function nothing(asked, widen, warnings = []) {
  const { under, mode, similar } = asked;
  const filters = each(asked).map(({ words }) => element("bdi", "", words));
  if (filters.length) {
    const all = under ? [...filters, element("bdi", "", `in ${plain(under)}`)] : filters;
    const listed = all.flatMap((one, at) => (at ? [", ", one] : [one]));
    const heading = all.length > 1 ? "No results with these filters." : "No results with this filter.";
    const name = all.length > 1 ? "Remove all filters" : "Remove the filter";
    const why = warnings.length ? warnings.map(sentence) : ["Searched only articles: ", ...listed, "."];
    return message([heading], why, [button(name, widen)]);
  }
  if (under) {
    const where = element("bdi", "", plain(under));
    return message(["No results in ", where, "."], [], [button("Search all articles", widen)]);
  }
  if (similar) return message(["No results."], ["The index has no other articles."]);
  if (mode === "lexical") {
    const why = "No passage contains these words.";
    return message(["No results."], [why], [button("Search by meaning too", widen)]);
  }
  return message(["No results."], ["The index is empty. Add articles with ", code("locus index"), "."]);
}

// For a request that failed. `again` repeats it, `enter` is called with the token that was typed,
// and `what` is the heading if nothing more precise is known.
export function failed(error, { again, enter, what = "The search failed." }) {
  if (error.status === 401) return tokenForm(enter);
  return failure(heading(error, what), advice(error), [button("Retry now", again)]);
}

// For an example that the index does not have, or has several times. `back` returns to the question.
export function unknownExample(error, back) {
  const ways = [button("Back to the question", back)];
  if (error.status === 404) {
    return failure("This article is no longer in the index.", ["It was removed or renamed."], ways);
  }
  return failure("Several articles have this name.", ["Search for the one that you mean."], ways);
}

// For an article that cannot be opened. `search` repeats the search, `choose` opens the article of
// one of `sources`.
export function unopened(error, { again, enter, search, sources, choose }) {
  if (error.status === 404) {
    const why = "It was removed or renamed after this search.";
    return failure("This article is no longer in the index.", [why], [button("Search again", search)]);
  }
  if (error.status === 409) {
    const ways = sources.map((source) => button(plain(source), () => choose(source)));
    return failure("Several articles have this name.", ["Open the one in:"], ways);
  }
  return failed(error, { again, enter, what: "The article could not be opened." });
}

function heading(error, what) {
  if (!(error instanceof Failure)) return "Something went wrong on this page.";
  if (error.status === 0) return "Cannot reach Locus.";
  if (error.status === 422 || error.status === 413) return "Invalid search.";
  if (error.status === 429) return "Too many searches at once.";
  return what;
}

function advice(error) {
  if (!(error instanceof Failure)) {
    return [`Reload it; if it happens again, please report it: ${sentence(String(error))}`];
  }
  if (error.status === 0) return ["Is ", code("locus serve"), " still running? Retrying automatically."];
  if (error.status === 429) return ["Retrying shortly."];
  return [sentence(error.message)];
}

function failure(head, text, actions) {
  const node = message([head], text, actions);
  node.classList.add("failure");
  return node;
}

function message(head, text, actions = []) {
  const parts = [element("h2", "", ...head)];
  if (text.length) parts.push(element("p", "", ...text));
  return element("div", "", ...parts, element("p", "ways", ...actions));
}

function code(text) {
  return element("code", "", text);
}

function tokenForm(enter) {
  const field = element("input");
  field.type = "password";
  field.autocomplete = "current-password";
  field.required = true;
  const options = ["Enter the ", code("--token"), " (or ", code("LOCUS_TOKEN"), ") that "];
  const form = element(
    "form",
    "token",
    element("h2", "", "This server needs a token."),
    element(
      "p",
      "",
      ...options,
      code("locus serve"),
      " was started with. This tab remembers it until you close it.",
    ),
    element("label", "", "Token", field),
    element("button", "", "Open"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enter(field.value);
  });
  return form;
}
