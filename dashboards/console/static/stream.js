// The live stream: one connection a browser, replay after a cut, and honesty about its age.
//
// One tab leads (Web Locks) and passes everything on (BroadcastChannel). Where Web Locks are
// absent (plain HTTP from another machine) every tab has a stream of its own.
import { onBeat } from "./pulse.js";
import { randomId } from "./words.js";

// The server speaks every second; looked at four times a second, silence shows within 3 s.
const STALE_MS = 2700;
const SILENT_MS = 5000;
const BUFFER = 1000;
const BACK_OFF_MS = [500, 5000];

// How old the platform's own view was when it spoke [ms]: a beat says so, a change is new. The
// greeting of a stream says nothing of it.
function ageOf(block) {
  const beat = /^: ?beat \d+ age (\d+)$/m.exec(block);
  if (beat) return Number(beat[1]);
  return /^data:/m.test(block) ? 0 : Infinity;
}

export class Stream extends EventTarget {
  constructor({ key, from }) {
    super();
    this.key = key;
    this.lastId = from;
    this.heardAt = Date.now();
    this.triedAt = 0;
    this.isLeader = false;
    this.me = randomId();
    this.buffer = [];
    this.coveredFrom = from;
    this.attempt = 0;
    this.isStale = false;
    this.ended = false;
    this.channel = new BroadcastChannel(`towerwatch ${key}`);
    this.channel.onmessage = (event) => this.onPeer(event.data);
  }

  start() {
    if (navigator.locks) {
      navigator.locks.request(`towerwatch stream ${this.key}`, () => this.lead());
      this.channel.postMessage({ type: "hello", from: this.me, after: this.lastId });
    } else {
      this.lead();
    }
    onBeat(() => this.look());
    document.addEventListener("visibilitychange", () => this.look());
    addEventListener("online", () => this.wake?.());
    addEventListener("pagehide", () => this.abort?.abort());
  }

  // Whether the page still tells the truth; called often and on every return to the tab.
  look() {
    const now = Date.now();
    if (this.heardAt > now) this.heardAt = now;
    const isStale = now - this.heardAt > STALE_MS;
    if (isStale !== this.isStale) {
      this.isStale = isStale;
      this.dispatchEvent(new CustomEvent("stale", { detail: { isStale, heardAt: this.heardAt } }));
    }
    // A new attempt has its own time: measured from the last word heard, a slow line never got in.
    const silentSince = Math.max(this.heardAt, this.triedAt);
    if (this.isLeader && this.abort && Date.now() - silentSince > SILENT_MS && !this.retrying) {
      this.abort.abort();
    }
  }

  async lead() {
    this.isLeader = true;
    this.coveredFrom = this.lastId;
    while (!this.ended) {
      try {
        await this.read();
      } catch {
        // A cut of any kind: what was missed comes by replay.
      }
      if (this.ended) return;
      this.retrying = true;
      await this.pause();
      this.retrying = false;
    }
  }

  async read() {
    this.abort = new AbortController();
    this.triedAt = Date.now();
    const answer = await fetch(`/live?after=${this.lastId}`, {
      headers: { Accept: "text/event-stream" },
      cache: "no-store",
      signal: this.abort.signal,
    });
    if (answer.status === 401) return this.end();
    if (!answer.ok) throw new Error(`stream answered ${answer.status}`);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      // Part of a message, a long one, is news of this very moment like a whole one.
      this.heard(blocks.length ? Math.min(...blocks.map(ageOf)) : 0);
      for (const block of blocks) this.onBlock(block);
    }
  }

  onBlock(block) {
    let name = "message", id = null;
    const data = [];
    for (const line of block.split("\n")) {
      if (line.startsWith(":")) continue;
      const cut = line.indexOf(":");
      const field = cut < 0 ? line : line.slice(0, cut);
      const value = cut < 0 ? "" : line.slice(cut + 1).replace(/^ /, "");
      if (field === "event") name = value;
      else if (field === "id") id = Number(value);
      else if (field === "data") data.push(value);
    }
    if (!data.length) return;
    this.attempt = 0;
    if (name === "bye") return this.end();
    if (name === "ready") return;
    const message = { name, id, data: data.join("\n") };
    this.buffer.push(message);
    if (this.buffer.length > BUFFER) this.coveredFrom = this.buffer.shift().id;
    this.channel.postMessage({ type: "message", message });
    this.deliver(message);
  }

  // Ids grow with commits: whatever is not newer was seen before.
  deliver({ name, id, data }) {
    if (name === "resync") {
      this.lastId = id;
      this.coveredFrom = id;
      this.buffer = [];
      this.dispatchEvent(new CustomEvent("resync"));
      return;
    }
    if (id <= this.lastId) return;
    this.lastId = id;
    this.dispatchEvent(new CustomEvent("change", { detail: { name, id, body: JSON.parse(data) } }));
  }

  heard(ageMs) {
    if (ageMs === Infinity) return;
    const now = Date.now();
    const at = now - ageMs;
    // A clock of the machine set back since the last word must not leave a page fresh for hours.
    this.heardAt = this.heardAt > now ? at : Math.max(this.heardAt, at);
    this.begin();
    if (now - (this.toldAt ?? 0) > 500 || this.toldAt > now) {
      this.toldAt = now;
      this.channel.postMessage({ type: "beat", at: this.heardAt });
    }
    this.look();
  }

  // The first word of the stream: from now on the page is live.
  begin() {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.dispatchEvent(new CustomEvent("live"));
  }

  onPeer(said) {
    if (said.to && said.to !== this.me) return;
    if (said.type === "beat") { this.heardAt = said.at ?? Date.now(); this.begin(); this.look(); }
    else if (said.type === "message") this.deliver(said.message);
    else if (said.type === "resync") this.dispatchEvent(new CustomEvent("resync"));
    else if (said.type === "end") this.end();
    else if (said.type === "hello" && this.isLeader) this.greet(said);
  }

  greet({ from, after }) {
    if (after < this.coveredFrom) {
      this.channel.postMessage({ type: "resync", to: from });
      return;
    }
    for (const message of this.buffer) {
      if (message.id > after) this.channel.postMessage({ type: "message", to: from, message });
    }
  }

  end() {
    if (this.ended) return;
    this.ended = true;
    if (this.isLeader) this.channel.postMessage({ type: "end" });
    this.dispatchEvent(new CustomEvent("end"));
  }

  pause() {
    const [low, high] = BACK_OFF_MS;
    const span = Math.min(high, low * 2 ** this.attempt++);
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, low + Math.random() * (span - low));
    });
  }
}
