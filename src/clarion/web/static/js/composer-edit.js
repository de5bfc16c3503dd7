// A picture is cut, turned and given a focal point, by mouse, finger and keys. What is done is an instruction beside the file:
// {turn, mirror, crop: [left, top, width, height], focus: [across, down]} in ten-thousandths of the turned picture, as the server
// reads it (networks/editing.py). The server makes the picture; here it is drawn.
import { bounded, fitting, mirrored, moved, resized, turned } from "./cropping.js";

const WHOLE = 10000, STEP = 0.01, NUDGE = 3; // a key's step; pixels before a press is a drag
const LARGEST = 1200; // of what is drawn: the screen needs no more
const BEGUN = { turn: 0, mirror: false, crop: { x: 0, y: 0, w: 1, h: 1 }, focus: null, shape: "" };
const KEYS = { ArrowLeft: { x: -STEP, y: 0 }, ArrowRight: { x: STEP, y: 0 }, ArrowUp: { x: 0, y: -STEP }, ArrowDown: { x: 0, y: STEP } };

function read(text) {
  const said = text ? JSON.parse(text) : {};
  const [x, y, w, h] = (said.crop ?? [0, 0, WHOLE, WHOLE]).map((one) => one / WHOLE);
  const focus = said.focus ? { x: said.focus[0] / WHOLE, y: said.focus[1] / WHOLE } : null;
  return { ...BEGUN, turn: said.turn ?? 0, mirror: said.mirror ?? false, crop: { x, y, w, h }, focus };
}
function written({ turn, mirror, crop, focus }) {
  const [left, top] = [crop.x, crop.y].map((one) => Math.round(one * WHOLE));
  const said = { crop: [left, top, Math.min(Math.round(crop.w * WHOLE), WHOLE - left), Math.min(Math.round(crop.h * WHOLE), WHOLE - top)] };
  if (turn) said.turn = turn;
  if (mirror) said.mirror = true;
  if (focus) said.focus = [focus.x, focus.y].map((one) => Math.round(one * WHOLE));
  return JSON.stringify(said);
}

