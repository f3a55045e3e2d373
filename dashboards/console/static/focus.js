// A live change may take away the field that somebody is in. Chromium ends the whole
// page when a morph first moves such a field aside and then removes it, so the field is left before that.
function survives(held, target, fragment) {
  const anchor = held.closest("[id]");
  return anchor === target || !target.contains(anchor) || fragment?.querySelector(`#${CSS.escape(anchor.id)}`);
}

document.addEventListener("htmx:before:swap", ({ detail: { tasks = [] } }) => {
  const held = document.activeElement;
  for (const { target, fragment } of tasks) {
    if (target instanceof Element && target !== held && target.contains(held) && !survives(held, target, fragment)) {
      held.blur();
    }
  }
});
