/** Talk while something is held, a key or a finger: the microphone goes on for as long, where it was off before. */

/**
 * @param {{isOn: () => boolean, turn: (on: boolean) => unknown}} microphone
 */
export function pushToTalk({ isOn, turn }) {
  let holds = false;
  return {
    /** Held down; again and again is once. */
    press() {
      if (holds || isOn()) return;
      holds = true;
      turn(true);
    },
    /** Let go, or the page lost its focus. */
    release() {
      if (!holds) return;
      holds = false;
      turn(false);
    },
  };
}
