// Comfort for pages that work without it: the key "/", copy buttons, menus that close, lists that change in place.
"use strict";

// Lists: a form with data-swap, and links inside the part that it names, fetch the page and swap that part.
let asked = 0;
async function swap(id, address, { keep = true } = {}) {
  const part = document.getElementById(id), turn = ++asked;
  part.classList.add("busy");
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== asked) return;
    document.getElementById(id).replaceWith(document.adoptNode(page.getElementById(id)));
    if (keep) history.replaceState(null, "", address);
    prepare(document.getElementById(id));
  } catch {
    location.assign(address);
  }
}

function addressOf(form) {
  const query = new URLSearchParams(new FormData(form));
  if (query.get("active")) query.delete("all");
  query.delete("active");
  for (const [name, value] of [...query]) if (!value) query.delete(name, value);
  return form.action.split("?")[0] + (String(query) && `?${query}`);
}

function prepareFilter(form) {
  let timer = 0;
  const go = () => swap(form.dataset.swap, addressOf(form));
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); go(); });
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(go, event.target.type === "search" ? 250 : 0);
  });
}

// Copy buttons say for a moment that they did.
function prepareCopy(button) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const from = button.dataset.copyFrom;
    const text = from ? document.getElementById(from).textContent : button.dataset.copy;
    await navigator.clipboard.writeText(text);
    const before = button.innerHTML;
    button.textContent = "✓ " + document.body.dataset.copied;
    setTimeout(() => { button.innerHTML = before; }, 1500);
  });
}

function prepare(root) {
  root.querySelectorAll("form[data-swap]").forEach(prepareFilter);
  root.querySelectorAll("[data-copy], [data-copy-from]").forEach(prepareCopy);
  root.querySelectorAll("[data-count]").forEach(prepareCount);
}

// A counter of characters: data-count is the id of the element that shows what is left.
function prepareCount(input) {
  const shown = document.getElementById(input.dataset.count);
  const tell = () => { shown.textContent = `${[...input.value].length} / ${input.maxLength}`; };
  input.addEventListener("input", tell);
  shown.hidden = false;
  tell();
}

// Menus: one open at a time, closed by Escape and by a press elsewhere.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.pop[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("details.pop[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  }
  const writing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.getElementById("search");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  }
});

// A form is sent once: the second press of a button while it is under way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
});

document.querySelector(".summary")?.focus();
prepare(document);
