// A form that came back (422): the keyboard stands in the first field that has to be mended, and the page shows it.
const [came] = performance.getEntriesByType("navigation");
const field = document.querySelector("main [aria-invalid='true']:not([type='hidden'])");
if (field && came?.responseStatus === 422 && !document.querySelector("dialog[open], main [autofocus]")) {
  field.focus();
  field.scrollIntoView({ block: "center" });
}
