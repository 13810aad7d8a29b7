/**
 * How many simulcast layers a picture deserves, and what each may cost.
 *
 * A PeerConnection's number of RIDs is fixed when its transceiver is made, the camera's size is not: it is changed,
 * opened later or gives less than it was asked for. So the layers that the present size does not deserve are
 * switched off and the others rescaled; layer 0 is always the smallest. (Chromium sends nothing for the top RID when
 * it finds the picture too small for three, so that viewers would get a quarter of it.)
 */

/** @typedef {{width: number, height: number}} Size */

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
export function targetBitrate({ width, height }) {
  const short = Math.min(width, height);
  return TARGETS.find((target) => short <= target.short)?.bitrate ?? TOP_BITRATE;
}

/**
 * The `sendEncodings` of a transceiver with `rids` RIDs for a picture of `size`, smallest layer first.
 *
 * @param {Size} size
 * @param {number} rids  fixed for the life of the transceiver
 * @returns {RTCRtpEncodingParameters[]}
 */
export function encodings(size, rids = layerCount(size)) {
  const used = Math.min(rids, layerCount(size));
  return RIDS[rids].map((rid, index) => {
    const scaleResolutionDownBy = index < used ? 2 ** (used - 1 - index) : 1;
    const scaled = { width: size.width / scaleResolutionDownBy, height: size.height / scaleResolutionDownBy };
    return {
      ...(rids > 1 ? { rid } : {}),
      active: index < used,
      scaleResolutionDownBy,
      maxBitrate: targetBitrate(scaled),
    };
  });
}
