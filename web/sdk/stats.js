/**
 * What `getStats` says, as figures that a person can read. Pure functions on two readings of the same connection;
 * loaded when somebody asks.
 *
 * Counters are turned into rates over the time between the readings. A counter that went backwards (a Slot that
 * changed hands, a new sender) gives no rate rather than a wrong one.
 */

/**
 * @typedef {import("./types.js").ConnectionQuality} ConnectionQuality
 *
 * @typedef {object} Figures  of one picture or sound, received or sent
 * @property {number | null} width
 * @property {number | null} height
 * @property {number | null} frameRate
 * @property {number | null} bitrate  bits per second
 * @property {number | null} loss  0 to 1, over the time between the readings
 * @property {number | null} jitter  seconds
 * @property {number | null} rtt  seconds
 * @property {string} codec  e.g. `VP8`
 * @property {number | null} dropped  part of the frames that came and could not be shown, 0 to 1
 * @property {number | null} decodeShare  part of the time that decoding took, 0 to 1
 *
 * @typedef {object} Reading
 * @property {number} at  milliseconds
 * @property {Map<string, any>} received  inbound RTP by MID
 * @property {Map<string, any[]>} sent  outbound RTP by MID, one for each layer
 * @property {Map<string, any>} reports  of the other side on what was sent, by the id of the outbound RTP
 * @property {Map<string, string>} codecs  MIME subtype by id
 * @property {number | null} rtt  of the connection, seconds
 */

/** @param {RTCStatsReport | Map<string, any>} report @param {number} at @returns {Reading} */
export function readReport(report, at) {
  /** @type {Reading} */
  const reading = { at, received: new Map(), sent: new Map(), reports: new Map(), codecs: new Map(), rtt: null };
  report.forEach((/** @type {any} */ entry) => {
    if (entry.type === "inbound-rtp" && entry.mid) reading.received.set(entry.mid, entry);
    else if (entry.type === "outbound-rtp" && entry.mid) {
      reading.sent.set(entry.mid, [...(reading.sent.get(entry.mid) ?? []), entry]);
    } else if (entry.type === "remote-inbound-rtp") reading.reports.set(entry.localId, entry);
    else if (entry.type === "codec") reading.codecs.set(entry.id, entry.mimeType.split("/")[1]);
    else if (entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded") {
      reading.rtt = entry.currentRoundTripTime ?? reading.rtt;
    }
  });
  return reading;
}

/**
 * The receiver with this MID; null where it has received nothing.
 *
 * @param {Reading | null} before
 * @param {Reading} now
 * @param {string} mid
 * @returns {Figures | null}
 */
export function receivedFigures(before, now, mid) {
  const entry = now.received.get(mid);
  if (!entry) return null;
  const old = before?.received.get(mid);
  const rate = rates(old, entry, (now.at - (before?.at ?? now.at)) / 1000);
  const lost = Math.max(0, rate.count("packetsLost") ?? 0);
  const came = rate.count("packetsReceived");
  const shown = rate.count("framesDecoded");
  return {
    width: entry.frameWidth ?? null,
    height: entry.frameHeight ?? null,
    frameRate: rate.each("framesDecoded"),
    bitrate: times8(rate.each("bytesReceived")),
    loss: came === null ? null : part(lost, lost + came),
    jitter: entry.jitter ?? null,
    rtt: now.rtt,
    codec: now.codecs.get(entry.codecId) ?? "",
    dropped: shown === null ? null : part(rate.count("framesDropped") ?? 0, shown + (rate.count("framesDropped") ?? 0)),
    decodeShare: rate.each("totalDecodeTime"),
  };
}

/**
 * The sender with this MID: its largest layer that is sent, the bits of all.
 *
 * @param {Reading | null} before
 * @param {Reading} now
 * @param {string} mid
 * @returns {Figures | null}
 */
