/** Encodings and senders, in browsers that know more or less of codecs, modes and priorities. */

/**
 * A browser that refuses a codec or mode gets the encodings without them.
 *
 * @param {RTCPeerConnection} pc
 * @param {"audio" | "video"} kind
 * @param {MediaStream} stream
 * @param {RTCRtpEncodingParameters[]} wanted
 * @param {RTCRtpCodec | null} [codec]
 */
export function addSender(pc, kind, stream, wanted, codec) {
  const init = { direction: /** @type {const} */ ("sendonly"), streams: [stream] };
  if (kind === "audio") return pc.addTransceiver(kind, init);
  const withCodec = wanted.map((encoding) => ({ ...encoding, ...(codec ? { codec } : {}) }));
  const plain = wanted.map(withoutMode);
  for (const sendEncodings of [withCodec, wanted]) {
    try {
      return pc.addTransceiver(kind, { ...init, sendEncodings });
    } catch {
      // the next ones ask for less
    }
  }
  return pc.addTransceiver(kind, { ...init, sendEncodings: plain });
}

/**
 * Give a sender these encodings; resolves to whether the browser took them.
 *
 * @param {RTCRtpSender} sender
 * @param {RTCRtpEncodingParameters[]} wanted
 * @param {object} common
 * @param {object} first  of the first encoding: browsers keep these by sender
 */
export async function setEncodings(sender, wanted, common, first) {
  const parameters = sender.getParameters();
  if (parameters.encodings?.length !== wanted.length) return true; // until `negotiated`
  Object.assign(parameters, common);
  parameters.encodings = parameters.encodings.map((encoding, index) => ({
    ...encoding,
    ...supported(wanted[index], encoding),
    ...(index === 0 ? first : {}),
  }));
  return sender.setParameters(parameters).then(
    () => true,
    () => false,
  );
}

/** A RID is fixed, and a mode is changed only where the browser has one. @param {any} wanted @param {any} present */
function supported({ rid: _, scalabilityMode, ...wanted }, present) {
  return scalabilityMode && present.scalabilityMode ? { ...wanted, scalabilityMode } : wanted;
}

/** @param {any} encoding @returns {RTCRtpEncodingParameters} */
function withoutMode({ scalabilityMode: _, ...encoding }) {
  return encoding;
}
