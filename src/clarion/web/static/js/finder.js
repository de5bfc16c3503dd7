// data-finder="ID" holds a search field that narrows the links below that element while one types. Enter opens the first.
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

for (const finder of document.querySelectorAll("[data-finder]")) {
  const field = finder.querySelector("input");
  const list = document.getElementById(finder.dataset.finder);
  const items = [...list.querySelectorAll("li")].map((item) => [item, plain(item.textContent)]);
  const nothing = list.querySelector("[data-nothing]");
  finder.hidden = false;
  const narrow = () => {
    const wanted = plain(field.value.trim());
    for (const [item, text] of items) item.hidden = !text.includes(wanted);
    for (const section of list.querySelectorAll("section")) section.hidden = !section.querySelector("li:not([hidden])");
    if (nothing) nothing.hidden = items.some(([item]) => !item.hidden);
  };
  field.addEventListener("input", narrow);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !field.value.trim()) return;
    event.preventDefault();
    list.querySelector("li:not([hidden]) a")?.click();
  });
  narrow(); // the browser may have kept what was typed
}
