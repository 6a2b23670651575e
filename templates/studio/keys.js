// One key for each thing; none of them does what cannot be undone.

const OFF = "studio-keys";

export const areOn = () => localStorage.getItem(OFF) !== "off";

export function turn(on) {
  localStorage.setItem(OFF, on ? "on" : "off");
}

const writes = (target) => target.closest?.("input, select, textarea, [contenteditable]");

/** Runs what a key stands for; `known` is by key, `alt` what needs Alt as well. */
export function attend(known, alt) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") || writes(event.target)) return;
    if (!areOn() && event.key !== "?") return;
    const acts = event.altKey ? alt[event.key] ?? alt[event.code] : known[event.key];
    if (!acts) return;
    event.preventDefault();
    acts();
  });
}
