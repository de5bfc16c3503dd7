// What was removed (a part, a picture, a channel's own words) comes back with one press, while the message stands.
export function undoing(form, { changed }) {
  const flashes = document.querySelector(".flashes");
  let last = null;

  function close() {
    last?.flash.remove();
    last = null;
  }
  // Takes a node out; `back` puts right what stands around it once it is there again.
  function remove(node, sentence, back = () => {}) {
    close();
    const [parent, next] = [node.parentNode, node.nextSibling];
    node.remove();
    const flash = document.createElement("div");
    flash.className = "flash going";
    const line = document.createElement("p");
    line.textContent = sentence;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = form.dataset.undo;
    button.addEventListener("click", undo);
    flash.append(line, button);
    flashes.append(flash);
    last = { flash, put: () => { parent.insertBefore(node, next?.parentNode === parent ? next : parent.querySelector(":scope > .add")); back(node); } };
  }
  function undo() {
    const { put } = last;
    close();
    put();
    changed();
  }
  // In a text the browser's own undo holds; everywhere else this one.
  document.addEventListener("keydown", (event) => {
    if (!last || event.key.toLowerCase() !== "z" || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    if (event.target.matches("textarea, input:not([type=checkbox], [type=radio], [type=file])")) return;
    event.preventDefault();
    undo();
  });
  return remove;
}
