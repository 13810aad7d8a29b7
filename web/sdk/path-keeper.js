/**
 * Keeps the media path alive: restarts ICE when the path breaks or the network changes, each time after a longer
 * wait, and says so when that does not help.
 *
 * "disconnected" often heals by itself, so it gets two seconds; "failed" never does. A change of network (Wi-Fi to
 * mobile) restarts at once: the old address is gone although ICE has not noticed. A DTLS transport that the other
 * side closed cannot be restarted at all: Chromium then calls the connection "connected" and sends nothing.
 */

const HEAL_MS = 2_000;
const RESTART_GAPS_MS = [0, 3_000, 6_000];
const STUCK_AFTER = RESTART_GAPS_MS.length;

export class PathKeeper {
  #pc;
  #restart;
  #giveUp;
  #attempts = 0;
  /** @type {RTCDtlsTransport | null} */
  #transport = null;
  #stopped = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {RTCPeerConnection} pc
   * @param {() => Promise<void>} restart
   * @param {() => void} giveUp
   */
  constructor(pc, restart, giveUp) {
    this.#pc = pc;
    this.#restart = restart;
    this.#giveUp = giveUp;
    const { signal } = this.#stopped;
    pc.addEventListener("connectionstatechange", () => this.#look(), { signal });
    globalThis.addEventListener?.("online", () => this.#networkChanged(), { signal });
    /** @type {any} */ (globalThis.navigator)?.connection?.addEventListener("change", () => this.#networkChanged(), {
      signal,
    });
  }

  /** Watch the connection's DTLS transport; it is there after the first answer. */
  watchTransport() {
    const [receiver] = this.#pc.getReceivers();
    const transport = receiver?.transport;
    if (!transport || transport === this.#transport) return;
    this.#transport = transport;
    const look = () => this.#isDead() && this.#giveUp();
    transport.addEventListener("statechange", look, { signal: this.#stopped.signal });
    look();
  }

  #isDead() {
    return this.#transport?.state === "closed" || this.#transport?.state === "failed";
  }

  /** Look now, whatever timer runs. */
  check() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#look();
  }

  stop() {
    this.#stopped.abort();
    clearTimeout(this.#timer);
  }

  #networkChanged() {
    if (!this.#pc.currentRemoteDescription) return;
    this.#schedule(0);
  }

  #look() {
    const state = this.#pc.connectionState;
    if (state === "connected") {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#attempts = 0;
    } else if (state === "disconnected") {
      this.#schedule(HEAL_MS);
    } else if (state === "failed") {
      this.#schedule(0);
    }
  }

  /** @param {number} wait */
  #schedule(wait) {
    if (this.#timer !== undefined) return;
    if (this.#attempts >= STUCK_AFTER) return this.#giveUp();
    const gap = Math.max(wait, RESTART_GAPS_MS[this.#attempts]);
    this.#timer = setTimeout(() => this.#tryRestart(), gap);
  }

  async #tryRestart() {
    this.#attempts += 1;
    await this.#restart().catch(() => {}); // a refusal counts as an attempt that did not help
    this.#timer = undefined;
    if (this.#stopped.signal.aborted) return;
    if (this.#pc.connectionState === "connected") this.#attempts = 0;
    else this.#schedule(HEAL_MS);
  }
}
