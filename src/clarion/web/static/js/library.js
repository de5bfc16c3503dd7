// The library: files are sent by the button or dropped on the page, and shown on their way; tiles are chosen for the bar.
import { fingerprint, uploads } from "./upload.js";

// -- uploads
const list = document.getElementById("uploads");
const form = document.querySelector("form[data-uploads]");
const single = form?.dataset.replaces !== undefined;

function row(file) {
  const known = [...list.querySelectorAll(".stopped")].find((one) => one.dataset.fingerprint === fingerprint(file));
  const one = known ?? document.createElement("li");
  one.className = "upload";
  if (!known) {
    one.innerHTML = '<span class="name ellipsis"></span><progress max="100" value="0"></progress><small></small><button type="button" class="button small plain" data-cancel><svg class="icon small" viewBox="0 0 24 24" aria-hidden="true"><path d="M18 6 6 18"/><path d="m6 6 12 12"/></svg></button>';
    list.querySelector("ul").append(one);
  }
  one.querySelector(".name").textContent = file.name;
  one.querySelector("progress").setAttribute("aria-label", file.name);
  one.querySelector("[data-cancel]").setAttribute("aria-label", `${list.dataset.saidCancel} ${file.name}`);
  list.hidden = false;
  return one;
}
// How many of those that were added since the page was opened have come: one sentence, which is read out.
function sum() {
  const all = list.querySelectorAll(".upload:not(.stopped)").length, here = list.querySelectorAll(".here").length;
  list.querySelector("[data-so-far]").textContent = all ? list.dataset.saidSoFar.replace("{n}", here).replace("{all}", all) : "";
}
function end(one, ...names) {
  one.classList.add("done", ...names);
  one.querySelector("[data-cancel]").setAttribute("aria-label", `${list.dataset.saidClose} ${one.querySelector(".name").textContent}`);
  one.sending = null;
  sum();
}
function links(place, word, items) {
  place.replaceChildren(word);
  for (const { name, page } of items) {
    const link = Object.assign(document.createElement("a"), { href: page, className: "link", textContent: name });
    place.append(" ", link);
  }
}
let fresh = 0;
function show(one, media) {
  const said = one.querySelector("small");
  end(one, "here");
  one.querySelector("progress").value = 100;
  if (media.was_here) links(said, `${list.dataset.saidWasHere}:`, [{ name: list.dataset.saidOpen, page: media.page }]);
  else if (media.alike.length) links(said, `${list.dataset.saidHere}. ${list.dataset.saidAlike}`, media.alike);
  else said.textContent = list.dataset.saidHere;
  fresh += 1;
}
// The shelf is drawn anew when all have come, unless somebody is choosing on it.
function renew(line) {
  if (single) return list.querySelector(".refused") ? undefined : location.reload();
  if (line.busy > 1 || !fresh || document.querySelector("[data-chosen] [name=media]:checked")) return;
  fresh = 0;
  htmx.ajax("GET", location.pathname + location.search, { target: "#shelf", select: "#shelf", swap: "outerHTML" });
}
if (form && list) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const fields = single ? { replaces: form.dataset.replaces } : { folder: form.dataset.folder };
  const line = uploads({ begin: form.dataset.uploads, token, fields });
  const take = (files) => {
    for (const file of single ? [...files].slice(0, 1) : files) {
      const one = row(file), said = one.querySelector("small"), bar = one.querySelector("progress");
      const sending = line.add(file, {
        progress(done, size, word) {
          bar.value = size ? (done / size) * 100 : 0;
          said.textContent = { waits: list.dataset.saidWaits, offline: list.dataset.saidOffline, lost: list.dataset.saidLost, keeping: list.dataset.saidKeeping }[word] ?? "";
        },
        kept(media) {
          if (single) return media.was_here ? location.reload() : location.assign(media.page);
          show(one, media);
          renew(line);
        },
        refused(sentence, why) {
          said.textContent = sentence || { unreadable: list.dataset.saidGone, signedout: list.dataset.saidSignedOut }[why];
          said.className = "refused";
          end(one);
          renew(line);
        },
      });
      if (!one.matches(".done")) one.sending = sending;
    }
    sum();
  };
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file") return;
    take([...event.target.files]);
    event.target.value = "";
  });
  list.addEventListener("click", (event) => {
    const one = event.target.closest("[data-cancel]")?.closest("li");
    if (!one) return;
    if (one.sending) one.sending.cancel();
    else if (one.matches(".stopped")) fetch(one.dataset.url, { method: "DELETE", headers: { "X-CSRFToken": token }, credentials: "same-origin" });
    one.remove();
    sum();
    list.hidden = !list.querySelector("li");
  });
  // A file dropped anywhere on the page is meant for the library: without this the browser would open it instead.
  let inside = 0;
  const files = (event) => event.dataTransfer?.types.includes("Files");
  const shade = (on) => document.body.classList.toggle("dropping", on);
  addEventListener("dragenter", (event) => { if (files(event)) { inside += 1; shade(true); } });
  addEventListener("dragleave", (event) => { if (files(event) && --inside <= 0) { inside = 0; shade(false); } });
  addEventListener("dragover", (event) => { if (files(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    inside = 0;
    shade(false);
    take([...event.dataTransfer.files]);
  });
  addEventListener("beforeunload", (event) => { if (line.busy) event.preventDefault(); });
}

// -- choosing
const boxes = () => [...document.querySelectorAll("[data-chosen] [name=media]")];
function count() {
  const chosen = boxes().filter((box) => box.checked).length;
  const bar = document.querySelector("[data-bar]");
  if (!bar) return;
  bar.classList.toggle("on", chosen > 0);
  bar.querySelector("[data-count]").textContent = chosen;
  document.querySelector("[data-chosen]").classList.toggle("choosing", chosen > 0);
}
let last = null;
document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-chosen] [name=media]");
  if (event.target.closest("[data-all]")) {
    const all = boxes(), every = all.every((one) => one.checked);
    for (const one of all) one.checked = !every;
    count();
  }
  if (!box) return;
  // With Shift held, all between this one and the one before.
  const all = boxes(), from = all.indexOf(last), to = all.indexOf(box);
  if (event.shiftKey && from >= 0) for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
  last = box;
  count();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.querySelector("[data-chosen].choosing") || document.querySelector("details[data-menu][open]")) return;
  for (const one of boxes()) one.checked = false;
  count();
});
addEventListener("pageshow", count); // the browser may have kept what was ticked
document.addEventListener("htmx:after:swap", count);
