// The composer's behaviour: tabs, parts, files and the checks while one types. Without it the form works by its buttons.
import { captions } from "./composer-captions.js";
import { covers } from "./composer-cover.js";
import { counter } from "./composer-count.js";
import { editing } from "./composer-edit.js";
import { files, paper } from "./composer-files.js";
import { keeper } from "./composer-keep.js";
import { sources } from "./composer-sources.js";
import { texts } from "./composer-text.js";
import { undoing } from "./composer-undo.js";

const form = document.getElementById("composer");
const panels = document.getElementById("panels");
let shown = form.dataset.open;
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
const keep = keeper(form);
const count = counter(form);
const changed = () => { count(); keep.changed(); ask(); form.dispatchEvent(new CustomEvent("composer:changed", { bubbles: true })); };

function show(key) {
  shown = panel(key) ? key : "all";
  for (const one of panels.children) one.hidden = one.dataset.panel !== shown;
  for (const one of document.querySelectorAll("[data-differs]")) one.hidden = one.dataset.differs !== shown;
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

const remove = undoing(form, { changed });
function removePart(part) {
  const parts = part.parentElement;
  const before = part.previousElementSibling ?? part.nextElementSibling;
  remove(part, form.dataset.partGone, () => { renumber(parts); show(parts.closest("[data-panel]").dataset.panel); part.querySelector("textarea").focus(); });
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
      if (shot.dataset.film) copy.dataset.film = shot.dataset.film;
      copy.querySelector("[data-edited]").setAttribute("value", shot.querySelector("[data-edited]").value);
      copy.querySelector("[data-edit]").replaceWith(shot.querySelector("[data-edit]")?.cloneNode(true) ?? "");
      if (shot.classList.contains("paper")) paper(copy);
      const [from, to] = [shot, copy].map((one) => one.querySelector("[data-captions]"));
      if (from) {
        to.hidden = false;
        to.dataset.address = from.dataset.address;
        to.querySelector("[data-list]").innerHTML = from.querySelector("[data-list]").innerHTML;
      } else to.remove();
      part.querySelector(".shot.add").before(copy);
    }
  });
  renumber(parts);
  panels.append(own);
  button.closest("details").open = false;
  show(key);
  own.querySelector("textarea.area").focus();
}

// -- what acts on the part in which one writes last
let lately = null;
form.addEventListener("focusin", (event) => { lately = event.target.closest(".part") ?? lately; });
const part = () => (lately?.isConnected && lately.closest("[data-panel]").dataset.panel === shown ? lately : panel(shown).querySelector(".part"));
const tools = {
  picture: () => part().querySelector("[data-files]").click(),
  part: () => { addPart(shown); changed(); },
};

// A picture one place on: its order is that of the carousel.
function shift(shot, step) {
  const other = step < 0 ? shot.previousElementSibling : shot.nextElementSibling;
  if (!other?.matches("[data-shot]")) return;
  if (step < 0) other.before(shot);
  else other.after(shot);
}

function choose(ids) {
  for (const box of form.querySelectorAll("[name=channels]")) box.checked = ids.includes(box.value);
  fit();
  changed();
}
function addAnswer(list) {
  const last = list.lastElementChild.cloneNode(true);
  const field = last.querySelector("input");
  field.removeAttribute("id");
  field.value = "";
  for (const name of ["aria-label", "placeholder"]) field.setAttribute(name, field.getAttribute(name).replace(/\d+/, list.children.length + 1));
  list.append(last);
  field.focus();
}

const acts = {
  tab: (button) => show(button.dataset.tab),
  addPart: (button) => { addPart(button.dataset.addPart); changed(); },
  removePart: (button) => { removePart(button.closest(".part")); changed(); },
  drop: (button) => {
    const [part, shot] = [button.closest(".part"), button.closest("[data-shot]")];
    remove(shot, form.dataset.shotGone, () => { shot.querySelector("[data-drop]").focus(); });
    part.querySelector("[data-files]").focus();
    changed();
  },
  shift: (button) => { shift(button.closest("[data-shot]"), Number(button.dataset.shift)); button.focus(); changed(); },
  vary: (button) => { vary(button); changed(); },
  set: (button) => { choose(button.dataset.set.split(" ")); button.closest("details").open = false; button.closest("details").querySelector("summary").focus(); },
  tool: (button) => tools[button.dataset.tool]?.(),
  addAnswer: (button) => addAnswer(button.previousElementSibling),
  same: (button) => {
    const own = button.closest("[data-panel]");
    remove(own, form.dataset.wordsGone, () => { show(own.dataset.panel); own.querySelector("textarea").focus(); });
    show("all"); 
    panel("all").querySelector("textarea").focus();
    changed();
  },
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
  for (const name of [...data.keys()]) if (name.startsWith("files:") || name.startsWith("captions:")) data.delete(name);
  const answer = await fetch(form.dataset.check, { method: "POST", body: data, signal: asking.signal, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const found = await answer.json().catch(() => ({}));
  for (const id of ["counts", "checks", "previews", "clockwise", "tabs", "window", "differs", "asks"]) {
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
  const place = form.querySelector("[data-set-name]");
  const mine = [...form.querySelectorAll("[data-set]")].find((one) => { const ids = one.dataset.set.split(" "); return ids.length === chosen.size && ids.every((id) => chosen.has(id)); });
  if (place) place.textContent = mine ? place.dataset.some.replace("NAME", mine.querySelector("span").textContent) : place.dataset.none;
  form.querySelector("[data-late]").hidden = form.elements.late.value !== form.querySelector("[data-late]").dataset.late;
}

form.addEventListener("input", (event) => { if (event.target.type !== "file") changed(); });
form.addEventListener("change", fit);
form.addEventListener("clarion:check", ask);
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input:not([type=checkbox], [type=file])")) event.preventDefault();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.shiftKey) { event.preventDefault(); tools.part(); }
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) (form.querySelector(".foot .call") ?? form.querySelector(".foot [value=save]"))?.focus();
});
// What was not kept yet is kept first: so a press without a connection leaves the words where they are, and says so.
form.addEventListener("submit", async (event) => {
  if (!keep.isDirty()) return void (leaving = true);
  event.preventDefault();
  const button = event.submitter;
  button?.setAttribute("aria-busy", "true");
  let arrived = true;
  while (arrived && keep.isDirty()) arrived = await keep.send();
  button?.removeAttribute("aria-busy");
  if (arrived === null) return;
  keep.rest();
  form.requestSubmit(button);
});
addEventListener("pageshow", () => { leaving = false; });
addEventListener("beforeunload", (event) => { if (!keep.isSafe() && !leaving) event.preventDefault(); });

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  const save = form.querySelector(".foot [value=save]");
  if (save) form.requestSubmit(save);
  else form.querySelector(".foot .call")?.focus(); // what is promised changes by that press only
});
Object.assign(tools, sources(form, { part, files: files(form, { blank, changed }), changed }));
captions(form, { changed });
editing(form, { changed });
covers(form, { changed });
texts(form, { area: () => part().querySelector("textarea.area") });
show(shown);
fit();
if ([...form.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue)) changed(); // written before this was here
tell(document.querySelectorAll("#checks .check > li:not(.done)").length);
document.getElementById("troubles")?.focus();
