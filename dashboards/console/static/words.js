// Words of the page's language and times as people read them.
const words = JSON.parse(document.body.dataset.words || "{}");

export const say = (key) => words[key] ?? key;

const clock = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
export const clockTime = (ms) => clock.format(ms);

let offsetMs = 0;

// The control room's own clock may be wrong: ages and the clock follow the server's.
export const serverNow = () => Date.now() + offsetMs;
export const learnClock = (serverMs) => { offsetMs = serverMs - Date.now(); };

export function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  if (seconds < 60) return `${seconds} ${say("s")}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} ${say("min")} ${two(seconds % 60)} ${say("s")}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} ${say("h")} ${two(minutes % 60)} ${say("min")}`;
  return `${Math.floor(hours / 24)} ${say("d")} ${hours % 24} ${say("h")}`;
}

export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
