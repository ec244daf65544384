// The filters: dates, tags and authors. Their fields are hidden until they are wanted. Each filter that
// is on has a button that removes it.

import { element, the } from "/nodes.js";
import { plain } from "/text.js";

const WORDS = { since: "since", until: "until", tags: "tag", authors: "author" };
const FIELDS = { since: "since", until: "until", tags: "tag", authors: "author" };
const LISTS = ["tags", "authors"];

let on = filtersIn({});

// The filters in `given`. Without one, a date is "" and a list is empty.
export function filtersIn({ since = "", until = "", tags = [], authors = [] }) {
  return { since, until, tags, authors };
}

// Each filter that is on: its name, its value, and both in words.
export function each(asked) {
  return Object.entries(filtersIn(asked)).flatMap(([name, values]) =>
    [values]
      .flat()
      .filter(Boolean)
      .map((value) => ({ name, value, words: `${WORDS[name]} ${plain(value)}` })),
  );
}

export function filters() {
  return on;
}

export function setFilters(given) {
  on = filtersIn(given);
  for (const [name, id] of Object.entries(FIELDS)) the(id).value = LISTS.includes(name) ? "" : on[name];
  const chips = each(on).map(({ name, value, words }) => {
    const chip = element("button", "chip", element("bdi", "", words), element("span", "cross", " ✕"));
    chip.type = "button";
    chip.ariaLabel = `Remove the filter ${words}`;
    chip.dataset.name = name;
    chip.dataset.value = value;
    return element("li", "", chip);
  });
  the("chosen").replaceChildren(...chips);
  the("chosen").hidden = !chips.length;
}

// The authors of the hits that are shown, for the field to suggest.
export function suggestAuthors(hits) {
  const names = [...new Set(hits.flatMap(({ authors }) => authors))].sort();
  const options = names.map((name) => {
    const option = element("option");
    option.value = name;
    return option;
  });
  the("known-authors").replaceChildren(...options);
}

// Call `chosen` when a filter was set or removed.
export function onFilters(chosen) {
  the("filter").addEventListener("click", () => {
    unfold(the("filters").hidden);
    if (!the("filters").hidden) the("since").focus();
  });
  the("filters").addEventListener("keydown", (event) => {
    if (event.isComposing || event.key !== "Escape") return;
    event.stopPropagation(); // it does not close the article
    unfold(false);
    the("filter").focus();
  });
  for (const [name, id] of Object.entries(FIELDS)) {
    const take = () => {
      if (taken(name, the(id).value.trim())) chosen();
    };
    the(id).addEventListener("change", take);
    the(id).addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) take();
    });
  }
  the("chosen").addEventListener("click", (event) => {
    const chip = event.target.closest(".chip");
    if (!chip) return;
    const { name, value } = chip.dataset;
    const at = [...the("chosen").children].indexOf(chip.parentNode);
    setFilters({ ...on, [name]: LISTS.includes(name) ? on[name].filter((one) => one !== value) : "" });
    (the("chosen").children[at] ?? the("chosen").lastElementChild)?.firstElementChild.focus();
    if (!each(on).length) the("filter").focus();
    chosen();
  });
}

// Add the value to a list, or set a date. Returns whether this is another filter.
function taken(name, value) {
  const isNew = LISTS.includes(name) ? value && !on[name].includes(value) : value !== on[name];
  if (isNew) setFilters({ ...on, [name]: LISTS.includes(name) ? [...on[name], value] : value });
  else if (LISTS.includes(name)) the(FIELDS[name]).value = "";
  return Boolean(isNew);
}

function unfold(open) {
  the("filters").hidden = !open;
  the("filter").ariaExpanded = String(open);
}
