// The emoji picker. Its names come when it is first opened, in the language of the page; what was used lately and the skin tone stay in
// this browser. Arrow keys walk the grid as it stands, whatever its width.
import { place, put } from "./tools-boxes.js";
import { plain } from "./tools-offers.js";

const dialog = document.getElementById("emoji");
const inside = dialog.querySelector("[data-inside]");
const recent = dialog.querySelector("[data-recent]");
const field = document.getElementById("emoji-search");
const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];
const LATELY = "clarion:emoji", TONE = "clarion:skin-tone", MOST = 24;
let all = null;

const kept = (name, or) => { try { return JSON.parse(localStorage.getItem(name)) ?? or; } catch { return or; } };
const keep = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* then it is forgotten */ } };
const tone = () => Number(dialog.querySelector("[name=tone]:checked").value);

// A tone stands behind each code point that takes one, in place of its variation selector.
function toned([emoji, , , bases]) {
  if (!bases || !tone()) return emoji;
  const letters = [...emoji];
  for (const at of bases) {
    letters[at] += TONES[tone()];
    if (letters[at + 1] === "\ufe0f") letters[at + 1] = "";
  }
  return letters.join("");
}
function cell(entry) {
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  button.textContent = toned(entry);
  button.setAttribute("aria-label", entry[1]);
  button.title = entry[1];
  button.entry = entry;
  return button;
}
function section(name, entries) {
  const made = document.createElement("section");
  made.lang = dialog.dataset.names;
  const title = Object.assign(document.createElement("h3"), { textContent: name });
  const grid = Object.assign(document.createElement("div"), { className: "grid" });
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", name);
  grid.append(...entries.map(cell));
  made.append(title, grid);
  return made;
}
async function load() {
  const answer = await fetch(dialog.dataset.from).catch(() => null);
  if (!answer?.ok) return false;
  all = (await answer.json()).groups;
  inside.append(...all.map(([name, entries]) => section(name, entries)));
  return true;
}

const cells = () => [...inside.querySelectorAll("button")].filter((one) => !one.hidden && !one.closest("[hidden]"));
function rest(button) { // the one cell that Tab comes to
  for (const one of inside.querySelectorAll("button[tabindex='0']")) one.tabIndex = -1;
  if (button) button.tabIndex = 0;
}
function narrow() {
  const wanted = plain(field.value.trim()).split(/\s+/);
  for (const button of inside.querySelectorAll("section:not([data-recent]) button")) {
    const [emoji, name, words] = button.entry;
    button.hidden = !wanted.every((word) => emoji === word || plain(`${name} ${words}`).includes(word));
  }
  for (const one of inside.querySelectorAll("section:not([data-recent])")) one.hidden = !one.querySelector("button:not([hidden])");
  recent.hidden = Boolean(field.value.trim()) || !recent.querySelector("button");
  dialog.querySelector("[data-nothing]").hidden = cells().length > 0;
  rest(cells()[0]);
}
function showLately() {
  const known = new Map(all.flatMap(([, entries]) => entries.map((entry) => [entry[0], entry])));
  const grid = recent.querySelector(".grid");
  grid.lang = dialog.dataset.names;
  grid.replaceChildren(...kept(LATELY, []).filter((emoji) => known.has(emoji)).map((emoji) => cell(known.get(emoji))));
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", recent.querySelector("h3").textContent);
}
function take(button) {
  keep(LATELY, [button.entry[0], ...kept(LATELY, []).filter((one) => one !== button.entry[0])].slice(0, MOST));
  put(dialog, toned(button.entry), { apart: false });
}

export async function pick(button) {
  dialog.querySelector(`[name=tone][value="${kept(TONE, 0)}"]`)?.click();
  field.value = "";
  dialog.showModal();
  place(dialog, button);
  field.focus();
  const sorry = dialog.querySelector("[data-nothing]");
  sorry.dataset.nothing ||= sorry.textContent;
  if (!all && !(await load())) {
    sorry.textContent = dialog.dataset.lost;
    sorry.hidden = false;
    return;
  }
  sorry.textContent = sorry.dataset.nothing;
  showLately();
  narrow();
  inside.scrollTop = 0;
}

// Up and down go to the nearest cell of the next row: rows are told by where the cells stand.
function step(from, key) {
  const some = cells(), at = some.indexOf(from), back = document.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
  if (key === "Home") return some[0];
  if (key === "End") return some.at(-1);
  if (key === "ArrowLeft" || key === "ArrowRight") return some[at + (key === back ? -1 : 1)];
  const top = from.getBoundingClientRect(), way = key === "ArrowDown" ? 1 : -1;
  let best = null, row = null;
  for (let index = at + way; some[index]; index += way) {
    const there = some[index].getBoundingClientRect();
    if (Math.abs(there.top - top.top) < 4) continue;
    row ??= there.top;
    if (Math.abs(there.top - row) >= 4) break;
    if (!best || Math.abs(there.left - top.left) < Math.abs(best.getBoundingClientRect().left - top.left)) best = some[index];
  }
  return best;
}
field.addEventListener("input", narrow);
field.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") { event.preventDefault(); cells()[0]?.focus(); }
  if (event.key === "Enter") { event.preventDefault(); if (cells()[0] && field.value.trim()) take(cells()[0]); }
});
inside.addEventListener("keydown", (event) => {
  if (!event.target.matches("button") || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const next = step(event.target, event.key);
  (next ?? (event.key === "ArrowUp" ? field : event.target)).focus();
});
inside.addEventListener("focusin", (event) => {
  if (!event.target.matches("button")) return;
  rest(event.target);
  dialog.querySelector("[data-named]").textContent = event.target.title;
});
inside.addEventListener("pointerover", (event) => { if (event.target.matches("button")) dialog.querySelector("[data-named]").textContent = event.target.title; });
inside.addEventListener("click", (event) => { const button = event.target.closest("button"); if (button) take(button); });
dialog.addEventListener("change", (event) => {
  if (event.target.name !== "tone") return;
  keep(TONE, tone());
  for (const button of inside.querySelectorAll("button")) if (button.entry[3]) button.textContent = toned(button.entry);
});
