// Brings the page up to date: asks for it again, and takes over what is different.

// What tells a node from others of its kind, where anything does.
const key = (node) => node.id || (node.nodeName === "META" ? node.name || node.httpEquiv : "") || "";

const same = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName
  && key(one) === key(other);

/** Makes a tree like another, and leaves every node in place that stays what it was. */
export function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.isEqualNode(fresh)) return;
  for (const { name } of [...old.attributes]) {
    // What a reader has opened stays open.
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  children(old, fresh);
}

function children(old, fresh) {
  if (old.hasAttribute("data-keep")) return;
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    if (at && !same(at, next)) at = meet(at, next) ?? at;
    if (at && same(at, next)) {
      const after = at.nextSibling;
      morph(at, next);
      at = after;
    } else {
      old.insertBefore(old.ownerDocument.importNode(next, true), at);
    }
  }
  while (at) {
    const after = at.nextSibling;
    at.remove();
    at = after;
  }
}

/** Finds what a node has become a little further on, and takes away what stood before it. */
function meet(at, next) {
  let found = at;
  for (let steps = 0; found && steps < 3; steps += 1, found = found.nextSibling) {
    if (same(found, next) && found.nodeType === Node.ELEMENT_NODE) {
      while (at !== found) {
        const after = at.nextSibling;
        at.remove();
        at = after;
      }
      return found;
    }
  }
  return null;
}

export const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

/** Takes every live region over from a newer page. */
function renew(html) {
  const page = parsed(html);
  document.title = page.title;
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (old) morph(old, fresh);
  }
  document.body.dataset.version = page.body.dataset.version;
}

/** Follows the studio's versions; `changed` runs after each, beside the page's own renewal. */
export function follow(changed) {
  let asking = false;
  // What was asked for last, and what is here whole: page and mail may each be newer than they say.
  let wanted = document.body.dataset.version;
  let here = wanted;
  async function ask() {
    if (asking) return;
    asking = true;
    while (wanted !== here) {
      const version = wanted;
      try {
        const page = fetch(location.href).then((answer) => answer.text()).then(renew);
        await Promise.all([page, changed(version, page)]);
      } catch {
        break; // The studio has ended, or is busy: the stream says when it is back.
      }
      here = version;
    }
    asking = false;
  }
  const stream = new EventSource("/live/events");
  stream.onmessage = (event) => {
    document.body.classList.remove("away");
    wanted = event.data;
    ask();
  };
  stream.onerror = () => document.body.classList.add("away");
  addEventListener("pagehide", () => stream.close());
}

/** Asks the studio to do something; returns its sentence. Throws an error with the sentence. */
export async function post(path, fields) {
  const body = new URLSearchParams(fields);
  const answer = await fetch(path, { method: "POST", body });
  if (!answer.ok) {
    const words = await answer.text();
    let told = { said: words };
    try { told = JSON.parse(words); } catch { /* a plain sentence */ }
    // A version: somebody else has saved that one meanwhile.
    throw Object.assign(new Error(told.said), { version: told.version });
  }
  return answer;
}
