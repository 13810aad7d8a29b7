/**
 * Which layers a picture is sent in, and what each may cost. Pure: one function says it all, from the size of the
 * capture, what the user allows, how busy the machine is, and what anybody wants.
 *
 * A PeerConnection's number of RIDs is fixed when its transceiver is made, the camera's size is not: it is changed,
 * opened later or gives less than it was asked for. So the layers that the present size does not deserve are
 * switched off and the others rescaled; layer 0 is always the smallest. (Chromium sends nothing for the top RID when
 * it finds the picture too small for three, so that viewers would get a quarter of it.)
 *
 * With SVC there is one encoding whose mode tells the number of spatial layers; taking the top one off means a mode
 * with one less and half the size, so that layer n stays layer n.
 */

/**
 * @typedef {{width: number, height: number}} Size
 * @typedef {import("./types.js").LayerShape} LayerShape
 *
 * @typedef {object} Limits
 * @property {number} [cap]  the most lines (shorter side), 0: no cap
 * @property {number} [less]  this many of the top layers are left out
 *
 * @typedef {object} Wish
 * @property {Size} size  of the capture
 * @property {number} rids  fixed for the life of the transceiver; 1 with SVC
 * @property {Svc | null} [svc]
 * @property {string} [mode]  temporal layers of each simulcast layer, e.g. `L1T3`
 * @property {Limits} [limits]
 * @property {readonly boolean[] | null} [demand]  by layer; null: not told yet, so all
 *
 * @typedef {{spatial: number, temporal: number, key: boolean}} Svc  `L3T3_KEY`
 */

/** RIDs in ascending size, by their number. */
const RIDS = [[], ["f"], ["h", "f"], ["q", "h", "f"]];

const TARGETS = [
  { short: 180, bitrate: 150_000 },
  { short: 270, bitrate: 300_000 },
  { short: 360, bitrate: 600_000 },
  { short: 540, bitrate: 1_000_000 },
  { short: 720, bitrate: 1_800_000 },
];
const TOP_BITRATE = 3_000_000;

/**
 * Layers for a capture size; upright pictures count like lying ones.
 *
 * @param {Size} size
 */
export function layerCount({ width, height }) {
  const long = Math.max(width, height);
  const short = Math.min(width, height);
  if (long >= 960 && short >= 540) return 3;
  if (long >= 480 && short >= 270) return 2;
  return 1;
}

/** @param {Size} size  of one layer; bits per second that look good at it */
function targetBitrate({ width, height }) {
  const short = Math.min(width, height);
  return TARGETS.find((target) => short <= target.short)?.bitrate ?? TOP_BITRATE;
}

/** The numbers of a mode of several spatial layers, null for any other. @param {string} mode @returns {Svc | null} */
export function readMode(mode) {
  const [, spatial, temporal, key] = /^L([23])T([1-3])(_KEY)?$/.exec(mode) ?? [];
  return spatial ? { spatial: Number(spatial), temporal: Number(temporal), key: Boolean(key) } : null;
}

/**
 * What is offered, smallest first: the layers that exist whether or not anybody wants them now.
 *
 * @param {Wish} wish
 * @returns {LayerShape[]}
 */
export function layersOf({ size, rids, svc, limits }) {
  const { shapes, kept } = ladder(size, svc?.spatial ?? rids, limits);
  let below = 0;
  return shapes.slice(0, kept).map((shape) => {
    const bitrate = targetBitrate(shape) + below;
    if (svc && !svc.key) below = bitrate; // received with those that it stands on, in K-SVC with key pictures only
    return { width: Math.round(shape.width), height: Math.round(shape.height), bitrate };
  });
}

/**
 * The `sendEncodings` of a transceiver, smallest layer first.
 *
 * @param {Wish} wish
 * @returns {RTCRtpEncodingParameters[]}
 */
export function encodings(wish) {
  return wish.svc ? [svcEncoding(wish, wish.svc)] : simulcastEncodings(wish);
}

/** @param {Wish} wish */
function simulcastEncodings({ size, rids, limits, demand, mode }) {
  const { shapes, kept } = ladder(size, rids, limits);
  return RIDS[rids].map((rid, index) => {
    const shape = index < kept ? shapes[index] : size;
    return {
      ...(rids > 1 ? { rid } : {}),
      ...(mode ? { scalabilityMode: mode } : {}),
      active: index < kept && (demand?.[index] ?? true),
      scaleResolutionDownBy: scaleOf(size, shape),
      maxBitrate: targetBitrate(shape),
    };
  });
}

/** @param {Wish} wish @param {Svc} svc */
function svcEncoding({ size, limits, demand }, { spatial, temporal, key }) {
  const { shapes, kept } = ladder(size, spatial, limits);
  const offered = shapes.slice(0, kept);
  const wanted = offered.findLastIndex((_, index) => demand?.[index] ?? true);
  const used = offered.slice(0, Math.max(0, wanted) + 1);
  const ending = key && used.length > 1 ? "_KEY" : "";
  return {
    scalabilityMode: `L${used.length}T${temporal}${ending}`,
    active: wanted >= 0,
    scaleResolutionDownBy: scaleOf(size, used[used.length - 1]),
    maxBitrate: used.reduce((sum, shape) => sum + targetBitrate(shape), 0),
  };
}

/**
 * Sizes of all layers under the cap, and how many of them are kept.
 *
 * @param {Size} size
 * @param {number} most
 * @param {Limits} [limits]
 */
function ladder(size, most, { cap = 0, less = 0 } = {}) {
  const short = Math.min(size.width, size.height);
  const whole = cap && short > cap ? scaled(size, short / cap) : size;
  const count = Math.min(most, layerCount(whole));
  const shapes = Array.from({ length: count }, (_, index) => scaled(whole, 2 ** (count - 1 - index)));
  return { shapes, kept: Math.max(1, count - less) };
}

/** @param {Size} size @param {number} by */
function scaled({ width, height }, by) {
  return { width: width / by, height: height / by };
}

/** @param {Size} size @param {Size} shape */
function scaleOf(size, shape) {
  return Math.max(1, size.height / shape.height);
}
