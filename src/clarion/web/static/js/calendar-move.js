// A post is carried to another day or time: by mouse, by a long press, or from the keyboard (M). What is shown moves at
// once; the server may refuse, in one sentence, and it goes back. Undo: in the message, and with Ctrl+Z.
import htmx from "../vendor/htmx.js";

const NEAR = 6; // so many pixels are no drag yet
const LONG = 380; // milliseconds of a long press
const AFTER = 80; // milliseconds in which a browser still makes a click of what was let go
const done = []; // moves that can be undone, the last one last
let carried = null;
let pressed = null;

const calendar = () => document.getElementById("calendar");
const chipAt = (event) => event.target.closest?.("#calendar .chip[data-at]");
const timeOf = (chip) => chip.querySelector("time").textContent;

// -- asking the server
async function ask(address, values) {
  const { zone, channels } = calendar().dataset;
  const body = new URLSearchParams({ ...values, zone, csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value });
  for (const channel of channels.split(" ").filter(Boolean)) body.append("channel", channel);
  const answer = await fetch(address, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
  const found = answer?.ok && !answer.redirected ? await answer.json().catch(() => null) : null;
  return found ?? { moved: false, sentence: document.getElementById("flash-lost").content.textContent.trim() };
}

const idOf = (chip) => chip.pathname.split("/").at(-1);

async function move(chip, when, { moved = () => {}, refused = () => {} } = {}) {
  const from = { post: idOf(chip), at: chip.dataset.at };
  chip.setAttribute("aria-busy", "true");
  const answer = await ask(calendar().dataset.move, { ...from, ...when });
  chip.removeAttribute("aria-busy");
  if (!answer.moved) {
    refused(answer.sentence);
    return;
  }
  const step = { post: from.post, at: answer.at, was: answer.was };
  done.push(step);
  moved();
  say("flash-moved", answer.sentence, step);
  await renew(step);
}

async function undo(step = done.at(-1)) {
  if (!step || !calendar()) return;
  done.splice(done.indexOf(step), 1);
  for (const flash of document.querySelectorAll(".flashes .flash")) if (flash.step === step) flash.remove();
  const answer = await ask(calendar().dataset.undo, step);
  say(answer.moved ? "flash-done" : "flash-refused", answer.sentence);
  if (answer.moved) await renew({ post: step.post, at: step.was });
}

// One after another: an answer of before a move would otherwise be drawn over that of after it.
let renewed = Promise.resolve();
function renew(step) {
  renewed = renewed.catch(() => {}).then(() => fetchAnew(step));
  return renewed;
}

// The calendar as it is now; focus comes back to the post it was on.
async function fetchAnew({ post, at }) {
  const held = document.activeElement;
  const mine = !held || held === document.body || held.closest("#calendar, dialog");
  calendar().setAttribute("aria-busy", "true");
  await htmx.ajax("GET", location.pathname + location.search, { target: "#calendar", select: "#calendar", swap: "outerHTML" });
  calendar().removeAttribute("aria-busy");
  if (mine) calendar().querySelector(`.chip[data-at="${at}"][href*="${post}"]`)?.focus({ preventScroll: true });
}

function say(kind, sentence, step) {
  const flash = document.getElementById(kind).content.firstElementChild.cloneNode(true);
  flash.querySelector("[data-sentence]").textContent = sentence;
  flash.step = step;
  const place = document.querySelector(".flashes");
  for (const old of place.querySelectorAll("[data-passing]")) old.remove();
  flash.dataset.passing = "";
  place.append(flash);
  let left = 12;
  const clock = setInterval(() => {
    if (!flash.matches(":hover, :focus-within")) left -= 1;
    if (left <= 0 || !flash.isConnected) {
      clearInterval(clock);
      flash.remove();
    }
  }, 1000);
}

document.addEventListener("click", (event) => {
  const flash = event.target.closest?.("[data-undo]")?.closest(".flash");
  if (flash) undo(flash.step);
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]") || !done.length) return;
  event.preventDefault();
  undo();
});

// -- by form: M on a post, or the handle beside it
const dialog = document.getElementById("moving");
let chosen = null;

function openForm(chip) {
  if (!dialog) return;
  chosen = chip;
  dialog.querySelector("[data-what]").textContent = chip.lastElementChild.textContent;
  dialog.querySelector("[name=date]").value = chip.closest("[data-day]").dataset.day;
  dialog.querySelector("[name=time]").value = timeOf(chip);
  dialog.querySelector("[data-refused]").hidden = true;
  dialog.showModal();
}
dialog?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const when = { date: form.elements.date.value, time: form.elements.time.value };
  await move(chosen, when, {
    moved: () => dialog.close(),
    refused: (sentence) => {
      const place = dialog.querySelector("[data-refused]");
      place.textContent = sentence;
      place.hidden = false;
    },
  });
});
document.addEventListener("keydown", (event) => {
  const chip = chipAt(event);
  if (!chip || event.key.toLowerCase() !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  openForm(chip);
});

const handle = document.getElementById("handle")?.content.firstElementChild;
handle?.addEventListener("click", () => openForm(handle.previousElementSibling));
for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => {
    const chip = chipAt(event);
    if (!handle || !chip || carried || event.pointerType === "touch" || chip.nextElementSibling === handle) return;
    chip.after(handle);
    handle.style.insetBlockStart = `${chip.offsetTop + 1}px`;
    handle.style.insetInlineStart = "auto";
    handle.style.left = `${getComputedStyle(chip).direction === "rtl" ? chip.offsetLeft + 1 : chip.offsetLeft + chip.offsetWidth - 25}px`;
  });
}

