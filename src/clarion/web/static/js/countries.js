// Names of countries in the reader's language, and the regions of a country as soon as it is chosen.
const form = () => document.querySelector("form[data-countries]");

function name() {
  const select = form().elements.country;
  const names = new Intl.DisplayNames([document.documentElement.lang, "en"], { type: "region" });
  const known = [...select.options].slice(1);
  for (const option of known) option.textContent = names.of(option.value) ?? option.textContent;
  const order = new Intl.Collator(document.documentElement.lang).compare;
  select.append(...known.sort((one, other) => order(one.textContent, other.textContent)));
}

document.addEventListener("change", async (event) => {
  if (event.target !== form()?.elements.country) return;
  const answer = await fetch(`?country=${encodeURIComponent(event.target.value)}`, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [fresh, old] = [page, document].map((one) => one.getElementById("id_subdivision")?.closest(".field"));
  old?.remove();
  if (fresh) form().elements.country.closest(".field").after(fresh);
});

name();
