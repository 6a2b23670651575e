// The studio's page: panes, findings, keys and dialogues, brought together.

import { follow, parsed, morph, post } from "/live.js";
import { Pane, write } from "/panes.js";
import * as places from "/places.js";
import * as keys from "/keys.js";
import * as clock from "/clock.js";
import * as dialogs from "/dialogs.js";
import * as choosing from "/desk.js";
import { take } from "/copies.js";

const $ = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

// ── What is said ────────────────────────────────────────────────────────────────────────────

let fading = 0;
const say = (words) => { $("#say").textContent = words; };
function toast(words) {
  const place = $("#toast");
  place.textContent = words;
  place.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { place.hidden = true; }, 8000);
}
const trouble = (error) => toast(error.message);

// ── As whom ─────────────────────────────────────────────────────────────────────────────────

const who = $("#who");
const address = $("#address");
const whose = () => (who.value === "?" ? address.value.trim() : who.value);

/** Makes questions of which only the newest is answered: replies may overtake each other. */
function newest() {
  let asked = 0;
  return async (path, fields) => {
    const mine = ++asked;
    const words = await post(path, fields).then((found) => found.text());
    return mine === asked ? words : null;
  };
}
const askReader = newest();
const askReaders = newest();

async function differ() {
  const differs = $("#differs");
  if (!$("#reader").open) return;
  try {
    const answer = await askReader("/reader", { who: whose() });
    if (answer !== null) differs.replaceChildren(...parsed(answer).body.childNodes);
  } catch (error) { trouble(error); }
}

who.addEventListener("change", () => {
  $("#as .find").hidden = who.value !== "?";
  if (who.value === "?") address.focus();
  else changedReader();
});
$("#as").addEventListener("submit", (event) => { event.preventDefault(); changedReader(); });
address.addEventListener("change", changedReader);
address.addEventListener("input", async () => {
  const answer = await askReaders("/readers", { start: address.value }).catch(() => null);
  if (answer !== null) $("#found").replaceChildren(...parsed(answer).body.childNodes);
});

function changedReader() {
  if (!whose()) return;
  $("#reader").open = true;
  differ();
  for (const pane of panes) if (!pane.framed) pane.load().catch(trouble);
}

// ── Panes ───────────────────────────────────────────────────────────────────────────────────

let panes = [];
let active = null;

function adopt(root) {
  const pane = new Pane(root, { whose, moved: scrolled });
  root.addEventListener("chosen", () => choose(pane));
  root.addEventListener("pointerdown", () => choose(pane));
  root.addEventListener("focusin", () => choose(pane));
  root.addEventListener("settled", remember);
  root.addEventListener("pressed", ({ detail }) => pressed(pane, detail));
  return pane;
}

/** Draws the marks where they are now; the other view goes along with the one that is used. */
function scrolled(pane) {
  places.draw(pane);
  if (pane !== active || !pane.framed) return;
  for (const other of panes) if (other !== pane && other.page?.body) other.follow(pane);
}

function choose(pane) {
  active = pane;
  for (const one of panes) one.root.classList.toggle("active", one === pane);
  press();
}

/** Lets the buttons say what the active view is. */
function press() {
  const { view } = active;
  for (const button of all("#tools button")) {
    const { width, scheme, flag, kind, act } = button.dataset;
    const is = width ? Number(width) === view.width
      : scheme ? scheme === view.scheme
        : flag ? view[flag]
          : kind ? kind === view.kind
            : act === "two" && panes.length === 2;
    button.setAttribute("aria-pressed", String(Boolean(is)));
  }
}

/** Keeps the views in the address: a page that is loaded again looks the same. */
function remember() {
  const fields = new URLSearchParams();
  fields.set("a", write(panes[0].view));
  fields.set("b", panes[1] ? write(panes[1].view) : "none");
  fields.set("row", $("#row").dataset.row);
  history.replaceState(null, "", `?${fields}`);
}

async function show(change, pane = active) {
  await pane.show(change).catch(trouble);
  press();
  remember();
}

const toggleKind = (kind) => show({ kind: active.view.kind === kind ? "mail" : kind });

function cycle() {
  const order = ["light", "dark", "forced"];
  show({ scheme: order[(order.indexOf(active.view.scheme) + 1) % 3] });
}

