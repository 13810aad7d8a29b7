/** The connection test's connections: which paths carry media to the server, and how much of it there and back. */

import { TrebleError } from "/sdk/errors.js";
import { request } from "/sdk/api.js";
import { mediaAt, offers, onlyBy } from "./check-paths.js";

/**
 * @typedef {import("./check-paths.js").Path} Path
 * @typedef {{check: string, ice_servers: RTCIceServer[], seconds: number}} Begun
 */

const PATH_MS = 8_000; // a path that does not open in this time carries no call
const MEASURE_MS = 8_000;
const WINDOW_MS = 3_000; // at the end, when the encoder has found out what the path carries
/** Two, so that something comes back also where less fits down than up; Chromium sends no more of a picture of this size. */
const LAYERS = [
  { rid: "q", scaleResolutionDownBy: 2, maxBitrate: 300_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 2_500_000 },
];

export class CheckMedia {
  #server;
  /** @type {Begun | null} */
  #begun = null;
  /** @type {Set<RTCPeerConnection>} */
  #open = new Set();

  /** @param {string} server  origin */
  constructor(server) {
    this.#server = server;
  }

  /** `TrebleError`: `slow`, `busy`, `gone`. */
  async begin() {
    this.#begun = /** @type {Begun} */ (await request(this.#server, "POST", "/api/check"));
  }

