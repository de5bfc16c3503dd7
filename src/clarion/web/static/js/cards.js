// A link's card is asked for once, a moment after the link stands still; then the checks run again and show it.
const form = document.getElementById("composer");
const previews = document.getElementById("previews");
const asked = new Set();
let waiting;

async function ask(url) {
  asked.add(url);
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  body.append("url", url);
  const answer = await fetch(previews.dataset.card, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
  const found = answer?.ok && !answer.redirected ? await answer.json().catch(() => ({})) : {};
  for (const place of previews.querySelectorAll("[data-link]")) if (place.dataset.link === url) place.toggleAttribute("data-none", !found.card);
  if (found.card) form.dispatchEvent(new CustomEvent("clarion:check"));
}
function look() {
  clearTimeout(waiting);
  const open = [...previews.querySelectorAll("[data-link]")].map((place) => place.dataset.link);
  for (const place of previews.querySelectorAll("[data-link]")) if (asked.has(place.dataset.link)) place.toggleAttribute("data-none", true);
  const url = open.find((one) => !asked.has(one));
  if (url) waiting = setTimeout(() => ask(url).then(look), 700);
}
new MutationObserver(look).observe(previews, { childList: true });
look();
