/**
 * How many pictures a second are blurred: fewer where one takes the machine too long, or where the call says that it is busy.
 *
 * A machine: durations are handed in with their time, both in milliseconds.
 */

export const RATES = [24, 12, 6];
export const SLOW_MS = 40;
const EASY_MS = 20; // at twice the rate it is still less than half of the time
const TROUBLE_MS = 2_000;
const CALM_MS = 30_000;
const MOST_CALM_MS = 240_000;
const WEIGHT = 0.15; // of the newest picture
const WARMING = 3; // the first pictures wait for what is compiled for them

export class Pace {
  #step = 0;
  #load = 0;
  #mean = 0;
  #taken = 0;
  #calm = CALM_MS;
  /** @type {number | null} */
  #slowSince = null;
  /** @type {number | null} */
  #easySince = null;
  #wasEased = false;

  get step() {
    return Math.min(Math.max(this.#step, this.#load), RATES.length - 1);
  }

  get rate() {
    return RATES[this.step];
  }

  /** What one picture takes lately. */
  get mean() {
    return this.#mean;
  }

  /** As the Room says it. @param {number} load */
  setLoad(load) {
    this.#load = load;
  }

  /** One picture took so long. @param {number} ms @param {number} now */
  take(ms, now) {
    this.#taken += 1;
    if (this.#taken <= WARMING) return;
    this.#mean = this.#mean ? this.#mean + WEIGHT * (ms - this.#mean) : ms;
    this.#slowSince = this.#mean > SLOW_MS ? (this.#slowSince ?? now) : null;
    this.#easySince = this.#mean < EASY_MS ? (this.#easySince ?? now) : null;
    if (this.#slowSince !== null && now - this.#slowSince >= TROUBLE_MS) this.#change(1, now);
    else if (this.#easySince !== null && now - this.#easySince >= this.#calm) this.#change(-1, now);
  }

  /** @param {1 | -1} by @param {number} now */
  #change(by, now) {
    this.#slowSince = this.#easySince = null;
    const next = Math.min(Math.max(this.#step + by, 0), RATES.length - 1);
    if (next > this.#step && this.#calm < MOST_CALM_MS && this.#wasEased) this.#calm *= 2;
    this.#wasEased = by < 0 && next !== this.#step;
    this.#step = next;
  }
}

/**
 * Which of the camera's pictures are taken: those that come when the next one is due, a little early ones too, since a
 * camera's clock is not ours.
 */
export class Gate {
  #due = -Infinity;

  /** @param {number} now  of the picture, in milliseconds @param {number} rate  a second */
  take(now, rate) {
    const every = 1000 / rate;
    if (now < this.#due - every / 4) return false;
    this.#due = now - this.#due > every ? now + every : this.#due + every;
    return true;
  }
}
