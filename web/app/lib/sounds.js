/** Short, quiet sounds, made here and not fetched: somebody knocks, raises a hand, joins. */

/** Each tone: from and to which frequency (Hz), when it starts and how long it lasts (s), how loud it begins. */
const SOUNDS = {
  knock: [[220, 110, 0, 0.14, 0.2], [220, 110, 0.18, 0.14, 0.2]], // two low taps
  hand: [[523, 523, 0, 0.16, 0.08], [784, 784, 0.11, 0.22, 0.08]], // two notes, rising
  join: [[659, 659, 0, 0.25, 0.06]], // one soft note
};
const SPACE_MS = 1_000; // between two of the same: many who come at once are one sound

/** @type {Map<string, number>} */
const played = new Map();

/** Rejects where the browser has no sound. @param {keyof typeof SOUNDS} name */
export async function playSound(name) {
  const now = performance.now();
  if (now - (played.get(name) ?? -SPACE_MS) < SPACE_MS) return;
  played.set(name, now);
  const context = new AudioContext();
  for (const [from, to, at, length, loud] of SOUNDS[name]) {
    const start = context.currentTime + at;
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.setValueAtTime(from, start);
    tone.frequency.exponentialRampToValueAtTime(to, start + length * 0.7);
    gain.gain.setValueAtTime(loud, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + length);
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + length);
  }
  setTimeout(() => context.close().catch(() => {}), 1_000);
}
