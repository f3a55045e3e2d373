// What a person does: sent once under a key of its own, believed only when the platform says so.
import { hasJustShifted } from "./alarms.js";
import { refusesClick, startHolds } from "./hold.js";
import { randomId, say } from "./words.js";

let toastTimer;

export function toast(text, isBad = false) {
  const box = document.getElementById("toast");
  box.textContent = text;
  box.className = isBad ? "bad" : "";
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, isBad ? 8000 : 3000);
}

const AGAIN_MS = 2000;
const LINE_MS = 15_000;
// Longer than the platform tries an act whose subject somebody else holds.
const FOLLOW_MS = 90_000;

// The same key gets the same answer: what was taken and is not yet done is asked after until it is.
async function outcome(form, csrf) {
  const body = new URLSearchParams(new FormData(form));
  // A live change writes the form anew and takes its key while it is still asked after.
  const { action, dataset: { key } } = form;
  const request = () => fetch(action, {
    method: "POST",
    headers: { "X-CSRF-Token": csrf, "Idempotency-Key": key, Accept: "application/json" },
    body,
    // A line that hangs says nothing; the same key may be sent again.
    signal: AbortSignal.timeout(LINE_MS),
  });
  const until = Date.now() + FOLLOW_MS;
  let answer = await request();
  let said = await answer.json();
  while (said.state === "waiting" && Date.now() < until) {
    toast(said.message, true);
    await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
    try {
      const next = await request();
      const word = await next.json();
      if (word.state) [answer, said] = [next, word];
    } catch {
      // It was taken before: only the word of what became of it is missing.
    }
  }
  if (said.state === "waiting") said.message = say("still_waiting");
  return { answer, said };
}

async function submit(form, csrf) {
  const reason = form.querySelector("[name=text][required]");
  if (reason && !reason.value.trim()) {
    toast(say("reason_needed"), true);
    reason.focus();
    return;
  }
  form.dataset.key ??= randomId();
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  form.classList.add("sending");
  try {
    const { answer, said } = await outcome(form, csrf);
    toast(said.message ?? said.detail ?? say("failed"), !answer.ok || ["refused", "waiting"].includes(said.state));
    if (answer.status === 401) document.body.dispatchEvent(new CustomEvent("tw:logged-out"));
    // A refusal is final for its key: asking again is a new act, not the old answer once more.
    // What was changed since is another act, which the old key refuses (422).
    if (["done", "refused"].includes(said.state) || answer.status === 422) delete form.dataset.key;
    if (answer.ok && form.dataset.then) location.assign(form.dataset.then);
    if (said.state === "done" && "clears" in form.dataset) form.reset();
    if (said.state === "done") document.body.dispatchEvent(new CustomEvent("tw:acted"));
  } catch {
    toast(say("failed"), true);
  } finally {
    form.classList.remove("sending");
    buttons.forEach((button) => { button.disabled = false; });
  }
}

export function startActs(csrf) {
  startHolds();
  // The second click of a double one meets the next step, which has come into the place of the first.
  document.addEventListener("click", (event) => {
    const isStep = event.target.closest?.("form[data-act] button, form[data-phone-label] button");
    if (isStep && event.detail > 1) event.preventDefault();
  }, true);
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    if (refusesClick(event.submitter, toast)) return;
    if (event.submitter && form.closest("ol[data-queue]") && hasJustShifted()) return;
    submit(form, csrf);
  });
}
