// <… id="x" data-underway>: fetched anew every three seconds while something is under way and the page is looked at.
// What the person has opened stays open, focus stays where it is, and typing is never disturbed.
import { same } from "./same.js";

const EVERY = 3000;
const typing = (part) => part.contains(document.activeElement?.closest("input, textarea, select") ?? null);

async function look() {
  const part = document.querySelector("[data-underway][id]");
  if (!part) return;
  if (!document.hidden && !typing(part)) await renew(part);
  setTimeout(look, EVERY);
}

// The title and what can be pressed beside it; an open menu is left alone.
function renewHead(page) {
  const [fresh, head] = [page.querySelector(".head"), document.querySelector(".head")];
  if (fresh && !same(fresh, head) && !head.querySelector("details[open]") && !head.contains(document.activeElement)) head.replaceWith(fresh);
}

async function renew(part) {
  const answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-Part": part.id } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  if (!fresh || typing(part)) return;
  const open = [...part.querySelectorAll("details[open][data-key]")].map((one) => one.dataset.key);
  const focused = part.contains(document.activeElement) ? document.activeElement.closest("[data-key]")?.dataset.key : null;
  for (const one of fresh.querySelectorAll("details[data-key]")) one.open = open.includes(one.dataset.key);
  renewHead(page);
  if (same(fresh, part) && "underway" in fresh.dataset) return;
  part.replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-key="${CSS.escape(focused)}"] > summary`)?.focus();
}

setTimeout(look, EVERY);
