// Drag a post to another slot of its queue: those between move up or down. The buttons of each row do the same by keyboard.
let dragged;
const places = ".slot-place[data-delivery]";

addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.(places);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.delivery);
  dragged.classList.add("dragged");
});
addEventListener("dragover", (event) => {
  const over = dragged && event.target.closest?.(places);
  for (const place of document.querySelectorAll(".slot-place.over")) if (place !== over) place.classList.remove("over");
  if (!over || over === dragged) return;
  event.preventDefault();
  over.classList.add("over");
});
addEventListener("drop", (event) => {
  const over = dragged && event.target.closest?.(places);
  if (!over || over === dragged) return;
  event.preventDefault();
  const form = dragged.querySelector("form");
  const to = document.createElement("input");
  Object.assign(to, { type: "hidden", name: "to", value: over.dataset.delivery });
  form.append(to);
  form.requestSubmit(); // no button: only the place that it goes to
});
addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  dragged = undefined;
});
