/**
 * A browser's user agent as people say it ("Firefox on Windows"); null where it says nothing that is known.
 *
 * @param {string} agent
 */
export function browserName(agent) {
  const browser = BROWSERS.find(([, pattern]) => pattern.test(agent))?.[0];
  const system = SYSTEMS.find(([, pattern]) => pattern.test(agent))?.[0];
  return browser && system ? `${browser} · ${system}` : (browser ?? system ?? null);
}

/** The first that fits: Edge calls itself Chrome too, and Chrome calls itself Safari. @type {[string, RegExp][]} */
const BROWSERS = [
  ["Edge", /Edg\//],
  ["Opera", /OPR\//],
  ["Firefox", /Firefox\/|FxiOS\//],
  ["Chrome", /Chrome\/|CriOS\//],
  ["Safari", /Safari\//],
];

/** @type {[string, RegExp][]} */
const SYSTEMS = [
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Android", /Android/],
  ["Windows", /Windows/],
  ["macOS", /Macintosh|Mac OS X/],
  ["ChromeOS", /CrOS/],
  ["Linux", /Linux/],
];
