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
    if (request.mode === "navigate") return unseen();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

// What was never opened on this telephone cannot be shown without a signal; the page says so itself.
function unseen() {
  const page = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>没有信号 No signal</title>
<link rel="stylesheet" href="/static/console.css"></head><body><main><section class="login">
<h1>没有信号</h1><p>这一页没有在本机打开过，有信号后才能看到；急事请打电话给调度员。</p>
<p lang="en">No signal. This page was never opened on this telephone; in a hurry, call the dispatcher.</p>
<p><a href="/t">我的工单 My orders</a></p></section></main></body></html>`;
  const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
  return new Response(page, { status: 503, headers });
}
