// The cover of a video: its second is chosen while one looks at it, and typed into the option of the network that asks for it.
export function covers(form, { changed }) {
  const dialog = document.getElementById("cover"), film = dialog.querySelector("video");
  let field = null;

  function offer() {
    const has = Boolean(form.querySelector("[data-film]"));
    for (const button of form.querySelectorAll("[data-moment]")) button.hidden = !has;
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-moment]");
    if (!button) return;
    event.preventDefault();
    field = document.getElementById(button.dataset.moment);
    film.src = form.querySelector("[data-film]").dataset.film;
    film.addEventListener("loadedmetadata", () => { film.currentTime = Math.min(Number(field.value.replace(",", ".")) || 0, film.duration); }, { once: true });
    dialog.showModal();
  });
  dialog.querySelector(".call").addEventListener("click", () => {
    field.value = Math.round(film.currentTime); // whole seconds: what every network takes
    dialog.close();
    changed();
  });
  dialog.addEventListener("close", () => { film.pause(); film.removeAttribute("src"); film.load(); });
  form.addEventListener("composer:changed", offer);
  offer();
}
