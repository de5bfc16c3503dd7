// The keys of approvals. <ol data-rows>: J and K go from row to row, Enter opens the one that has the focus.
// <form data-decide>: the key of a control (data-key) puts the focus on it; Enter presses it, so nothing is decided by one letter.
const single = () => { try { return localStorage.getItem("clarion:single-keys") !== "off"; } catch { return true; } };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !single()) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
  const key = event.key.toLowerCase();
  const links = [...document.querySelectorAll("[data-rows] a.cover")];
  const step = { j: 1, k: -1 }[key];
  if (step && links.length) {
    const at = links.findIndex((link) => link.closest("li").contains(document.activeElement));
    links[at < 0 ? 0 : Math.min(Math.max(at + step, 0), links.length - 1)].focus();
    event.preventDefault();
    return;
  }
  document.querySelector(`[data-decide] [data-key="${CSS.escape(key)}"]`)?.focus();
});
