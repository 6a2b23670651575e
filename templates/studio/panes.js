// One or two views of the mail, each with its width, its scheme and what is taken away.

import { morph, parsed, post } from "/live.js";

const FRAMED = ["mail", "outlook", "yesterday"];
const SCHEMES = ["light", "dark", "forced"];
const LEAST = 240;
const MOST = 1400;

export function read(words) {
  const view = { width: 390, scheme: "light", images: true, style: true, large: false, kind: "mail" };
  for (const word of words.split("-")) {
    if (/^\d+$/.test(word)) view.width = Number(word);
    else if (SCHEMES.includes(word)) view.scheme = word;
    else if (word === "noimages") view.images = false;
    else if (word === "nostyle") view.style = false;
    else if (word === "large") view.large = true;
    else view.kind = word;
  }
  return view;
}

export function write(view) {
  return [
    view.width, view.scheme, !view.images && "noimages", !view.style && "nostyle",
    view.large && "large", view.kind !== "mail" && view.kind,
  ].filter(Boolean).join("-");
}

const NAMES = {
  mail: "", outlook: "Outlook", text: "text", html: "HTML", mjml: "MJML", mime: "MIME as sent",
  links: "links", yesterday: "yesterday",
};

/** Where a mail's headlines begin, between its top and as far as it can be scrolled. */
function stops(pane) {
  const inside = pane.frame.contentWindow;
  const end = pane.page.documentElement.scrollHeight - inside.innerHeight;
  const heads = [...pane.page.querySelectorAll("h1, h2, h3")];
  const tops = heads.map((head) => Math.min(end, head.getBoundingClientRect().top + inside.scrollY));
  return [0, ...tops, Math.max(0, end)];
}

export class Pane {
  constructor(root, { whose, moved }) {
    this.root = root;
    this.view = read(root.dataset.view);
    this.frame = root.querySelector("iframe");
    this.box = root.querySelector(".box");
    this.viewport = root.querySelector(".viewport");
    this.source = root.querySelector(".source");
    this.marks = root.querySelector(".marks");
    this.handle = root.querySelector(".handle");
    this.whose = whose;
    this.moved = moved;
    this.loaded = new Promise((done) => {
      const ready = () => this.frame.contentDocument?.readyState === "complete"
        && this.frame.contentWindow.location.href !== "about:blank";
      if (ready()) done();
      else this.frame.addEventListener("load", done, { once: true });
    });
    this.loaded.then(() => { this.fit(); this.attend(); });
    new ResizeObserver(() => this.fit()).observe(this.viewport);
    this.draggable();
    this.caption();
  }

  get framed() { return FRAMED.includes(this.view.kind); }

  get page() { return this.frame.contentDocument; }

