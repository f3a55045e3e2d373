// The bureau's desk: silence of the feed for a minute means the telephone.
const SILENCE_MS = 60_000;
let since = null;

setInterval(() => {
  const isStale = document.body.classList.contains("stale");
  since = isStale ? since ?? Date.now() - 3000 : null;
  const box = document.getElementById("feed-silence");
  if (box) box.hidden = since === null || Date.now() - since < SILENCE_MS;
}, 500);
