// An act that goes outward is asked for by holding its button for a second: no window asks, and no
// stray click sends.
const HOLD_MS = 1000;
let timer;
let held;

export function startHolding(button) {
  if (!button || button.disabled || held) return;
  held = button;
  button.classList.add("holding");
  timer = setTimeout(() => {
    const form = button.form;
    stopHolding();
    button.dataset.isHeld = "1";
    form.requestSubmit(button);
    delete button.dataset.isHeld;
  }, HOLD_MS);
}

export function stopHolding() {
  clearTimeout(timer);
  held?.classList.remove("holding");
  held = undefined;
}

// A click, or Enter in the button, is no holding: it says what to do instead.
export function refusesClick(submitter, tell) {
  if (!submitter || !("hold" in submitter.dataset) || submitter.dataset.isHeld) return false;
  tell(submitter.dataset.hold);
  return true;
}

export function startHolds() {
  const find = (event) => event.target.closest?.("button[data-hold]");
  document.addEventListener("pointerdown", (event) => { if (event.button === 0) startHolding(find(event)); });
  for (const name of ["pointerup", "pointercancel", "blur"]) document.addEventListener(name, stopHolding);
  document.addEventListener("pointerout", (event) => { if (find(event) === held) stopHolding(); });
  document.addEventListener("keydown", (event) => {
    if (!["Enter", " "].includes(event.key) || !find(event)) return;
    event.preventDefault();
    if (!event.repeat) startHolding(find(event));
  });
  document.addEventListener("keyup", (event) => { if (["Enter", " "].includes(event.key)) stopHolding(); });
}
