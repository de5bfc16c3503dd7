// A password to be set: counts it against what is needed, and shows it when one asks for it. Words come from the page.
for (const box of document.querySelectorAll("[data-password]")) {
  const fields = box.querySelectorAll("input[type=password]");
  const said = box.querySelector("[data-length]");
  const tick = box.querySelector("[data-show]");
  const least = Number(box.dataset.least);
  fields[0].addEventListener("input", () => {
    const n = [...fields[0].value.normalize("NFKC")].length;
    said.hidden = n === 0;
    said.classList.toggle("enough", n >= least);
    said.textContent = (n >= least ? box.dataset.long : box.dataset.short).replace("%(n)s", n).replace("%(least)s", least);
  });
  tick.hidden = false;
  tick.querySelector("input").addEventListener("change", (event) => {
    for (const field of fields) field.type = event.target.checked ? "text" : "password";
  });
}
