/** What may be sent of one's own Tracks: as the verdicts have it, as a host decides, as the server answers. */

import { TrebleError } from "./errors.js";
import { SOURCES } from "./local.js";
import { PUBLISH } from "./permissions.js";

/** Why a Track may not be sent. */
const REFUSED = new Set(["ask", "forbidden"]);

/**
 * @param {import("./local.js").LocalParticipant} own
 * @param {import("./meeting.js").Meeting} meeting
 * @param {(type: string, fields: object) => Promise<any>} ask  the server
 * @param {(name: any, ...args: any[]) => void} emit
 * @param {() => void} changed  other sources may be sent than before
 */
export function rights(own, meeting, ask, emit, changed) {
  /** As the verdicts are now. */
  function follow() {
    const before = own.sources && [...own.sources].join();
    const known = Object.keys(meeting.verdicts).length > 0;
    const sources = SOURCES.filter((source) => meeting.verdict(PUBLISH[source]) !== "deny");
    own.allow(known ? new Set(sources) : null);
    if (before !== null && before !== sources.join()) changed();
  }

  /** What a host has decided changes one's own Tracks. @param {import("./types.js").Push} push */
  function obey(push) {
    if (push.type === "stopped") own.withhold(push.source);
    if (push.type !== "verdicts") return;
    own.role = push.role;
    follow();
    emit("localChanged");
  }

  /** What the server does not let through is not sent either. @param {import("./types.js").Source} source @param {boolean} muted */
  async function mute(source, muted) {
    await ask("mute", { source, muted }).catch((error) => {
      if (muted || !(error instanceof TrebleError) || !REFUSED.has(error.code)) return;
      own.withhold(source);
      emit("withheld", source, error.code);
    });
  }
  return { follow, obey, mute };
}
