// Caption files of a video: each is sent at once, and listed in every place where the video stands.
export function captions(form, { changed }) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;

  async function post(address, fields) {
    const data = new FormData();
    for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: token })) data.append(name, value);
    const answer = await fetch(address, { method: "POST", body: data, credentials: "same-origin" }).catch(() => null);
    const found = await answer?.json().catch(() => null);
    return found ?? { sentence: form.dataset.lost };
  }

  function say(part, sentence) {
    const line = document.createElement("p");
    line.className = "trouble wrong";
    line.textContent = sentence;
    part.querySelector("[data-troubles]").append(line);
  }

  async function act(box, address, fields = {}) {
    const part = box.closest(".part");
    part.querySelector("[data-troubles]").replaceChildren();
    const found = await post(address, fields);
    if (found.sentence) return say(part, found.sentence);
    for (const one of form.querySelectorAll(`[data-captions="${CSS.escape(box.dataset.captions)}"]`)) one.querySelector("[data-list]").innerHTML = found.list;
    for (const input of box.querySelectorAll("input")) input.value = "";
    box.querySelector("[type=file]").focus();
    changed();
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-caption], [data-uncaption]");
    if (!button) return;
    event.preventDefault();
    const box = button.closest("[data-captions]");
    if ("uncaption" in button.dataset) return act(box, button.dataset.uncaption);
    const [file] = box.querySelector("[type=file]").files;
    if (!file) return box.querySelector("[type=file]").focus();
    act(box, box.dataset.address, { file, language: box.querySelector("[list]").value });
  });
}
