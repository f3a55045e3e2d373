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
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "X-CSRF-Token": csrf, "Idempotency-Key": form.dataset.key, Accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
    });
    const said = await answer.json();
    toast(said.message ?? said.detail ?? say("failed"), !answer.ok || said.state === "refused");
    // A refusal is final for its key: asking again is a new act, not the old answer once more.
    if (["done", "refused"].includes(said.state)) delete form.dataset.key;
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
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    if (refusesClick(event.submitter, toast)) return;
    if (event.submitter && form.closest("ol[data-queue]") && hasJustShifted()) return;
    submit(form, csrf);
  });
}
