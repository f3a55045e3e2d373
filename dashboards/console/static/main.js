// Starts what every page of a logged-in person needs.
import { startActs, toast } from "./acts.js";
import { applyAlarm, checkFire, rowsInSight, startLists, startSightings, watchRows } from "./alarms.js";
import "./focus.js";
import { startPalette } from "./palette.js";
import { startKeys } from "./keys.js";
import { onBeat } from "./pulse.js";
import { Sound } from "./sound.js";
import { Stream } from "./stream.js";
import { age, clockTime, learnClock, say, serverNow } from "./words.js";

const body = document.body;
const csrf = body.dataset.csrf;
const stream = new Stream({ key: body.dataset.streamKey, from: Number(body.dataset.streamFrom || 0) });
const sound = new Sound();
const title = document.title;
const tell = (name) => body.dispatchEvent(new CustomEvent(name));

const RECENT = 1000;
const recent = new Map();

stream.addEventListener("change", ({ detail: { name, id, body: said } }) => {
  if (said.kind === "alarm" && said.html) {
    recent.delete(said.id);
    recent.set(said.id, { id, said });
    if (recent.size > RECENT) recent.delete(recent.keys().next().value);
    applyAlarm(said);
    sound.change(said);
  }
  tell(`tw:${name}`);
  tell(`tw:${name}-${said.id}`);
  tell("tw:strip");
});
stream.addEventListener("resync", () => { tell("tw:resync"); tell("tw:strip"); });
stream.addEventListener("end", () => {
  toast(say("logged_out"), true);
  showStale(true, stream.heardAt);
});
// An act that was refused for want of a session says so before the stream does.
body.addEventListener("tw:logged-out", () => stream.end());
stream.addEventListener("live", () => body.classList.add("live"));
stream.addEventListener("stale", ({ detail }) => showStale(detail.isStale, detail.heardAt));

function showStale(isStale, heardAt) {
  const banner = document.getElementById("stale");
  const text = stream.ended ? say("logged_out") : say("reconnecting");
  body.classList.toggle("stale", isStale);
  banner.hidden = !isStale;
  banner.textContent = isStale ? `${say("stale")} ${clockTime(heardAt)} · ${text}` : "";
  if (isStale && stream.ended) banner.append(" ", wayIn());
}

// Where the log-in is, and back to this page from there.
function wayIn() {
  const link = document.createElement("a");
  link.className = "quiet";
  link.href = `/login?back=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = say("log_in");
  return link;
}

function learnStrip() {
  const clock = document.querySelector("[data-clock]");
  if (clock?.dataset.now) learnClock(Number(clock.dataset.now));
  const sounding = document.querySelector("[data-sounding-list]");
  if (sounding) sound.replace(JSON.parse(sounding.dataset.soundingList));
}

// Of thousands of rows only those on the screen show their age.
function* ages() {
  if (!document.getElementById("lists")) return void (yield* document.querySelectorAll("[data-since]"));
  yield* document.querySelectorAll("#strip [data-since]");
  for (const row of rowsInSight()) yield* row.querySelectorAll("[data-since]");
}

function writeAges() {
  const now = serverNow();
  for (const cell of ages()) {
    const passed = now - Number(cell.dataset.since);
    const text = age(passed);
    if (cell.textContent !== text) cell.textContent = text;
    const limit = cell.closest("[data-limit]");
    if (limit) limit.classList.toggle("odd", passed > Number(limit.dataset.limit) * 1000);
  }
}

let beats = 0;
function tick() {
  beats += 1;
  if (beats % 2 === 0) return;
  const now = serverNow();
  for (const cell of document.querySelectorAll("[data-clock]")) cell.textContent = clockTime(now);
  writeAges();
  for (const cell of document.querySelectorAll("[data-until]")) {
    const left = Number(cell.dataset.until) - now;
    cell.textContent = left < 0 ? `-${age(-left)}` : age(left);
    cell.classList.toggle("late", left < 0);
  }
  const streamAge = document.querySelector("[data-stream-age]");
  if (streamAge) streamAge.textContent = stream.isStale ? age(Date.now() - stream.heardAt) : say("live");
  streamAge?.closest(".cell").classList.toggle("danger", stream.isStale);
  for (const count of document.querySelectorAll("[data-count]")) {
    const told = document.querySelector(`[data-count-of="${count.dataset.count}"]`);
    if (told && count.textContent !== told.textContent) count.textContent = told.textContent;
  }
  checkFire();
  const life = document.querySelectorAll("#fire > li[data-unacked][data-life]").length;
  document.title = life && beats % 4 === 1 ? `【${say("fire_call")} ${life}】` : title;
}

// A list that was read before a change and arrives after it must not take the change away again.
function catchUp() {
  const lists = document.getElementById("lists");
  if (!lists || lists.dataset.caughtUp) return;
  lists.dataset.caughtUp = "1";
  for (const { id, said } of recent.values()) if (id > Number(lists.dataset.resyncId)) applyAlarm(said);
}

document.addEventListener("htmx:after:swap", () => { learnStrip(); catchUp(); watchRows(); });
// Pages that a telephone kept go with whose they were; steps that wait to be sent stay.
document.addEventListener("submit", ({ target }) => {
  if (target.getAttribute("action") === "/logout") globalThis.caches?.delete("towerwatch-phone-1");
});
// On a telephone the bar goes further than the screen: where one is stands in sight.
document.querySelector(".bar nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
learnStrip();
startLists();
startActs(csrf);
if (body.dataset.may.includes("watch")) startSightings(csrf);
startKeys(sound);
startPalette();
sound.start();
stream.start();
tick();
onBeat(tick);
body.addEventListener("tw:sight", writeAges);
if (!document.querySelector("[data-clock]")) tell("tw:strip");
