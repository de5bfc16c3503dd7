// The composer's tools that put words at the caret: each opens a dialog beside its button (on a phone a sheet) whose inside comes when
// it is opened. What is pressed there goes into the text by the event composer:insert.
import { offering, plain } from "./tools-offers.js";

const form = document.getElementById("composer");
const box = document.getElementById("tool");
const inside = box.querySelector("[data-inside]");
const search = document.getElementById("tool-search");

// Beside its button where there is room; the style sheet makes a sheet of it on a phone.
export function place(dialog, button) {
  const at = button.getBoundingClientRect();
  const start = document.dir === "rtl" ? innerWidth - at.right : at.left;
  dialog.style.setProperty("--start", `${Math.max(8, Math.min(start, innerWidth - dialog.offsetWidth - 8))}px`);
  const above = at.top - dialog.offsetHeight - 8;
  dialog.style.setProperty("--top", `${Math.max(8, above > 8 ? above : Math.min(at.bottom + 8, innerHeight - dialog.offsetHeight - 8))}px`);
}
// Closed first: only then may the text have the focus.
export function put(dialog, text, { apart = true } = {}) {
  dialog.close();
  form.dispatchEvent(new CustomEvent("composer:insert", { detail: { text, apart } }));
}

async function open(button) {
  box.querySelector("h2").textContent = button.getAttribute("aria-label");
  say(box.dataset.waits);
  search.value = "";
  search.hidden = true;
  box.showModal();
  place(box, button);
  const address = new URL(button.dataset.from, location.href);
  address.searchParams.set("date", form.elements.date.value);
  const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return say(box.dataset.lost);
  inside.innerHTML = await answer.text();
  search.hidden = rows().length < 5;
  narrow();
  place(box, button);
  (search.hidden ? (rows()[0] ?? box.querySelector("[data-shut]")) : search).focus();
}
function say(sentence) {
  const line = Object.assign(document.createElement("p"), { className: "none", textContent: sentence });
  line.setAttribute("role", "status");
  inside.replaceChildren(line);
}
const rows = () => [...inside.querySelectorAll("[data-words]")];
function narrow() {
  const wanted = plain(search.value.trim()).split(/\s+/);
  let some = false;
  for (const row of rows()) {
    const fits = wanted.every((word) => plain(row.dataset.words).includes(word));
    row.closest("li").hidden = !fits;
    some ||= fits;
  }
  for (const title of inside.querySelectorAll("h3")) title.hidden = !title.nextElementSibling.querySelector("li:not([hidden])");
  box.querySelector("[data-nothing]").hidden = some || !search.value.trim();
}

// The gaps of a snippet are asked for below it; the channel is the one whose words are being written, or the only one.
function ask(row) {
  const asks = document.getElementById(row.dataset.asks);
  asks.hidden = !asks.hidden;
  row.setAttribute("aria-expanded", String(!asks.hidden));
  const chosen = [...form.querySelectorAll("#channels [name=channels]:checked")];
  for (const field of asks.querySelectorAll("[data-gap=channel]")) field.value ||= chosen.length === 1 ? chosen[0].parentElement.querySelector(".ellipsis").textContent : "";
  if (!asks.hidden) asks.querySelector("input").focus();
}
function fill(asks) {
  const row = inside.querySelector(`[data-asks="${CSS.escape(asks.id)}"]`);
  let text = row.dataset.put;
  for (const field of asks.querySelectorAll("[data-gap]")) if (field.value.trim()) text = text.replaceAll(`{${field.dataset.gap}}`, field.value.trim());
  put(box, text);
}

box.addEventListener("click", (event) => {
  const row = event.target.closest("[data-put]");
  if (row) return "asks" in row.dataset ? ask(row) : put(box, row.dataset.put);
  if (event.target.closest("[data-fill]")) fill(event.target.closest(".asks"));
});
box.addEventListener("keydown", (event) => {
  const asks = event.target.closest(".asks");
  if (event.key === "Enter" && asks && event.target.matches("input")) { event.preventDefault(); fill(asks); }
  if (event.key === "Enter" && event.target === search) { event.preventDefault(); rows().find((row) => !row.closest("li").hidden)?.click(); }
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || asks) return;
  const some = rows().filter((row) => !row.closest("li").hidden);
  const at = some.indexOf(document.activeElement);
  event.preventDefault();
  (some[at + (event.key === "ArrowDown" ? 1 : -1)] ?? (at < 0 ? some[0] : search.hidden ? some.at(-1) : search))?.focus();
});
search.addEventListener("input", narrow);
document.addEventListener("click", (event) => {
  event.target.closest("[data-shut]")?.closest("dialog").close();
  const button = event.target.closest("[data-opens]");
  if (!button) return;
  if (button.dataset.opens === "tool") open(button);
  if (button.dataset.opens === "emoji") import("./tools-emoji.js").then(({ pick }) => pick(button));
  if (button.dataset.opens === "links") {
    const choice = form.elements.links;
    choice.closest("details").open = true;
    choice.focus();
    choice.scrollIntoView({ block: "center" });
  }
});
offering(form, { from: box.dataset.offers, offers: document.getElementById("offers") });
