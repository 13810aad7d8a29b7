/** Which counters of one key were seen: a window, since frames may overtake each other. */

const SIZE = 1024;

export class ReplayWindow {
  #highest = -1;
  #seen = new Uint8Array(SIZE);

  /** Whether this counter is new; it is not any more afterwards. @param {number} counter */
  take(counter) {
    if (counter <= this.#highest - SIZE) return false;
    for (let at = Math.max(this.#highest + 1, counter - SIZE + 1); at <= counter; at += 1) this.#seen[at % SIZE] = 0;
    this.#highest = Math.max(this.#highest, counter);
    const isNew = !this.#seen[counter % SIZE];
    this.#seen[counter % SIZE] = 1;
    return isNew;
  }
}
