/**
 * Latest wins, at most one per `interval`: the first goes at once, then the newest when the interval is over.
 *
 * @template T
 * @param {(value: T) => void} send
 * @param {number} interval  milliseconds
 * @returns {{push: (value: T) => void, cancel: () => void}}
 */
export function throttleLatest(send, interval) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {{value: T} | null} */
  let waiting = null;

  const fire = () => {
    timer = undefined;
    if (!waiting) return;
    const { value } = waiting;
    waiting = null;
    timer = setTimeout(fire, interval);
    send(value);
  };

  return {
    push(value) {
      waiting = { value };
      if (timer === undefined) fire();
    },
    cancel() {
      clearTimeout(timer);
      timer = undefined;
      waiting = null;
    },
  };
}
