// <… id="x" data-live="/address" data-every="15"> is fetched anew every so many seconds while the page is looked at.
// Its parts (data-part, each with an id) are swapped one by one, and only those that say something new; without parts, all of it.
// What the answer has beside the place (data-beside, with an id) goes to its own place in the page.
// A part is left alone while the person types, marks text, has focus or an open menu in it, and when the answer is not a success.
import { same } from "./same.js";

function busy(part) {
  const marked = getSelection();
  return part.contains(document.activeElement) || part.querySelector("details[open], dialog[open]")
    || (marked.type === "Range" && marked.containsNode(part, true));
}

async function refresh(place) {
  const parts = place.querySelectorAll("[data-part][id]");
  const all = parts.length ? [...parts] : [place];
  if (document.hidden || all.every(busy)) return;
  const answer = await fetch(place.dataset.live, { headers: { "X-Part": place.id }, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of all) {
    const fresh = page.getElementById(part.id);
    if (!fresh || busy(part) || same(fresh, part)) continue; // asked last: the person may have begun while the answer came
    part.className = fresh.className;
    part.replaceChildren(...fresh.childNodes);
  }
  for (const fresh of page.querySelectorAll("[data-beside][id]")) {
    const part = document.getElementById(fresh.id);
    if (part && !place.contains(part) && !same(fresh, part)) part.replaceChildren(...fresh.childNodes);
  }
}

for (const place of document.querySelectorAll("[data-live][id]")) {
  if (!place.dataset.live) continue;
  setInterval(() => refresh(place), Number(place.dataset.every || 15) * 1000);
  document.addEventListener("visibilitychange", () => refresh(place));
}
