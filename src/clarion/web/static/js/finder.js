// form[data-finder="ID"] has a search field that narrows the links below that element while one types. Enter opens the
// first. What is looked for is each item's data-names. Without this the form asks the server.
const plain = (text) => text.trim().normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

for (const finder of document.querySelectorAll("form[data-finder]")) {
  const field = finder.querySelector("input");
  const list = document.getElementById(finder.dataset.finder);
  const items = [...list.querySelectorAll("[data-names]")].map((item) => [item, plain(item.dataset.names)]);
  const nothing = list.querySelector("[data-nothing]");
  const narrow = () => {
    const wanted = plain(field.value);
    for (const [item, names] of items) item.hidden = !names.includes(wanted);
    for (const section of list.querySelectorAll("section")) section.hidden = !section.querySelector("li:not([hidden])");
    nothing.hidden = items.some(([item]) => !item.hidden);
  };
  field.addEventListener("input", narrow);
  finder.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) list.querySelector("li:not([hidden]) a")?.click();
  });
  narrow(); // the browser may have kept what was typed
}
