// <details data-bell="/address"> shows the newest notifications when it is opened.
for (const bell of document.querySelectorAll("details[data-bell]")) {
  const few = bell.querySelector("[data-few]");
  bell.addEventListener("toggle", async () => {
    if (!bell.open) return;
    few.setAttribute("aria-busy", "true");
    const answer = await fetch(bell.dataset.bell, { credentials: "same-origin" }).catch(() => null);
    few.removeAttribute("aria-busy");
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    few.replaceChildren(...page.body.childNodes);
  });
}
