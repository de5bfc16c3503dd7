// Of the rule's form only what its unit needs is shown; a date or a number typed chooses its own end.
for (const form of document.querySelectorAll("[data-recurrence]")) {
  const fit = () => {
    for (const some of form.querySelectorAll("[data-unit]")) some.hidden = some.dataset.unit !== form.elements.unit.value;
  };
  form.addEventListener("change", (event) => {
    if (event.target.name === "until" || event.target.name === "times") form.querySelector(`[name=end][value=${event.target.name}]`).checked = true;
    fit();
  });
  fit();
}
