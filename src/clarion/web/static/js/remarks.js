// A comment on a passage: what is selected in the words of a post when one begins to write is what the comment is about.
for (const form of document.querySelectorAll("[data-remark]")) {
  const quoted = form.querySelector("[data-quoted]");
  const text = form.querySelector("textarea");
  let last = "";
  document.addEventListener("selectionchange", () => {
    const chosen = document.getSelection();
    const place = chosen.anchorNode?.parentElement?.closest(".preserve");
    if (place && !form.contains(place)) last = chosen.toString().trim().slice(0, 500);
  });
  text.addEventListener("focus", () => {
    if (!last) return;
    form.elements.quote.value = quoted.textContent = last;
    quoted.hidden = false;
    last = "";
  });
  quoted.addEventListener("click", () => { form.elements.quote.value = ""; quoted.hidden = true; });
}
