/** Whether a worker still answers: it is asked again and again, and one that leaves so many questions open in a row hangs. */

const EVERY_MS = 2_000;
const MOST = 5;

/**
 * Rounds are counted, not time: a machine that slept or a tab whose timers rest asks less often, and nothing has happened.
 *
 * @param {{ask: () => void, hangs: () => void}} worker  `hangs` is called once
 */
export function watch({ ask, hangs }) {
  let open = 0;
  let timer = setTimeout(round, EVERY_MS);

  function round() {
    open += 1;
    if (open > MOST) return hangs();
    ask();
    timer = setTimeout(round, EVERY_MS);
  }

  return {
    answered: () => void (open = 0),
    stop: () => clearTimeout(timer),
  };
}
