// A second of work before a form is sent: the ALTCHA protocol (altcha.org, version 1), and nothing else.
"use strict";

const form = document.querySelector("form[data-work]");

async function solve({ algorithm, challenge, maxnumber, salt, signature }) {
  const encoder = new TextEncoder();
  for (let number = 0; number <= maxnumber; number += 1) {
    const digest = await crypto.subtle.digest(algorithm, encoder.encode(salt + number));
    const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
    if (hex.join("") === challenge) {
      return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    }
  }
  return "";
}

async function work() {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.dataset.work, { credentials: "omit" });
    const facts = await answer.json();
    form.elements.altcha.value = await solve(facts.challenge);
  } finally {
    button.disabled = false;
  }
}

if (form) {
  work();
}