class Editor {
  constructor(dialog, picture, begun, done) {
    Object.assign(this, { dialog, picture, done, state: begun, before: [] });
    this.root = dialog.querySelector(".editor");
    this.canvas = this.root.querySelector("canvas");
    [this.cut, this.point, this.shade] = ["[data-cut]", "[data-point]", "[data-shade]"].map((name) => this.root.querySelector(`.easel ${name}`));
    this.said = this.root.querySelector("#editor-said");
    const own = picture.naturalWidth / picture.naturalHeight;
    for (const box of this.root.querySelectorAll(".shape-of")) outline(box, box.dataset.wide ? box.dataset.wide / box.dataset.high : own);
    this.root.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act) this[act]();
    });
    this.root.addEventListener("change", (event) => { if (event.target.name === "shape") this.reshape(event.target.value); });
    this.root.querySelector("[data-stage]").addEventListener("pointerdown", (event) => this.grab(event));
    for (const node of [this.cut, this.point]) {
      node.addEventListener("keydown", (event) => this.key(event, node));
      node.addEventListener("focus", () => this.tell(node === this.point ? "point" : "cut"));
    }
    this.root.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.target.matches("textarea")) return;
      event.preventDefault();
      event.stopPropagation();
      this.undo();
    });
    this.draw();
  }

  // -- what it is
  sides() {
    const { naturalWidth: w, naturalHeight: h } = this.picture;
    return this.state.turn % 180 ? [h, w] : [w, h];
  }
  // The shape in parts of the picture's sides: 1 is the picture's own; null where any will do.
  ratio() {
    const { shape } = this.state, [w, h] = this.sides();
    if (!shape) return null;
    return shape === "own" ? 1 : (Number(shape) * h) / w;
  }
  focus() {
    const { focus, crop } = this.state;
    return focus ?? { x: crop.x + crop.w / 2, y: crop.y + crop.h / 2 };
  }
  change(next, { of = "cut", kept = false } = {}) {
    if (!kept) this.before.push(this.state);
    this.state = { ...this.state, ...next };
    this.draw(of);
  }

  // -- what it shows
  draw(of = "cut") {
    const { turn, mirror, crop, focus, shape } = this.state, at = this.focus();
    this.paint(`${turn} ${mirror}`);
    for (const node of [this.cut, this.shade]) put(node, { left: crop.x, top: crop.y, width: crop.w, height: crop.h });
    put(this.point, { left: at.x, top: at.y });
    this.point.classList.toggle("set", Boolean(focus));
    const button = (act) => this.root.querySelector(`[data-act=${act}]`);
    button("mirror").setAttribute("aria-pressed", mirror);
    button("forget").hidden = !focus;
    button("undo").disabled = !this.before.length;
    button("reset").disabled = written(this.state) === written(BEGUN);
    for (const box of this.root.querySelectorAll("[name=shape]")) box.checked = box.value === shape;
    this.tell(of);
  }
  paint(way) {
    if (this.painted === way) return;
    this.painted = way;
    const [w, h] = this.sides(), { turn, mirror } = this.state, scale = Math.min(1, LARGEST / Math.max(w, h));
    const { canvas } = this, brush = canvas.getContext("2d");
    Object.assign(canvas, { width: Math.max(1, Math.round(w * scale)), height: Math.max(1, Math.round(h * scale)) });
    const [across, down] = turn % 180 ? [canvas.height, canvas.width] : [canvas.width, canvas.height];
    brush.translate(canvas.width / 2, canvas.height / 2);
    if (mirror) brush.scale(-1, 1);
    brush.rotate((turn * Math.PI) / 180);
    brush.drawImage(this.picture, -across / 2, -down / 2, across, down);
  }
  tell(of) {
    const { crop } = this.state, [w, h] = this.sides(), at = this.focus(), percent = (one) => Math.round(one * 100);
    const values = { LEFT: percent(crop.x), TOP: percent(crop.y), WIDTH: Math.round(crop.w * w), HEIGHT: Math.round(crop.h * h), ACROSS: percent(at.x), DOWN: percent(at.y) };
    const sentence = this.said.dataset[of].replace(/[A-Z]{3,}/g, (name) => values[name] ?? name);
    if (this.said.textContent !== sentence) this.said.textContent = sentence;
  }

  // -- by mouse and finger
  grab(event) {
    const node = event.target.closest("[data-grip], [data-point], [data-cut]");
    if (!node || event.button) return;
    event.preventDefault();
    const box = this.canvas.getBoundingClientRect(), from = this.state, stop = new AbortController();
    const at = (one) => ({ x: (one.clientX - box.left) / box.width, y: (one.clientY - box.top) / box.height });
    const first = at(event);
    (node === this.point ? this.point : this.cut).focus({ preventScroll: true });
    let begun = false;
    const move = (one) => {
      const now = at(one), by = { x: now.x - first.x, y: now.y - first.y };
      if (one.pointerId !== event.pointerId || (!begun && Math.hypot(by.x * box.width, by.y * box.height) < NUDGE)) return;
      if (!begun) this.before.push(from);
      begun = true;
      if (node === this.point) this.change({ focus: bounded(now, from.crop) }, { of: "point", kept: true });
      else this.change({ crop: node.dataset.grip ? resized(from.crop, node.dataset.grip, now, this.ratio()) : moved(from.crop, by) }, { kept: true });
    };
    for (const [name, act] of [["pointermove", move], ["pointerup", () => stop.abort()], ["pointercancel", () => stop.abort()]]) addEventListener(name, act, { signal: stop.signal });
  }

  // -- by keys
  key(event, node) {
    const by = KEYS[event.key], { crop } = this.state;
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (node === this.point) {
      const at = this.focus();
      return this.change({ focus: bounded({ x: at.x + by.x, y: at.y + by.y }, crop) }, { of: "point" });
    }
    if (!event.shiftKey) return this.change({ crop: moved(crop, by) });
    const corner = { x: crop.x + crop.w + by.x, y: crop.y + crop.h + by.y };
    this.change({ crop: resized(crop, by.x ? "e" : "s", corner, this.ratio()) });
  }

  // -- by its buttons
  reshape(shape) {
    this.change({ shape });
    const ratio = this.ratio();
    if (ratio) this.change({ crop: fitting(this.state.crop, ratio, this.focus()) }, { kept: true });
  }
  spin(quarters) {
    let { turn, mirror, crop, focus, shape } = this.state;
    for (let done = 0; done < quarters; done += 1) [crop, focus] = [turned(crop), focus && turned(focus)];
    turn = (turn + (mirror ? 4 - quarters : quarters) * 90) % 360; // it is turned first and mirrored then
    this.change({ turn, crop, focus, shape: shape === "own" ? shape : "" });
  }
  left() { this.spin(3); }
  right() { this.spin(1); }
  mirror() {
    const { mirror, crop, focus } = this.state;
    this.change({ mirror: !mirror, crop: mirrored(crop), focus: focus && mirrored(focus) });
  }
  forget() {
    this.change({ focus: null });
    this.point.focus();
  }
  reset() {
    this.change(BEGUN);
    this.cut.focus();
  }
  undo() {
    if (!this.before.length) return;
    this.state = this.before.pop();
    this.draw();
    if (document.activeElement?.disabled || document.activeElement === document.body) this.cut.focus();
  }
  leave() { this.dialog.close(); }
  async use() {
    const button = this.root.querySelector("[data-act=use]"), said = this.root.querySelector("[role=alert]");
    said.textContent = "";
    button.disabled = true;
    const trouble = await this.done(this.root.dataset.address, written(this.state), this.root.querySelector("#editor-alt").value);
    button.disabled = false;
    said.textContent = trouble;
    if (!trouble) this.dialog.close();
  }
}

