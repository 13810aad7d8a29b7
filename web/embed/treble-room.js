/**
 * `<treble-room server="https://meet.example.org" room="blue-otter-92" password="..." name="Ada">`: the whole client in a
 * frame. The server must list the page's origin in `embed_origins`.
 *
 * Attributes: `server`, `room`, `password` and
 * - `e2ee`: the secret of an end-to-end encrypted room, which follows `&e2ee=` in its invitation
 * - `name`: who joins, filled in
 * - `mic`, `camera`: `on` or `off` to begin with
 * - `prejoin="off"`: join at once, where the name is given
 * - `audio-only`: no pictures of others
 * - `layout`: `grid` or `speaker`; `theme`: `light`, `dark` or `system`; `lang`: `en`, `es`, `zh`
 * - `without`: words of `chat people share hand settings` that are not offered
 * - `label`: what screen readers call the frame
 *
 * Events, with `detail`: `waiting`; `joined` {id, name}; `participants` {participants: [{id, name}]}; `left` {code};
 * `error` {code}, which did not let one in (whoever goes before is told `left`). Methods: `leave()`, `mute()`.
 */

const ASKED = ["name", "mic", "camera", "prejoin", "audio-only", "layout", "theme", "lang", "without"];
const ALLOW = "camera; microphone; display-capture; autoplay; fullscreen; speaker-selection; screen-wake-lock; clipboard-write; picture-in-picture";
const TOLD = new Set(["waiting", "joined", "participants", "left", "error"]);

export class TrebleRoom extends HTMLElement {
  static observedAttributes = ["server", "room", "password", "e2ee", "label", ...ASKED];
  #frame = document.createElement("iframe");
  /** @param {MessageEvent} event */
  #hear = (event) => this.#take(event);
  #planned = false;

  constructor() {
    super();
    this.#frame.allow = ALLOW;
    this.#frame.style.cssText = "border: 0; inline-size: 100%; block-size: 100%; display: block";
    this.attachShadow({ mode: "open" }).append(this.#frame);
  }

  connectedCallback() {
    this.style.display ||= "block";
    addEventListener("message", this.#hear);
    this.#plan();
  }

  disconnectedCallback() {
    removeEventListener("message", this.#hear);
    this.#frame.removeAttribute("src");
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#plan();
  }

  /** Leave the meeting. */
  leave() {
    this.#say("leave");
  }

  /** Switch the microphone off. */
  mute() {
    this.#say("mute");
  }

  /** The frame's address; null where something is missing or wrong. */
  get address() {
    const room = this.getAttribute("room");
    if (!room || !this.#server) return null;
    const url = new URL(`/r/${encodeURIComponent(room)}`, this.#server);
    url.searchParams.set("embed", location.origin);
    for (const name of ASKED) {
      const value = this.getAttribute(name);
      if (value !== null) url.searchParams.set(name, value);
    }
    const secret = this.getAttribute("e2ee");
    url.hash = encodeURIComponent(this.getAttribute("password") ?? "") + (secret ? `&e2ee=${encodeURIComponent(secret)}` : "");
    return url.href;
  }

  get #server() {
    const given = this.getAttribute("server") ?? "";
    return URL.canParse(given) ? new URL(given).origin : null;
  }

  /** One address for attributes that change together. */
  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.#frame.title = this.getAttribute("label") ?? "Meeting";
      const { address } = this;
      if (address && this.isConnected && this.#frame.src !== address) this.#frame.src = address;
    });
  }

  /** @param {string} command */
  #say(command) {
    if (this.#server) this.#frame.contentWindow?.postMessage({ treble: command }, this.#server);
  }

  /** Only what this frame's page of this server says. @param {MessageEvent} event */
  #take({ source, origin, data }) {
    if (source !== this.#frame.contentWindow || origin !== this.#server || !TOLD.has(data?.treble)) return;
    this.dispatchEvent(new CustomEvent(data.treble, { detail: data.detail }));
  }
}

if (!customElements.get("treble-room")) customElements.define("treble-room", TrebleRoom);
