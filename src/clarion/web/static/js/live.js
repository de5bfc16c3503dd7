// <… id="x" data-live="/address" data-every="15"> is fetched anew every so many seconds while the page is looked at.
// It is left alone while the person types, has focus or an open menu in it, and when the answer is not a success.
import { same } from "./same.js";

const busy = (part) => part.contains(document.activeElement) || part.querySelector("details[open], dialog[open]");

async function refresh(part) {
  if (document.hidden || busy(part)) return;
  const answer = await fetch(part.dataset.live, { headers: { "X-Part": part.id }, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (busy(part)) return; // asked last: the person may have begun while the answer came
  const fresh = page.getElementById(part.id);
  if (fresh && !same(fresh, part)) part.replaceChildren(...fresh.childNodes);
}

for (const part of document.querySelectorAll("[data-live][id]")) {
  if (!part.dataset.live) continue;
  setInterval(() => refresh(part), Number(part.dataset.every || 15) * 1000);
  document.addEventListener("visibilitychange", () => refresh(part));
}
