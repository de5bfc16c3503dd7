// A link with data-dialog opens the form of its page in the dialog of the calendar; what is kept comes back here. Without
// this the link leads to the page itself. N on a day adds a note there.
const sheet = document.getElementById("sheet");

async function open(link) {
  const answer = await fetch(link.href, { credentials: "same-origin" }).catch(() => null);
  const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  const form = page && page.querySelector("[data-sheet]");
  if (!form) return location.assign(link.href);
  sheet.querySelector("h2").textContent = page.querySelector("h1").textContent;
  for (const next of form.querySelectorAll("[name=next]")) next.value = location.pathname + location.search;
  sheet.querySelector("[data-body]").replaceChildren(form);
  sheet.showModal();
  form.querySelector("input:not([type=hidden]), textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-dialog]");
  if (!link || !sheet || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  link.closest("details[open]")?.removeAttribute("open");
  open(link);
});
document.addEventListener("keydown", (event) => {
  const day = event.target.closest?.("#calendar [data-day]")?.dataset.day;
  const link = document.querySelector("#calendar a[data-note]");
  if (!day || !link || event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const address = new URL(link.href);
  address.searchParams.set("day", day);
  open(address);
});
