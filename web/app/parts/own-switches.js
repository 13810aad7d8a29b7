/** Switching what is one's own: off at once, on where one may; else the control says why not and how one may ask. */

/**
 * @param {import("/sdk/room.js").Room} room
 * @param {() => ReturnType<typeof import("./lead.js").lead>} leading
 * @param {(id: string) => HTMLElement} control
 */
export function ownSwitches({ localParticipant: own, meeting }, leading, control) {
  /**
   * @param {string} action
   * @param {string} id  of its control
   * @param {() => boolean} isOn
   * @param {(on: boolean) => unknown} set
   */
  function one(action, id, isOn, set) {
    const toggle = () => void set(!isOn());
    /** From another control. @param {string} opener */
    const from = (opener) => (isOn() ? toggle() : leading().asks.attempt(action, control(opener), toggle));
    return { toggle, from, attempt: () => from(id) };
  }

  return {
    mic: one("talk", "mic", () => own.isMicrophoneEnabled, (on) => own.setMicrophoneEnabled(on)),
    cam: one("show", "camera", () => own.isCameraEnabled, (on) => own.setCameraEnabled(on)),
    share: one("share", "share", () => own.isScreenShareEnabled, (on) => own.setScreenShareEnabled(on)),
    hand: one("hand", "hand", () => Boolean(own.hand), (on) => leading().attempt(meeting.raiseHand(on))),
    /** Push to talk: only of a muted microphone that may be on. */
    hold: {
      down() {
        if (own.isMicrophoneEnabled || !meeting.may("talk")) return false;
        own.setMicrophoneEnabled(true);
        return true;
      },
      up: () => void own.setMicrophoneEnabled(false),
    },
  };
}