// -- by hand
document.addEventListener("pointerdown", (event) => {
  const chip = chipAt(event);
  if (!chip || event.button !== 0 || carried) return;
  pressed = { chip, x: event.clientX, y: event.clientY, id: event.pointerId, touch: event.pointerType === "touch" };
  if (pressed.touch) pressed.clock = setTimeout(lift, LONG, event);
});
document.addEventListener("pointermove", (event) => {
  if (carried?.id === event.pointerId) return carry(event);
  if (pressed?.id !== event.pointerId) return;
  const far = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > NEAR;
  if (far && pressed.touch) forget(); // it is a scroll
  else if (far) {
    lift();
    carry(event);
  }
});
document.addEventListener("pointerup", (event) => {
  forget();
  if (carried?.id === event.pointerId) drop();
});
document.addEventListener("pointercancel", () => { forget(); putDown(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && carried) putDown(); });
// The browser's own drag of links, its menu on a long press and its scrolling would take the post away.
document.addEventListener("dragstart", (event) => { if (chipAt(event)) event.preventDefault(); });
document.addEventListener("contextmenu", (event) => { if (carried?.touch || pressed?.touch) event.preventDefault(); });
document.addEventListener("touchmove", (event) => { if (carried && event.cancelable) event.preventDefault(); }, { passive: false });
// What was carried is not also opened.
addEventListener("click", (event) => {
  if (!carriedJustNow) return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });
let carriedJustNow = false;

function forget() {
  clearTimeout(pressed?.clock);
  pressed = null;
}

function lift() {
  const { chip, x, y, id, touch } = pressed;
  forget();
  const box = chip.getBoundingClientRect();
  const ghost = chip.cloneNode(true);
  ghost.removeAttribute("data-at");
  ghost.className = `${chip.className.replace(/\b(m\d\d|of\d|l\d)\b/g, "")} ghost`;
  ghost.style.inlineSize = `${Math.max(box.width, 120)}px`;
  document.body.append(ghost);
  chip.classList.add("lifted");
  document.documentElement.classList.add("carrying");
  carried = { chip, ghost, id, touch, dx: x - box.left, dy: y - box.top, from: place(x, y) };
  if (touch) navigator.vibrate?.(15);
  carry({ clientX: x, clientY: y });
}

// Where a point is: a day, and in a week a time of it.
function place(x, y) {
  const under = document.elementFromPoint(x, y);
  const day = under?.closest?.("#calendar [data-day]");
  const hour = under?.closest?.("[data-hour]");
  if (!day) return null;
  if (!hour || hour.classList.contains("void") || !hour.offsetHeight) return { day, spot: day, date: day.dataset.day };
  const box = hour.getBoundingClientRect();
  const minute = Math.min(Math.max(Math.round(((y - box.top) / box.height) * 12), 0), 11) * 5;
  const time = `${hour.dataset.hour.padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
  return { day, spot: hour, date: day.dataset.day, time, fold: hour.dataset.fold ?? "" };
}

function carry({ clientX: x, clientY: y }) {
  const { ghost, chip, dx, dy } = carried;
  ghost.style.translate = `${x - dx}px ${y - dy}px`;
  // The post stands where its upper edge is, not where the finger is.
  const target = calendar().dataset.calendar === "month" ? place(x, y) : place(x, y - dy + 2) ?? place(x, y);
  if (carried.target?.spot !== target?.spot) {
    carried.target?.spot.classList.remove("aim");
    target?.spot.classList.add("aim");
  }
  carried.target = target;
  ghost.querySelector("time").textContent = target?.time ?? timeOf(chip);
  const edge = y < 70 ? -14 : y > innerHeight - 70 ? 14 : 0;
  if (edge) scrollBy(0, edge);
}

function putDown() {
  if (!carried) return null;
  const was = carried;
  carried = null;
  was.ghost.remove();
  was.chip.classList.remove("lifted");
  was.target?.spot.classList.remove("aim");
  document.documentElement.classList.remove("carrying");
  carriedJustNow = true;
  setTimeout(() => { carriedJustNow = false; }, AFTER);
  return was;
}

function drop() {
  const { chip, target, from, touch } = putDown();
  const stays = !target || (target.date === from?.date && (target.time ?? "") === (from?.time ?? ""));
  if (stays || (target.date === chip.closest("[data-day]").dataset.day && (target.time ?? timeOf(chip)) === timeOf(chip))) {
    if (touch) setTimeout(openForm, AFTER, chip); // a long press without a way: by form
    return;
  }
  const back = { parent: chip.parentElement, next: chip.nextElementSibling, css: chip.className, time: timeOf(chip) };
  put(chip, target);
  move(chip, { date: target.date, time: target.time ?? "", fold: target.fold ?? "" }, {
    refused: (sentence) => {
      back.parent.insertBefore(chip, back.next?.parentElement === back.parent ? back.next : null);
      chip.className = back.css;
      chip.querySelector("time").textContent = back.time;
      chip.focus({ preventScroll: true });
      say("flash-refused", sentence);
    },
  });
}

// Shown at once, in order of time.
function put(chip, { day, spot, time }) {
  if (time) {
    chip.querySelector("time").textContent = time;
    chip.className = `${chip.className.replace(/\b(m\d\d|of\d|l\d)\b/g, "")} m${time.slice(3)}`;
    spot.append(chip);
    return;
  }
  const later = [...day.querySelectorAll(":scope > .chip, :scope > .more")].find((one) => one !== chip && (one.matches(".more") || timeOf(one) > timeOf(chip)));
  if (day.matches(".column")) return;
  day.insertBefore(chip, later ?? null);
}
