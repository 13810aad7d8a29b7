/**
 * Runs in a page of the server, by `evaluate`: joins with the SDK and watches what arrives. `window.bench` is its face.
 *
 * Times are ms of the wall clock. `frames` has one entry per frame shown, `samples` the browser's statistics
 * ten times a second, `slots` what the server said each time it said it.
 */
(() => {
  const SAMPLE_MS = 100;
  const bench = { frames: [], samples: [], slots: [], sent: [], outbound: [], room: null };
  window.bench = bench;
  const wall = (now = performance.now()) => performance.timeOrigin + now;

  /** Resolves to the invitation and one's own id when media is connected. */
  bench.join = async ({ name, invitation, capture, slots, codec }) => {
    const { Room, createRoom, enterRoom } = await import("/sdk/index.js");
    const server = location.origin;
    const made = invitation ?? (await createRoom(server, name));
    const { token } = invitation ? await enterRoom(server, made.room, made.password, name) : made;
    const [camera, microphone] = capture ? await devices(capture) : [];
    const room = new Room({ camera, microphone, capture, slots, videoCodec: codec, sparing: false });
    bench.room = room;
    room.on("slotsChanged", () => follow(room));
    await room.connect(server, token);
    await until(() => room.peerConnection.connectionState === "connected");
    follow(room);
    sample(room);
    return { invitation: { room: made.room, password: made.password }, id: room.localParticipant.id };
  };

  async function devices({ width, height, frameRate }) {
    const video = { width, height, frameRate };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false }, video });
    return [stream.getVideoTracks()[0], stream.getAudioTracks()[0]];
  }

  async function until(holds) {
    while (!holds()) await new Promise((done) => setTimeout(done, 20));
  }

  const playing = new Set();

  /** Play what the Slots carry and note what the server says of them. */
  function follow(room) {
    for (const slot of room.slots.all) {
      const { participant, layer, temporal, reason, bitrate, height } = slot;
      if (!participant) continue;
      bench.slots.push({ at: wall(), slot: slot.slot, participant, layer, temporal, reason, bitrate, height });
      if (playing.has(slot.slot)) continue;
      playing.add(slot.slot);
      play("audio", slot.audio);
      const video = play("video", slot.video);
      const shown = (now, { height: lines }) => {
        bench.frames.push([wall(now), slot.participant, lines]);
        video.requestVideoFrameCallback(shown);
      };
      video.requestVideoFrameCallback(shown);
    }
  }

  function play(kind, stream) {
    const element = document.createElement(kind);
    Object.assign(element, { srcObject: stream, autoplay: true, playsInline: true });
    element.style.cssText = "position: fixed; inset: 0 auto auto 0; width: 320px; z-index: 9";
    document.body.append(element);
    element.play().catch(() => {});
    return element;
  }

  async function sample(room) {
    for (;;) {
      const reports = [...(await room.peerConnection.getStats()).values()];
      const inbound = reports.filter(({ type }) => type === "inbound-rtp");
      const of = (stream) => inbound.find((one) => one.trackIdentifier === stream.getTracks()[0].id);
      const at = wall();
      for (const slot of room.slots.all) {
        const { participant } = slot;
        if (participant) bench.samples.push({ at, participant, ...figures(of(slot.video), of(slot.audio)) });
      }
      bench.outbound = reports.filter(({ type, kind }) => type === "outbound-rtp" && kind === "video")
        .map((one) => ({ ...outbound(one), codec: codecOf(reports, one) }));
      bench.sent.push([at, bench.outbound.map(({ rid, height, encoded, target }) => [rid, height, encoded, target])]);
      await new Promise((done) => setTimeout(done, SAMPLE_MS));
    }
  }

  function codecOf(reports, { codecId }) {
    return reports.find(({ id }) => id === codecId)?.mimeType.split("/")[1].toLowerCase() ?? "";
  }

  function figures(video = {}, audio = {}) {
    return {
      height: video.frameHeight ?? 0, decoded: video.framesDecoded ?? 0, dropped: video.framesDropped ?? 0,
      freezes: video.freezeCount ?? 0, frozen: video.totalFreezesDuration ?? 0, keyframes: video.keyFramesDecoded ?? 0,
      packets: video.packetsReceived ?? 0, lost: video.packetsLost ?? 0, octets: video.bytesReceived ?? 0,
      retransmitted: video.retransmittedPacketsReceived ?? 0, fec: video.fecPacketsReceived ?? 0,
      nacks: video.nackCount ?? 0, plis: video.pliCount ?? 0,
      audioPackets: audio.packetsReceived ?? 0, audioLost: audio.packetsLost ?? 0,
      concealed: audio.concealedSamples ?? 0, concealments: audio.concealmentEvents ?? 0,
      heard: audio.totalSamplesReceived ?? 0, audioFec: audio.fecPacketsReceived ?? 0,
    };
  }

  function outbound(one) {
    const { rid = "", ssrc, frameHeight = 0, framesEncoded = 0, pliCount = 0, firCount = 0, keyFramesEncoded = 0 } = one;
    const { scalabilityMode = "", targetBitrate = 0, framesPerSecond = 0, encoderImplementation = "" } = one;
    return {
      rid, ssrc, height: frameHeight, encoded: framesEncoded, requests: pliCount + firCount, keyframes: keyFramesEncoded,
      mode: scalabilityMode, target: targetBitrate, fps: framesPerSecond, encoder: encoderImplementation,
      limited: one.qualityLimitationReason ?? "",
    };
  }
  return true;
})()
