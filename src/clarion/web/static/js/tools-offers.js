// While one types after an @ or a #, people of the kit and hashtags are offered: arrows and Enter or Tab, or a press. Of a person the
// mark @[Name] is taken, which every channel gets as what its network calls them.
import { insert } from "./composer-text.js";

const MOST = 6;
export const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

export function offering(form, { from: address, offers }) {
  let known = null, area = null, from = 0, chosen = 0;

  async function all() {
    known ??= fetch(address, { credentials: "same-origin" }).then((answer) => (answer.ok && !answer.redirected ? answer.json() : {})).catch(() => { known = null; return {}; });
    return known;
  }
  function shut() {
    offers.hidden = true;
    offers.replaceChildren();
    area?.removeAttribute("aria-activedescendant");
    area?.removeAttribute("aria-controls");
    area = null;
  }
  function mark(index) {
    chosen = index;
    [...offers.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    area.setAttribute("aria-activedescendant", offers.children[index].id);
    offers.children[index].scrollIntoView({ block: "nearest" });
  }
  async function look(field) {
    const before = field.value.slice(0, field.selectionStart);
    const typed = /(?:^|[\s(])(?:(@)([^\s@#[\]()][^\n@#[\]()]{0,40})?|(#)([\p{L}\p{N}_]{1,40}))$/u.exec(before);
    if (!typed || field.selectionStart !== field.selectionEnd) return shut();
    const sign = typed[1] ?? typed[3], word = typed[2] ?? typed[4] ?? "", wanted = plain(word).split(/\s+/).filter(Boolean);
    const fits = ({ name, about, text }) => !plain(`${sign}${word}`).startsWith(plain(text)) && (sign === "#" ? plain(name).startsWith(plain(`#${word}`)) && name !== `#${word}` : wanted.every((one) => plain(`${name} ${about}`).includes(one)));
    const found = ((await all())[sign] ?? []).filter(fits).slice(0, MOST);
    if (!found.length || document.activeElement !== field || !field.value.startsWith(before)) return shut();
    [area, from] = [field, before.length - word.length - 1];
    offers.replaceChildren(...found.map(({ name, text, about }, index) => {
      const item = Object.assign(document.createElement("li"), { id: `offer-${index}` });
      item.setAttribute("role", "option");
      item.dataset.text = text;
      item.append(Object.assign(document.createElement("strong"), { textContent: name, dir: "auto" }), Object.assign(document.createElement("small"), { textContent: about, dir: "auto" }));
      return item;
    }));
    offers.hidden = false;
    area.setAttribute("aria-controls", offers.id);
    stand();
    mark(0);
  }
  // Below the line of the caret: a copy of the text up to it says where that is.
  function stand() {
    const copy = document.createElement("div"), look = getComputedStyle(area), at = area.getBoundingClientRect();
    for (const name of ["font", "letterSpacing", "lineHeight", "padding", "borderWidth", "boxSizing", "direction"]) copy.style[name] = look[name];
    Object.assign(copy.style, { position: "fixed", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "anywhere", top: `${at.top - area.scrollTop}px`, left: `${at.left}px`, width: `${at.width}px` });
    copy.textContent = area.value.slice(0, from);
    const caret = copy.appendChild(document.createElement("span"));
    caret.textContent = "@";
    document.body.append(copy);
    const { left, bottom } = caret.getBoundingClientRect();
    copy.remove();
    offers.style.setProperty("--left", `${Math.max(8, Math.min(left, innerWidth - offers.offsetWidth - 8))}px`);
    offers.style.setProperty("--top", `${Math.min(bottom + 4, innerHeight - offers.offsetHeight - 8)}px`);
  }
  function take(index) {
    const [field, text] = [area, offers.children[index].dataset.text];
    const to = field.selectionStart;
    shut();
    field.focus();
    field.setSelectionRange(from, to);
    insert(field, `${text}${/^\s/.test(field.value.slice(to)) ? "" : " "}`);
  }
  form.addEventListener("input", (event) => { if (event.target.matches("textarea:is(.area, [data-names])")) look(event.target); });
  form.addEventListener("keydown", (event) => {
    if (offers.hidden || event.target !== area) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], count = offers.children.length;
    if (step) { event.preventDefault(); event.stopPropagation(); mark((chosen + step + count) % count); }
    if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || (event.key === "Tab" && !event.shiftKey)) { event.preventDefault(); event.stopPropagation(); take(chosen); }
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); shut(); }
  }, { capture: true });
  form.addEventListener("focusout", (event) => { if (event.target === area) shut(); });
  offers.addEventListener("pointerdown", (event) => {
    const item = event.target.closest("li");
    event.preventDefault(); // the text keeps the focus
    if (item) take([...offers.children].indexOf(item));
  });
  addEventListener("scroll", () => { if (!offers.hidden) shut(); }, { passive: true });
}
