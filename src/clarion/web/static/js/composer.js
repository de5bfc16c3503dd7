// The composer's behaviour: tabs, parts, files and the checks while one types. Without it the form works by its buttons.
import { files } from "./composer-files.js";

const form = document.getElementById("composer");
const panels = document.getElementById("panels");
let shown = form.dataset.open;
let unsaved = "unsaved" in form.dataset;
let leaving = false;
let fresh = 0;

function blank(id, names) {
  let html = document.getElementById(id).innerHTML;
  for (const [name, value] of Object.entries(names)) html = html.replaceAll(name, value);
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  return holder.content.firstElementChild;
}
const panel = (key) => panels.querySelector(`[data-panel="${CSS.escape(key)}"]`);
const changed = () => { unsaved = true; ask(); };

function show(key) {
  shown = panel(key) ? key : "all";
  for (const one of panels.children) one.hidden = one.dataset.panel !== shown;
  for (const tab of document.querySelectorAll("[data-tab]")) tab.setAttribute("aria-pressed", tab.dataset.tab === shown);
}

function renumber(parts) {
  [...parts.children].forEach((part, index) => {
    for (const number of part.querySelectorAll("[data-number]")) number.textContent = number.textContent.replace(/\d+/, index + 1);
  });
}

function addPart(key) {
  const parts = panel(key).querySelector(".parts");
  parts.append(blank("blank-part", { PANEL: key, KEY: `n${++fresh}` }));
  renumber(parts);
  parts.lastElementChild.querySelector("textarea").focus();
}

function removePart(part) {
  const parts = part.parentElement;
  const before = part.previousElementSibling ?? part.nextElementSibling;
  part.remove();
  renumber(parts);
  before?.querySelector("textarea").focus();
}

// A channel's own words begin as what all say.
function vary(button) {
  const key = button.dataset.vary;
  const own = blank("blank-panel", { PANEL: key, KEY: `n${++fresh}` });
  own.querySelector("[data-name]").textContent = button.dataset.label;
  const parts = own.querySelector(".parts");
  const [first] = parts.children;
  const texts = [...panel("all").querySelectorAll(".part")];
  texts.forEach((from, index) => {
    const part = index === 0 ? first : parts.appendChild(blank("blank-part", { PANEL: key, KEY: `n${++fresh}` }));
    part.querySelector("textarea.area").value = from.querySelector("textarea.area").value;
    for (const shot of from.querySelectorAll("[data-shot]")) {
      const id = shot.querySelector("input[name^='media:']").value;
      const copy = blank("blank-shot", { PANEL: key, KEY: part.dataset.part, MEDIA: id });
      copy.querySelector("img, .film").replaceWith(shot.querySelector("img, .film").cloneNode(true));
      copy.querySelector("textarea").value = shot.querySelector("textarea").value;
      part.querySelector(".shot.add").before(copy);
    }
  });
  renumber(parts);
  panels.append(own);
  button.closest("details").open = false;
  show(key);
  own.querySelector("textarea.area").focus();
}

const acts = {
  tab: (button) => show(button.dataset.tab),
  addPart: (button) => { addPart(button.dataset.addPart); changed(); },
  removePart: (button) => { removePart(button.closest(".part")); changed(); },
  drop: (button) => { const part = button.closest(".part"); button.closest("[data-shot]").remove(); part.querySelector("[data-files]").focus(); changed(); },
  vary: (button) => { vary(button); changed(); },
  same: (button) => { button.closest("[data-panel]").remove(); show("all"); panel("all").querySelector("textarea").focus(); changed(); },
};
form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const act = button && Object.keys(acts).find((name) => name in button.dataset);
  if (!act) return;
  event.preventDefault();
  acts[act](button);
});

// -- the checks, a moment after the last key
let waiting, asking;
function ask() {
  clearTimeout(waiting);
  waiting = setTimeout(check, 350);
}
async function check() {
  asking?.abort();
  asking = new AbortController();
  const data = new FormData(form);
  for (const name of [...data.keys()]) if (name.startsWith("files:")) data.delete(name);
  const answer = await fetch(form.dataset.check, { method: "POST", body: data, signal: asking.signal, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const found = await answer.json().catch(() => ({}));
  for (const id of ["counts", "checks", "previews", "clockwise", "tabs"]) {
    const place = document.getElementById(id);
    if (found[id] === undefined || place.innerHTML === found[id] || place.contains(document.activeElement) || place.querySelector("details[open]")) continue;
    place.innerHTML = found[id];
  }
  tell(found.open);
  show(shown);
}
function tell(open) {
  const tag = document.getElementById("open");
  tag.className = `tag ${open ? "unsure" : "done"}`;
  const blank = document.querySelector("#checks .check > .draft"); // nothing is written yet: neither fine nor to look at
  tag.textContent = blank ? "" : open ? `${open} ${form.dataset.looks}` : form.dataset.fine;
}

// -- options of channels that are not chosen are out of the way
function fit() {
  const labels = [...form.querySelectorAll("[name=labels]:checked")].map((box) => box.parentElement.textContent.trim());
  document.getElementById("labelled").textContent = labels.join(", ");
  const chosen = new Set([...form.querySelectorAll("[name=channels]:checked")].map((box) => box.value));
  for (const field of form.querySelectorAll("[data-for]")) field.hidden = !field.dataset.for.split(" ").some((id) => chosen.has(id));
  form.querySelector("[data-late]").hidden = form.elements.late.value !== form.querySelector("[data-late]").dataset.late;
}

form.addEventListener("input", (event) => { if (event.target.type !== "file") changed(); });
form.addEventListener("change", fit);
form.addEventListener("clarion:check", ask);
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input:not([type=checkbox], [type=file])")) event.preventDefault();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) (form.querySelector(".foot .call") ?? form.querySelector(".foot [value=save]"))?.focus();
});
form.addEventListener("submit", () => { leaving = true; });
addEventListener("pageshow", () => { leaving = false; });
addEventListener("beforeunload", (event) => { if (unsaved && !leaving) event.preventDefault(); });

files(form, { blank, changed });
show(shown);
fit();
tell(document.querySelectorAll("#checks .check > li:not(.done)").length);
document.getElementById("troubles")?.focus();
