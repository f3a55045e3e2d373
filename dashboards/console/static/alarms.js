// The alarm lists of a page: rows come and go by id and version, and never jump under the pointer.
import { policy } from "./policy.js";
import { say } from "./words.js";

const LINGER_MS = 8000;
const SETTLE_MS = 400;
const HELD_MS = 60_000;
const LINE_MS = 15_000;
// The count of the strip may be a moment ahead of the list.
const LACK_MS = 2500;
const REREAD_MS = 10_000;
let shiftedAt = -Infinity;

// A click within this time of a shift may have been meant for another row.
export const hasJustShifted = () => performance.now() - shiftedAt < SETTLE_MS;

function element(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content.firstElementChild;
}

// Rows that stand on the screen: only their ages are written, and only they count as seen.
const inSight = new Set();
const watched = new WeakSet();
const sight = new IntersectionObserver((changes) => {
  for (const { isIntersecting, target } of changes) {
    if (isIntersecting) inSight.add(target);
    else inSight.delete(target);
  }
  document.body.dispatchEvent(new CustomEvent("tw:sight"));
});

function watch(row) {
  if (watched.has(row)) return;
  watched.add(row);
  sight.observe(row);
}

export const rowsInSight = () => inSight;

const listOf = (body) => document.querySelector(
  `ol[data-queue="${body.life_safety ? "life" : "other"}"]`);
const isFrozen = (list) => list.matches(":hover") || list.contains(document.activeElement);

export function applyAlarm(body) {
  const list = listOf(body);
  if (!list) return;
  const old = document.getElementById(`alarm-${body.id}`);
  if (old && Number(old.dataset.version) >= body.version) return;
  if (!old && !body.open) return;
  const row = element(body.html);
  watch(row);
  const isUnwanted = !isWanted(list, body);
  if (old) {
    const hadFocus = old.contains(document.activeElement);
    const behind = old.querySelector(":scope > .behind");
    old.replaceWith(row);
    if (behind) attach(row, behind);
    if (hadFocus) row.querySelector("a.what")?.focus();
    if (body.open && (old.dataset.rank !== row.dataset.rank || "waiting" in old.dataset)) rerank(list, old, row);
  } else if (!isUnwanted) {
    insert(list, row);
  }
  if (!body.open || isUnwanted) setTimeout(() => remove(row), body.open ? 0 : LINGER_MS);
  showEmpty(list);
  announce(body, !old);
}

// The same filter as the server's: the list says which tab, severity and place it is about.
function isWanted(list, body) {
  const { tab, severity, place } = list.dataset;
  if (tab && !body.tabs.split(" ").includes(tab)) return false;
  if (severity && body.severity !== severity) return false;
  return !place || body.path === place || body.path.startsWith(`${place}.`);
}

// What is folded behind a row stays open when the row is written anew.
function attach(row, behind) {
  row.append(behind);
  row.classList.add("unfolded");
  row.querySelector("[data-unfold]")?.setAttribute("aria-expanded", "true");
}

export async function unfold(button) {
  const row = button.closest("li[data-alarm]");
  const open = row.querySelector(":scope > .behind");
  button.setAttribute("aria-expanded", String(!open));
  row.classList.toggle("unfolded", !open);
  if (open) return open.remove();
  const behind = document.createElement("ol");
  behind.className = "behind alarms";
  attach(row, behind);
  await fill(behind, button.dataset.unfold);
}

async function fill(box, url) {
  const signal = AbortSignal.timeout(LINE_MS);
  const answer = await fetch(url, { headers: { Accept: "text/html" }, signal }).catch(() => null);
  if (!answer?.ok) return false;
  const html = await answer.text().catch(() => null);
  if (html === null) return false;
  box.insertAdjacentHTML("beforeend", policy.createHTML(html));
  return true;
}

// The next page of rows, as the end of the list comes into sight; what came live is not twice.
const endings = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) if (isIntersecting) lengthen(target);
}, { rootMargin: "600px" });

async function lengthen(ending) {
  endings.unobserve(ending);
  const page = document.createElement("ol");
  if (!await fill(page, ending.dataset.more)) return void setTimeout(() => endings.observe(ending), 2000);
  const rows = [...page.children].filter((row) => !row.id || !document.getElementById(row.id));
  ending.replaceWith(...rows);
  watchRows();
}

export function watchRows() {
  for (const row of document.querySelectorAll("li[data-alarm]")) watch(row);
  for (const ending of document.querySelectorAll("[data-more]")) endings.observe(ending);
}

function insert(list, row) {
  row.classList.add("new");
  if (isFrozen(list)) {
    list.append(row);
    row.dataset.waiting = "";
    countWaiting();
    return;
  }
  settle(list);
  place(list, row);
  shiftedAt = performance.now();
}

// A row whose turn has changed goes to its place as soon as nobody stands in the list.
function rerank(list, old, row) {
  row.dataset["waiting" in old.dataset ? "waiting" : "astray"] = "";
  settleSoon(list);
}

// A row that was written anew under the pointer does not say when the pointer leaves it.
const settling = new WeakSet();

function settleSoon(list) {
  if (!isFrozen(list)) return settle(list);
  if (settling.has(list)) return;
  settling.add(list);
  setTimeout(() => {
    settling.delete(list);
    if (list.isConnected) settleSoon(list);
  }, SETTLE_MS);
}

