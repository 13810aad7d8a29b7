/**
 * Which codec the camera is sent in, and whether as simulcast or as one stream of spatial layers (SVC).
 *
 * VP8 and H.264 have no spatial layers: simulcast, three frame rates in each. VP9 and AV1 default to SVC; `L1T3` asks
 * for simulcast of them. A browser without SVC (Firefox) sends simulcast whatever was asked for.
 */

import { trimCodecs } from "./codecs.js";
import { readMode } from "./simulcast.js";

/**
 * @typedef {"vp8" | "vp9" | "h264" | "av1"} VideoCodec
 *
 * @typedef {object} Encoding
 * @property {RTCRtpCodec | null} codec  null: the browser's first
 * @property {import("./simulcast.js").Svc | null} svc
 * @property {string} mode  of each simulcast layer
 */

const SIMULCAST = "L1T3";
/** @type {{[codec in VideoCodec]: string}} */
const MODES = { vp8: SIMULCAST, h264: SIMULCAST, vp9: "L3T3_KEY", av1: "L3T3" };
/**
 * @param {VideoCodec} name
 * @param {string | undefined} asked  a scalability mode, e.g. `L3T3_KEY`
 * @param {number} most  layers
 * @param {boolean} [sealed]  end-to-end encrypted
 * @returns {Encoding}
 */
export function chooseEncoding(name, asked, most, sealed) {
  const able = trimCodecs(RTCRtpSender.getCapabilities("video")?.codecs ?? [], "video", sealed);
  const codec = able.find(({ mimeType }) => mimeType.toLowerCase() === `video/${name}`) ?? null;
  const mode = asked ?? MODES[name];
  const svc = codec ? readMode(mode) : null;
  if (svc && svc.spatial <= most && canScale(codec, mode)) return { codec, svc, mode };
  return { codec: name === "vp8" ? null : codec, svc: null, mode: readMode(mode) ? SIMULCAST : mode };
}

/** Whether the browser sends this mode: it keeps what it knows. @param {RTCRtpCodec | null} codec @param {string} mode */
function canScale(codec, mode) {
  const trial = new RTCPeerConnection();
  try {
    const sendEncodings = [/** @type {any} */ ({ codec, scalabilityMode: mode })];
    const { sender } = trial.addTransceiver("video", { direction: "sendonly", sendEncodings });
    const [kept] = /** @type {any[]} */ (sender.getParameters().encodings);
    return kept?.scalabilityMode === mode;
  } catch {
    return false;
  } finally {
    trial.close();
  }
}
