// The counts move with every key, before the server has counted: each channel's longest part, as its network counts.
import { count } from "./count.js";

const MANY = 20_000; // characters after which counting waits for a breath

export function counter(form) {
  const place = document.getElementById("counts");
  let waiting = 0;

  function texts(panel) {
    return [...document.querySelectorAll(`[data-panel="${CSS.escape(panel)}"] textarea.area`)].map((area) => area.value);
  }
  function warning() {
    return form.elements["option:content_warning"]?.value.trim() ?? "";
  }
  const spoken = (text) => text.includes("@[") || (form.elements.links?.value && text.includes("://"));
  function now() {
    const found = new Map(), cost = new Map();
    for (const span of place.querySelectorAll("[data-count]")) {
      const { count: panel, unit, link, limit } = span.dataset;
      if (!unit || warning()) continue; // with a warning, what counts is the network's own affair
      if (!found.has(panel)) found.set(panel, texts(panel));
      if (found.get(panel).some(spoken)) continue; // what stands there is not what goes out: the server counts it
      const key = `${panel} ${unit} ${link}`;
      if (!cost.has(key)) cost.set(key, found.get(panel).map((text) => count(text, unit, Number(link))));
      const counts = cost.get(key);
      if (counts.includes(null)) continue;
      show(span, Math.max(...counts), Number(limit));
    }
  }
  function show(span, length, limit) {
    const over = length - limit;
    const said = over > 0 ? form.dataset.over.replace("OVER", over).replace("LIMIT", limit) : `${length}/${limit}`;
    const line = span.querySelector("[data-said]");
    if (line.textContent === said) return;
    line.textContent = said;
    span.className = over > 0 ? "over" : length > limit * 0.9 ? "near" : "";
  }
  return () => {
    const length = [...form.querySelectorAll("textarea.area")].reduce((sum, area) => sum + area.value.length, 0);
    clearTimeout(waiting);
    if (length < MANY) now();
    else waiting = setTimeout(now, 120);
  };
}
