// Files sent piece by piece. What stops them (no connection, a reload, a server that restarts) loses no more than one piece.
//
//   const line = uploads({ begin: "/w/…/uploads", token, fields: { folder } });
//   line.add(file, { progress(done, size, word) {}, kept(media) {}, refused(sentence, why) {} })  → { cancel() }
//
// Two are sent at a time, the others wait. "word" is "", "waits", "offline", "lost" or "keeping"; without a sentence, "why" is
// "unreadable" (the file was changed or moved) or "signedout" (the page has to be loaded anew). A file that was begun before, in
// this tab or another, goes on where it stopped: it is known by its name, size and time. See web/pages/uploads.py for the protocol.
const AT_A_TIME = 2;
const LEAST = 256 * 1024;
const QUICK = 2000, SLOW = 8000; // milliseconds for a piece: then the next is larger, or smaller
const PAUSES = [1000, 2000, 5000, 10000, 30000];

export const fingerprint = (file) => `${file.name}:${file.size}:${file.lastModified}`.slice(-120);
const rest = (time) => new Promise((done) => setTimeout(done, time));

function online() {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((done) => addEventListener("online", done, { once: true }));
}

class Sending {
  constructor(line, file, told) {
    Object.assign(this, { line, file, told, offset: 0, size: 2 * LEAST, failures: 0, stop: new AbortController() });
    this.tell("waits");
  }
  get ended() { return this.stop.signal.aborted; }
  tell(word) { this.told.progress?.(this.offset, this.file.size, word); }
  cancel() {
    if (this.ended) return;
    this.stop.abort();
    if (this.url) fetch(this.url, { method: "DELETE", headers: { "X-CSRFToken": this.line.token }, credentials: "same-origin", keepalive: true }).catch(() => null);
    this.line.next(this);
  }
  async ask(url, options) {
    const answer = await fetch(url, { credentials: "same-origin", signal: this.stop.signal, redirect: "manual", ...options });
    return { status: answer.type === "opaqueredirect" ? 403 : answer.status, found: await answer.json().catch(() => ({})) };
  }
  async run() {
    try {
      while (!this.ended && !(await this.step()));
    } catch (error) {
      if (!this.ended) this.told.refused?.(String(error.message ?? error));
    }
    this.line.next(this);
  }
  // One request; true at the end. What may pass is tried again for as long as the page is open.
  async step() {
    await online();
    let told;
    try {
      told = this.url ? await this.send() : await this.begin();
    } catch (error) {
      if (this.ended) return true;
      if (error.name === "NotReadableError" || error.name === "NotFoundError") return this.refused("", "unreadable");
      return this.again(navigator.onLine ? "lost" : "offline");
    }
    const { status, found } = told;
    if (status === 403) return this.refused("", "signedout");
    if (status === 404) return this.anew();
    if (status === 422 || status === 400) return this.refused(found.sentence ?? "");
    if (status >= 500 || status === 429) return this.again("lost");
    this.failures = 0;
    if (found.url) Object.assign(this, { url: found.url, most: found.piece });
    if (found.offset !== undefined) this.offset = found.offset;
    if (found.media) {
      this.told.kept?.(found.media);
      return true;
    }
    this.tell("");
    return false;
  }
  begin() {
    const data = new FormData();
    const fields = { name: this.file.name, size: this.file.size, fingerprint: fingerprint(this.file), ...this.line.fields };
    for (const [name, value] of Object.entries(fields)) data.append(name, value ?? "");
    return this.ask(this.line.begin, { method: "POST", body: data, headers: { "X-CSRFToken": this.line.token } });
  }
  async send() {
    const began = performance.now();
    const piece = await this.file.slice(this.offset, this.offset + Math.min(this.size, this.most)).arrayBuffer();
    if (this.offset + piece.byteLength >= this.file.size) this.tell("keeping");
    const headers = { "X-CSRFToken": this.line.token, "Upload-Offset": this.offset, "Content-Type": "application/octet-stream" };
    const told = await this.ask(this.url, { method: "PATCH", body: piece, headers });
    const took = performance.now() - began;
    if (took < QUICK) this.size *= 2;
    else if (took > SLOW) this.size = Math.max(LEAST, this.size / 2);
    return told;
  }
  async again(word) {
    this.tell(word);
    this.size = Math.max(LEAST, this.size / 2);
    const pause = PAUSES[Math.min(this.failures++, PAUSES.length - 1)];
    await Promise.race([rest(pause), new Promise((done) => addEventListener("online", done, { once: true, signal: AbortSignal.timeout(pause) }))]);
    return this.ended;
  }
  // Swept, or cancelled in another tab: from the beginning, once.
  anew() {
    if (!this.url) return this.refused("", "signedout");
    Object.assign(this, { url: "", offset: 0 });
    return this.again("lost");
  }
  refused(sentence, why = "") {
    this.told.refused?.(sentence, why);
    return true;
  }
}

export function uploads({ begin, token, fields = {} }) {
  const waiting = [], running = new Set();
  const line = {
    begin, token, fields,
    get busy() { return waiting.length + running.size; },
    add(file, told = {}) {
      const one = new Sending(line, file, told);
      waiting.push(one);
      line.next();
      return one;
    },
    next(ended) {
      running.delete(ended);
      const at = waiting.indexOf(ended);
      if (at >= 0) waiting.splice(at, 1);
      while (running.size < AT_A_TIME && waiting.length) {
        const one = waiting.shift();
        running.add(one);
        one.run();
      }
    },
  };
  return line;
}
