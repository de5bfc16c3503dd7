// What the checks find: underlined where it stands, without touching the caret; "Change" mends it at once.
// The places come with the list (data-passage); a textarea keeps its text, the lines are drawn in a layer over it.
const form = document.getElementById("composer");
const list = document.getElementById("checks");
const layers = new Map(); // textarea → { layer, inner, marks, text }
const COPIED = ["font", "letterSpacing", "lineHeight", "padding", "textAlign", "textIndent", "direction", "tabSize", "wordSpacing"];

function area(row) {
  const panel = form.querySelector(`[data-panel="${CSS.escape(row.dataset.panel)}"].words`);
  const part = panel?.querySelectorAll(".part")[Number(row.dataset.part)];
  if (!part) return null;
  return row.dataset.media ? part.querySelector(`textarea[name$=":${CSS.escape(row.dataset.media)}"]`) : part.querySelector("textarea.area");
}

function layerOf(field) {
  let found = layers.get(field);
  if (found) return found;
  const layer = document.createElement("div");
  layer.className = "underlines";
  layer.ariaHidden = "true";
  const inner = layer.appendChild(document.createElement("div"));
  field.after(layer);
  found = { layer, inner, marks: [] };
  layers.set(field, found);
  field.addEventListener("scroll", () => { inner.style.transform = `translateY(${-field.scrollTop}px)`; }, { passive: true });
  sizes.observe(field);
  return found;
}
const sizes = new ResizeObserver((entries) => { for (const { target } of entries) place(target); });
function place(field) {
  const found = layers.get(field);
  if (!found) return;
  if (!field.isConnected) { found.layer.remove(); layers.delete(field); sizes.unobserve(field); return; }
  const { layer, inner } = found;
  const style = getComputedStyle(field);
  for (const name of COPIED) layer.style[name] = style[name];
  layer.style.insetBlockStart = `${field.offsetTop}px`;
  layer.style.left = `${field.offsetLeft + field.clientLeft}px`;
  layer.style.inlineSize = `${field.clientWidth}px`;
  layer.style.blockSize = `${field.clientHeight}px`;
  inner.style.transform = `translateY(${-field.scrollTop}px)`;
}

// While one types the passages move: each is found again by its words, nearest to where it stood; -1: it is gone.
function locate(text, start, words) {
  if (text.startsWith(words, start)) return start;
  const before = text.lastIndexOf(words, start);
  const after = text.indexOf(words, start);
  if (before < 0 || after < 0) return Math.max(before, after);
  return start - before < after - start ? before : after;
}
function draw(field) {
  const { inner, marks } = layers.get(field);
  const text = field.value;
  inner.replaceChildren();
  let at = 0;
  for (const one of marks) {
    const start = locate(text, one.start, one.words);
    if (start < at) continue;
    const mark = document.createElement("mark");
    mark.className = one.hue;
    mark.textContent = one.words;
    inner.append(text.slice(at, start), mark);
    at = start + one.words.length;
  }
  inner.append(text.slice(at), "\u200b");
  place(field);
}

function underline() {
  for (const found of layers.values()) found.marks = [];
  for (const row of list.querySelectorAll("[data-passage]")) {
    const field = area(row);
    if (!field || row.dataset.media) continue;
    const hue = ["wrong", "going"].find((name) => row.classList.contains(name)) ?? "unsure";
    layerOf(field).marks.push({ start: Number(row.dataset.start), words: row.dataset.words, hue });
  }
  for (const [field, found] of layers) {
    found.marks.sort((a, b) => a.start - b.start);
    draw(field);
  }
}

function change(button) {
  const row = button.closest("[data-passage]");
  const field = area(row);
  if (!field) return false;
  const start = locate(field.value, Number(row.dataset.start), row.dataset.words);
  if (start < 0) return true; // no longer there: the next check says so
  const end = start + row.dataset.words.length;
  field.closest(".words").hidden && form.querySelector(`[data-tab="${CSS.escape(row.dataset.panel)}"]`)?.click();
  field.focus();
  field.setSelectionRange(start, end);
  // Typed, as it were: the browser's own undo takes it back.
  if (!document.execCommand("insertText", false, button.dataset.fix)) {
    field.setRangeText(button.dataset.fix, start, end, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  return true;
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fix]");
  if (button && change(button)) event.preventDefault();
});
form.addEventListener("input", (event) => { if (layers.has(event.target)) draw(event.target); });
new MutationObserver(underline).observe(list, { childList: true, subtree: true });
new MutationObserver(() => { for (const field of [...layers.keys()]) place(field); }).observe(document.getElementById("panels"), { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden"] });
underline();
