/**
 * Settings that are there only while something offers them: whoever can blur the background or show captions says so here,
 * and its choice stands in the settings from then on.
 */

/** @typedef {"background" | "captions"} Place */

/** @type {Map<Place, () => HTMLElement>} */
const offers = new Map();

/**
 * @param {Place} place
 * @param {() => HTMLElement} make  the fields, anew each time that the settings are opened
 * @returns {() => void}  takes it back
 */
export function offerSetting(place, make) {
  offers.set(place, make);
  return () => void (offers.get(place) === make && offers.delete(place));
}

/** What is offered there; null: nothing. @param {Place} place */
export function offeredSetting(place) {
  return offers.get(place)?.() ?? null;
}
