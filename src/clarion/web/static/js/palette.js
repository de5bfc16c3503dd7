// Every action and every page by a few letters: Ctrl+K or ⌘K. The dialog holds the pages; what the page at hand can do is gathered
// from its own commands (data-command) and from the buttons of its head. "?" shows the keys; N writes. Single keys can be turned off.
const dialog = document.getElementById("palette");
const keys = document.getElementById("keys");
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const single = () => { try { return localStorage.getItem("clarion:single-keys") !== "off"; } catch { return true; } };

function gathered() {
  const list = dialog.querySelector("[data-here]");
  list.replaceChildren();
  const own = document.querySelectorAll("main [data-command], main .head :is(a, button).button, main .acts > .button");
  for (const control of own) {
    if (control.disabled || control.closest("[hidden]") || (!control.dataset.command && !control.checkVisibility())) continue;
    const item = dialog.querySelector("template").content.firstElementChild.cloneNode(true);
    const button = item.querySelector("button");
    button.querySelector("span").textContent = control.dataset.command || control.getAttribute("aria-label") || control.textContent.trim();
    if (control.dataset.keys) button.append(Object.assign(document.createElement("kbd"), { textContent: control.dataset.keys }));
    button.addEventListener("click", () => { dialog.close(); act(control); });
    list.append(item);
  }
  list.parentElement.hidden = !list.children.length;
}
function act(control) {
  for (let menu = control.closest("details"); menu; menu = menu.parentElement.closest("details")) menu.open = true;
  if (control.matches("summary")) { control.parentElement.open = true; control.focus(); }
  else if (control.matches("input, select, textarea")) control.focus();
  else control.click();
}

const field = dialog?.querySelector("input");
const items = () => [...dialog.querySelectorAll("li")].filter((item) => !item.hidden && !item.closest("[hidden]"));
function mark(item) {
  for (const one of dialog.querySelectorAll("[aria-selected=true]")) one.setAttribute("aria-selected", "false");
  item?.firstElementChild.setAttribute("aria-selected", "true");
  item?.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", item?.firstElementChild.id ?? "");
}
function narrow() {
  const wanted = plain(field.value.trim()).split(/\s+/);
  for (const item of dialog.querySelectorAll("li")) item.hidden = !wanted.every((word) => plain(item.textContent).includes(word));
  for (const group of dialog.querySelectorAll("section")) group.hidden = !group.querySelector("li:not([hidden])");
  dialog.querySelector("[data-nothing]").hidden = items().length > 0;
  mark(items()[0]);
}
function open() {
  if (dialog.open) return dialog.close();
  keys.close();
  gathered();
  dialog.querySelectorAll("li").forEach((item, index) => { item.firstElementChild.id = `command-${index}`; });
  field.value = "";
  narrow();
  dialog.showModal();
}

if (dialog) {
  field.addEventListener("input", narrow);
  field.addEventListener("keydown", (event) => {
    const some = items();
    const at = some.findIndex((item) => item.firstElementChild.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); mark(some[(at + step + some.length) % some.length]); }
    if (event.key === "Enter") { event.preventDefault(); some[at]?.firstElementChild.click(); }
  });
  for (const button of document.querySelectorAll("[data-palette]")) button.addEventListener("click", open);
  const choice = keys.querySelector("input");
  choice.checked = single();
  choice.addEventListener("change", () => { try { localStorage.setItem("clarion:single-keys", choice.checked ? "on" : "off"); } catch { /* then they act */ } });
  addEventListener("keydown", (event) => { // the window comes last: what a page has made of a key stands
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return open();
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !single() || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    if (event.key === "?") { event.preventDefault(); keys.showModal(); }
    if (event.key === "n") { const write = document.querySelector("a.write"); if (write) { event.preventDefault(); write.click(); } }
  });
}