function put(node, values) {
  for (const [name, value] of Object.entries(values)) node.style.setProperty(name, `${value * 100}%`);
}
function outline(box, ratio) {
  box.style.setProperty("aspect-ratio", ratio);
  box.style.setProperty(ratio > 1 ? "width" : "height", "22px");
}

export function editing(form, { changed }) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value, dialog = document.getElementById("editor");

  async function open(shot, button) {
    const field = shot.querySelector("[data-edited]");
    const chosen = [...form.querySelectorAll("[name=channels]:checked")].map((box) => ["channels", box.value]);
    button.setAttribute("aria-busy", "true");
    const answer = await fetch(`${button.dataset.address}?${new URLSearchParams(chosen)}`, { credentials: "same-origin" }).catch(() => null);
    const picture = new Image();
    if (answer?.ok && !answer.redirected) {
      dialog.innerHTML = await answer.text();
      picture.src = dialog.querySelector(".editor").dataset.picture;
      await picture.decode().catch(() => null);
    }
    button.removeAttribute("aria-busy");
    if (!picture.naturalWidth) return say(shot);
    dialog.querySelector("#editor-alt").value = shot.querySelector("textarea").value;
    dialog.showModal();
    const editor = new Editor(dialog, picture, read(field.value), (...said) => take(shot, ...said));
    editor.cut.focus();
    dialog.addEventListener("close", () => dialog.replaceChildren(), { once: true });
  }
  function say(shot) {
    const line = Object.assign(document.createElement("p"), { className: "trouble wrong", textContent: form.dataset.lost });
    shot.closest(".part").querySelector("[data-troubles]").replaceChildren(line);
  }
  // What is wrong, or nothing.
  async function take(shot, address, edit, words) {
    const data = new FormData();
    for (const [name, value] of [["edit", edit], ["csrfmiddlewaretoken", token]]) data.append(name, value);
    const answer = await fetch(address, { method: "POST", body: data, credentials: "same-origin" }).catch(() => null);
    const found = await answer?.json().catch(() => null);
    if (found?.small === undefined) return found?.sentence ?? form.dataset.lost;
    const field = shot.querySelector("[data-edited]");
    field.setAttribute("value", found.edit); // what is edited is seen by its attribute
    shot.querySelector("textarea").value = words;
    Object.assign(shot.querySelector("img"), { src: found.small, width: found.width, height: found.height });
    changed();
    return "";
  }
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-edit]");
    if (!button) return;
    event.preventDefault();
    open(button.closest("[data-shot]"), button);
  });
}
