// A beat that goes on in a hidden tab: browsers slow the timers of such a page down to one a minute,
// and not those of a worker.
import { policy } from "./policy.js";

const EVERY_MS = 250;
const calls = new Set();
const beat = () => { for (const call of calls) call(); };
let isBeating = false;

function begin() {
  isBeating = true;
  try {
    const worker = new Worker(policy.createScriptURL("/static/beat.js"));
    worker.onmessage = beat;
    worker.onerror = () => { worker.terminate(); setInterval(beat, EVERY_MS); };
  } catch {
    setInterval(beat, EVERY_MS);
  }
}

export function onBeat(call) {
  calls.add(call);
  if (!isBeating) begin();
}
