// What goes into a text: pasted words lose their looks and keep paragraphs and links; other tools put text at the caret by the
// event composer:insert {text, apart} (apart: not stuck to the word before). Both can be undone as if they had been typed.
const BLOCKS = new Set(["P", "DIV", "LI", "TR", "H1", "H2", "H3", "H4", "H5", "H6", "BLOCKQUOTE", "PRE", "UL", "OL", "TABLE", "SECTION", "ARTICLE"]);
const APART = new Set(["P", "H1", "H2", "H3", "H4", "H5", "H6", "BLOCKQUOTE", "UL", "OL", "TABLE"]);
const SILENT = new Set(["STYLE", "SCRIPT", "TEMPLATE", "TITLE", "HEAD", "META"]);

export function plain(html) {
  const bare = html.replace(/<style[\s\S]*?<\/style>|\sstyle\s*=\s*("[^"]*"|'[^']*')/gi, ""); // the policy of the page would complain
  const page = new DOMParser().parseFromString(bare, "text/html");
  let text = "";
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) { text += node.data.replace(/[\s\u00a0]+/g, " "); return; }
    if (node.nodeType !== Node.ELEMENT_NODE || SILENT.has(node.tagName)) return;
    if (node.tagName === "BR") { text += "\n"; return; }
    if (node.tagName === "LI") text += text.endsWith("\n") ? "• " : "\n• ";
    else if (BLOCKS.has(node.tagName)) text += APART.has(node.tagName) ? "\n\n" : "\n";
    const before = text.length;
    for (const child of node.childNodes) walk(child);
    if (node.tagName === "A") text = linked(text, before, node.getAttribute("href") ?? "");
    if (BLOCKS.has(node.tagName)) text += APART.has(node.tagName) ? "\n\n" : "\n";
  };
  walk(page.body);
  return text.replace(/[ \t]*\n[ \t]*/g, "\n").replace(/\n{3,}/g, "\n\n").replace(/ {2,}/g, " ").trim();
}
// A link is kept where its words do not say it already.
function linked(text, before, href) {
  const said = text.slice(before).trim();
  if (!/^https?:\/\//i.test(href)) return text;
  if (!said || href.includes(said.replace(/…$/, "")) || said.includes(href)) return `${text.slice(0, before)}${href}`;
  return `${text} (${href})`;
}

export function insert(area, text) {
  area.focus();
  if (document.execCommand("insertText", false, text)) return; // the only way that the browser can undo
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

export function texts(form, { area }) {
  form.addEventListener("paste", (event) => {
    if (event.defaultPrevented || !event.target.matches("textarea.area") || event.clipboardData.files.length) return;
    const html = event.clipboardData.getData("text/html");
    if (!/<(a|p|div|li|br)\b/i.test(html)) return;
    const text = plain(html);
    if (!text) return;
    event.preventDefault();
    insert(event.target, text);
  });
  form.addEventListener("composer:insert", ({ detail: { text, apart } }) => {
    const place = area();
    insert(place, apart && /[^\s([{]$/.test(place.value.slice(0, place.selectionStart)) ? ` ${text}` : text);
  });
}
