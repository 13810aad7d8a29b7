/** What the connection test concludes. Pure: an answer's SDP and results in, rows out. */

/**
 * @typedef {"udp" | "tcp"} Transport
 * @typedef {{ok: boolean, rtt: number | null}} Path  `rtt` in ms, where the browser tells
 * @typedef {{up: number, down: number, rtt: number | null}} Speed  kbit/s
 *
 * @typedef {object} Found  what has been found out so far; null: not possible on this server
 * @property {Path} socket
 * @property {Path} udp
 * @property {Path | null} tcp
 * @property {Path | null} relay
 * @property {Speed | null} speed
 * @property {{address: string, port: string}} at  where media goes
 *
 * @typedef {"good" | "fair" | "bad" | "none"} State
 * @typedef {{state: State, key: string, values?: {[name: string]: string | number}}} Row
 */

/** What video takes, kbit/s: a large sharp picture, a small one. */
const SHARP = 1_500;
const SMALL = 250;
const SLOW_MS = 300;

/**
 * An answer with the candidates of one transport only, so that no other can be used.
 *
 * @param {string} sdp @param {Transport} transport
 */
export function onlyBy(sdp, transport) {
  const isOther = (/** @type {string} */ line) => line.startsWith("a=candidate:") && transportOf(line) !== transport;
  return sdp.split("\r\n").filter((line) => !isOther(line)).join("\r\n");
}

/** Whether the server offers it. @param {string} sdp @param {Transport} transport */
export function offers(sdp, transport) {
  return candidates(sdp).some((line) => transportOf(line) === transport);
}

/** The first address and the port that media goes to. @param {string} sdp */
export function mediaAt(sdp) {
  const [, , , , address = "", port = ""] = candidates(sdp)[0]?.split(" ") ?? [];
  return { address, port };
}

/** @param {string} sdp */
function candidates(sdp) {
  return sdp.split("\r\n").filter((line) => line.startsWith("a=candidate:"));
}

/** @param {string} line */
function transportOf(line) {
  return line.split(" ")[2]?.toLowerCase();
}

/**
 * The rows of the network, in their order.
 *
 * @param {Found} found
 * @returns {{[name in "socket" | "udp" | "tcp" | "relay" | "speed"]: Row}}
 */
export function networkRows({ socket, udp, tcp, relay, speed, at }) {
  const through = udp.ok || Boolean(tcp?.ok) || Boolean(relay?.ok);
  const instead = tcp?.ok ? "check.udp.tcp" : "check.udp.relay";
  return {
    socket: socket.ok ? good(socket) : { state: "bad", key: "check.socket.bad" },
    udp: udp.ok ? good(udp) : { state: through ? "fair" : "bad", key: through ? instead : "check.udp.bad", values: at },
    tcp: tcpRow(tcp, udp.ok || Boolean(relay?.ok), at),
    relay: relayRow(relay, udp.ok || Boolean(tcp?.ok)),
    speed: speed ? speedRow(speed) : { state: through ? "bad" : "none", key: through ? "check.speed.bad" : "check.speed.none" },
  };
}

/** @param {Path | null} tcp @param {boolean} otherwise @param {{address: string, port: string}} at @returns {Row} */
function tcpRow(tcp, otherwise, at) {
  if (!tcp) return { state: "none", key: "check.tcp.none" };
  if (tcp.ok) return good(tcp);
  return { state: otherwise ? "fair" : "bad", key: otherwise ? "check.tcp.spare" : "check.tcp.bad", values: at };
}

/** @param {Path | null} relay @param {boolean} otherwise @returns {Row} */
function relayRow(relay, otherwise) {
  if (!relay) return { state: "none", key: "check.relay.none" };
  if (relay.ok) return good(relay);
  return { state: otherwise ? "fair" : "bad", key: otherwise ? "check.relay.spare" : "check.relay.bad" };
}

/** @param {Speed} speed @returns {Row} */
function speedRow({ up, down, rtt }) {
  const least = Math.min(up, down);
  const values = { up: megabits(up), down: megabits(down), ms: Math.round(rtt ?? 0) };
  if (least < SMALL) return { state: "bad", key: "check.speed.sound", values };
  if (values.ms > SLOW_MS) return { state: "fair", key: "check.speed.late", values };
  if (least < SHARP) return { state: "fair", key: "check.speed.small", values };
  return { state: "good", key: "check.speed.good", values };
}

/** @param {Path} path @returns {Row} */
function good({ rtt }) {
  return rtt === null ? { state: "good", key: "check.good" } : { state: "good", key: "check.good.ms", values: { ms: Math.round(rtt) } };
}

/** @param {number} kilobits */
function megabits(kilobits) {
  return Math.round(kilobits / 100) / 10;
}
