// Moves the cars of a building's section; asks only while somebody looks.
const EVERY_MS = 1000;
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
    const answer = await fetch(section.dataset.cars, { headers: { Accept: "application/json" } });
    if (answer.ok) (await answer.json()).forEach(show);
  } catch {
    // The strip says that the line is away; the cars are marked as old by their next answer.
  } finally {
    asking = false;
  }
}

look();
setInterval(look, EVERY_MS);
