// The desk: what is in and in which order, the words of the inbox, the slot. Each move is one save.

import { acted } from "/dialogs.js";

const $ = (selector) => document.querySelector(selector);
const desk = () => $("#desk");
const rows = () => [...desk().querySelectorAll("li[data-name]")];
const row = (name) => rows().find((one) => one.dataset.name === name);
const letters = (text) => [...text].length;

// The story that keys act on; what has the focus; since which version a field is written in.
let here = "";
let held = null;
const begun = new Map();
let told = { toast: () => {}, say: () => {}, visit: () => {} };

const current = () => document.activeElement?.closest?.("#desk li[data-name]") ?? row(here);

function mark() {
  for (const one of desk().querySelectorAll("li")) {
    const is = one.dataset.name !== undefined && one.dataset.name === here;
    one.classList.toggle("here", is);
    one.querySelector(".story").setAttribute("aria-expanded", String(is));
  }
}

function choose(name) {
  here = name;
  mark();
}

// ── Saving ──────────────────────────────────────────────────────────────────────────────────

// Moves are made one after the other, each on the desk that the one before left.
let turn = Promise.resolve();
const inTurn = (move) => { turn = turn.then(move, move); };

// What waits until the desk shows a version, and how long at most, in milliseconds.
let waiting = () => {};
let shown = null;
const PATIENCE = 3000;

const shows = (version) => new Promise((done) => {
  const look = () => { if (shown === version) done(); };
  waiting = look;
  look();
  setTimeout(done, PATIENCE);
});

/** Saves one move; one that comes after somebody else's is shown with theirs, and asked about. */
async function save(what, fields, seen = desk().dataset.seen) {
  try {
    const { said, version } = await acted(what, { seen, ...fields });
    (fields.move === "order" ? told.say : told.toast)(said);
    settled(fields);
    // A field that is being written in has seen our own save: it is nobody else's.
    for (const [id, began] of begun) if (began === seen) begun.set(id, version);
    await shows(version);
  } catch (error) {
    if (error.version === undefined) told.toast(error.message);
    else overtaken(error, what, fields);
  }
}

/** Lets a field show what is in the file again. */
function settled(fields) {
  for (const name of ["subject", "preheader"]) if (name in fields) begun.delete(`own-${name}`);
}

function overtaken(error, what, fields) {
  const dialog = $("#theirs");
  $("#theirs-said").textContent = error.message;
  dialog.returnValue = "theirs";
  dialog.onclose = () => {
    if (dialog.returnValue === "mine" && what !== "undo") inTurn(() => save(what, fields, error.version));
    else { settled(fields); fill(); }
  };
  dialog.showModal();
}

// ── Moves ───────────────────────────────────────────────────────────────────────────────────

const nothing = () => told.say("Choose a story on the desk first.");

export const inOrOut = () => inTurn(async () => {
  const one = current();
  if (!one) nothing();
  else if (one.querySelector(".moves")) await save("choose", { move: one.dataset.in ? "leave" : "take", story: one.dataset.name });
});

export const undo = () => inTurn(() => save("undo", {}));

/** Sets a story one place earlier or later among those of its section. */
export const shift = (by) => inTurn(async () => {
  const one = current();
  if (!one) { nothing(); return; }
  const other = by < 0 ? one.previousElementSibling : one.nextElementSibling;
  const { group } = one.parentElement.dataset;
  if (!group || !one.querySelector(".moves")) told.say("It is not in.");
  else if (!other) told.say(`It is the ${by < 0 ? "first" : "last"} of ${group} already.`);
  else await place(one, other, by < 0 ? "before" : "after");
});

const place = (one, other, side) => save("choose", {
  move: "order", story: one.dataset.name, beside: other.dataset.name, side,
});

function pressed(button) {
  const one = button.closest("li");
  const { move } = button.dataset;
  if (move === "undo") undo();
  else if (move === "up") shift(-1);
  else if (move === "down") shift(1);
  else if (move === "withdraw") inTurn(() => save("withdraw", { story: one.dataset.name }));
  else inTurn(() => save("choose", { move, story: one.dataset.name }));
}

// ── Dragging ────────────────────────────────────────────────────────────────────────────────

/** Follows a pointer from a grip on; a story stays in its section, which its own file names. */
function drag(event) {
  const grip = event.target.closest(".grip");
  const one = grip?.closest("li");
  if (!one) return;
  event.preventDefault();
  const list = one.parentElement;
  let goal = null;
  const clear = () => list.querySelectorAll("li").forEach((li) => li.classList.remove("before", "after"));
  const over = ({ clientY }) => {
    clear();
    goal = target(list, one, clientY);
    goal?.other.classList.add(goal.side);
  };
  const drop = ({ type }) => {
    clear();
    one.classList.remove("dragged");
    for (const [name, react] of [["pointermove", over], ["pointerup", drop], ["pointercancel", drop]]) {
      grip.removeEventListener(name, react);
    }
    if (type === "pointerup" && goal) inTurn(() => place(one, goal.other, goal.side));
  };
  grip.setPointerCapture(event.pointerId);
  one.classList.add("dragged");
  choose(one.dataset.name);
  grip.addEventListener("pointermove", over);
  grip.addEventListener("pointerup", drop);
  grip.addEventListener("pointercancel", drop);
}

