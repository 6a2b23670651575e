// What asks before it acts.

import { post } from "/live.js";

const open = (id) => document.getElementById(id);
const top = () => document.getElementById("top");

/** Opens a dialogue; approving asks the studio first what it would mean. */
export async function ask(act, seen) {
  const dialog = open(act);
  if (!dialog || dialog.open) return;
  dialog.querySelector(".wrong")?.replaceChildren();
  dialog.showModal();
  if (act !== "approve") return;
  const left = seen.left();
  const note = open("approve-left");
  note.hidden = !left;
  note.textContent = left === 1 ? "One warning is not ticked off." : `${left} warnings are not ticked off.`;
  try {
    const { said } = await post("/do/ask", {}).then((answer) => answer.json());
    open("approve-question").textContent = said;
  } catch (error) {
    dialog.querySelector(".wrong").textContent = error.message;
  }
}

/** Has each form act, close when that went well, and say why when it did not. */
export function attend(toast) {
  for (const form of document.querySelectorAll("form[data-do]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const dialog = form.closest("dialog");
      const fields = Object.fromEntries(new FormData(form));
      const button = form.querySelector("button.main");
      const label = button.textContent;
      button.disabled = true;
      button.textContent = button.dataset.busy ?? label;
      try {
        toast(await act(form.dataset.do, fields));
        dialog.close();
      } catch (error) {
        form.querySelector(".wrong").textContent = error.message;
      }
      button.disabled = false;
      button.textContent = label;
    });
  }
  for (const button of document.querySelectorAll("dialog [data-then]")) {
    button.addEventListener("click", () => {
      button.closest("dialog").close();
      document.querySelector(`#top [data-act="${button.dataset.then}"]`)?.click();
    });
  }
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
}

/** Does one thing to the edition that is shown; returns what became of it. */
export async function act(name, fields = {}) {
  return (await acted(name, fields)).said;
}

/** Does one thing; returns also the version of the day's choices that it left. */
export async function acted(name, fields = {}) {
  const answer = await post(`/do/${name}`, { hash: top().dataset.hash, ...fields });
  return answer.json();
}
