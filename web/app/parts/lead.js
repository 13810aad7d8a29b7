/**
 * What leads the meeting, as far as everybody needs it: requests to the server that say why they failed, and doing what may
 * be done. What shows who waits, what is asked for and what a host did (`lead-tools.js`) comes with the first of it.
 */

import { explain, t } from "../lib/strings.js";
import { withPart } from "./lazy.js";

/**
 * @typedef {import("/sdk/room.js").Room} Room
 * @typedef {ReturnType<typeof import("./lead-tools.js").leadTools>} Tools
 *
 * @typedef {object} LeadHooks
 * @property {ReturnType<typeof import("./toasts.js").toasts>} news
 * @property {() => void} changed
 * @property {() => void} seeAll  who wait
 * @property {{mic: () => void, cam: () => void, share: () => void, hand: () => void, react: () => void}} start
 */

/** @param {Room} room @param {LeadHooks} hooks */
export function lead(room, hooks) {
  const { meeting, localParticipant: own } = room;
  const { news } = hooks;
  const door = {
    admit: (/** @type {string[] | null} */ ids) => attempt(meeting.admit(ids)),
    refuse: (/** @type {string[] | null} */ ids) => attempt(meeting.refuse(ids)),
  };
  /** Where its elements come. */
  const place = document.createComment("");
  /** @type {Tools | null} */
  let tools = null;
  let closed = false;

  /** One after the other, also what happens while they are loaded. @param {(tools: Tools) => void} use */
  function withTools(use) {
    withPart(document.body, () => import("./lead-tools.js"), ({ leadTools }) => {
      if (closed) return;
      if (!tools) {
        tools = leadTools(room, hooks, door);
        place.replaceWith(...tools.elements);
      }
      use(tools);
    });
  }

  /** Say why it failed, or what was done. @param {Promise<unknown>} request @param {string} [done] */
  function attempt(request, done) {
    request.then(
      () => done && news.show(done),
      (error) => news.show(explain(error)),
    );
  }

  const asks = {
    /** Do it, or say at the control why not and how one may ask. @param {string} action @param {HTMLElement} opener @param {() => void} start */
    attempt(action, opener, start) {
      if (meeting.verdict(action) === "allow") start();
      else withTools((loaded) => loaded.asks.attempt(action, opener, start));
    },
    /** @param {string} action */
    ask: (action) => withTools((loaded) => void loaded.asks.ask(action)),
  };

  function tellOfDoor() {
    if (tools || meeting.waiters.length) withTools((loaded) => loaded.tellOfDoor());
  }

  function tellOfApprovals() {
    if (tools || meeting.approvals.length) withTools((loaded) => loaded.tellOfApprovals());
  }

  let role = own.role;
  let spotlit = meeting.about.spotlight === own.id;
  const stops = [
    room.on("waitersChanged", tellOfDoor),
    room.on("approvalsChanged", tellOfApprovals),
    room.on("decided", (action, outcome) => withTools((loaded) => loaded.asks.decided(action, outcome))),
    room.on("stopped", (source) => withTools((loaded) => loaded.stopped(source))),
    room.on("askedUnmute", (source) => withTools((loaded) => loaded.askedUnmute(source))),
    room.on("withheld", (source, code) => withTools((loaded) => loaded.withheld(source, code))),
    room.on("loweredHand", () => news.show(t("host.hand"))),
    room.on("localChanged", () => {
      tools?.tidy();
      if (own.role !== role) news.show(t(`host.became.${own.role}`));
      role = own.role;
    }),
    room.on("aboutChanged", () => {
      const now = meeting.about.spotlight === own.id;
      if (now && !spotlit) news.show(t("host.spotlight"));
      spotlit = now;
    }),
  ];
  tellOfDoor();
  tellOfApprovals();
  return {
    place,
    asks,
    door,
    attempt,
    close() {
      closed = true;
      for (const stop of stops) stop();
      tools?.close();
    },
  };
}
