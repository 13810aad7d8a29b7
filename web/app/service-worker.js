/**
 * Says in the page's own words that the network is gone, where the browser would show an error. It keeps that one page and
 * nothing else: no file, no answer of the API, no media.
 */

const CACHE = "treble-offline";
const PAGE = "/offline";
const RELOAD = 'addEventListener("online", () => location.reload()); document.querySelector("button").onclick = () => location.reload();';

/** @typedef {{title: string, text: string, again: string, lang: string, dir: string}} Words */

const worker = /** @type {any} */ (self);

worker.addEventListener("install", () => worker.skipWaiting());

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(Promise.all([worker.clients.claim(), worker.registration.navigationPreload?.enable()]));
});

worker.addEventListener("message", (/** @type {any} */ event) => event.waitUntil(keep(event.data)));

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const isPage = event.request.mode === "navigate" && !new URL(event.request.url).pathname.startsWith("/api/");
  if (isPage) event.respondWith(answer(event));
});

/** @param {{request: Request, preloadResponse: Promise<Response | undefined>}} event */
async function answer({ request, preloadResponse }) {
  try {
    return (await preloadResponse) ?? (await fetch(request));
  } catch (error) {
    const kept = await caches.match(PAGE);
    if (!kept) throw error;
    return kept;
  }
}

/** @param {Words} words */
async function keep(words) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(RELOAD));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`;
  const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
  const cache = await caches.open(CACHE);
  await cache.put(PAGE, new Response(page(words), { status: 503, headers }));
}

/** Without any other file, so with the values of tokens.css written out. @param {Words} words */
function page({ title, text, again, lang, dir }) {
  return `<!doctype html>
<html lang="${safe(lang)}" dir="${safe(dir)}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${safe(title)}</title>
<style>
body { display: grid; place-content: center; min-height: 100dvh; margin: 0; padding: 24px; box-sizing: border-box;
  font: 15px/22px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  background: light-dark(#f4f6f8, #0f1318); color: light-dark(#14181f, #f1f4f8) }
main { display: grid; gap: 16px }
h1 { margin: 0; font-size: 24px; line-height: 30px; font-weight: 600 }
p { margin: 0; max-width: 46ch }
button { justify-self: start; min-height: 44px; padding: 4px 16px; font: inherit; font-weight: 600; border: 0; border-radius: 6px;
  background: light-dark(#1d5bd0, #82b1ff); color: light-dark(#ffffff, #08193a) }
</style>
<main>
<h1>${safe(title)}</h1>
<p>${safe(text)}</p>
<button type="button">${safe(again)}</button>
</main>
<script>${RELOAD}</script>`;
}

/** @param {string} text */
function safe(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
