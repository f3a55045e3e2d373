// Keeps what a technician has seen for where there is no signal: orders last seen, and the files
// that pages need. It never answers for what acts, streams or the desk's pages.
const KEPT = "towerwatch-phone-1";
const WAIT_MS = 4000;

const isOrder = (url) => url.pathname === "/t" || /^\/t\/\d+$/.test(url.pathname);
const isFile = (url) => url.pathname.startsWith("/static/");

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && isOrder(url)) event.respondWith(newest(request, WAIT_MS));
  else if (isFile(url)) event.respondWith(newest(request, WAIT_MS));
});

// The network's word where it comes in time, else what was seen last.
async function newest(request, waitMs) {
  const store = await caches.open(KEPT);
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), waitMs);
  try {
    const answer = await fetch(request, { signal: cut.signal });
    if (answer.ok && !answer.redirected) await store.put(request, answer.clone());
    return answer;
  } catch (error) {
    const seen = await store.match(request, { ignoreSearch: true });
    if (seen) return seen;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
