// <form data-many id="x"> acts on the ticks that name it (form="x"): how many they are is said, and the bar shows what
// can be done as soon as there is one. Shift and a click tick everything in between.
const bar = () => document.querySelector("form[data-many]");
const ticks = (form) => [...document.querySelectorAll(`input[type="checkbox"][form="${form.id}"]`)];
let last = null;

function say() {
  const form = bar();
  if (!form) return;
  const all = ticks(form);
  const some = all.filter((one) => one.checked).length;
  form.classList.toggle("some", some > 0);
  form.querySelector("[data-count]").textContent = some;
  const every = form.querySelector("[data-all]");
  every.checked = some > 0 && some === all.length;
  every.indeterminate = some > 0 && some < all.length;
}

document.addEventListener("click", (event) => {
  const [form, one] = [bar(), event.target];
  if (!form || !(one instanceof HTMLInputElement) || one.getAttribute("form") !== form.id) return;
  const all = ticks(form);
  if (event.shiftKey && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(one)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = one.checked;
  }
  last = one;
  say();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-many] [data-all]")) for (const one of ticks(bar())) one.checked = event.target.checked;
  say();
});
document.addEventListener("htmx:after:swap", say);
say();
