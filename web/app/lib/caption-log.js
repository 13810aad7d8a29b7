/**
 * What has been said lately, as captions show it: lines that may still change, gathered by who speaks, each gone some time after
 * its last word. Pure.
 */

/**
 * @typedef {import("/sdk/captions.js").TranscriptionSegment} Segment
 * @typedef {{id: string, name: string}} Speaker
 * @typedef {{segment: Segment, speaker: Speaker, until: number}} Line
 * @typedef {{speaker: Speaker, segments: Segment[]}} Turn  what one says until another speaks
 */

const MOST = 20; // lines; three are seen
const SHOWN_MS = 8_000;
const LETTER_MS = 60; // slow readers read 1,000 letters a minute

export class CaptionLog {
  /** @type {Line[]} */
  #lines = [];

  /** A line as it stands now, in the place of the earlier one of its id. @param {Segment} segment @param {Speaker} speaker @param {number} now  ms */
  take(segment, speaker, now) {
    const at = this.#lines.findIndex((line) => line.segment.id === segment.id);
    const line = { segment, speaker, until: now + SHOWN_MS + segment.text.length * LETTER_MS };
    if (at >= 0) this.#lines.splice(at, 1, ...(segment.text ? [line] : []));
    else if (segment.text) this.#lines.push(line);
    if (this.#lines.length > MOST) this.#lines.shift();
  }

  /** Drop what has been there long enough. @param {number} now */
  forget(now) {
    this.#lines = this.#lines.filter(({ until }) => until > now);
  }

  clear() {
    this.#lines = [];
  }

  /** When the next is to be forgotten; Infinity while there is none. */
  get due() {
    return Math.min(...this.#lines.map(({ until }) => until));
  }

  /** The oldest first. @returns {Turn[]} */
  get turns() {
    /** @type {Turn[]} */
    const turns = [];
    for (const { segment, speaker } of this.#lines) {
      const last = turns.at(-1);
      if (last?.speaker.id === speaker.id) last.segments.push(segment);
      else turns.push({ speaker, segments: [segment] });
    }
    return turns;
  }
}