function target(list, one, y) {
  const others = [...list.children].filter((other) => other !== one);
  const next = others.find((other) => {
    const box = other.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  if (next) return next === one.nextElementSibling ? null : { other: next, side: "before" };
  const last = others.at(-1);
  return last && last !== one.previousElementSibling ? { other: last, side: "after" } : null;
}

// ── Words ───────────────────────────────────────────────────────────────────────────────────

function count(field) {
  const place = $(`#length-${field.name}`);
  const length = field.value ? letters(field.value.trim()) : Number(place.dataset.rule);
  place.textContent = `${length}/${place.dataset.most}${field.value ? "" : ", by rule"}`;
  place.classList.toggle("over", length > Number(place.dataset.most));
}

const fields = () => [...desk().querySelectorAll(".field textarea")];

/** Shows what the file says, but in a field that is being written in. */
function fill() {
  for (const field of fields()) {
    if (!begun.has(field.id)) field.value = field.defaultValue;
    count(field);
  }
  const slot = $("#slot");
  if (slot && slot !== document.activeElement) slot.value = slot.querySelector("[selected]")?.value ?? slot.value;
}

function typed(field) {
  if (!begun.has(field.id)) begun.set(field.id, desk().dataset.seen);
  count(field);
}

function written(field) {
  const { id, name, value } = field;
  if (id === "slot") inTurn(() => save("choose", { move: "sponsor", sponsor: value }));
  else inTurn(() => save("choose", { move: "words", [name]: value }, begun.get(id)));
}

/** Saves a field by Enter, as if it had been left: a subject has one line, whatever its width. */
function enter(event) {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches(".field textarea")) return;
  event.preventDefault();
  event.target.blur();
  event.target.focus();
}

/** Takes back what is being written. */
function escape(event) {
  if (event.key !== "Escape" || !begun.has(event.target.id)) return;
  event.stopPropagation();
  begun.delete(event.target.id);
  fill();
}

// ── Finding ─────────────────────────────────────────────────────────────────────────────────

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** Shows the stories alone that have the words: of headline, reason or file. */
function sift() {
  const field = $("#find");
  if (!field) return;
  const words = folded(field.value).split(/\s+/).filter(Boolean);
  const all = [...desk().querySelectorAll(".lists li")];
  for (const one of all) {
    const text = folded(`${one.textContent} ${one.dataset.name ?? ""}`);
    one.hidden = !words.every((word) => text.includes(word));
  }
  for (const list of desk().querySelectorAll(".lists ul")) {
    const head = list.previousElementSibling;
    if (head?.matches("h3")) head.hidden = [...list.children].every((one) => one.hidden);
  }
  $("#found-none").hidden = all.some((one) => !one.hidden);
}

export function find() {
  $("#find")?.focus();
  $("#find")?.select();
}

// ── Together ────────────────────────────────────────────────────────────────────────────────

/** Is told of every renewal: what was chosen and what had the focus are again. */
export function renewed() {
  restore();
  shown = desk().dataset.seen;
  waiting();
}

/** Shows what was chosen, what is written and what had the focus again. */
function restore() {
  if (here && !row(here)) here = "";
  mark();
  fill();
  sift();
  const one = held && row(held.name);
  if (!one || document.activeElement?.closest?.("li")?.dataset.name === held.name) return;
  if (document.activeElement !== document.body && !desk().contains(document.activeElement)) return;
  choose(held.name);
  (one.querySelector(`[data-move="${held.move}"]`) ?? one.querySelector(".story")).focus();
}

export function attend(heard) {
  told = heard;
  document.addEventListener("focusin", ({ target: on }) => {
    const one = on.closest("#desk li[data-name]");
    held = one ? { name: one.dataset.name, move: on.dataset.move ?? "" } : null;
  });
  desk().addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) pressed(button);
    const story = event.target.closest(".story");
    if (!story) return;
    choose(story.closest("li").dataset.name ?? "");
    told.visit(story.dataset.title);
  });
  desk().addEventListener("pointerdown", drag);
  desk().addEventListener("input", ({ target: on }) => { if (on.matches(".field textarea")) typed(on); else if (on.id === "find") sift(); });
  desk().addEventListener("change", ({ target: on }) => { if (on.matches(".field textarea, #slot")) written(on); });
  desk().addEventListener("keydown", escape);
  desk().addEventListener("keydown", enter);
  renewed();
}
