// Keys of the operator; each is shown in its button.
import { toast } from "./acts.js";

const rows = () => [...document.querySelectorAll("li[data-alarm]")];

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement?.closest("li[data-alarm]"));
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  next.querySelector("a.what").focus();
}

function acknowledge() {
  const row = document.activeElement?.closest("li[data-alarm]");
  const form = (row ?? document).querySelector("form[data-act=acknowledge]");
  if (row || document.querySelectorAll("form[data-act=acknowledge]").length === 1) form?.requestSubmit();
}

export function startKeys(sound) {
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    a: acknowledge,
    m: () => toast(sound.mute()),
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) return;
    const act = keys[event.key.toLowerCase()];
    if (act) {
      event.preventDefault();
      act();
    }
  });
}