function settle(list) {
  const astray = list.querySelectorAll(":scope > [data-astray]");
  if (!astray.length) return;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  for (const row of astray) row.remove();
  for (const row of astray) {
    delete row.dataset.astray;
    place(list, row);
  }
  focused?.focus({ preventScroll: true });
  shiftedAt = performance.now();
}

// What belongs behind the end of a list that has more is read with its next page.
function place(list, row) {
  const ending = list.querySelector(":scope > [data-until]");
  if (ending && row.dataset.rank > ending.dataset.until) return row.remove();
  list.insertBefore(row, firstAfter(list, row));
}

// Rows stand in the order of their ranks, so that a half at a time is looked at; waiting rows and
// the list's ending stand at its foot, out of order.
function firstAfter(list, row) {
  const rows = list.children;
  let low = 0;
  let high = rows.length;
  while (high && (rows[high - 1] === row || !rows[high - 1].dataset.rank || "waiting" in rows[high - 1].dataset)) high -= 1;
  const end = high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].dataset.rank > row.dataset.rank) high = middle;
    else low = middle + 1;
  }
  return rows[low === end ? end : low] ?? null;
}

// What is over stands a while longer under the pointer; a pointer that was left there holds nothing up.
function remove(row, since = performance.now()) {
  const list = row.parentElement;
  if (list?.matches(":hover") && performance.now() - since < HELD_MS) {
    return void setTimeout(() => remove(row, since), SETTLE_MS);
  }
  row.remove();
  shiftedAt = performance.now();
  if (list) showEmpty(list);
}

function countWaiting() {
  const waiting = document.querySelectorAll("[data-waiting]").length;
  const button = document.getElementById("thaw");
  if (!button) return;
  button.hidden = waiting === 0;
  button.textContent = `${waiting} ${say("new_alarms")} ↑`;
}

function thaw() {
  for (const list of document.querySelectorAll("ol[data-queue]")) settle(list);
  for (const row of document.querySelectorAll("[data-waiting]")) {
    delete row.dataset.waiting;
    place(row.parentElement, row);
    shiftedAt = performance.now();
  }
  countWaiting();
}

// How many alarms of a queue the platform counts; 0 where the page was not told.
const counted = (name) => Number(document.querySelector(`[data-count-of="${name}"]`)?.textContent ?? 0);

// Nothing is listed is not the same as nothing is open: the list may have been cut, or be behind.
function showEmpty(list) {
  const isLife = list.dataset.queue === "life";
  const isEmpty = list.children.length === 0 && !(isLife && counted(list.id) > 0);
  const note = document.querySelector(`[data-empty="${list.id}"]`);
  if (note) note.hidden = !isEmpty;
  if (isLife) document.getElementById("fire-section").classList.toggle("has-fire", !isEmpty);
}

let lackSince = null;

// Every open fire is on the list or said to be missing from it; a list that lacks some although it
// has no further page is read anew.
export function checkFire() {
  const list = document.getElementById("fire");
  const note = document.querySelector('[data-beyond="fire"]');
  if (!list || !note) return;
  const lacking = counted("fire") - list.querySelectorAll(":scope > li[data-alarm]:not([data-closed])").length;
  const now = performance.now();
  if (lacking <= 0) lackSince = null;
  else lackSince ??= now;
  const isSaid = lackSince !== null && now - lackSince >= LACK_MS;
  note.hidden = !isSaid;
  if (isSaid) note.textContent = `${lacking} ${say("not_listed")}`;
  showEmpty(list);
  if (!isSaid || list.querySelector("[data-more]")) return;
  lackSince = now + REREAD_MS;
  document.body.dispatchEvent(new CustomEvent("tw:resync"));
}

function announce(body, isNew) {
  if (!isNew || !body.open) return;
  const where = document.getElementById(body.life_safety ? "announce-fire" : "announce");
  if (where) where.textContent = `${body.sentence} ${body.place}`;
}

export function startLists() {
  watchRows();
  document.addEventListener("pointerout", (event) => {
    const list = event.target.closest?.("ol[data-queue]");
    if (list && !list.contains(event.relatedTarget)) thaw();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#thaw")) thaw();
    if (event.target.closest("[data-more-now]")) lengthen(event.target.closest("[data-more]"));
    const button = event.target.closest("[data-unfold]");
    if (button) unfold(button);
  });
}

// The second tick: a row that stands on a visible screen has been seen.
export function startSightings(csrf) {
  let waiting = new Set();
  let isSending = false;
  const send = async () => {
    const ids = [...waiting];
    waiting = new Set();
    isSending = true;
    const answer = await fetch("/seen", {
      method: "POST",
      headers: { "X-CSRF-Token": csrf, "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ ids: ids.join(",") }),
      signal: AbortSignal.timeout(LINE_MS),
    }).catch(() => null);
    isSending = false;
    if (!answer?.ok) return;
    for (const id of ids) {
      const row = document.getElementById(`alarm-${id}`);
      row?.querySelector("[data-tick-seen]")?.classList.add("on");
      if (row) row.dataset.seen = "1";
    }
  };
  setInterval(() => {
    // On a line that hangs, one of these a time: more would take an acknowledgement's place.
    if (isSending || document.visibilityState !== "visible") return;
    for (const row of inSight) {
      if (row.isConnected && row.dataset.seen === "0") waiting.add(row.dataset.alarm);
      if (waiting.size >= 200) break;
    }
    if (waiting.size) send();
  }, 500);
}
