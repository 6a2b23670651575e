// What a view shows, to be taken along: copied, or kept as a file.

import { post } from "/live.js";

/** Copies what a source view says, or saves it under the name that the studio gives. */
export async function take(button, { whose, toast }) {
  const { copy, save } = button.dataset;
  try {
    if (copy) toast(await copied(button));
    else toast(await saved(save, whose()));
  } catch (error) { toast(error.message); }
}

async function copied(button) {
  const words = button.closest(".source").querySelector("[data-words]");
  const rows = [...words.querySelectorAll("tbody .url")].map((url) => url.textContent);
  await navigator.clipboard.writeText(rows.length ? rows.join("\n") : words.textContent);
  return "Copied.";
}

async function saved(kind, who) {
  const answer = await post(`/copy/${kind}`, { who });
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return `Saved as ${name}.`;
}
