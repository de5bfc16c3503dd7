// The filters act when they are changed; the button is for those without scripts. Arrow keys walk over the days.
for (const form of document.querySelectorAll("[data-sieve]")) form.addEventListener("change", () => form.requestSubmit());

const month = document.querySelector(".month");
month?.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
  const cell = event.target.closest(".month > div");
  if (!step || !cell || event.altKey || event.ctrlKey || event.metaKey) return;
  const cells = [...month.querySelectorAll(":scope > div:not(.name)")];
  const sideways = getComputedStyle(month).direction === "rtl" && Math.abs(step) === 1 ? -step : step;
  for (let at = cells.indexOf(cell) + sideways; cells[at]; at += sideways) {
    const target = cells[at].querySelector("a");
    if (!target) continue;
    event.preventDefault();
    return target.focus();
  }
});
