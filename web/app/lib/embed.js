/** In another page's frame: tells that page what happens, and does what little it may ask. See `embed/treble-room.js`. */

/**
 * @param {string} embedder  the origin of that page; nobody else hears or is heard
 */
export function embedded(embedder) {
  /** @type {import("/sdk/room.js").Room | null} */
  let room = null;
  const tell = (/** @type {string} */ treble, /** @type {object} */ detail = {}) => parent.postMessage({ treble, detail }, embedder);

  addEventListener("message", ({ source, origin, data }) => {
    if (source !== parent || origin !== embedder) return;
    if (data?.treble === "leave") room?.disconnect();
    if (data?.treble === "mute") room?.localParticipant.setMicrophoneEnabled(false);
  });

  return {
    /** @param {import("/sdk/room.js").Room} entering */
    follow(entering) {
      room = entering;
      let joined = false;
      let told = "";
      const tellPeople = () => {
        const people = [entering.localParticipant, ...entering.remoteParticipants.values()];
        const participants = people.map(({ id, name }) => ({ id, name }));
        const news = JSON.stringify(participants);
        if (!joined || news === told) return;
        told = news;
        tell("participants", { participants });
      };
      entering.on("waiting", () => tell("waiting"));
      entering.on("connected", () => {
        joined = true;
        tell("joined", { id: entering.localParticipant.id, name: entering.localParticipant.name });
        tellPeople();
      });
      for (const event of /** @type {const} */ (["participantConnected", "participantDisconnected", "participantChanged", "localChanged"])) {
        entering.on(event, tellPeople);
      }
      entering.on("disconnected", ({ code }) => {
        if (room === entering) room = null;
        if (joined) tell("left", { code });
        joined = false;
      });
    },

    /** One could not join, or would not any more. @param {import("/sdk/index.js").TrebleError} error */
    failed({ code }) {
      tell(code === "left" ? "left" : "error", { code });
    },
  };
}
