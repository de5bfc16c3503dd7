// A button with data-print prints the page. Without a script it is not there: the browser prints as well.
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
