// A comment on a passage: what is selected in the words of a post when one begins to write is what the comment is about.
// After an @ the members of the workspace are offered.
import { offering } from "./tools-offers.js";

const place = document.getElementById("remarks"), offers = document.getElementById("members-offered");
if (place && offers) offering(place, { from: place.dataset.offers, offers });

for (const form of document.querySelectorAll("[data-remark]")) {
  const quoted = form.querySelector("[data-quoted]");
  const text = form.querySelector("textarea");
  let last = "";
  document.addEventListener("selectionchange", () => {
    const chosen = document.getSelection();
    const words = chosen.anchorNode?.parentElement?.closest(".preserve");
    if (words && !form.contains(words)) last = chosen.toString().trim().slice(0, 500);
  });
  text.addEventListener("focus", () => {
    if (!last) return;
    form.elements.quote.value = quoted.textContent = last;
    quoted.hidden = false;
    last = "";
  });
  quoted.addEventListener("click", () => { form.elements.quote.value = ""; quoted.hidden = true; });
}