  get scale() { return this.#scale ?? 1; }

  #scale = 1;

  /** Listens inside the frame: it has no script of its own. */
  attend() {
    const inside = this.frame.contentWindow;
    inside.addEventListener("scroll", () => this.moved(this), { passive: true });
    inside.addEventListener("keydown", (event) => {
      const again = new KeyboardEvent("keydown", {
        key: event.key, code: event.code, altKey: event.altKey, ctrlKey: event.ctrlKey,
        metaKey: event.metaKey, shiftKey: event.shiftKey, bubbles: true, cancelable: true,
      });
      if (!document.body.dispatchEvent(again)) event.preventDefault();
    });
    inside.addEventListener("click", (event) => {
      const link = event.target.closest?.("a");
      if (!link) return;
      event.preventDefault();
      this.root.dispatchEvent(new CustomEvent("pressed", { detail: link.href, bubbles: true }));
    });
    inside.addEventListener("pointerdown", () => this.root.dispatchEvent(new Event("chosen")));
  }

  /** Shows the frame as wide as the view says, smaller where there is no room. */
  fit() {
    if (!this.framed) return;
    const room = this.viewport.clientWidth - 14;
    const width = this.view.width;
    this.#scale = Math.min(1, room / width);
    this.box.style.width = `${width * this.#scale}px`;
    this.frame.style.width = `${width}px`;
    this.frame.style.height = `${this.viewport.clientHeight / this.#scale}px`;
    this.frame.style.transform = this.#scale < 1 ? `scale(${this.#scale})` : "";
    this.caption();
    this.moved(this);
  }

  caption() {
    const { view } = this;
    const words = [NAMES[view.kind]];
    if (this.framed) {
      words.push(view.width, view.scheme === "forced" ? "forced dark" : view.scheme);
      if (!view.images) words.push("no images");
      if (!view.style) words.push("no style");
      if (view.large) words.push("text 200 %");
    }
    const name = words.filter(Boolean).join(" · ");
    this.root.querySelector(".name").textContent = name;
    const small = this.framed && this.#scale < 0.995;
    const which = this.view.kind === "yesterday" && this.page?.querySelector('meta[name="studio"]')?.content;
    const more = [small && `at ${Math.round(this.#scale * 100)} %`, which && `${which}: ${this.page.title}`];
    this.root.querySelector(".more").textContent = more.filter(Boolean).join(" · ");
    this.frame.title = `The mail, ${name}`;
  }

  /** Looks in another way, at the same place of the mail. */
  async show(change) {
    Object.assign(this.view, change);
    this.root.dataset.view = write(this.view);
    this.viewport.hidden = !this.framed;
    this.source.hidden = this.framed;
    this.handle.setAttribute("aria-valuenow", this.view.width);
    this.fit();
    this.caption();
    const only = Object.keys(change);
    if (only.length === 1 && only[0] === "width" && this.framed) return;
    await this.load();
  }

  #asked = 0;

  /** Brings in what the view shows now; an answer that a newer question overtook is left out. */
  async load() {
    const asked = ++this.#asked;
    const words = write(this.view);
    if (!this.framed) {
      const answer = await post(`/source/${words}`, { who: this.whose() }).then((a) => a.text());
      if (asked !== this.#asked) return;
      const fresh = this.source.cloneNode(false);
      fresh.append(...parsed(answer).body.childNodes);
      morph(this.source, fresh);
      return;
    }
    const answer = await fetch(`/mail/${words}`).then((found) => found.text());
    await this.loaded;
    if (asked !== this.#asked) return;
    const place = this.place();
    // By the frame's own parser: what it makes is under the frame's policy, which allows styles.
    const fresh = new this.frame.contentWindow.DOMParser().parseFromString(answer, "text/html");
    morph(this.page.documentElement, fresh.documentElement);
    this.restore(place);
    this.fit();
  }

  /** Remembers the headline at the top, and how far from it one has read. */
  place() {
    const heads = [...this.page.querySelectorAll("h1, h2, h3")];
    const above = heads.filter((head) => head.getBoundingClientRect().top <= 8);
    const head = above[above.length - 1];
    return { head, top: head?.getBoundingClientRect().top, scroll: this.frame.contentWindow.scrollY };
  }

  restore({ head, top, scroll }) {
    const inside = this.frame.contentWindow;
    if (head?.isConnected) inside.scrollBy(0, head.getBoundingClientRect().top - top);
    else inside.scrollTo(0, scroll);
  }

  /** Shows the place that another view shows: the same headline, as far below it. */
  follow(other) {
    if (!this.framed || !other.framed || this.view.kind === "yesterday" || other.view.kind === "yesterday") return;
    const mine = stops(this);
    const theirs = stops(other);
    if (mine.length !== theirs.length) return;
    const at = other.frame.contentWindow.scrollY;
    const nth = Math.max(0, theirs.findLastIndex((stop) => stop <= at));
    const share = (at - theirs[nth]) / Math.max(1, (theirs[nth + 1] ?? theirs[nth]) - theirs[nth]);
    const wanted = mine[nth] + share * ((mine[nth + 1] ?? mine[nth]) - mine[nth]);
    this.frame.contentWindow.scrollTo({ top: wanted, behavior: "instant" });
  }

  width(width) {
    const wanted = Math.round(Math.min(MOST, Math.max(LEAST, width)));
    if (wanted !== this.view.width) this.show({ width: wanted });
  }

  draggable() {
    this.handle.addEventListener("pointerdown", (down) => {
      down.preventDefault();
      this.handle.setPointerCapture(down.pointerId);
      const from = { x: down.clientX, width: this.view.width, scale: this.#scale };
      const move = (event) => this.width(from.width + (event.clientX - from.x) * 2 / from.scale);
      this.handle.addEventListener("pointermove", move);
      const up = () => {
        this.handle.removeEventListener("pointermove", move);
        this.root.dispatchEvent(new Event("settled", { bubbles: true }));
      };
      this.handle.addEventListener("pointerup", up, { once: true });
    });
    this.handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -10, ArrowRight: 10, PageDown: -100, PageUp: 100 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.width(this.view.width + step);
      this.root.dispatchEvent(new Event("settled", { bubbles: true }));
    });
  }
}
