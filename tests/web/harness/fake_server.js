/**
 * A treble server inside the page, for looking at the client without one: `WebSocket` speaks `treble.v1`, `/api` makes
 * and enters rooms, and each offer is answered by a second RTCPeerConnection that plays drawn pictures into the Slots.
 *
 * `window.fake` scripts it: `options` (set by the test before), `join(name)`, `leave(id)`, `change(id, changes)`,
 * `push(message)`, `assign(changes)` of Slots, `dropSockets()`, `forget()` the Session, and what the server took: `sent`.
 * The options `delay` and `transit` are the milliseconds until a socket is open, and of each message to the server.
 * What leads a room is in `fake_meeting.js`: `fake.meeting`. With the option `waiting` (`knock` or `host`) one waits first.
 */
(() => {
  const options = { people: 1, failEnter: null, unreachable: false, refuseHello: null, names: [], ...window.fakeOptions };
  const sent = [];
  const moments = [];
  const sockets = new Set();
  const people = new Map();
  const pictures = new Map();
  let slots = [];
  let remote = null;
  let video = [];
  let expected = null;
  let underway = 0;

  const NAMES = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Katherine Johnson", "Edsger Dijkstra", "Barbara Liskov",
    "Donald Knuth", "Radia Perlman", "John McCarthy", "Margaret Hamilton", "Ken Thompson", "Frances Allen",
    "Dennis Ritchie", "Hedy Lamarr", "Claude Shannon", "Joan Clarke"];
  const YOU = "you-0001";

  function picture(id, source = "camera") {
    const key = `${id}/${source}`;
    if (pictures.has(key)) return pictures.get(key);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = source === "screen" ? [640, 400] : (options.size ?? [320, 180]);
    const brush = canvas.getContext("2d");
    const hue = [...id].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 360;
    let time = 0;
    const draw = () => {
      time += 1;
      const { width, height } = canvas;
      brush.fillStyle = `hsl(${hue} 40% ${source === "screen" ? 92 : 45}%)`;
      brush.fillRect(0, 0, width, height);
      if (source === "screen") {
        brush.fillStyle = "#234";
        for (let row = 0; row < 9; row += 1) brush.fillRect(40, 40 + row * 36, 240 + ((row * 97 + time) % 280), 12);
        return;
      }
      brush.fillStyle = `hsl(${hue} 30% 70%)`;
      brush.beginPath();
      brush.arc(width / 2 + Math.sin(time / 4) * 6, height * 0.42, height * 0.2, 0, 7);
      brush.ellipse(width / 2, height * 1.05, height * 0.4, height * 0.42, 0, 0, 7);
      brush.fill();
    };
    draw();
    setInterval(draw, 200);
    const [track] = canvas.captureStream(5).getVideoTracks();
    pictures.set(key, track);
    return track;
  }

  function person(name, changes = {}) {
    const id = changes.id ?? `p-${String(people.size + 1).padStart(4, "0")}-${name.slice(0, 3)}`;
    const tracks = [
      { source: "microphone", muted: people.size % 3 === 1 },
      { source: "camera", muted: people.size % 5 === 4 || people.size >= (options.cameras ?? Infinity) },
      { source: "screen", muted: true },
    ];
    return { id, name, role: "speaker", guest: people.size % 4 === 2, connection: "connected", tracks, ...changes };
  }

  function push(message) {
    for (const socket of sockets) socket.deliver(message);
  }

  const meeting = window.fakeMeeting(options, push, { id: YOU, name: options.you ?? "You Yourself" }, (id) => people.get(id)?.name ?? "");

  function assignAll() {
    const wanted = [...people.values()].flatMap(({ id, tracks }) => [
      ...(tracks.some(({ source, muted }) => source === "screen" && !muted) ? [{ id, source: "screen" }] : []),
      { id, source: "camera" },
    ]);
    slots = video.map((_, slot) => {
      const { id = null, source = "camera" } = wanted[slot] ?? {};
      return { slot, participant: id, source, from_rtp_timestamp: null, reason: options.reasons?.[slot] ?? "viewport",
        codec: options.reasons?.[slot] === "codec" ? "H264" : null,
        layer: options.reasons?.[slot] === "codec" ? null : 0 };
    });
    play();
  }

  /** With the option `cameras` only so many people have one: large meetings stay cheap. */
  function hasPicture(id, source) {
    return options.cameras === undefined || source === "screen" || [...people.keys()].indexOf(id) < options.cameras;
  }

  function play() {
    for (const { slot, participant, source, reason } of slots) {
      const track = participant && reason !== "codec" && hasPicture(participant, source) ? picture(participant, source) : null;
      video[slot]?.sender.replaceTrack(track);
    }
    push({ type: "slots", slots });
  }

  async function answer(offer) {
    const fresh = !remote || remote.connectionState === "closed" || remote.fingerprint !== fingerprint(offer.sdp);
    if (fresh) {
      remote?.close();
      remote = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
      remote.fingerprint = fingerprint(offer.sdp);
    }
    await remote.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    const byMid = new Map(remote.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]));
    for (const { mid } of offer.tracks) byMid.get(mid).direction = "recvonly";
    for (const { slot, video_mid: mid } of offer.slots) {
      byMid.get(mid).direction = "sendonly";
      video[slot] = byMid.get(mid);
    }
    for (const { audio_mid: mid } of offer.slots) byMid.get(mid).direction = "sendonly";
    await remote.setLocalDescription();
    if (remote.iceGatheringState !== "complete") {
      await new Promise((resolve) => {
        remote.onicegatheringstatechange = () => remote.iceGatheringState === "complete" && resolve();
      });
    }
    return withSimulcast(remote.localDescription.sdp, offer.sdp);
  }

  /** A browser that answers takes one layer; a server takes all that are offered. */
  function withSimulcast(sdp, offered) {
    const rids = offered.match(/a=simulcast:send (\S+)/)?.[1].split(";") ?? [];
    const camera = offered.split("\r\nm=").findIndex((section) => section.includes("a=simulcast:send"));
    const lines = [...rids.map((rid) => `a=rid:${rid} recv`), `a=simulcast:recv ${rids.join(";")}`];
    const take = (section, at) => (at === camera ? [section.trimEnd(), ...lines].join("\r\n") : section);
    return rids.length ? sdp.split("\r\nm=").map(take).join("\r\nm=") : sdp;
  }

  function fingerprint(sdp) {
    return sdp.match(/a=fingerprint:\S+ (\S+)/)[1];
  }

  class FakeSocket {
    static OPEN = 1;
    readyState = 0;
    constructor(url, protocol) {
      Object.assign(this, { url, protocol });
      if (protocol !== "treble.v1") throw new Error("subprotocol");
      setTimeout(() => {
        if (options.unreachable) return this.close();
        this.readyState = 1;
        sockets.add(this);
        this.onopen?.();
      }, options.delay ?? 5);
    }
    send(text) {
      const message = JSON.parse(text);
      const moment = performance.now();
      underway += 1;
      setTimeout(() => {
        underway -= 1;
        sent.push(message); // once it is taken: what a test does next comes after it
        moments.push(moment);
        this.handle(message);
      }, options.transit ?? 1);
    }
    deliver(message) {
      if (this.readyState === FakeSocket.OPEN) this.onmessage?.({ data: JSON.stringify(message) });
    }
    async handle(message) {
      const re = message.id;
      if (message.type === "hello") return options.waiting ? this.makeWait(message) : this.hello(message);
      if (message.type === "enter") return this.hello(message);
      if (options.fail?.[message.type]) return this.deliver({ type: "failed", re, code: options.fail[message.type] });
      if (meeting.handle(message, (answer) => this.deliver(answer))) return;
      if (message.type === "offer") {
        this.deliver({ type: "answer", re, sdp: await answer(message) });
        return setTimeout(assignAll, 50);
      }
      this.deliver({ type: "done", re });
    }
    makeWait({ id: re }) {
      const expires = options.waiting === "knock" ? { expires_at: Date.now() + 300_000 } : {};
      this.deliver({ type: "waiting", re, reason: options.waiting, ...expires });
    }
    hello({ id: re, resume, last_seq: lastSeq }) {
      if (options.refuseHello) return this.deliver({ type: "failed", re, code: options.refuseHello });
      const resumed = Boolean(resume) && resume === expected;
      expected = `resume-${Math.random()}`;
      this.deliver({ type: "welcome", re, session: "s", resume: expected, resumed, room: "blue-otter", ice_servers: [],
        you: { ...person(options.you ?? "You Yourself", { id: YOU }), role: options.role ?? "host", tracks: [] },
        participants: [...people.values()], slots, ...meeting.welcome() });
      for (const event of meeting.missed(lastSeq ?? Infinity)) this.deliver({ type: "chat", event });
    }
    close() {
      if (this.readyState === 3) return;
      this.readyState = 3;
      sockets.delete(this);
      setTimeout(() => this.onclose?.({ code: 1006 }), 0);
    }
  }

  const realFetch = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const { pathname } = new URL(input, location.href);
    if (!pathname.startsWith("/api/")) return realFetch(input, init);
    if (options.unreachable) throw new TypeError("unreachable");
    const reply = (status, body) => new Response(JSON.stringify(body), { status });
    if (pathname === "/api/health") return reply(200, { status: "ok" });
    const ofAccounts = fakeAccounts(init?.method ?? "GET", new URL(input, location.href), init, options);
    if (ofAccounts) return reply(...ofAccounts);
    if (pathname === "/api/rooms") window.fake.wishes = JSON.parse(init.body);
    if (pathname === "/api/rooms") return reply(200, { room: "blue-otter-92", password: "kd83-hs7q-p2mx", token: "host" });
    if (pathname.endsWith("/chat")) return options.failExport ? reply(403, { code: options.failExport }) : new Response("Ada: Hello");
    const { password } = JSON.parse(init.body);
    if (options.failEnter) return reply(403, options.failEnter);
    if (password === "wrong" || (!password && !options.noPassword)) return reply(403, { code: "auth.wrong" });
    return reply(200, { token: "guest" });
  };
  window.WebSocket = FakeSocket;

  for (const name of options.without ?? []) delete window[name]; // what this browser lacks
  window.fake = {
    options, sent, people, push, meeting, YOU,
    get slots() { return slots; },
    get remote() { return remote; },
    get underway() { return underway; },
    join(name, changes) {
      const one = person(name, changes);
      people.set(one.id, one);
      push({ type: "joined", participant: one });
      assignAll();
      return one.id;
    },
    leave(id) {
      people.delete(id);
      push({ type: "left", participant: id, reason: "left" });
      assignAll();
    },
    change(id, changes) {
      people.set(id, { ...people.get(id), ...changes });
      push({ type: "changed", participant: people.get(id) });
      assignAll();
    },
    assign(changes) {
      slots = slots.map((slot) => ({ ...slot, ...changes.find((change) => change.slot === slot.slot) }));
      play();
    },
    times(type) {
      return moments.filter((_, at) => sent[at].type === type);
    },
    forget() {
      expected = null;
    },
    dropSockets() {
      for (const socket of [...sockets]) socket.close();
    },
  };
  for (let at = 1; at < options.people; at += 1) {
    const one = person(options.names[at - 1] ?? NAMES[(at - 1) % NAMES.length]);
    people.set(one.id, one);
  }
})();
