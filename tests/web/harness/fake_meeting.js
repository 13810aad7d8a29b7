/**
 * What leads a room, for `fake_server.js`: permissions by role, who waits, what is asked for, a chat that is numbered.
 * `window.fakeMeeting(options, push)` gives `handle(message, deliver)`, true where the message was of this part, and
 * what tests script: `admit()`, `refuse(seconds)`, `expire()`, `setState`, `setVerdicts`, `wait(waiters)`, `say(event)`.
 */
window.fakeMeeting = (options, push, you, nameOf) => {
  const ACTIONS = {
    enter: "AAKK", watch: "AAAA", talk: "AAAD", show: "AAAD", share: "AAKD", rename: "AAKK", picture: "AAKK",
    chat: "AAAA", whisper: "AAAD", history: "AADD", files: "AAAD", react: "AAAA", hand: "AAAA", record: "AKDD",
    broadcast: "AKDD", caption: "AADD", invite: "AADD", admit: "AADD", answer: "AADD", mute: "AADD", "ask-unmute": "AADD",
    "stop-camera": "AADD", "stop-share": "AADD", "unmute-others": "DDDD", "lower-hands": "AADD", permit: "AADD",
    spotlight: "AADD", remove: "AADD", ban: "AADD", erase: "AADD", lock: "AADD", settings: "ADDD", roles: "ADDD",
    "hand-over": "ADDD", audit: "AADD", export: "ADDD", end: "ADDD",
  };
  const WORD = { A: "allow", K: "ask", D: "deny" };
  const role = options.role ?? "host";
  const at = ["host", "co-host", "speaker", "viewer"].indexOf(role);
  const verdicts = {
    ...Object.fromEntries(Object.entries(ACTIONS).map(([action, row]) => [action, WORD[row[at]]])),
    ...options.verdicts,
  };
  const events = (options.chat ?? []).map((event, index) => ({
    seq: index + 1, at: Date.now() - 600_000 + index * 30_000, kind: "message", ...event,
  }));
  const keys = new Map();
  let state = { title: "", locked: false, ...options.state, ...(role === "host" ? { settings: options.settings ?? {} } : {}) };
  let approvals = 0;
  let wantsCaptions = false;

  function event(changes) {
    const one = { seq: (events.at(-1)?.seq ?? 0) + 1, at: Date.now(), kind: "message", ...changes };
    events.push(one);
    return one;
  }

  function say(changes) {
    const one = event(changes);
    push({ type: "chat", event: one });
    return one.seq;
  }

  /** Stored and numbered once for each key, then answered, then told. */
  function said(message, changes, deliver) {
    const known = keys.get(message.key);
    const one = known ?? event({ sender: you.id, name: you.name, ...changes });
    keys.set(message.key, one);
    if (!options.loseAnswers) deliver({ type: "said", re: message.id, seq: one.seq, at: one.at });
    if (!known) push({ type: "chat", event: one });
  }

  function page({ id, before = Infinity, limit }) {
    const floor = verdicts.history === "allow" ? 0 : (options.firstSeq ?? 0); // what was said before one came
    const found = events.filter(({ seq, kind }) => seq > floor && seq < before && kind === "message");
    return { type: "page", re: id, events: found.slice(-limit), more: found.length > limit, read: options.read ?? 0 };
  }

  const file = (id) => ({ file: id, name: `${id}.png`, media_type: "image/png", size: 2048 });
  const asking = (action) => verdicts[action] === "ask";
  const asked = ({ id }) => ({ type: "asked", re: id, approval: `a${(approvals += 1)}`, expires_at: Date.now() + 120_000 });
  const handlers = {
    say: (message, deliver) => {
      if (options.failSay) return deliver({ type: "failed", re: message.id, code: options.failSay });
      const { text, to, reply, files = [] } = message;
      said(message, { text, reply, files: files.map(file), ...(to && { to, to_name: nameOf(to) }) }, deliver);
    },
    edit: (message, deliver) => said(message, { kind: "edit", target: message.seq, text: message.text }, deliver),
    erase: (message, deliver) => said(message, { kind: "erase", target: message.seq }, deliver),
    react: (message, deliver) => said(message, { kind: "reaction", target: message.seq, emoji: message.emoji, on: message.on ?? true }, deliver),
    history: (message, deliver) => deliver(page(message)),
    ask: (message, deliver) => deliver(asked(message)),
    rename: (message, deliver) => deliver(asking("rename") ? asked(message) : { type: "done", re: message.id }),
    invitation: ({ id }, deliver) => deliver({ type: "invited", re: id, room: "blue-otter", password: "kd83-hs7q" }),
    knock: ({ id }, deliver) => deliver({ type: "waiting", re: id, reason: "knock", expires_at: Date.now() + 300_000 }),
    renew: ({ id }, deliver) => deliver({ type: "renewed", re: id, token: "fresh", expires_at: Date.now() + 600_000 }),
    audit: ({ id, before }, deliver) => deliver({ type: "auditpage", re: id, entries: before ? [] : (options.audit ?? []), more: false }),
    lock: ({ id, locked }, deliver) => {
      deliver({ type: "done", re: id });
      setState({ locked });
    },
    spotlight: ({ id, participant }, deliver) => {
      deliver({ type: "done", re: id });
      setState({ spotlight: participant });
    },
    setcaptions: ({ id, language }, deliver) => {
      deliver({ type: "done", re: id });
      setState({ captions: language, plain: language ? ["captions"] : [] });
    },
    wantcaptions: ({ id, wanted }, deliver) => {
      deliver({ type: "done", re: id });
      wantsCaptions = wanted;
    },
    saycaption: ({ id, key, text, participant, final, language }, deliver) => {
      deliver({ type: "done", re: id });
      caption({ key, text, final, by: you.id, participant: participant ?? you.id, language: language ?? state.captions });
    },
    configure: ({ id, settings, title }, deliver) => {
      deliver({ type: "done", re: id });
      setState({ settings, title });
    },
  };

  function setState(changes) {
    state = { ...state, ...changes };
    push({ type: "roomstate", ...state });
  }

  /** To who wants them, as a server does. */
  function caption(changes) {
    const one = { key: "1", text: "", language: state.captions, ...changes };
    if (wantsCaptions && state.captions) push({ type: "captions", captions: [one] });
  }

  return {
    caption,
    welcome: () => ({ state, verdicts, last_seq: events.at(-1)?.seq ?? 0 }),
    /** What came after the last event that a client has. */
    missed: (lastSeq) => events.filter(({ seq }) => seq > lastSeq),
    handle(message, deliver) {
      handlers[message.type]?.(message, deliver);
      return message.type in handlers;
    },
    say,
    event,
    setState,
    setVerdicts(changes) {
      Object.assign(verdicts, changes);
      push({ type: "verdicts", role, verdicts });
    },
    admit: () => push({ type: "admitted" }),
    refuse: (seconds) => push({ type: "refused", ...(seconds === undefined ? {} : { retry_after: seconds }) }),
    expire: () => push({ type: "expired" }),
    wait: (waiters) => push({ type: "waiters", waiters }),
    approvals: (all) => push({ type: "approvals", approvals: all }),
    decide: (action, outcome) => push({ type: "decided", approval: `a${approvals}`, action, outcome }),
  };
};
