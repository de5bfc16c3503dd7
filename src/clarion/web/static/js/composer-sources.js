// Files from elsewhere: the library, a web address, the camera of a phone. They are hung up in the part in which one writes.
export function sources(form, { part, files, changed }) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  let where = null; // the part that asked

  // The picker does not know captions: of a video they are asked for.
  async function whole(media) {
    if (!media.mime.startsWith("video/")) return media;
    const answer = await fetch(`${media.url}/known`, { credentials: "same-origin" }).catch(() => null);
    return (await answer?.json().catch(() => null)) ?? media;
  }
  document.addEventListener("picked", async (event) => {
    if (event.target.id !== "picker" || !where?.isConnected) return;
    let last = null;
    for (const media of event.detail.media) last = files.hang(where, await whole(media)) ?? last;
    last?.querySelector("textarea").focus();
    changed();
  });

  const dialog = document.getElementById("from-address"), asking = dialog.querySelector("form");
  asking.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = asking.querySelector(".call"), said = asking.querySelector("[role=alert]");
    said.textContent = "";
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
    const data = new FormData(asking);
    data.append("csrfmiddlewaretoken", token);
    const answer = await fetch(form.dataset.fetch, { method: "POST", body: data, credentials: "same-origin" }).catch(() => null);
    const media = (await answer?.json().catch(() => null)) ?? { sentence: form.dataset.lost };
    button.disabled = false;
    button.removeAttribute("aria-busy");
    if (!media.id) {
      said.textContent = media.sentence;
      return asking.querySelector("input").focus();
    }
    if (!dialog.open) return; // somebody thought better of it
    dialog.close();
    asking.reset();
    files.hang(where, media)?.querySelector("textarea").focus();
    changed();
  });
  dialog.addEventListener("close", () => { dialog.querySelector("[role=alert]").textContent = ""; });

  const camera = document.getElementById("camera");
  camera.addEventListener("change", () => {
    const taken = [...camera.files];
    camera.value = "";
    files.take(where, taken);
  });

  return {
    library: () => { where = part(); htmx.ajax("GET", form.dataset.pick, { target: "#picker", swap: "innerHTML" }); },
    address: () => { where = part(); dialog.showModal(); },
    camera: () => { where = part(); camera.click(); },
  };
}
