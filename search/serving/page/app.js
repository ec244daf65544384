// The page: a question in, hits out, an article beside them. The address always says where one is.

import { ask, keepToken } from "/api.js";
import { hitItem, isDoubtful } from "/hits.js";
import { failed, nothing, tokenForm, unlikely } from "/messages.js";
import { forget, previous, remember } from "/questions.js";
import { Reader } from "/reader.js";
import { element, plain } from "/text.js";

const $ = (id) => document.getElementById(id);

const TYPING = 120; // ms without a key before the question is asked
const SLOW = 180; // ms before waiting is shown
const SETTLED = 2500; // ms after which a question was meant, and is remembered
const LOOKING = 4000; // ms between looks at the index
const PASSAGES = 10; // asked for at first
const MORE = 20; // and at each wish for more
const MOST = 110;

const reader = new Reader(closeArticle, selectHit);
let asked = 0; // the sequence of questions: an answer to an older one is dropped
let request = new AbortController();
let answer = null; // the last answer, as the server gave it
let wanted = PASSAGES;
let typing = 0;
let settling = 0;
let retrying = 0;

// The address

function place() {
  const parameters = new URLSearchParams(location.search);
  return Object.fromEntries(
    ["q", "mode", "under", "article", "source", "at"].map((name) => [name, parameters.get(name) ?? ""]),
  );
}

function question() {
  return { q: $("q").value.trim(), mode: $("mode").value, under: $("under").value.trim() };
}

function addressOf(hit = null) {
  const { q, mode, under } = question();
  const parameters = Object.entries({
    q,
    mode: mode === "hybrid" ? "" : mode,
    under,
    article: hit?.article,
    source: hit?.source,
    at: hit && String(hit.start),
  }).filter(([, value]) => value);
  return parameters.length ? `/?${new URLSearchParams(parameters)}` : "/";
}

