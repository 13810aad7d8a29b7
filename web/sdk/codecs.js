/**
 * Which codecs are offered: one profile of each, for video with retransmission and forward error correction, for
 * sound with repetition. An untrimmed Chromium offer is 68 kB with 9 Slot pairs; each profile that is left out is left
 * out of every m-line.
 */

const VIDEO = ["video/VP8", "video/VP9", "video/H264", "video/AV1"];
const REPAIR = ["video/rtx", "video/red", "video/ulpfec", "video/flexfec-03"];
const REPEAT = "audio/red";
const AUDIO = ["audio/opus", "audio/G722", "audio/PCMU", "audio/PCMA"];
/** Whose frames can be encrypted end to end; RED of sound would be decrypted as one frame. */
const SEALED = ["video/VP8", "video/VP9", ...REPAIR, "audio/opus"];

/**
 * @param {RTCRtpCodec[]} all  what the browser can do, in its order
 * @param {"audio" | "video"} kind
 * @param {boolean} [sealed]  end-to-end encrypted
 * @returns {RTCRtpCodec[]}
 */
export function trimCodecs(all, kind, sealed = false) {
  const wanted = kind === "video" ? VIDEO : AUDIO;
  const chosen = wanted.flatMap((mimeType) => bestOf(all.filter((codec) => same(codec, mimeType))));
  const repair = all.filter((codec) => (kind === "video" ? REPAIR : [REPEAT]).some((mimeType) => same(codec, mimeType)));
  return [...chosen, ...repair].filter((codec) => !sealed || SEALED.some((mimeType) => same(codec, mimeType)));
}

/** @param {RTCRtpCodec} codec @param {string} mimeType */
function same(codec, mimeType) {
  return codec.mimeType.toLowerCase() === mimeType.toLowerCase();
}

/**
 * The profile that everybody has: VP9 and AV1 profile 0, H264 constrained baseline in packetization mode 1.
 *
 * @param {RTCRtpCodec[]} profiles
 */
function bestOf(profiles) {
  const [best] = [...profiles].sort((a, b) => penalty(a) - penalty(b));
  return best ? [best] : [];
}

/** @param {RTCRtpCodec} codec */
function penalty({ sdpFmtpLine = "" }) {
  let points = 0;
  if (/packetization-mode=0/.test(sdpFmtpLine) || !/packetization-mode|profile|^$/.test(sdpFmtpLine)) points += 4;
  if (/profile-level-id=(?!42[ce]0)/i.test(sdpFmtpLine)) points += 2;
  if (/(?:^|;)\s*profile(?:-id)?=[1-9]/.test(sdpFmtpLine)) points += 4;
  return points;
}

/**
 * Ask for the trimmed list; a browser that refuses it keeps its own.
 *
 * @param {RTCRtpTransceiver} transceiver
 * @param {"audio" | "video"} kind
 * @param {string} [first]  MIME type to be sent where both sides have it
 * @param {boolean} [sealed]  end-to-end encrypted
 */
export function preferCodecs(transceiver, kind, first, sealed) {
  const receiving = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const sending = RTCRtpSender.getCapabilities(kind)?.codecs ?? [];
  const lists = transceiver.direction === "sendonly" ? [sending, receiving] : [receiving];
  for (const list of lists) {
    try {
      return transceiver.setCodecPreferences(putFirst(trimCodecs(list, kind, sealed), first));
    } catch {
      // Firefox and older Chromium measure sendonly lines against the receiver's list: the next one.
    }
  }
}

/** @param {RTCRtpCodec[]} codecs @param {string} [mimeType] */
function putFirst(codecs, mimeType) {
  const isFirst = (/** @type {RTCRtpCodec} */ codec) => mimeType !== undefined && same(codec, mimeType);
  return [...codecs.filter(isFirst), ...codecs.filter((codec) => !isFirst(codec))];
}
