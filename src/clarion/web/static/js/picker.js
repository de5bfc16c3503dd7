// The dialog to pick from the library: see templates/parts/picker.html for what it is asked and what it answers.
const chosen = new WeakMap(); // by dialog: media by id, in the order in which they were ticked
const picker = (element) => element.closest?.("dialog")?.querySelector("[data-picker]");

function told(box) {
  const { name, alt, mime, url, edit, width, height } = box.dataset;
  return { id: box.value, name, alt, mime, url, edit, small: `${url}?small`, width: Number(width), height: Number(height) };
}
function draw(dialog) {
  const mine = chosen.get(dialog);
  for (const box of dialog.querySelectorAll("[name=media]")) box.checked = mine.has(box.value);
  dialog.querySelector("[data-take]").disabled = !mine.size;
  if (!dialog.contains(document.activeElement)) dialog.querySelector("#picker-files").focus(); // what had it is gone
  dialog.querySelector("[data-picked]").textContent = [...mine.values()].map((one) => one.name).join(", ");
}
document.addEventListener("htmx:after:swap", (event) => {
  for (const dialog of document.querySelectorAll("dialog:has([data-picker])")) {
    if (!dialog.open) {
      chosen.set(dialog, new Map());
      dialog.setAttribute("aria-labelledby", "picker-title");
      dialog.showModal();
    }
    draw(dialog);
  }
});
document.addEventListener("change", (event) => {
  const dialog = event.target.closest("dialog");
  if (event.target.name !== "media" || !dialog || !picker(event.target)) return;
  const mine = chosen.get(dialog);
  if ("one" in picker(event.target).dataset) mine.clear();
  if (event.target.checked) mine.set(event.target.value, told(event.target));
  else mine.delete(event.target.value);
  draw(dialog);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take], [data-leave]");
  const dialog = button?.closest("dialog");
  if (!dialog || !picker(button)) return;
  const media = [...chosen.get(dialog).values()], word = picker(button).dataset.for;
  dialog.close();
  if ("take" in button.dataset) dialog.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: { for: word, media } }));
});