function go(address, { replace }) {
  if (address === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
}

async function arrive() {
  const at = place();
  $("q").value = at.q;
  $("mode").value = at.mode || "hybrid";
  if (!$("mode").value) $("mode").value = "hybrid";
  $("under").value = at.under;
  wanted = PASSAGES;
  await find();
}

// Open the article that the address names, at the passage it names.
async function restore() {
  const at = place();
  if (!answer || !at.article) {
    if (reader.isOpen) hideArticle();
    return;
  }
  const near = answer.hits.filter(
    (hit) => hit.article === at.article && (!at.source || hit.source === at.source),
  );
  const unmarked = { article: at.article, source: at.source, start: -1, sha256: "" };
  const hit = near.find((one) => String(one.start) === at.at) ?? near[0] ?? unmarked;
  await showArticle(hit, { focus: false });
}

// Asking

function ripen() {
  clearTimeout(typing);
  typing = setTimeout(() => {
    go(addressOf(), { replace: true });
    wanted = PASSAGES;
    find();
  }, TYPING);
}

async function find() {
  clearTimeout(typing);
  clearTimeout(settling);
  clearTimeout(retrying);
  request.abort();
  request = new AbortController();
  const sequence = ++asked;
  const { q, mode, under } = question();
  document.title = q ? `${plain(q)} · Locus` : "Locus";
  $("renewed").hidden = true;
  if (!q) {
    answer = null;
    waiting(false);
    showHome();
    await restore();
    return;
  }
  const slow = setTimeout(() => waiting(true), SLOW);
  try {
    const found = await ask("/search", { q, mode, under, k: wanted }, request.signal);
    if (sequence !== asked) return;
    answer = found;
    showAnswer();
    settling = setTimeout(() => remember(q), SETTLED);
    await restore();
  } catch (error) {
    if (sequence !== asked || error.name === "AbortError") return;
    answer = null;
    showFailure(error, find);
  } finally {
    clearTimeout(slow);
    if (sequence === asked) waiting(false);
  }
}

function waiting(is) {
  document.body.classList.toggle("waiting", is);
  $("answers").setAttribute("aria-busy", String(is));
  if (is && document.body.dataset.state !== "answers") {
    state("answers");
    $("summary").textContent = "Looking…";
    $("message").hidden = true;
    const bars = () => element("li", "ghost", element("i"), element("i"), element("i"));
    $("hits").replaceChildren(bars(), bars(), bars());
  }
}

function state(name) {
  document.body.dataset.state = name;
}

function showHome() {
  state("home");
  const questions = previous();
  $("previous").hidden = !questions.length;
  const entries = questions.map((one) => {
    const link = element("a", "", one);
    link.href = `/?${new URLSearchParams({ q: one })}`;
    link.dir = "auto";
    return element("li", "", link);
  });
  $("previous").querySelector("ul").replaceChildren(...entries);
  $("hits").replaceChildren();
  $("summary").textContent = "";
}

function showAnswer() {
  state("answers");
  const { hits, took_ms: took, warnings } = answer;
  const doubtful = isDoubtful(answer);
  const count = hits.length === 1 ? "1 passage" : `${hits.length} passages`;
  const time = took < 10 ? took.toFixed(1) : Math.round(took);
  $("summary").textContent = hits.length ? `${count} in ${time} ms` : "";
  if (answer.confidence !== null) {
    const verdict = `confidence ${answer.confidence.toFixed(2)}`;
    $("summary").append(element("span", "verdict scored", verdict));
  }
  $("hits").replaceChildren(...hits.map((hit) => hitItem(hit, addressOf(hit))));
  $("hits").classList.toggle("doubtful", doubtful);
  $("more").hidden = hits.length < wanted || wanted >= MOST;
  const messages = [];
  if (!hits.length) messages.push(nothing(question(), widen));
  else if (doubtful) messages.push(unlikely());
  if (warnings.length) messages.push(element("p", "aside", warnings.join(" ")));
  $("message").replaceChildren(...messages);
  $("message").hidden = !messages.length;
  $("message").className = "message";
}

function change(how) {
  how();
  wanted = PASSAGES;
  go(addressOf(), { replace: false });
  find();
}

function showFailure(error, again) {
  if (reader.isOpen) hideArticle();
  state("answers");
  $("hits").replaceChildren();
  $("more").hidden = true;
  $("summary").textContent = "";
  $("message").className = "message failure";
  $("message").hidden = false;
  if (error.status === 401) {
    $("message").replaceChildren(tokenForm(enter));
    return;
  }
  $("message").replaceChildren(failed(error, again));
  if (error.retrySeconds) retrying = setTimeout(again, error.retrySeconds * 1000);
}

function widen() {
  change(() => {
    if ($("under").value.trim()) $("under").value = "";
    else $("mode").value = "hybrid";
  });
}

function enter(token) {
  keepToken(token);
  look();
  arrive();
}


// The article

async function showArticle(hit, { focus }) {
  const from = answer;
  try {
    await reader.open(hit, from.hits);
  } catch (error) {
    if (error.name !== "AbortError") showFailure(error, find);
    return;
  }
  if (answer !== from) {
    hideArticle(); // something else was asked meanwhile
    return;
  }
  document.body.classList.add("reading");
  selectHit(hit);
  if (focus) reader.focus();
}

function openHit(hit) {
  remember(answer.query);
  go(addressOf(hit), { replace: reader.isOpen });
  showArticle(hit, { focus: matchMedia("(max-width: 899px)").matches });
}

function hideArticle() {
  reader.close();
  document.body.classList.remove("reading");
  document.querySelector(".hits [aria-current]")?.removeAttribute("aria-current");
}

function closeArticle() {
  const link = document.querySelector(".hits [aria-current]") ?? links()[0];
  hideArticle();
  go(addressOf(), { replace: false });
  if (link) link.focus();
  else $("q").focus();
}

function selectHit(hit) {
  const index = answer.hits.indexOf(hit);
  links().forEach((link, number) => {
    if (number === index) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  if (reader.isOpen && index >= 0) go(addressOf(hit), { replace: true });
  links()[index]?.closest("li").scrollIntoView({ block: "nearest" });
}

// The keys

function links() {
  return [...document.querySelectorAll("#hits h2 a")];
}

function move(by) {
  const all = links();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  if (at < 0) (all.find((link) => link.hasAttribute("aria-current")) ?? all[0]).focus();
  else if (at + by < 0) $("q").focus();
  else all[Math.min(at + by, all.length - 1)].focus();
  if (document.activeElement !== $("q")) {
    document.activeElement.closest("li").scrollIntoView({ block: "nearest" });
  }
}

function pressed(event) {
  const { key, target } = event;
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const inField = target.matches("input:not([type=checkbox]), select");
  if (key === "/" && !inField) {
    event.preventDefault();
    $("q").focus();
    $("q").select();
  } else if (key === "Escape") {
    if (reader.isOpen) closeArticle();
    else if (target.closest("#hits")) $("q").focus();
    else return;
    event.preventDefault();
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    if (target.closest("#reader") || target.matches("select, #under")) return;
    if (target === $("q") && key === "ArrowUp") return;
    event.preventDefault();
    move(key === "ArrowDown" ? 1 : -1);
  }
}

// The index

async function look() {
  if (document.hidden) return;
  try {
    const now = await ask("/status");
    $("facts").textContent = `${counted(now.articles, "article")}, ${counted(now.passages, "passage")}.`;
    $("writing").hidden = !now.writing;
    if (now.writing) {
      const so = now.writing.articles ? `, ${counted(now.writing.articles, "article")} so far` : "";
      $("writing").textContent = `The index is being written${so}. Until that is done, answers come from it as it was.`;
    }
    const renewed = Boolean(answer) && answer.index.generation < now.generation;
    $("renewed").hidden = !renewed;
    if (renewed) $("renewed").firstElementChild.textContent = "The index has changed since this answer.";
  } catch (error) {
    if (error.status === 401 && document.body.dataset.state === "home") showFailure(error, find);
    $("writing").hidden = true;
  }
}

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

// The wiring

$("q").addEventListener("input", (event) => {
  if (!event.isComposing) ripen();
});
$("q").addEventListener("compositionend", ripen);
$("under").addEventListener("input", ripen);
$("mode").addEventListener("change", () => change(() => {}));
$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  go(addressOf(), { replace: true });
  const { q } = question();
  if (!answer || answer.query !== q || document.body.classList.contains("waiting")) await find();
  if (answer?.query === q) remember(q);
  if (answer?.hits.length) move(1);
});
$("hits").addEventListener("click", (event) => {
  const item = event.target.closest("li[data-index]");
  if (!item || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (!event.target.closest("a") && String(getSelection())) return; // a text was selected
  event.preventDefault();
  const hit = answer.hits[Number(item.dataset.index)];
  links()[Number(item.dataset.index)].focus({ preventScroll: true });
  openHit(hit);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("#brand, #previous a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.getAttribute("href"), { replace: false });
  arrive();
  $("q").focus();
});
$("forget").addEventListener("click", () => {
  forget();
  showHome();
  $("q").focus();
});
$("scores").addEventListener("change", () => {
  document.body.classList.toggle("scoring", $("scores").checked);
});
$("renewed").querySelector("button").addEventListener("click", find);
$("more").addEventListener("click", async () => {
  const had = links().length;
  wanted += MORE;
  await find();
  links()[had]?.focus();
});
new ResizeObserver(([top]) => {
  document.documentElement.style.setProperty("--top", `${top.target.offsetHeight}px`);
}).observe(document.querySelector(".top"));
document.addEventListener("keydown", pressed);
document.addEventListener("visibilitychange", look);
addEventListener("popstate", arrive);
setInterval(look, LOOKING);
look();
arrive().then(() => {
  if (!reader.isOpen && matchMedia("(min-width: 900px)").matches) $("q").focus();
});
