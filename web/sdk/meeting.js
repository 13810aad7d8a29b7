/**
 * What leads a Room: what one may do, who waits, what is asked for, and the requests of hosts and participants. The
 * server decides each; a refusal rejects with `TrebleError` (`forbidden`, or `ask` where a host has to be asked first).
 */

/**
 * @typedef {import("./types.js").Role} Role
 * @typedef {import("./types.js").Source} Source
 * @typedef {import("./permissions.js").Action} Action
 * @typedef {import("./permissions.js").Verdict} Verdict
 * @typedef {import("./host-types.js").RoomState} RoomState
 * @typedef {import("./host-types.js").Settings} Settings
 * @typedef {import("./host-types.js").HostPush} HostPush
 * @typedef {(type: string, fields?: object) => Promise<any>} Ask
 * @typedef {(name: string, ...args: any[]) => void} Emit
 */

/** @type {RoomState} */
const NOTHING_KNOWN = { title: "", locked: false, spotlight: null, settings: null };

export class Meeting {
  /** What one may do; empty before the welcome. @type {import("./host-types.js").Verdicts} */
  verdicts = {};
  about = NOTHING_KNOWN;
  /** @type {import("./host-types.js").Waiter[]} */
  waiters = [];
  /** @type {import("./host-types.js").Approval[]} */
  approvals = [];
  /** What one has asked for and what is not answered yet. @type {Map<string, Action>} */
  asked = new Map();
  #ask;
  #emit;

  /** @param {Ask} ask @param {Emit} emit */
  constructor(ask, emit) {
    this.#ask = ask;
    this.#emit = emit;
  }

  /** @param {Action} action @returns {Verdict} */
  verdict(action) {
    return this.verdicts[action] ?? "deny";
  }

  /** Whether it can be done now, without asking. @param {Action} action */
  may(action) {
    return this.verdict(action) === "allow";
  }

  /** Whether an answer to this is awaited. @param {Action} action */
  isAsked(action) {
    return [...this.asked.values()].includes(action);
  }

  // --- what the server says

  /** @param {import("./types.js").Welcome} welcome */
  enter({ state, verdicts, resumed }) {
    if (!resumed) [this.waiters, this.approvals, this.asked] = [[], [], new Map()];
    this.about = { ...NOTHING_KNOWN, ...state };
    this.verdicts = verdicts ?? {};
    for (const name of ["verdictsChanged", "aboutChanged", "waitersChanged", "approvalsChanged"]) this.#emit(name);
  }

  /** @param {import("./types.js").Push} push  whether it was about leading the Room @returns {boolean} */
  take(push) {
    if (push.type === "roomstate") {
      const { type: _, ...state } = push;
      this.about = { ...NOTHING_KNOWN, ...state };
      this.#emit("aboutChanged");
    } else if (push.type === "verdicts") {
      this.verdicts = push.verdicts;
      this.#emit("verdictsChanged");
    } else if (push.type === "waiters") {
      this.waiters = push.waiters ?? [];
      this.#emit("waitersChanged");
    } else if (push.type === "approvals") {
      this.approvals = push.approvals ?? [];
      this.#emit("approvalsChanged");
    } else if (push.type === "decided") {
      this.asked.delete(push.approval);
      this.#emit("decided", push.action, push.outcome);
    } else if (push.type === "stopped") this.#emit("stopped", push.source, push.by);
    else if (push.type === "askedunmute") this.#emit("askedUnmute", push.source ?? "microphone", push.by);
    else if (push.type === "loweredhand") this.#emit("loweredHand", push.by);
    else if (push.type === "emoted") this.#emit("emoted", push.emotions);
    else return false;
    return true;
  }

  // --- of oneself

  /** Ask a host; `decided` follows. @param {Action} action @param {string} [value]  the new name and the like */
  async ask(action, value = "") {
    return this.#remember(action, await this.#ask("ask", { action, value }));
  }

  /** @param {Action} action */
  async unask(action) {
    for (const [approval, what] of this.asked) {
      if (what !== action) continue;
      this.asked.delete(approval);
      await this.#ask("unask", { approval });
    }
  }

  /** Resolves to whether a host has been asked instead. @param {string} name */
  async rename(name) {
    return this.#remember("rename", await this.#ask("rename", { name }));
  }

  /** @param {string | null} picture  of one's account @returns {Promise<boolean>} */
  async setPicture(picture) {
    return this.#remember("picture", await this.#ask("setpicture", { picture }));
  }

  /** @param {boolean} raised */
  raiseHand(raised) {
    return this.#ask("hand", { raised });
  }

  /** React so that everybody sees it for a moment. @param {string} emoji  👍 ❤️ 😂 😮 🎉 or 🙏 */
  emote(emoji) {
    return this.#ask("emote", { emoji });
  }

  /** The room's link and password. @returns {Promise<{room: string, password: string | null}>} */
  invitation() {
    return this.#ask("invitation");
  }

  /** @param {string} participant */
  handOver(participant) {
    return this.#ask("handover", { participant });
  }

  // --- of hosts

  /** @param {string[] | null} participants  null: all who wait */
  admit(participants) {
    return this.#ask("admit", { participants });
  }

  /** @param {string[] | null} participants */
  refuse(participants) {
    return this.#ask("refuse", { participants });
  }

  /** @param {string} approval @param {boolean} allow */
  decide(approval, allow) {
    return this.#ask("decide", { approval, allow });
  }

  /** Mute or stop. @param {Source} source @param {string[] | null} participants  null: everybody whom one outranks */
  stop(source, participants) {
    return this.#ask("stop", { source, participants });
  }

  /** @param {string} participant @param {"microphone" | "camera"} source */
  askUnmute(participant, source) {
    return this.#ask("askunmute", { participant, source });
  }

  /** @param {string} participant @param {Action} action @param {Verdict | null} verdict  null: as the policy says */
  permit(participant, action, verdict) {
    return this.#ask("permit", { participant, action, verdict });
  }

  /** @param {string[] | null} participants */
  lowerHands(participants) {
    return this.#ask("lowerhands", { participants });
  }

  /** @param {string | null} participant */
  spotlight(participant) {
    return this.#ask("spotlight", { participant });
  }

  /** @param {string} participant @param {boolean} ban */
  remove(participant, ban) {
    return this.#ask("remove", { participant, ban });
  }

  /** @param {boolean} locked */
  lock(locked) {
    return this.#ask("lock", { locked });
  }

  /** @param {string} participant @param {Role} role */
  setRole(participant, role) {
    return this.#ask("setrole", { participant, role });
  }

  /** @param {Settings} settings @param {string} title */
  configure(settings, title) {
    return this.#ask("configure", { settings, title });
  }

  /** @param {number} [before]  Unix ms @returns {Promise<import("./host-types.js").AuditPage>} */
  audit(before) {
    return this.#ask("audit", before === undefined ? {} : { before });
  }

  end() {
    return this.#ask("end");
  }

  /** @param {Action} action @param {{type: string, approval?: string}} answer */
  #remember(action, answer) {
    if (answer.type !== "asked" || !answer.approval) return false;
    this.asked.set(answer.approval, action);
    this.#emit("asked", action);
    return true;
  }
}