export function sentFigures(before, now, mid) {
  const layers = (now.sent.get(mid) ?? []).map((entry) => {
    const old = before?.sent.get(mid)?.find(({ id }) => id === entry.id);
    const rate = rates(old, entry, (now.at - (before?.at ?? now.at)) / 1000);
    return { entry, bits: times8(rate.each("bytesSent")), frameRate: rate.each("framesEncoded") };
  });
  const top = layers.filter(isSending).sort((a, b) => (b.entry.frameHeight ?? 0) - (a.entry.frameHeight ?? 0))[0];
  if (!top) return null;
  const reports = layers.flatMap(({ entry }) => now.reports.get(entry.id) ?? []);
  const spatial = Number(/^L([1-3])/.exec(top.entry.scalabilityMode ?? "")?.[1] ?? 1); // each is counted as a frame
  return {
    width: top.entry.frameWidth ?? null,
    height: top.entry.frameHeight ?? null,
    frameRate: top.entry.framesPerSecond ?? (top.frameRate === null ? null : top.frameRate / spatial),
    bitrate: sum(layers.map(({ bits }) => bits)),
    loss: most(reports.map(({ fractionLost }) => fractionLost)),
    jitter: most(reports.map(({ jitter }) => jitter)),
    rtt: now.rtt ?? most(reports.map(({ roundTripTime }) => roundTripTime)),
    codec: now.codecs.get(top.entry.codecId) ?? "",
    dropped: null,
    decodeShare: null,
  };
}

/** @param {{entry: any, bits: number | null}} layer */
function isSending({ entry, bits }) {
  return entry.active !== false && bits !== 0;
}

/** Whether an encoder says that the machine is too slow for it. @param {Reading} now */
export function isCpuLimited(now) {
  return [...now.sent.values()].flat().some((entry) => entry.active !== false && entry.qualityLimitationReason === "cpu");
}

const FAIR_ENOUGH_FRAMES = 10; // fewer decoded and dropped between two readings say nothing
const DROPPED_TOO_MANY = 0.1;
const DECODES_TOO_LONG = 0.8;

/** Whether pictures come faster than this machine decodes them. @param {Reading | null} before @param {Reading} now */
export function isDecodingLate(before, now) {
  return [...now.received].some(([mid, entry]) => {
    const frames = rates(before?.received.get(mid), entry, 1).count("framesDecoded") ?? 0;
    const figures = entry.kind === "video" && frames >= FAIR_ENOUGH_FRAMES ? receivedFigures(before, now, mid) : null;
    return figures !== null && ((figures.dropped ?? 0) > DROPPED_TOO_MANY || (figures.decodeShare ?? 0) > DECODES_TOO_LONG);
  });
}

const LEVELS = /** @type {const} */ ([
  { level: "excellent", loss: 0.01, rtt: 0.15, jitter: 0.03 },
  { level: "good", loss: 0.03, rtt: 0.3, jitter: 0.06 },
  { level: "fair", loss: 0.08, rtt: 0.6, jitter: 0.15 },
]);

/**
 * One's own network in four steps, for as long as the server has not said.
 *
 * @param {{loss: number | null, rtt: number | null, jitter: number | null}} path  the worst of it
 * @returns {ConnectionQuality}
 */
export function networkLevel({ loss, rtt, jitter }) {
  const fits = LEVELS.find((one) => (loss ?? 0) <= one.loss && (rtt ?? 0) <= one.rtt && (jitter ?? 0) <= one.jitter);
  return fits?.level ?? "poor";
}

/** Both ways together. @param {Reading | null} before @param {Reading} now @returns {ConnectionQuality} */
export function ownLevel(before, now) {
  const all = [
    ...[...now.received.keys()].map((mid) => receivedFigures(before, now, mid)),
    ...[...now.sent.keys()].map((mid) => sentFigures(before, now, mid)),
  ];
  const [loss, jitter] = /** @type {const} */ (["loss", "jitter"]).map((name) => most(all.map((one) => one?.[name])));
  return networkLevel({ loss, jitter, rtt: now.rtt });
}

/** @param {any} old @param {any} entry @param {number} seconds */
function rates(old, entry, seconds) {
  /** @param {string} name */
  const count = (name) => {
    const [from, to] = [old?.[name], entry[name]];
    return typeof from === "number" && typeof to === "number" && to >= from ? to - from : null;
  };
  /** @param {string} name */
  const each = (name) => {
    const counted = count(name);
    return counted === null || seconds <= 0 ? null : counted / seconds;
  };
  return { count, each };
}

/** @param {number | null} octets */
function times8(octets) {
  return octets === null ? null : octets * 8;
}

/** @param {number} some @param {number} all */
function part(some, all) {
  return all > 0 ? some / all : 0;
}

/** @param {(number | null | undefined)[]} values */
function most(values) {
  const known = values.filter((value) => typeof value === "number");
  return known.length ? Math.max(...known) : null;
}

/** @param {(number | null)[]} values */
function sum(values) {
  const known = values.filter((value) => value !== null);
  return known.length ? known.reduce((total, value) => total + value, 0) : null;
}
