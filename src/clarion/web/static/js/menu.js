// <details data-menu> closes on Escape (focus goes back to its button) and when one looks elsewhere.
const open = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});
// A press on words inside a menu gives the focus to what holds it (the page itself): that is not elsewhere.
document.addEventListener("focusin", (event) => {
  for (const menu of open()) if (!menu.contains(event.target) && !event.target.contains(menu)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
