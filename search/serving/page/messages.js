// What is said in place of an answer, or above a doubtful one.

import { Failure } from "/api.js";
import { element } from "/text.js";

// No passage at all; `widen` asks again with less demanded.
export function nothing({ under, mode }, widen) {
  const advice = element("p");
  const box = element("div", "", element("h2", "", "Nothing answers that."), advice);
  if (under) {
    advice.append("There is no such passage in ", element("bdi", "", under), ".");
    box.append(action("Ask everywhere", widen));
  } else if (mode === "lexical") {
    advice.append("No passage has any of these words.");
    box.append(action("Ask by meaning too", widen));
  } else {
    advice.append("The index has no passage to offer.");
  }
  return box;
}

// Passages, of which none comes near.
export function unlikely() {
  return element(
    "div",
    "",
    element("h2", "", "Nothing here seems to answer that."),
    element("p", "", "These passages come nearest, and are probably about something else."),
  );
}

export function failed(error, again) {
  return element(
    "div",
    "",
    element("h2", "", heading(error)),
    element("p", "", advice(error)),
    action("Try again", again),
  );
}

function heading(error) {
  if (!(error instanceof Failure)) return "The page has a defect.";
  if (error.status === 0) return "The server does not answer.";
  if (error.status === 422 || error.status === 413) return "That cannot be asked.";
  if (error.status === 429) return "Too many questions at once.";
  return "The index cannot answer just now.";
}

function advice(error) {
  if (!(error instanceof Failure)) return String(error);
  if (error.status) return error.message;
  return "Is locus serve still running? This page goes on trying.";
}

// `enter` is called with the token that was typed.
export function tokenForm(enter) {
  const field = element("input");
  field.type = "password";
  field.autocomplete = "current-password";
  field.required = true;
  const form = element(
    "form",
    "token",
    element("h2", "", "This server wants its token."),
    element("label", "", "Token ", field),
    element("button", "", "Open"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enter(field.value);
  });
  return form;
}

function action(name, act) {
  const button = element("button", "", name);
  button.type = "button";
  button.addEventListener("click", () => act());
  return button;
}
