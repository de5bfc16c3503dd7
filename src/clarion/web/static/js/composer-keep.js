// Keeps what is written without a press: in this browser at once, on the server within two seconds. What did not arrive is sent
// again until it does, and stands here again after a reload. See docs/planning.md.
const PAUSE = 700, LONGEST = 1900, LOCAL = 250, POLL = 10_000, SLOWEST = 30_000;
const NEVER = new Set(["csrfmiddlewaretoken", "page", "version", "working", "base", "offered", "was"]);

export function entriesOf(form) {
  return [...new FormData(form)].filter(([, value]) => typeof value === "string");
}

export function keeper(form) {
  const fields = form.elements, note = document.getElementById("apart"), kept = document.getElementById("kept");
  const page = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`.slice(0, 40);
  fields.page.value = page;
  let dirty = "unsaved" in form.dataset, sending = null, timer = 0, local = 0, since = 0, wait = 1000, stored = true;

  // -- in this browser
  const name = () => `clarion:${form.dataset.whose}:${fields.post?.value ?? `new:${fields.key.value}`}`;
  function store() {
    clearTimeout(local);
    try {
      localStorage.setItem(name(), JSON.stringify({ at: Date.now(), version: fields.version.value, entries: entriesOf(form) }));
      stored = true;
    } catch { stored = false; } // private mode, or full: then leaving the page is asked about
  }
  function forget(key = name()) { clearTimeout(local); try { localStorage.removeItem(key); } catch { /* there is none */ } }
  function found() {
    const mine = fields.post ? [name()] : Object.keys(localStorage).filter((key) => key.startsWith(`clarion:${form.dataset.whose}:new:`));
    const copies = mine.map((key) => ({ key, ...JSON.parse(localStorage.getItem(key) ?? "null") })).filter((one) => one.entries);
    return copies.sort((one, other) => other.at - one.at)[0];
  }
  const words = (entries) => JSON.stringify(entries.filter(([key]) => !NEVER.has(key) && key !== "key" && key !== "post").map(([key, value]) => [key, value.replaceAll("\r\n", "\n")]));
  function putBack(copy) {
    const again = document.createElement("form");
    again.method = "post";
    again.action = form.action;
    const here = new Map(entriesOf(form));
    for (const [key, value] of [...copy.entries, ["restored", "1"], ["do", "look"]]) {
      const field = document.createElement("textarea");
      field.name = key;
      field.value = key === "csrfmiddlewaretoken" ? here.get(key) : value;
      again.append(field);
    }
    again.hidden = true;
    document.body.append(again);
    forget(copy.key);
    again.submit();
  }
  function restore() {
    if (dirty) return;
    let copy;
    try { copy = found(); } catch { return; }
    if (!copy) return;
    if (words(copy.entries) === words(entriesOf(form))) return forget(copy.key);
    if (copy.version === fields.version.value) return putBack(copy);
    say(form.dataset.older, "older");
    note.querySelector("[data-put-back]").onclick = () => putBack(copy);
    note.querySelector("[data-let-go]").onclick = () => { forget(copy.key); say(""); };
  }

  // -- what is said of it
  function say(sentence, when = "") {
    note.hidden = !sentence;
    const line = note.querySelector("p");
    if (line.textContent !== sentence) line.textContent = sentence;
    for (const button of note.querySelectorAll("[data-when]")) button.hidden = button.dataset.when !== when;
    note.dataset.now = when;
  }
  const ago = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { style: "narrow", numeric: "always" });
  function tell() {
    if (!kept.dataset.at) return;
    const seconds = Math.max(1, Math.round((Date.now() - new Date(kept.dataset.at)) / 1000));
    const [count, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [seconds / 60, "minute"] : seconds < 86_400 ? [seconds / 3600, "hour"] : [seconds / 86_400, "day"];
    kept.textContent = form.dataset.saved.replace("WHEN", ago.format(-Math.floor(count), unit));
  }

  // -- on the server
  function changed() {
    dirty = true;
    since ||= Date.now();
    clearTimeout(local);
    local = setTimeout(store, LOCAL);
    plan(Math.min(PAUSE, Math.max(0, since + LONGEST - Date.now())));
  }
  function plan(delay) {
    clearTimeout(timer);
    timer = setTimeout(send, delay);
  }
  function later(sentence) {
    dirty = true;
    store();
    say(sentence, "lost");
    plan(wait);
    wait = Math.min(wait * 2, SLOWEST);
  }
  async function send() {
    if (sending) return sending;
    if (!dirty) return true;
    sending = ask().finally(() => { sending = null; if (dirty && note.dataset.now !== "lost") plan(PAUSE); });
    return sending;
  }
  // True: it is kept. False: it cannot be kept as it is. Null: nobody answered.
  async function ask() {
    dirty = false;
    since = 0;
    clearTimeout(timer);
    const data = new FormData();
    for (const [key, value] of entriesOf(form)) data.append(key, value);
    const answer = await fetch(form.dataset.keep, { method: "POST", body: data, credentials: "same-origin" }).catch(() => null);
    if (!answer) return later(form.dataset.offline), null;
    const told = answer.ok && !answer.redirected ? await answer.json().catch(() => null) : null;
    if (!told) return later(form.dataset.away), answer.redirected ? false : null;
    wait = 1000;
    return take(told);
  }
  function take(told) {
    if (["refused", "pages", "gone"].includes(told.where)) {
      if (!document.getElementById("troubles")) say(told.sentence, told.where === "refused" ? "" : "apart");
      store();
      return false;
    }
    if (told.where === "nothing") { forget(); return true; }
    if (!fields.post) adopt(told);
    if (told.where === "draft") fields.version.value = told.version;
    if (told.working) fields.working.value = told.working;
    document.getElementById("title").textContent = told.title;
    if (!dirty) forget();
    if (told.where === "apart") { if (!document.getElementById("conflict")) say(told.sentence, "apart"); }
    else if (["lost", "apart", "refused"].includes(note.dataset.now) || told.where === "working") say(told.sentence);
    kept.dataset.at = new Date().toISOString();
    tell();
    return true;
  }
  // The first words made a draft: from here on the page is that draft's.
  function adopt(told) {
    forget();
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "post", value: told.post });
    form.prepend(field);
    form.action = told.address;
    form.dataset.here = told.here;
    document.querySelector("#stage > span").textContent = form.dataset.draft;
    history.replaceState(null, "", told.address);
    if (dirty) store();
  }

  // -- who else is here
  async function look() {
    if (!form.dataset.here || document.hidden) return;
    const data = new FormData();
    data.append("csrfmiddlewaretoken", fields.csrfmiddlewaretoken.value);
    const answer = await fetch(form.dataset.here, { method: "POST", body: data, credentials: "same-origin" }).catch(() => null);
    const told = answer?.ok && !answer.redirected ? await answer.json().catch(() => null) : null;
    if (!told) return;
    document.getElementById("others").textContent = told.others;
    if (told.version > Number(fields.version.value) && !dirty && !sending && !fields.base.value && !note.dataset.now) say(told.sentence, "newer");
  }

  note.querySelector("[data-reload]").addEventListener("click", () => location.reload());
  addEventListener("online", () => { if (dirty) plan(0); });
  addEventListener("pagehide", () => { if (dirty) store(); });
  restore();
  if (dirty) changed();
  tell();
  look();
  setInterval(tell, 5000);
  setInterval(look, POLL);
  document.addEventListener("visibilitychange", () => { if (document.hidden && dirty) send(); else look(); });
  // A half-typed label is kept by its own press only.
  const isSafe = () => (!dirty || stored) && !fields.new_labels?.value.trim();
  const rest = () => { dirty = false; clearTimeout(timer); };
  return { changed, send, isSafe, rest, isDirty: () => dirty || Boolean(sending) };
}
