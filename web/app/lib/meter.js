/** The level of a microphone, for a meter: 0 silence to 1 loud. */

const FLOOR_DB = -60;
const INTERVAL_MS = 50;

/**
 * Report the level of `track` until the returned function is called.
 *
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} report
 * @returns {() => void}
 */
export function meter(track, report) {
  return listen(track, ({ level }) => report(level));
}

/**
 * The same with the highest sample.
 *
 * @param {MediaStreamTrack} track
 * @param {(heard: {level: number, peak: number}) => void} report
 * @returns {() => void}
 */
export function listen(track, report) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state === "suspended") return void context.resume().catch(() => {}); // until the first click
    analyser.getFloatTimeDomainData(samples);
    report({ level: levelOf(samples), peak: samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) });
  }, INTERVAL_MS);
  return () => {
    clearInterval(timer);
    context.close().catch(() => {});
  };
}

/**
 * Root mean square on a scale of decibels.
 *
 * @param {Float32Array} samples
 */
export function levelOf(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const decibels = 10 * Math.log10(power + 1e-12);
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}

/**
 * Two short tones on the chosen speaker.
 *
 * @param {string} speaker  device id, empty for the default
 */
export async function testTone(speaker) {
  const context = new AudioContext();
  if (speaker && "setSinkId" in context) await /** @type {any} */ (context).setSinkId(speaker).catch(() => {});
  const gain = context.createGain();
  gain.gain.value = 0.15;
  gain.connect(context.destination);
  for (const [index, frequency] of [523.25, 659.25].entries()) {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start(context.currentTime + index * 0.25);
    tone.stop(context.currentTime + index * 0.25 + 0.2);
  }
  setTimeout(() => context.close().catch(() => {}), 1000);
}
