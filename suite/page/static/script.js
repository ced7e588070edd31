// Filters, search, copying, and folded parts that open for print. The page is whole without it.
"use strict";

const found = (selector, root = document) => [...root.querySelectorAll(selector)];

function filters(form) {
  const claims = found("li.claim").map((row) => ({
    row,
    words: `${row.textContent} ${row.dataset.words}`.toLowerCase(),
  }));
  const keys = ["verdict", "before", "module", "source"];
  const count = form.querySelector("[data-found]");

  function show() {
    const chosen = Object.fromEntries(new FormData(form));
    const wanted = chosen.q.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, words } of claims) {
      const fits = keys.every((key) => !chosen[key] || row.dataset[key] === chosen[key]);
      row.hidden = !(fits && wanted.every((word) => words.includes(word)));
      shown += row.hidden ? 0 : 1;
    }
    const filtered = wanted.length > 0 || keys.some((key) => chosen[key]);
    for (const module of found("[data-module].module")) {
      module.hidden = !module.querySelector("li.claim:not([hidden])");
    }
    for (const part of found("[data-unfiltered]")) part.hidden = filtered;
    document.querySelector("[data-none]").hidden = shown > 0;
    count.textContent = filtered ? `${shown} of ${claims.length} claims` : `${claims.length} claims`;
    return filtered ? chosen : {};
  }

  function remember() {
    const chosen = Object.entries(show()).filter(([, value]) => value);
    const hash = new URLSearchParams(chosen).toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  function recall() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const known = ["q", ...keys].filter((key) => asked.has(key));
    if (location.hash && known.length === 0) return show();
    for (const key of ["q", ...keys]) form.elements[key].value = asked.get(key) ?? "";
    show();
    if (known.length > 0) form.scrollIntoView({ block: "start" });
  }

  form.hidden = false;
  form.addEventListener("input", remember);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(remember));
  document.querySelector("[data-clear]").addEventListener("click", () => form.reset());
  window.addEventListener("hashchange", recall);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      form.elements.q.focus();
    }
  });
  recall();
}

function say(text) {
  const toast = document.querySelector("[data-toast]");
  toast.textContent = text;
  toast.classList.add("shown");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => toast.classList.remove("shown"), 1800);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea"); // where the clipboard is kept from pages of this kind
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say("Copied");
}

for (const button of found("[data-copies], [data-permalink]")) {
  const shown = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", () => copy(shown ? shown.textContent : location.href.split("#")[0]));
}
const form = document.querySelector("[data-filters]");
if (form) filters(form);
window.addEventListener("beforeprint", () => {
  for (const part of found("details:not([open])")) {
    part.open = true;
    part.dataset.folded = "";
  }
});
window.addEventListener("afterprint", () => {
  for (const part of found("details[data-folded]")) {
    part.open = false;
    delete part.dataset.folded;
  }
});