function two() {
  if (panes.length === 2) {
    panes.pop().root.remove();
    $(".panes").dataset.panes = "1";
    choose(panes[0]);
  } else {
    const root = panes[0].root.cloneNode(true);
    root.id = "second";
    root.dataset.view = "390-forced";
    root.setAttribute("aria-label", "The second view");
    root.querySelector("iframe").src = "/mail/390-forced";
    root.querySelector(".viewport").hidden = false;
    root.querySelector(".source").hidden = true;
    root.querySelector(".handle").setAttribute("aria-label", "Width of the second view");
    $(".panes").append(root);
    $(".panes").dataset.panes = "2";
    panes.push(adopt(root));
    choose(panes[1]);
  }
  remember();
}

/** Compares with the day before: in the second view, so that both are seen. */
function yesterday() {
  if (panes.length < 2) two();
  const pane = panes[1];
  const back = pane.view.kind === "yesterday";
  choose(pane);
  show(back ? { kind: "mail" } : { kind: "yesterday", scheme: panes[0].view.scheme, width: panes[0].view.width }, pane);
}

function pressed(pane, href) {
  const number = /\/c\/[^/]+\/(\d+)$/.exec(href)?.[1];
  if (number) toast(`Link ${number}. ${leads(number)}`);
  else if (/\/u\//.test(href)) toast("Unsubscribe: one press, no login. Here it leaves nobody out.");
  else toast(href);
}

const leads = (number) => {
  const row = $(`.links tr[data-link="${number}"] .url`);
  return row ? row.textContent : "The links view says where it leads.";
};

$("#tools").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { width, scheme, flag, kind } = button.dataset;
  if (width) show({ width: Number(width), ...(active.framed ? {} : { kind: "mail" }) });
  else if (scheme) show({ scheme, ...(active.framed ? {} : { kind: "mail" }) });
  else if (flag) show({ [flag]: !active.view[flag], ...(active.framed ? {} : { kind: "mail" }) });
  else if (kind === "yesterday") yesterday();
  else if (kind) show({ kind });
});

$("#rows").addEventListener("change", (event) => {
  const row = $("#row");
  row.classList.replace(row.dataset.row, event.target.value);
  row.dataset.row = event.target.value;
  remember();
});

// ── Findings and stories ────────────────────────────────────────────────────────────────────

let finding = -1;
const findings = () => all("#findings .finding");

function visit(one) {
  for (const other of findings()) other.classList.toggle("here", other === one);
  one.scrollIntoView({ block: "nearest" });
  const { place } = one.dataset;
  $("#row").classList.toggle("marked", place === "row");
  $("#size").classList.toggle("marked", place === "size");
  const pane = active.framed ? active : panes.find((other) => other.framed);
  if (!pane || (place !== "story" && place !== "foot")) return;
  const spot = places.spot(pane, one.dataset);
  if (spot) places.go(pane, spot);
}

function step(by) {
  const found = findings();
  if (!found.length) return;
  finding = (finding + by + found.length) % found.length;
  const one = found[finding];
  one.querySelector(".go").focus({ preventScroll: true });
  visit(one);
}

function story(by) {
  const pane = active.framed ? active : panes.find((other) => other.framed);
  if (!pane) return;
  const heads = [...pane.page.querySelectorAll("h1, h3")];
  const at = heads.findIndex((head) => head.getBoundingClientRect().top > 60);
  const now = at < 0 ? heads.length : at;
  const next = heads[Math.min(heads.length - 1, Math.max(0, by > 0 ? now : now - 2))];
  if (!next) return;
  pane.frame.contentWindow.scrollBy(0, next.getBoundingClientRect().top - 40);
  places.mark(pane, next);
}

const ticked = new Set(JSON.parse(sessionStorage.getItem("studio-ticked") ?? "[]"));

function tick() {
  for (const one of findings()) {
    const box = one.querySelector(".tick input");
    if (!box) continue;
    box.checked = ticked.has(one.dataset.key);
    one.classList.toggle("seen", box.checked);
  }
}

const left = () => findings().filter((one) => one.querySelector(".tick input:not(:checked)")).length;

$("#findings").addEventListener("change", (event) => {
  const one = event.target.closest(".finding");
  if (!one) return;
  if (event.target.checked) ticked.add(one.dataset.key);
  else ticked.delete(one.dataset.key);
  sessionStorage.setItem("studio-ticked", JSON.stringify([...ticked]));
  tick();
  for (const pane of panes) places.draw(pane);
});

$("#findings").addEventListener("click", (event) => {
  const file = event.target.closest(".open")?.closest(".finding");
  if (file) dialogs.act("open", { article: file.dataset.story }).then(toast, trouble);
  const one = event.target.closest(".go")?.closest(".finding");
  if (!one) return;
  finding = findings().indexOf(one);
  visit(one);
});
$("#findings").addEventListener("toggle", differ, true);

