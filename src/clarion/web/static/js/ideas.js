// Cards of ideas are carried between columns: by mouse at once, by finger after it has rested on the card for a moment. The
// menu of each card does the same by keyboard. Where a card is let go is sent to the form of the card; a refusal reloads.
const REST = 350;
const FAR = 6;
let held = null;

const board = () => document.querySelector("[data-ideas]");
const gap = Object.assign(document.createElement("li"), { className: "gap", ariaHidden: "true" });

function lift() {
  const { card } = held;
  held.lifted = true;
  held.from = [card.parentElement, card.nextElementSibling];
  held.copy = card.cloneNode(true);
  held.copy.removeAttribute("id");
  held.copy.classList.add("lifted");
  held.copy.setAttribute("aria-hidden", "true");
  held.copy.style.inlineSize = `${card.offsetWidth}px`;
  document.body.append(held.copy);
  card.classList.add("dragged");
  getSelection()?.removeAllRanges();
}

function carry(x, y) {
  held.copy.style.insetInlineStart = "auto";
  held.copy.style.left = `${x - held.dx}px`;
  held.copy.style.top = `${y - held.dy}px`;
  const column = document.elementFromPoint(x, y)?.closest("[data-column]");
  for (const one of board().querySelectorAll("[data-column]")) one.classList.toggle("over", one === column);
  if (!column) return gap.remove();
  const cards = [...column.querySelectorAll("[data-idea]")].filter((one) => one !== held.card);
  const next = cards.find((one) => { const box = one.getBoundingClientRect(); return y < box.top + box.height / 2; });
  column.querySelector("ol").insertBefore(gap, next ?? null);
}

async function drop() {
  const { card, from } = held;
  const column = gap.closest("[data-column]");
  if (column) {
    gap.replaceWith(card);
    for (const one of board().querySelectorAll("[data-column]")) one.querySelector("h2 .num").textContent = one.querySelectorAll("[data-idea]").length;
    const form = card.querySelector("form");
    const body = new FormData(form);
    body.set("to", column.dataset.column);
    body.set("ahead_of", card.nextElementSibling?.dataset.idea ?? "");
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "idea" } }).catch(() => null);
    if (!answer?.ok) {
      from[0].insertBefore(card, from[1]);
      say(board().dataset.lost);
    }
  }
}

function say(sentence) {
  const flash = Object.assign(document.createElement("div"), { className: "flash wrong" });
  flash.append(Object.assign(document.createElement("p"), { textContent: sentence }));
  document.querySelector(".flashes").append(flash);
}

function end() {
  if (!held) return;
  clearTimeout(held.timer);
  held.copy?.remove();
  held.card.classList.remove("dragged");
  gap.remove();
  for (const one of document.querySelectorAll("[data-column].over")) one.classList.remove("over");
  held = null;
}

document.addEventListener("pointerdown", (event) => {
  const card = event.target.closest?.("[data-ideas] [data-idea]");
  if (!card || event.button !== 0 || event.target.closest("a, button, summary, input, details")) return;
  const box = card.getBoundingClientRect();
  held = { card, x: event.clientX, y: event.clientY, dx: event.clientX - box.left, dy: event.clientY - box.top, touch: event.pointerType !== "mouse" };
  if (held.touch) held.timer = setTimeout(() => { if (held) lift(); }, REST);
});
document.addEventListener("pointermove", (event) => {
  if (!held) return;
  const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR;
  if (!held.lifted && far) {
    if (held.touch) return end(); // it scrolls
    lift();
  }
  if (held.lifted) carry(event.clientX, event.clientY);
});
document.addEventListener("touchmove", (event) => { if (held?.lifted) event.preventDefault(); }, { passive: false });
document.addEventListener("pointerup", () => { if (held?.lifted) drop(); end(); });
document.addEventListener("pointercancel", end);
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && held) end(); });
document.addEventListener("contextmenu", (event) => { if (held?.touch) event.preventDefault(); });
