// The calendar: filters act when they are changed, arrow keys walk over days and posts, the line of now moves on.
// The calendar is swapped whole by htmx, so everything here listens on the document. Moving posts: calendar-move.js.
import "./calendar-dialog.js";
import "./calendar-move.js";

const calendar = () => document.getElementById("calendar");

document.addEventListener("change", (event) => event.target.closest("form[data-sieve]")?.requestSubmit());

// -- a menu stays open while one ticks in it, and one hears where one has come
let open = "";
let held = "";
document.addEventListener("htmx:before:swap", () => {
  open = calendar()?.querySelector(".sieve details[open]")?.dataset.key ?? "";
  held = document.activeElement?.id ?? "";
});
document.addEventListener("htmx:after:swap", () => {
  const menu = open && calendar()?.querySelector(`.sieve details[data-key="${CSS.escape(open)}"]`);
  if (menu) {
    menu.open = true;
    if (held) document.getElementById(held)?.focus({ preventScroll: true }); // htmx could not: it was closed
  }
  document.getElementById("calendar-says").textContent = calendar()?.querySelector("h1").textContent ?? "";
});

// -- other zones: that of this device, and all that the browser knows
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.(".zone") || !menu.open) return;
  const own = menu.querySelector("[data-own-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = [...menu.querySelectorAll(".item > span")].some((item) => item.firstChild.textContent === zone);
  if (own?.hidden && zone && !known) {
    own.href += encodeURIComponent(zone);
    own.querySelector("b").textContent = zone;
    own.hidden = false;
  }
  const list = menu.querySelector("datalist");
  if (list && !list.firstChild) list.append(...Intl.supportedValuesOf("timeZone").map((name) => new Option("", name)));
}, { capture: true });

// -- arrow keys: over the days of a month; in a week over its days, and up and down over the posts of one
document.addEventListener("keydown", (event) => {
  const key = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const cell = event.target.closest?.("#calendar [data-day]");
  if (!key || !cell || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const rtl = getComputedStyle(cell).direction === "rtl" ? -1 : 1;
  const cells = [...calendar().querySelectorAll("[data-day]")];
  const links = (one) => [...one.querySelectorAll("a:not([tabindex='-1'])")].filter((link) => link.offsetParent);
  let target;
  if (key[1] && cell.matches(".column")) target = links(cell)[links(cell).indexOf(event.target) + key[1]];
  else {
    const step = key[0] * rtl + key[1] * 7;
    for (let at = cells.indexOf(cell) + step; cells[at] && !target; at += step) target = links(cells[at])[0];
  }
  if (!target) return;
  event.preventDefault();
  target.focus();
});

// -- a press on an empty time of a week writes for that time, to five minutes
document.addEventListener("click", (event) => {
  const slot = event.target.closest?.(".slot");
  if (!slot) return;
  const minute = minuteAt(slot, event.clientY);
  const address = new URL(slot.href);
  const at = new Date(`${address.searchParams.get("date")}T${address.searchParams.get("time")}Z`);
  at.setUTCMinutes(at.getUTCMinutes() + minute);
  address.searchParams.set("date", at.toISOString().slice(0, 10));
  address.searchParams.set("time", at.toISOString().slice(11, 16));
  slot.href = address;
});

// -- now
export function minuteAt(hour, y) {
  const box = hour.getBoundingClientRect();
  return Math.min(Math.max(Math.floor(((y - box.top) / box.height) * 12), 0), 11) * 5;
}
setInterval(() => {
  const line = calendar()?.querySelector(".now");
  if (!line) return;
  const zone = calendar().dataset.clock;
  const [hour, minute] = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format().split(":").map(Number);
  const place = line.closest(".track").querySelectorAll(`[data-hour="${hour}"]`);
  if (place.length === 1) place[0].append(line);
  line.className = `now m${String(Math.floor(minute / 5) * 5).padStart(2, "0")}`;
}, 60000);
