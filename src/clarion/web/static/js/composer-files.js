// A document has words of its own: nobody is asked to describe it.
export function paper(shot) {
  const words = shot.querySelector("textarea");
  words.placeholder = words.dataset.paper;
  words.removeAttribute("aria-required");
  shot.classList.add("paper");
}

// Files by picker, drop, paste or camera: each is sent at once, piece by piece, and refused in place with the reason.
import { uploads } from "./upload.js";

const MOST = 40; // at once: the server says the same
const UNDERWAY = "clarion:uploads"; // in this tab: what a reload broke off

export function files(form, { blank, changed }) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const line = uploads({ begin: form.dataset.uploads, token });
  const underway = new Map(); // names and per cent of what is on its way

  function say(part, sentence, hue = "wrong") {
    const line = document.createElement("p");
    line.className = `trouble ${hue}`;
    line.textContent = sentence;
    part.querySelector("[data-troubles]").append(line);
  }

  function remember(file, percent) {
    if (percent === null) underway.delete(file);
    else underway.set(file, [file.name, percent]);
    try { sessionStorage.setItem(UNDERWAY, JSON.stringify([...underway.values()])); } catch { /* private mode */ }
  }
  function recall() {
    let before = [];
    try { before = JSON.parse(sessionStorage.getItem(UNDERWAY) ?? "[]"); sessionStorage.removeItem(UNDERWAY); } catch { /* there is none */ }
    for (const [name, percent] of before) say(form.querySelector(".part"), form.dataset.stopped.replace("NAME", name).replace("PERCENT", percent), "unsure");
  }

  // A file takes its place in a part, unless it is there already; null then.
  function hang(part, media, busy = null) {
    if (part.querySelector(`[data-shot] input[value="${media.id}"]`)) { busy?.remove(); return null; }
    const names = { PANEL: part.closest("[data-panel]").dataset.panel, KEY: part.dataset.part, MEDIA: media.id };
    const shot = blank("blank-shot", names);
    shot.querySelector("[data-name]").textContent = media.name;
    shot.querySelector("textarea").value = media.alt;
    const captions = shot.querySelector("[data-captions]");
    if (media.captions) {
      captions.hidden = false;
      captions.dataset.address = media.captions;
      captions.querySelector("[data-list]").innerHTML = media.list;
    } else captions.remove();
    if (media.mime.startsWith("video/")) shot.dataset.film = media.url;
    const picture = shot.querySelector("img"), edit = shot.querySelector("[data-edit]");
    if (media.edit) {
      edit.dataset.address = media.edit;
      edit.setAttribute("aria-label", edit.getAttribute("aria-label").replace("NAME", media.name));
    } else edit.remove();
    if (media.mime.startsWith("image/")) picture.src = media.small;
    else {
      const film = document.createElement("span");
      film.className = "film";
      film.append(Object.assign(document.createElement("span"), { className: "ellipsis", textContent: media.name }));
      picture.replaceWith(film);
    }
    if (!/^(image|video)\//.test(media.mime)) paper(shot);
    if (busy) busy.replaceWith(shot);
    else part.querySelector(".shot.add").before(shot);
    return shot;
  }

  // Nobody who writes on meanwhile is taken away from it.
  const isWriting = () => document.activeElement?.matches("textarea, input:not([type=file]), select");

  function take(part, list) {
    part.querySelector("[data-troubles]").replaceChildren();
    if (list.length > MOST) return say(part, form.dataset.many);
    for (const file of list) one(part, file);
  }
  function one(part, file) {
    const busy = blank("blank-busy", {}), bar = busy.querySelector("progress"), said = busy.querySelector("small"), stop = busy.querySelector("button");
    busy.querySelector(".name").textContent = file.name;
    bar.setAttribute("aria-label", file.name);
    stop.setAttribute("aria-label", `${stop.dataset.word} ${file.name}`);
    part.querySelector(".shot.add").before(busy);
    remember(file, 0);
    const sending = line.add(file, {
      progress(done, size, word) {
        bar.value = size ? (done / size) * 100 : 0;
        said.textContent = said.dataset[word] ?? "";
        remember(file, Math.floor(bar.value));
      },
      kept(media) {
        remember(file, null);
        const shot = hang(part, media, busy);
        if (shot && !isWriting()) shot.querySelector("textarea").focus();
        changed();
      },
      refused(sentence, why) {
        remember(file, null);
        busy.remove();
        say(part, sentence || form.dataset[why || "lost"]);
      },
    });
    stop.addEventListener("click", () => { sending.cancel(); remember(file, null); busy.remove(); part.querySelector("[data-files]").focus(); });
  }

  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-files]")) return;
    const list = [...event.target.files];
    event.target.value = "";
    take(event.target.closest(".part"), list);
  });
  // Whoever leaves now would leave them behind.
  addEventListener("beforeunload", (event) => { if (line.busy) event.preventDefault(); });
  form.addEventListener("submit", (event) => {
    if (!line.busy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const part = form.querySelector(".shot.busy").closest(".part");
    part.querySelector("[data-troubles]").replaceChildren();
    say(part, form.dataset.underway, "unsure");
  }, { capture: true });
  recall();
  form.addEventListener("paste", (event) => {
    const part = event.target.closest(".part");
    const list = [...(event.clipboardData?.files ?? [])];
    if (!part || !list.length) return;
    event.preventDefault();
    take(part, list);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(name, (event) => {
      const part = event.target.closest(".part");
      if (!part || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      part.classList.toggle("over-it", name === "dragover");
      if (name === "drop") take(part, [...event.dataTransfer.files]);
    });
  }
  return { take, hang, say };
}
