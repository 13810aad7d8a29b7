/**
 * RTP header extensions that a receiver has to ask for.
 *
 * The dependency descriptor says to which spatial layer a packet of AV1 belongs; who is not told takes the layers for
 * pictures of their own, so the server sends such a receiver the lowest one only. Chromium offers it where it sends
 * several layers itself, and then on the other m-lines too; a viewer sends nothing, so it asks here.
 */

const DESCRIPTOR = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/**
 * @typedef {{uri: string, direction: RTCRtpTransceiverDirection}} Extension
 * @typedef {RTCRtpTransceiver & {
 *   getHeaderExtensionsToNegotiate?: () => Extension[],
 *   setHeaderExtensionsToNegotiate?: (extensions: Extension[]) => void,
 * }} Negotiable  Firefox has neither
 */

/**
 * The list with the descriptor received; null where that is nothing new. The others and the order stay.
 *
 * @param {readonly Extension[]} extensions  as the browser would offer them
 * @returns {Extension[] | null}
 */
export function withDescriptor(extensions) {
  const isMissing = (/** @type {Extension} */ { uri, direction }) => uri === DESCRIPTOR && direction === "stopped";
  if (!extensions.some(isMissing)) return null;
  return extensions.map((one) => (isMissing(one) ? { ...one, direction: "recvonly" } : one));
}

/** Before the first offer with it. @param {RTCRtpTransceiver} transceiver  recvonly, of video */
export function askForDescriptor(transceiver) {
  const negotiable = /** @type {Negotiable} */ (transceiver);
  const wanted = withDescriptor(negotiable.getHeaderExtensionsToNegotiate?.() ?? []);
  try {
    if (wanted) negotiable.setHeaderExtensionsToNegotiate?.(wanted);
  } catch {
    // a browser that knows it and will not have it changed: it shows the lowest layer
  }
}
