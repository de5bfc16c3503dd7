// The switch of the look acts at once and is remembered in a cookie, so the next page is already drawn in it.
const root = document.documentElement;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-switch]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; SameSite=Lax; Max-Age=${theme ? 31536000 : 0}${secure}`;
  document.querySelector('meta[name="color-scheme"]').content = theme || "light dark";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", button === event.submitter);
}, { capture: true });
