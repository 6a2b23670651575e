// Where in the mail a finding, a story or a link is, and a mark that says so.

/** Finds what preflight points at, and in it the finding's own words; else its story, else the foot. */
export function spot(pane, { link, words, place, anchor }) {
  const page = pane.page;
  if (!page?.body) return null;
  const at = anchor ? pointed(page, anchor) : null;
  if (at) return (words && within(page, at, words)) || at;
  if (place === "foot") return page.querySelector('a[href*="/u/"]');
  const story = link ? linked(page, link) : null;
  const start = story ?? (words ? page.body : null);
  if (words && start) {
    const range = found(page, story, words);
    if (range) return range;
  }
  return story;
}

/** Follows a selector; a view that is taken apart, like Outlook's, may have no such place. */
function pointed(page, anchor) {
  try { return page.querySelector(anchor); } catch { return null; }
}

function within(page, element, words) {
  const range = found(page, element, words);
  return range && element.contains(range.startContainer) ? range : null;
}

export function linked(page, number) {
  return page.querySelector(`a[href$="/${Number(number)}"]`);
}

/** Looks for words from a story's first link on; a text node of its own holds them mostly. */
function found(page, from, words) {
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  if (from) walker.currentNode = from;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(words);
    if (at < 0) continue;
    const range = page.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + words.length);
    return range;
  }
  return null;
}

const rect = (place) => (place.getBoundingClientRect ? place.getBoundingClientRect() : null);

/** Brings a place into view, a third from the top, and marks it. */
export function go(pane, place) {
  const box = rect(place);
  if (!box) return;
  const inside = pane.frame.contentWindow;
  const top = inside.scrollY + box.top - pane.frame.clientHeight / 3;
  inside.scrollTo({ top, behavior: "instant" });
  mark(pane, place);
}

export function mark(pane, place) {
  pane.marked = place;
  draw(pane);
}

/** Draws what is marked, and a pin beside every story that something was noticed of. */
export function draw(pane) {
  const { marks } = pane;
  marks.replaceChildren();
  if (!pane.framed || pane.view.kind === "yesterday" || !pane.page?.body) return;
  for (const pin of pins(pane)) marks.append(pin);
  const box = pane.marked && rect(pane.marked);
  if (!box || (!box.width && !box.height)) return;
  const ring = document.createElement("div");
  ring.className = "ring";
  const { scale } = pane;
  Object.assign(ring.style, {
    left: `${box.left * scale - 4}px`, top: `${box.top * scale - 3}px`,
    width: `${box.width * scale + 8}px`, height: `${box.height * scale + 6}px`,
  });
  marks.append(ring);
}

function* pins(pane) {
  const used = new Map();
  for (const one of document.querySelectorAll("#findings .finding")) {
    if (one.dataset.place !== "story" && one.dataset.place !== "foot") continue;
    const place = spot(pane, one.dataset);
    const box = place && rect(place);
    if (!box) continue;
    const row = Math.round(box.top);
    const nth = used.get(row) ?? 0;
    used.set(row, nth + 1);
    const pin = document.createElement("div");
    pin.className = `pin ${one.classList.contains("error") ? "error" : "warning"}`;
    if (one.querySelector(".tick input")?.checked) pin.classList.add("seen");
    pin.textContent = one.id.replace("finding-", "");
    pin.style.top = `${box.top * pane.scale + nth * 20}px`;
    yield pin;
  }
}
