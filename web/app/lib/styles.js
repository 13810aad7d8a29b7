/** Style sheets that come when they are needed, each at its place in the cascade. */

/** Whatever comes first, a later one of these wins; others come last. */
const ORDER = ["page", "home", "account", "prejoin", "in-call", "settings", "waiting", "meeting", "sealed"];

/** @type {Map<string, Promise<void>>} */
const coming = new Map();

/** Resolves once all of them count; rejects where one cannot be had. @param {string[]} names  of `app/styles` */
export async function needStyles(...names) {
  await Promise.all(names.map(need));
}

/** @param {string} name */
function need(name) {
  const known = coming.get(name) ?? load(name);
  coming.set(name, known);
  known.catch(() => coming.delete(name));
  return known;
}

/** @param {string} name @returns {Promise<void>} */
async function load(name) {
  const links = /** @type {HTMLLinkElement[]} */ ([...document.querySelectorAll('link[rel="stylesheet"]')]);
  if (links.some((link) => nameOf(link) === name && link.sheet)) return;
  const link = document.createElement("link");
  const done = new Promise((resolve, reject) => {
    link.onload = () => resolve(undefined);
    link.onerror = () => {
      link.remove();
      reject(new Error(`styles: ${name}`));
    };
  });
  link.rel = "stylesheet";
  link.href = import.meta.resolve(`/app/styles/${name}.css`);
  const next = links.find((other) => rank(nameOf(other)) > rank(name));
  if (next) next.before(link);
  else document.head.append(link);
  await done;
}

/** @param {HTMLLinkElement} link */
function nameOf(link) {
  return /\/styles\/([^/]+)\.css/.exec(link.href)?.[1] ?? "";
}

/** @param {string} name */
function rank(name) {
  const at = ORDER.indexOf(name);
  return at < 0 ? ORDER.length : at;
}
