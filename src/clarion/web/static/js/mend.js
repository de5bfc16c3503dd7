// A form that came back: the keyboard stands in the first field that has to be mended, and the page shows it.
const field = document.querySelector("main [aria-invalid='true']:not([type='hidden'])");
if (field && !document.querySelector("dialog[open]") && !document.querySelector("main [autofocus]")) {
  field.focus();
  field.scrollIntoView({ block: "center" });
}
