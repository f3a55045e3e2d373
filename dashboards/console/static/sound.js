// Sounds made by oscillators: one rhythm for each kind of alarm, one voice a browser.
import { onBeat } from "./pulse.js";
import { age, say } from "./words.js";

const MUTE_MS = 120_000;
const TICK_MS = 250;
const DEAF_MS = 3000;
// [frequency in Hz, start in s, length in s]; every_s: repeated until acknowledged, 0: once.
const RHYTHMS = {
  fire: { every_s: 1.2, tones: [[960, 0, 0.55], [720, 0.6, 0.55]], level: 0.5 },
  entrapment: { every_s: 3, tones: [[1250, 0, 0.18], [1250, 0.3, 0.18], [1250, 0.6, 0.18]], level: 0.5 },
  serious: { every_s: 20, tones: [[880, 0, 0.2], [880, 0.32, 0.2]], level: 0.4 },
  contact: { every_s: 0, tones: [[520, 0, 0.6]], level: 0.3 },
  soft: { every_s: 0, tones: [[660, 0, 0.35]], level: 0.2 },
};
const ORDER = Object.keys(RHYTHMS);

export class Sound {
  constructor() {
    this.open = new Map();
    this.announced = new Set();
    this.mutedUntil = 0;
    this.nextAt = {};
    this.isVoice = !navigator.locks;
  }

  start() {
    this.button = document.getElementById("sound");
    this.silence = document.getElementById("silence");
    this.button?.addEventListener("click", () => this.consent());
    this.silence?.addEventListener("click", () => this.mute());
    if (sessionStorage.getItem("towerwatch-on-duty")) this.consent();
    document.getElementById("deaf")?.addEventListener("click", () => this.consent());
    // A page that was opened anew may speak only after a gesture; on duty, any gesture will do.
    for (const name of ["pointerdown", "keydown"]) {
      addEventListener(name, () => { if (this.asked && !this.isOn) this.consent(); }, { capture: true, passive: true });
    }
    this.show();
    onBeat(() => this.tick());
  }

  async consent() {
    this.context ??= new AudioContext();
    sessionStorage.setItem("towerwatch-on-duty", "1");
    if (!this.asked) {
      this.asked = true;
      this.soundAt = Date.now();
      globalThis.Notification?.requestPermission?.().catch(() => {});
    }
    if (navigator.locks && !this.hasAskedForVoice) {
      this.hasAskedForVoice = true;
      navigator.locks.request("towerwatch voice", () => { this.isVoice = true; return new Promise(() => {}); });
    }
    // Without a gesture of the person the browser leaves this waiting; the strip then says mute.
    await Promise.race([this.context.resume(), new Promise((r) => setTimeout(r, 300))]);
    if (this.isOn) this.play("soft");
    this.show();
  }

  get isOn() { return this.context?.state === "running"; }

  // The server's word on what is unacknowledged now.
  replace(list) {
    // The list may know of an alarm before the stream does: the silence is not meant for it.
    const newest = Math.max(0, ...list.map(({ id }) => id));
    if (this.newest !== undefined && newest > this.newest) this.mutedUntil = 0;
    this.newest = Math.max(this.newest ?? 0, newest);
    this.open = new Map(list.map(({ id, sound }) => [id, sound]));
    for (const id of this.announced) if (!this.open.has(id)) this.announced.delete(id);
    this.tick();
  }

  change({ id, sound, unacknowledged, open, drill, life_safety: isLife }) {
    // The bureau hears life safety until somebody there has received it; the strip says of which.
    if (document.body.dataset.may?.split(" ").includes("bureau_receive") && (!isLife || this.open.has(id))) return;
    if (unacknowledged && open) {
      if (!this.open.has(id)) this.mutedUntil = 0;
      this.open.set(id, drill ? "soft" : sound);
    } else {
      this.open.delete(id);
      this.announced.delete(id);
    }
    this.tick();
  }

  mute() {
    this.mutedUntil = Date.now() + MUTE_MS;
    this.show();
    return say("silenced");
  }

  // Whoever has consented must be told when the sound is gone: the browser took it away, or its
  // clock stands although it says that it runs.
  check() {
    const now = Date.now();
    const heard = this.context?.currentTime ?? 0;
    if (this.isOn && heard !== this.heardTime) this.soundAt = now;
    this.heardTime = heard;
    const isDeaf = this.asked === true && now - (this.soundAt ?? now) > DEAF_MS;
    this.soundAt ??= now;
    if (isDeaf === this.isDeaf) return;
    this.isDeaf = isDeaf;
    const banner = document.getElementById("deaf");
    if (banner) banner.hidden = !isDeaf;
    if (isDeaf && globalThis.Notification?.permission === "granted") new Notification(say("deaf"), { tag: "deaf" });
  }

  tick() {
    this.check();
    const sounding = [...this.open.values()];
    const worst = ORDER.find((name) => sounding.includes(name));
    document.body.dataset.sounding = worst ?? "";
    this.show();
    if (!worst || !this.isOn || !this.isVoice || Date.now() < this.mutedUntil) return;
    const { every_s } = RHYTHMS[worst];
    const fresh = [...this.open].some(([id, name]) => name === worst && !this.announced.has(id));
    const now = this.context.currentTime;
    if (fresh || (every_s && now >= (this.nextAt[worst] ?? 0) - TICK_MS / 1000)) {
      this.play(worst);
      this.nextAt[worst] = now + (every_s || 1e9);
      for (const id of this.open.keys()) this.announced.add(id);
    }
  }

  play(name) {
    const { tones, level } = RHYTHMS[name];
    const start = this.context.currentTime + 0.02;
    for (const [frequency, at, length] of tones) {
      const oscillator = new OscillatorNode(this.context, { type: "triangle", frequency });
      const gain = new GainNode(this.context, { gain: 0 });
      gain.gain.setValueAtTime(0, start + at);
      gain.gain.linearRampToValueAtTime(level, start + at + 0.02);
      gain.gain.setValueAtTime(level, start + at + length - 0.05);
      gain.gain.linearRampToValueAtTime(0, start + at + length);
      oscillator.connect(gain).connect(this.context.destination);
      oscillator.start(start + at);
      oscillator.stop(start + at + length);
    }
    document.body.dataset.played = name;
  }

  show() {
    if (this.button) this.button.hidden = this.isOn;
    if (this.silence) this.silence.hidden = !this.isOn || this.open.size === 0 || Date.now() < this.mutedUntil;
    const cell = document.querySelector("[data-sound-state]");
    if (!cell) return;
    const left = this.mutedUntil - Date.now();
    const isBroken = !this.isOn || this.isDeaf;
    const isMuted = isBroken || left > 0;
    // Who has silenced it sees when it comes back.
    const muted = isBroken ? say("muted") : `${say("muted")} ${age(left)}`;
    const text = isMuted ? muted : say("sound_on");
    if (cell.textContent !== text) cell.textContent = text;
    cell.closest(".cell").classList.toggle("danger", isMuted);
  }
}
