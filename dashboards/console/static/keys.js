// Keys of the operator; each is shown in its button and in the list that `?` opens.
import { toast } from "./acts.js";
import { unfold } from "./alarms.js";
import { startHolding, stopHolding } from "./hold.js";
import { openKeys, openPalette } from "./palette.js";

const GO_MS = 1500;
const rows = () => [...document.querySelectorAll("li[data-alarm]")];
const current = () => document.activeElement?.closest("li[data-alarm]");
let goUntil = 0;

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  next.querySelector("a.what").focus();
}

const ownForm = (row) => row.querySelector(":scope > .act form[data-act=acknowledge]");

function acknowledge() {
  const row = current();
  if (row) return ownForm(row)?.requestSubmit();
  const forms = document.querySelectorAll("form[data-act=acknowledge]");
  if (forms.length === 1) forms[0].requestSubmit();
}

// The row and all that is folded behind it, which never is life safety.
async function acknowledgeGroup() {
  const row = current();
  if (!row || "life" in row.dataset) return acknowledge();
  const button = row.querySelector("[data-unfold]");
  if (button && !row.querySelector(":scope > .behind")) await unfold(button);
  ownForm(row)?.requestSubmit();
  for (const behind of row.querySelectorAll(".behind > li[data-alarm]:not([data-life])")) {
    ownForm(behind)?.requestSubmit();
  }
}

function focusOn(selector) {
  const found = document.querySelector(selector);
  found?.focus();
  found?.scrollIntoView({ block: "nearest" });
}

function openOrder() {
  const link = (current() ?? document).querySelector('a[href^="/orders/"]');
  if (link) location.assign(link.href);
}

function openDispatch() {
  const box = document.getElementById("dispatch");
  if (!box) return;
  box.open = true;
  focusOn("#dispatch-to");
}

function go(key) {
  const target = [...document.querySelectorAll("[data-go]")].find((one) => one.textContent === key.toUpperCase());
  if (target) location.assign(target.dataset.go);
}

function filter(key) {
  document.querySelector(`[data-severity-key="${key}"]`)?.click();
}

function leave() {
  document.activeElement?.blur();
  if (!document.getElementById("lists")) document.querySelector(".crumb a")?.click();
}

export function startKeys(sound) {
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    a: acknowledge,
    A: acknowledgeGroup,
    e: () => { const button = current()?.querySelector("[data-unfold]"); if (button) unfold(button); },
    m: () => toast(sound.mute()),
    d: openOrder,
    f: () => focusOn("#cause-false"),
    p: openDispatch,
    z: () => document.querySelector("form[data-act=take_back]")?.requestSubmit(),
    c: () => focusOn("#comment"),
    t: () => focusOn(".rescue-steps :is(input:not([type=hidden]), button, select)"),
    r: () => focusOn("#why-reset"),
    s: () => focusOn("#why-shelve"),
    g: () => { goUntil = performance.now() + GO_MS; },
    "/": openPalette,
    "?": openKeys,
    Escape: leave,
    1: () => filter(1), 2: () => filter(2), 3: () => filter(3), 4: () => filter(4),
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openPalette();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key.toLowerCase() === "b" && !event.repeat) return startHolding(document.querySelector("button[data-hold]"));
    if (performance.now() < goUntil && event.key.length === 1) {
      goUntil = 0;
      event.preventDefault();
      return go(event.key);
    }
    const act = keys[event.key] ?? (event.shiftKey ? undefined : keys[event.key.toLowerCase()]);
    if (act && !(event.repeat && !"jk".includes(event.key))) {
      event.preventDefault();
      act();
    }
  });
  document.addEventListener("keyup", (event) => { if (event.key.toLowerCase() === "b") stopHolding(); });
}
