// Steps of an order on a telephone: kept on the telephone first, sent in their order, and believed
// only when the platform has answered. Each step has one key, so that a step whose answer was lost
// is sent again and still happens once.
import { toast } from "./acts.js";
import "./focus.js";
import { clockTime, learnClock, randomId, serverNow } from "./words.js";

const say = JSON.parse(document.querySelector("[data-phone-words]").dataset.phoneWords);
let csrf = document.body.dataset.csrf;
const owner = document.body.dataset.user;
const RETRY_MS = 10_000;
const LATE_MS = 30_000;
const KEPT_MS = 300_000;
// In a shaft a line hangs rather than ends: nothing behind it is sent until it is given up.
const LINE_MS = 15_000;
const PHOTOS_MS = 300_000;
const PHOTO_PX = 1600;
const STORE = "steps";

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("towerwatch-phone", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function ask(mode, make) {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const request = make(database.transaction(STORE, mode).objectStore(STORE));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const waiting = async () => (await ask("readonly", (store) => store.getAll())).filter((item) => item.owner === owner);
const keep = (item) => ask("readwrite", (store) => store.put(item));
const drop = (item) => ask("readwrite", (store) => store.delete(item.id));

let sending = null;

// One sender a browser: two tabs would send steps out of their order.
function flush() {
  sending ??= (navigator.locks
    ? navigator.locks.request("towerwatch phone", sendAll)
    : sendAll()).finally(() => { sending = null; show(); });
  return sending;
}

async function sendAll() {
  const stopped = new Set();
  let sent = false;
  for (const item of await waiting()) {
    if (stopped.has(item.order)) continue;
    if (item.state === "refused") { if (!item.rescue) stopped.add(item.order); continue; }
    item.state = "sending";
    await keep(item);
    await show();
    const outcome = await send(item);
    if (outcome === "done") { await drop(item); sent = true; continue; }
    item.state = outcome;
    await keep(item);
    // That people are out is a fact of its own, whoever came first: it waits for no step before it.
    if (outcome !== "refused" || !item.rescue) stopped.add(item.order);
    if (outcome === "waiting") break;
  }
  if (sent) document.body.dispatchEvent(new CustomEvent("tw:acted"));
}

async function send(item) {
  const form = new FormData();
  for (const [name, value] of item.fields) form.append(name, value);
  for (const photo of item.photos ?? []) form.append("photos", photo, "photo.jpg");
  try {
    const answer = await fetch(item.url, {
      method: "POST",
      headers: { "X-CSRF-Token": csrf, "Idempotency-Key": item.key, Accept: "application/json" },
      body: item.photos ? form : new URLSearchParams(form),
      signal: AbortSignal.timeout(item.photos ? PHOTOS_MS : LINE_MS),
    });
    if (answer.status === 401) return "login";
    if (answer.status >= 500) return "waiting";
    const why = answer.status === 403 && await renew();
    if (why) return why;
    const said = await answer.json();
    if (said.state === "done") return "done";
    if (said.state === "waiting") return "waiting";
    item.message = said.message ?? said.detail ?? say.refused;
    return "refused";
  } catch {
    return "waiting";
  }
}

// A page that the telephone kept may be older than the session, or another person's: then the step
// was not judged at all. Nothing: the word was the right one, and the refusal is meant.
async function renew() {
  const answer = await fetch("/me", { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(LINE_MS) });
  const page = await answer.text();
  const [user, word] = ["user", "csrf"].map((name) => page.match(`data-${name}="([^"]+)"`)?.[1]);
  if (user !== owner) return "login";
  if (word === csrf) return null;
  csrf = word;
  return "waiting";
}

// Steps after a refused one build on it: without it they would be taken on whatever stands now.
async function discard(item) {
  for (const later of await waiting()) {
    if (later.id === item.id || (item.act && later.act && later.order === item.order && later.id > item.id)) await drop(later);
  }
}

const box = () => document.querySelector("[data-phone-queue]");

// What waits stands on the page with its state; nothing is shown as done that is not.
async function show() {
  const items = await waiting();
  const where = box();
  if (where) {
    where.replaceChildren(...items.map(line));
    where.hidden = items.length === 0;
  }
  showOffline(items);
  for (const order of document.querySelectorAll("[data-phone-order]")) advance(order, items);
}

let printedAt = 0;
let heardAt = Date.now();

// When the platform was last heard: the strip comes every few seconds; of a page that the telephone
// kept, its first word is as old as the page, and the clock goes by the telephone's own.
function showOffline(items) {
  const now = Number(document.querySelector("[data-clock]")?.dataset.now ?? 0);
  if (now && now !== printedAt) {
    heardAt = printedAt || Date.now() - now < KEPT_MS ? Date.now() : now;
    printedAt = now;
  }
  if (heardAt === printedAt) learnClock(Date.now());
  const isOld = Date.now() - heardAt > LATE_MS;
  const offline = document.querySelector("[data-phone-offline]");
  if (!offline) return;
  offline.hidden = navigator.onLine && !isOld && !items.some((item) => item.state === "login");
  offline.querySelector("b").textContent = isOld ? `${say.as_of} ${dayTime(heardAt)}` : "";
}

const dayTime = (ms) => `${new Date(ms + 8 * 3_600_000).toISOString().slice(5, 10)} ${clockTime(ms)}`;

function line(item) {
  const row = document.createElement("li");
  row.className = `queued q-${item.state}`;
  const what = document.createElement("b");
  what.textContent = `${item.number} ${item.label} ${clockTime(item.at)}`;
  const state = document.createElement("span");
  state.textContent = item.state === "refused" ? `${say.refused}: ${item.message}` : say[item.state];
  row.append(what, " ", state);
  if (item.state === "refused") {
    const button = document.createElement("button");
    button.className = "quiet";
    button.textContent = say.discard;
    button.addEventListener("click", async () => { await discard(item); await flush(); location.reload(); });
    row.append(" ", button);
  }
  return row;
}

// The next step is offered while the one before still waits for a signal.
function advance(order, items) {
  const own = items.filter((item) => item.order === order.dataset.phoneOrder && item.act);
  const taken = new Set(own.map((item) => item.act));
  const forms = [...order.querySelectorAll("form[data-phone-step]")];
  let offered = false;
  for (const form of forms) {
    const isNext = !offered && !taken.has(form.dataset.phoneStep);
    form.hidden = !isNext;
    offered ||= isNext;
  }
  for (const form of order.querySelectorAll("form[data-phone-only-first]")) form.hidden = taken.size > 0;
  passRescue(order, items);
}

const RESCUE = ["rescue_accept", "rescue_arrive", "rescue_release"];

// A step of a rescue that waits, and those before it, are not offered again.
function passRescue(order, items) {
  const own = items.filter((item) => item.rescue && item.state !== "refused");
  for (const form of order.querySelectorAll("form[data-phone-rescue]")) {
    const at = RESCUE.indexOf(form.dataset.act);
    form.hidden = at >= 0 && own.some((item) => item.order === chainOf(form, order) && RESCUE.indexOf(item.act) >= at);
  }
}

// Steps of a rescue are sent one after another too, and apart from those of the order.
const chainOf = (form, order) => (form.dataset.phoneRescue ? `rescue ${form.dataset.phoneRescue}` : order.dataset.phoneOrder);

async function take(form) {
  const order = form.closest("[data-phone-order]");
  const items = await waiting();
  const chain = chainOf(form, order);
  const isFirst = !items.some((item) => item.order === chain && item.act);
  const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrf");
  await keep({
    owner, order: chain, number: order.dataset.phoneNumber, rescue: "phoneRescue" in form.dataset,
    act: form.dataset.phoneStep ?? form.dataset.act, label: form.dataset.phoneLabel, url: form.action,
    // Only the first step saw the order as it is; those after it build on it. What is sent is settled
    // here: the same key must never stand for two requests.
    fields: [...fields.filter(([name]) => isFirst || name !== "version"), ["done_at", Math.round(serverNow())]],
    key: randomId(), at: Date.now(), state: "waiting",
  });
  form.reset();
  await show();
  await flush();
}

async function takePhotos(form) {
  const order = form.closest("[data-phone-order]");
  const files = [...form.querySelector("[type=file]").files];
  if (!files.length) { toast(say.no_photo, true); return; }
  await keep({
    owner, order: order.dataset.phoneOrder, number: order.dataset.phoneNumber, label: form.dataset.phoneLabel,
    url: form.action, fields: [["done_at", Math.round(serverNow())]], photos: await Promise.all(files.slice(0, 6).map(smaller)), key: randomId(),
    at: Date.now(), state: "waiting",
  });
  form.reset();
  await show();
  await flush();
}

// A telephone's photo is megabytes; what a repair needs to show is not.
async function smaller(file) {
  try {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, PHOTO_PX / Math.max(image.width, image.height));
    const canvas = new OffscreenCanvas(Math.round(image.width * scale), Math.round(image.height * scale));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
  } catch {
    return file;
  }
}

// What the platform would refuse hours later, where nobody is there to mend it.
function wrongIn(form) {
  const said = new FormData(form);
  const hurt = Number(said.get("injured") ?? 0);
  if (hurt > Number(said.get("people") ?? hurt)) return say.too_many_hurt;
  return hurt && !said.get("text").trim() ? say.say_how_hurt : "";
}

addEventListener("submit", (event) => {
  const form = event.target.closest("[data-phone-order] form[data-phone-label]");
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const needed = [...form.querySelectorAll("[required]")].find((field) => !field.value.trim());
  if (needed) { toast(say.reason_needed, true); needed.focus(); return; }
  const wrong = wrongIn(form);
  if (wrong) { toast(wrong, true); return; }
  const kept = "phonePhotos" in form.dataset ? takePhotos(form) : take(form);
  kept.catch(() => toast(say.not_kept, true));
}, true);

addEventListener("change", ({ target }) => {
  const form = target.closest?.("form[data-phone-photos]");
  if (form) takePhotos(form).catch(() => toast(say.not_kept, true));
});

addEventListener("online", flush);
addEventListener("offline", show);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") flush(); });
document.addEventListener("htmx:after:swap", show);
setInterval(async () => {
  const items = await waiting();
  showOffline(items);
  if (items.length) flush();
}, RETRY_MS);
flush();

if (navigator.serviceWorker) {
  const policy = globalThis.trustedTypes?.createPolicy("towerwatch-worker", { createScriptURL: (url) => url })
    ?? { createScriptURL: (url) => url };
  navigator.serviceWorker.register(policy.createScriptURL("/worker.js"), { scope: "/t" }).catch(() => {});
}
