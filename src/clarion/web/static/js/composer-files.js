// A document has words of its own: nobody is asked to describe it.
export function paper(shot) {
  const words = shot.querySelector("textarea");
  words.placeholder = words.dataset.paper;
  words.removeAttribute("aria-required");
  shot.classList.add("paper");
}

// Files by picker, drop or paste: each is sent at once, and refused in place with the reason.
const MOST = 40; // at once: the server says the same

export function files(form, { blank, changed }) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;

  function say(part, sentence) {
    const line = document.createElement("p");
    line.className = "trouble wrong";
    line.textContent = sentence;
    part.querySelector("[data-troubles]").append(line);
  }

  async function send(file) {
    const data = new FormData();
    data.append("file", file, file.name || "picture.png");
    data.append("csrfmiddlewaretoken", token);
    const answer = await fetch(form.dataset.media, { method: "POST", body: data, credentials: "same-origin" }).catch(() => null);
    const found = await answer?.json().catch(() => null);
    return found ?? { sentence: form.dataset.lost };
  }

  function hang(part, media, busy) {
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
    const picture = shot.querySelector("img");
    if (media.mime.startsWith("image/")) picture.src = media.small;
    else {
      const film = document.createElement("span");
      film.className = "film";
      film.append(Object.assign(document.createElement("span"), { className: "ellipsis", textContent: media.name }));
      picture.replaceWith(film);
    }
    if (!/^(image|video)\//.test(media.mime)) paper(shot);
    busy.replaceWith(shot);
    return shot;
  }

  async function take(part, list) {
    part.querySelector("[data-troubles]").replaceChildren();
    if (list.length > MOST) return say(part, form.dataset.many);
    for (const file of list) {
      const busy = document.createElement("li");
      busy.className = "shot busy";
      busy.textContent = file.name;
      part.querySelector(".shot.add").before(busy);
      const media = await send(file);
      const known = media.id && part.querySelector(`[data-shot] input[value="${media.id}"]`);
      if (media.id && !known) hang(part, media, busy).querySelector("textarea").focus();
      else busy.remove();
      if (!media.id) say(part, media.sentence);
      changed();
    }
  }

  form.addEventListener("change", async (event) => {
    if (!event.target.matches("[data-files]")) return;
    const list = [...event.target.files];
    event.target.value = "";
    await take(event.target.closest(".part"), list);
  });
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
}
