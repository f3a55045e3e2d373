// Moves the cars of a building's section; asks only while somebody looks.
const EVERY_MS = 1000;
const LINE_MS = 5000;
let asking = false;

function show(car) {
  const group = document.querySelector(`[data-car="${car.id}"]`);
  if (group) {
    const x = group.getAttribute("transform").match(/-?[\d.]+/)[0];
    group.style.transform = `translate(${x}px, ${car.y}px)`;
    group.classList.toggle("open", car.open);
    group.classList.toggle("person", car.person);
    group.classList.toggle("stale", car.stale);
    const arrow = group.querySelector(".arrow");
    arrow.textContent = { 1: "▲", "-1": "▼" }[car.direction] ?? "";
  }
  const words = document.querySelector(`[data-car-words="${car.id}"]`);
  if (words && words.textContent !== car.words) words.textContent = car.words;
}

async function look() {
  const section = document.getElementById("section");
  if (asking || !section || document.visibilityState !== "visible") return;
  asking = true;
  try {
    const answer = await fetch(section.dataset.cars, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(LINE_MS),
    });
    if (!answer.ok) throw new Error(`section answered ${answer.status}`);
    (await answer.json()).forEach(show);
  } catch {
    // What stands there is of a while ago, until it is heard again.
    for (const group of document.querySelectorAll("[data-car]")) group.classList.add("stale");
  } finally {
    asking = false;
  }
}

look();
setInterval(look, EVERY_MS);
