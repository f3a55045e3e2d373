// Two windows: what is found by a few letters, and the list of keys.
const isShown = () => document.querySelector("dialog[open]") !== null;

function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open || isShown()) return;
  dialog.showModal();
}

export function openPalette() {
  open("palette");
  const question = document.getElementById("question");
  question?.select();
  question?.dispatchEvent(new CustomEvent("tw:find"));
}

export const openKeys = () => open("keys");

// The arrows walk through what was found; Enter in the question opens the first.
function walk(event) {
  const links = [...document.querySelectorAll("#found a")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  if (event.key === "ArrowDown") links[Math.min(links.length - 1, at + 1)].focus();
  else if (event.key === "ArrowUp" && at > 0) links[at - 1].focus();
  else if (event.key === "ArrowUp") document.getElementById("question").focus();
  else if (event.key === "Enter" && at < 0 && !event.isComposing) location.assign(links[0].href);
  else return;
  event.preventDefault();
}

export function startPalette() {
  document.getElementById("palette")?.addEventListener("keydown", walk);
  document.getElementById("find")?.addEventListener("click", openPalette);
  document.getElementById("help")?.addEventListener("click", openKeys);
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }
}