  /** Whether the server names a relay. */
  get hasRelay() {
    return Boolean(this.#begun?.ice_servers.some(({ urls }) => [urls].flat().some((url) => url.startsWith("turn"))));
  }

  /** There and back on the socket of a call: the handshake says that nothing in between forbids it. @returns {Promise<Path>} */
  async trySocket() {
    const url = new URL("/ws", this.#server.replace(/^http/, "ws"));
    const socket = new WebSocket(url, "treble.v1");
    let asked = 0;
    const rtt = await within(PATH_MS, (done) => {
      socket.onopen = () => {
        asked = performance.now();
        socket.send(JSON.stringify({ type: "ping", id: 1 })); // answered by a refusal: nobody has said hello
      };
      socket.onmessage = () => done(performance.now() - asked);
      socket.onclose = () => done(null);
    });
    socket.onclose = null;
    socket.close();
    return { ok: rtt !== null, rtt };
  }

  /**
   * One connection by this transport only, or by the relay. Null: this server does not offer it.
   *
   * @param {"udp" | "tcp" | "relay"} way
   * @returns {Promise<{path: Path | null, at: {address: string, port: string}}>}
   */
  async tryPath(way) {
    const relay = way === "relay";
    const pc = this.#connection(relay ? { iceServers: this.#begun?.ice_servers, iceTransportPolicy: "relay" } : {});
    try {
      pc.addTransceiver("audio", { direction: "recvonly" });
      const answer = await this.#exchange(pc);
      const at = mediaAt(answer);
      if (!relay && !offers(answer, way)) return { path: null, at };
      await pc.setRemoteDescription({ type: "answer", sdp: relay ? answer : onlyBy(answer, way) });
      const ok = await connected(pc);
      return { path: { ok, rtt: ok ? await roundTrip(pc) : null }, at };
    } finally {
      this.#close(pc);
    }
  }

  /**
   * Sends a picture that does not compress to the server and back, and counts what gets through. Kilobits a second; null
   * where no connection comes about.
   *
   * @param {(share: number) => void} progress  0 to 1
   * @returns {Promise<import("./check-paths.js").Speed | null>}
   */
  async measure(progress) {
    const noise = makeNoise();
    const sender = this.#connection({ iceServers: this.#begun?.ice_servers });
    const receiver = this.#connection({ iceServers: this.#begun?.ice_servers });
    try {
      sender.addTransceiver(noise.track, { direction: "sendonly", sendEncodings: LAYERS });
      receiver.addTransceiver("video", { direction: "recvonly" });
      if (!(await this.#connect(sender)) || !(await this.#connect(receiver))) return null;
      await wait(MEASURE_MS - WINDOW_MS, (share) => progress((share * (MEASURE_MS - WINDOW_MS)) / MEASURE_MS));
      const before = [await sentBits(sender), await receivedBits(receiver)];
      const begun = performance.now();
      await wait(WINDOW_MS, (share) => progress(1 - ((1 - share) * WINDOW_MS) / MEASURE_MS));
      const ms = performance.now() - begun;
      const [up, down] = [(await sentBits(sender)) - before[0], (await receivedBits(receiver)) - before[1]];
      return { up: up / ms, down: down / ms, rtt: await roundTrip(sender) };
    } finally {
      noise.stop();
      this.#close(sender);
      this.#close(receiver);
    }
  }

  /** Close what is open here and on the server. */
  end() {
    for (const pc of [...this.#open]) this.#close(pc);
    if (this.#begun) request(this.#server, "DELETE", `/api/check/${this.#begun.check}`).catch(() => {}); // it ends by itself
    this.#begun = null;
  }

  /** @param {RTCConfiguration} configuration */
  #connection(configuration) {
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", ...configuration });
    this.#open.add(pc);
    return pc;
  }

  /** @param {RTCPeerConnection} pc */
  #close(pc) {
    pc.close();
    this.#open.delete(pc);
  }

  /** @param {RTCPeerConnection} pc */
  async #connect(pc) {
    await pc.setRemoteDescription({ type: "answer", sdp: await this.#exchange(pc) });
    return connected(pc);
  }

  /** Offer, and take the answer's SDP. @param {RTCPeerConnection} pc */
  async #exchange(pc) {
    await pc.setLocalDescription(await pc.createOffer());
    const url = new URL(`/api/check/${this.#begun?.check}`, this.#server);
    const body = pc.localDescription?.sdp ?? "";
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/sdp" }, body }).catch(() => null);
    if (!response?.ok) throw new TrebleError((await response?.json().catch(() => null))?.code ?? "gone");
    return response.text();
  }
}

/**
 * A value that comes in time, else null.
 *
 * @template T
 * @param {number} ms
 * @param {(done: (value: T | null) => void) => void} start
 * @returns {Promise<T | null>}
 */
function within(ms, start) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), ms);
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

/** @param {RTCPeerConnection} pc */
async function connected(pc) {
  const is = await within(PATH_MS, (/** @type {(value: boolean) => void} */ done) => {
    const look = () => {
      if (pc.connectionState === "connected") done(true);
      if (pc.connectionState === "failed" || pc.connectionState === "closed") done(false);
    };
    pc.addEventListener("connectionstatechange", look);
    look();
  });
  return is ?? false;
}

/** @param {number} ms @param {(share: number) => void} progress */
async function wait(ms, progress) {
  const begun = performance.now();
  for (let share = 0; share < 1; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    share = Math.min(1, (performance.now() - begun) / ms);
    progress(share);
  }
}

/** Milliseconds, as ICE measured it; null where the browser does not tell. @param {RTCPeerConnection} pc */
async function roundTrip(pc) {
  const pairs = await reports(pc, "candidate-pair"); // those that were answered
  const seconds = pairs.map(({ currentRoundTripTime }) => currentRoundTripTime).find((time) => time !== undefined);
  return seconds === undefined ? null : seconds * 1000;
}

/** What left and, by the server's own report, arrived. @param {RTCPeerConnection} pc */
async function sentBits(pc) {
  const sent = (await reports(pc, "outbound-rtp")).map(({ bytesSent }) => bytesSent);
  const lost = (await reports(pc, "remote-inbound-rtp")).map(({ fractionLost }) => fractionLost ?? 0);
  return sum(sent) * 8 * (1 - Math.max(0, ...lost));
}

/** @param {RTCPeerConnection} pc */
async function receivedBits(pc) {
  return sum((await reports(pc, "inbound-rtp")).map(({ bytesReceived }) => bytesReceived)) * 8;
}

/** @param {RTCPeerConnection} pc @param {string} type @returns {Promise<any[]>} */
async function reports(pc, type) {
  return [...(await pc.getStats()).values()].filter((report) => report.type === type);
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + (value ?? 0), 0);
}

/** A picture of noise, which takes as many bits as there are. */
function makeNoise() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 360];
  const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const grain = document.createElement("canvas");
  [grain.width, grain.height] = [1024, 768];
  const inside = /** @type {CanvasRenderingContext2D} */ (grain.getContext("2d"));
  const image = inside.createImageData(grain.width, grain.height);
  for (let at = 0; at < image.data.length; at += 1) image.data[at] = at % 4 === 3 ? 255 : Math.random() * 256;
  inside.putImageData(image, 0, 0);
  const draw = () => brush.drawImage(grain, -Math.random() * 384, -Math.random() * 408);
  draw();
  const timer = setInterval(draw, 1000 / 15);
  const [track] = canvas.captureStream(15).getVideoTracks();
  return {
    track,
    stop() {
      clearInterval(timer);
      track.stop();
    },
  };
}
