// Writing help: asks about the part in hand, shows what would change, and types it only when a person takes it.
const form = document.getElementById("composer");
const place = document.getElementById("suggestion");
const menu = document.getElementById("assist");
let last = null; // the text field that was in hand last
let target = null; // what the suggestion is for
let asking;

form.addEventListener("focusin", (event) => { if (event.target.matches("textarea.area, textarea.alt")) last = event.target; });
const shown = (field) => field?.isConnected && !field.closest(".words")?.hidden;
const part = () => (shown(last) ? last : form.querySelector(".words:not([hidden]) textarea.area")).closest(".part");
function fieldFor(kind) {
  if (kind !== "alt") return part().querySelector("textarea.area");
  if (shown(last) && last.matches(".alt")) return last;
  const all = [...part().querySelectorAll("textarea.alt")];
  return all.find((one) => !one.value.trim()) ?? all[0] ?? null;
}

function show(html) {
  place.innerHTML = html;
  place.hidden = false;
}
function say(sentence) {
  place.replaceChildren(Object.assign(document.createElement("p"), { className: "small-print", textContent: sentence }));
  place.hidden = false;
}

async function ask(button) {
  const kind = button.dataset.help;
  target = fieldFor(kind);
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  body.append("kind", kind);
  body.append("text", kind === "alt" ? part().querySelector("textarea.area").value : target.value);
  body.append("tone", button.dataset.tone ?? "");
  body.append("language", document.getElementById("help-language").value);
  if (kind === "alt" && target) body.append("media", target.name.split(":").at(-1));
  for (const box of form.querySelectorAll("[name=channels]:checked")) body.append("channels", box.value);
  const post = form.querySelector("[name=post]");
  if (post) body.append("post", post.value);
  button.closest("details").open = false;
  say(menu.dataset.waits);
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const answer = await fetch(menu.dataset.ask, { method: "POST", body, credentials: "same-origin", signal }).catch(() => null);
  if (signal.aborted) return;
  if (!answer?.ok || answer.redirected) return say(menu.dataset.lost);
  show(await answer.text());
  place.querySelector("[data-take]")?.focus();
}

function type(field, text) {
  field.focus();
  field.select();
  if (!document.execCommand("insertText", false, text)) {
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}
function take(button) {
  if (!target?.isConnected) return;
  const said = [...place.querySelectorAll("template[data-said]")].map((one) => one.content.textContent);
  const mark = Object.assign(document.createElement("input"), { type: "hidden", name: "help", value: button.dataset.model });
  document.getElementById("helped").append(mark);
  const panel = target.closest(".words");
  const first = target;
  for (const text of said.slice(1).reverse()) {
    panel.querySelector("[data-add-part]").click(); // a new part comes last; it is put behind the one in hand
    const fresh = panel.querySelector(".parts").lastElementChild;
    first.closest(".part").after(fresh);
    type(fresh.querySelector("textarea.area"), text);
  }
  [...panel.querySelectorAll(".part")].forEach((one, index) => {
    for (const number of one.querySelectorAll("[data-number]")) number.textContent = number.textContent.replace(/\d+/, index + 1);
  });
  type(first, said[0]);
  close();
}
function close() {
  place.hidden = true;
  place.replaceChildren();
  target?.focus();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-help], [data-take], [data-leave]");
  if (!button) return;
  if ("help" in button.dataset) ask(button);
  else if ("take" in button.dataset) take(button);
  else close();
});
