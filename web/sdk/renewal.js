/** Keeps the token of a live Session fresh, so that a socket that is lost later is still let in. */

const EVERY_MS = 5 * 60_000;
const AGAIN_MS = 60_000; // after one that failed

/**
 * @param {() => Promise<{token: string}>} renew
 * @param {(token: string) => void} use
 * @returns {() => void}  stops it
 */
export function keepFresh(renew, use) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  let stopped = false;
  const next = async () => {
    const token = await renew().then((answer) => answer.token, () => null);
    if (stopped) return;
    if (token) use(token);
    timer = setTimeout(next, token ? EVERY_MS : AGAIN_MS);
  };
  timer = setTimeout(next, EVERY_MS);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