/** Goes to a story of the desk: its headline in the mail. */
function visitStory(title) {
  const pane = active.framed ? active : panes.find((other) => other.framed);
  const folded = title.replace(/\s+/g, " ").trim();
  const head = [...(pane?.page.querySelectorAll("h1, h2, h3, a") ?? [])]
    .find((one) => one.textContent.replace(/\s+/g, " ").trim().endsWith(folded));
  if (head) places.go(pane, head);
}

async function open() {
  const one = $("#findings .finding.here")?.dataset.story
    || $("#desk li.here .story")?.dataset.story || $("#desk .story")?.dataset.story;
  if (one) await dialogs.act("open", { article: one }).then(toast, trouble);
}

// ── Buttons and keys ────────────────────────────────────────────────────────────────────────

function desk() {
  const is = document.body.classList.toggle("with-desk");
  $(".desk-key").setAttribute("aria-expanded", String(is));
  if (is || innerWidth >= 1280) $("#desk").focus();
  else $(".desk-key").focus();
}

function findStory() {
  if (innerWidth < 1280 && !document.body.classList.contains("with-desk")) desk();
  choosing.find();
}

function copy() {
  const button = active.root.querySelector(".source [data-copy]");
  if (button && !active.framed) button.click();
  else say("Choose Text, HTML, MJML, MIME or Links first.");
}

const direct = { release: 1, pause: 1, resume: 1 };

function act_(act) {
  if (act === "desk" || act === "why") desk();
  else if (act === "two") two();
  else if (act === "report") location.href = `/report/${$("#top").dataset.edition}`;
  else if (direct[act]) dialogs.act(act).then(toast, trouble);
  else dialogs.ask(act, { left });
}

document.addEventListener("click", (event) => {
  const aside = !event.target.closest("#desk, .desk-key");
  if (aside && document.body.classList.contains("with-desk")) desk();
  const button = event.target.closest("[data-act]");
  if (button) act_(button.dataset.act);
  const taken = event.target.closest("[data-copy], [data-save]");
  if (taken) take(taken, { whose, toast });
});

const can = (act) => {
  const button = $(`#top [data-act="${act}"]`);
  if (!button) say(`There is nothing to ${act} now.`);
  else if (button.disabled) toast($("#off")?.textContent ?? "");
  else button.click();
};

const known = {
  j: () => step(1), k: () => step(-1), n: () => story(1), b: () => story(-1),
  d: cycle,
  i: () => show({ images: !active.view.images }),
  s: () => show({ style: !active.view.style }),
  o: () => toggleKind("outlook"), t: () => toggleKind("text"),
  m: () => toggleKind("mime"), l: () => toggleKind("links"),
  x: choosing.inOrOut, u: choosing.undo,
  "/": findStory, f: () => dialogs.ask("further", { left }), c: copy,
  y: yesterday, w: () => who.focus(), g: desk, e: open,
  p: () => can("proof"), h: () => can("hold"), a: () => can("approve"),
  "?": () => dialogs.ask("keys", { left }),
  Escape: () => { if (document.body.classList.contains("with-desk")) desk(); },
};
[320, 360, 390, 600, 1024].forEach((width, at) => { known[at + 1] = () => show({ width }); });
keys.attend(known, {
  2: two, Digit2: two, ArrowUp: () => choosing.shift(-1), ArrowDown: () => choosing.shift(1),
});

const keysOn = $("#keys-on");
keysOn.checked = keys.areOn();
keysOn.addEventListener("change", () => keys.turn(keysOn.checked));

// ── Live ────────────────────────────────────────────────────────────────────────────────────

let told = $("#top .state").textContent;

follow(async (version, page) => {
  await Promise.all([page.then(choosing.renewed), ...panes.map((pane) => pane.load())]);
  tick();
  retick();
  for (const pane of panes) places.draw(pane);
  requestAnimationFrame(() => requestAnimationFrame(() => { document.body.dataset.painted = version; document.body.dataset.paintedAt = Date.now(); }));
  const now = $("#top .state").textContent;
  if (now !== told) say(now.replace(/\s+/g, " ").trim());
  told = now;
  differ();
  if (findings()[finding]) findings()[finding].classList.add("here");
  $(".desk-key").setAttribute("aria-expanded", String(document.body.classList.contains("with-desk")));
});

panes = all(".pane").map(adopt);
choose(panes[0]);
tick();
dialogs.attend(toast);
choosing.attend({ toast, say, visit: visitStory });
const retick = clock.start(say);
document.body.dataset.ready = "yes";
