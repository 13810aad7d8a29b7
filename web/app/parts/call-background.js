/** The chosen background in a call: what one's camera sends follows it, for as long as the call lasts. */

import { backgroundProcessor, blurs, onBackground, outcome, tellFailed } from "../lib/background.js";
import { t } from "../lib/strings.js";
import { RATES } from "../blur/pace.js";

/**
 * @param {import("/sdk/room.js").Room} room
 * @param {(words: string) => void} say
 */
export function callBackground(room, say) {
  const own = room.localParticipant;
  let turn = Promise.resolve();
  let hasSaid = false;

  function follow() {
    turn = turn.then(bring);
  }

  async function bring() {
    if (room.state !== "disconnected" && blurs() !== Boolean(own.getProcessor("camera"))) {
      await own.setProcessor("camera", await backgroundProcessor());
    }
  }

  function hear() {
    follow();
    const { pace } = outcome;
    if (hasSaid || !pace || pace.rate === RATES[0]) return;
    hasSaid = true;
    say(t("background.slow", { n: pace.rate }));
  }

  const stops = [
    onBackground(hear),
    room.on("loadChanged", tellLoad),
    room.on("localChanged", () => tellLoad(room.load)),
    room.on("mediaDevicesError", (error) => {
      if (error.code !== "processor.failed") return;
      say(t(own.isCameraEnabled ? "background.failed" : "background.failed.off"));
      tellFailed();
    }),
    room.on("disconnected", () => stops.forEach((stop) => stop())),
  ];

  /** @param {number} step */
  function tellLoad(step) {
    const processor = own.getProcessor("camera");
    if (processor && "setLoad" in processor) /** @type {any} */ (processor).setLoad(step);
  }

  tellLoad(room.load);
  follow();
}
