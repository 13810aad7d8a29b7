/** Who uses this browser: tokens in memory, renewals in turn, and the end of a login. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../web/sdk/session.js";

const ACCOUNT = { id: "a", name: "Ada", guest: false, verified: true, email: "a@b.c", picture: null, has_password: true,
  providers: [], fresh: true };

/** A server that gives numbered tokens; `refuse` is the code of its next refusals. */
function world(context, { known = true } = {}) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const state = { now: 1_000_000, asked: [], refuse: null, tokens: 0, known, inside: 0, most: 0, told: [] };
  context.mock.method(globalThis, "fetch", async (url, { method, headers }) => {
    state.asked.push(`${method} ${url.pathname} ${headers.authorization ?? "-"}`);
    if (state.refuse) return Response.json({ code: state.refuse }, { status: 401 });
    if (url.pathname === "/api/account") return Response.json(ACCOUNT);
    state.tokens += 1;
    return Response.json({ token: `t${state.tokens}`, expires_in: 600, account: ACCOUNT });
  });
  let before = Promise.resolve();
  const locks = {
    request: (_, work) => {
      const turn = before.then(async () => {
        state.inside += 1;
        state.most = Math.max(state.most, state.inside);
        try {
          return await work();
        } finally {
          state.inside -= 1;
        }
      });
      before = turn.catch(() => {});
      return turn;
    },
  };
  const memory = { isKnown: () => state.known, setKnown: (is) => (state.known = is) };
  const channel = { postMessage: (message) => state.told.push(message), onmessage: null };
  const session = new Session("https://x", { locks, channel, memory, now: () => state.now });
  return { session, state, channel };
}

test("a browser that was never signed in asks nothing", async (context) => {
  const { session, state } = world(context, { known: false });
  await session.restore();
  assert.equal(session.kind, "nobody");
  assert.equal(await session.bearer(), null);
  assert.deepEqual(state.asked, []);
});

test("the cookie of an earlier visit gives a token, and a minute before its end another", async (context) => {
  const { session, state } = world(context);
  await session.restore();
  assert.equal(session.kind, "account");
  assert.equal(await session.bearer(), "t1");
  state.now += 540_000;
  context.mock.timers.tick(540_000);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(await session.bearer(), "t2");
});

test("a machine that slept does not use an old token", async (context) => {
  const { session, state } = world(context);
  await session.restore();
  state.now += 3_600_000;
  assert.equal(await session.bearer(), "t2");
});

test("a cookie that is over makes nobody, quietly at the start and told later", async (context) => {
  const { session, state } = world(context);
  let ended = 0;
  session.on("ended", () => (ended += 1));
  state.refuse = "auth.missing";
  await session.restore();
  assert.equal(session.kind, "nobody");
  assert.equal(state.known, false);
  assert.equal(ended, 0);
  state.refuse = null;
  await session.signIn("a@b.c", "right horse");
  state.refuse = "session.ended";
  state.now += 3_600_000;
  await assert.rejects(session.bearer(), { code: "session.ended" });
  assert.equal(session.kind, "nobody");
  assert.equal(ended, 1);
});

test("a server that is away ends no login", async (context) => {
  const { session } = world(context);
  await session.restore();
  globalThis.fetch.mock.mockImplementation(async () => {
    throw new TypeError("away");
  });
  await assert.rejects(session.renew(), { code: "gone" });
  assert.equal(session.kind, "account");
});

test("whoever wants a token waits for its turn", async (context) => {
  const { session, state } = world(context);
  await Promise.all([session.restore(), session.signIn("a@b.c", "x"), session.renew()]);
  assert.equal(state.most, 1);
});

test("a token that the server no longer takes is renewed once", async (context) => {
  const { session, state } = world(context);
  await session.restore();
  let refused = false;
  const before = globalThis.fetch;
  context.mock.method(globalThis, "fetch", async (url, init) => {
    if (url.pathname === "/api/account" && !refused) {
      refused = true;
      return Response.json({ code: "auth.expired" }, { status: 401 });
    }
    return before(url, init);
  });
  assert.equal((await session.call("GET", "/api/account")).name, "Ada");
  assert.match(state.asked.at(-1), /Bearer t2$/);
});

test("other tabs are told, and ask the cookie anew", async (context) => {
  const { session, state, channel } = world(context);
  await session.signIn("a@b.c", "x");
  assert.equal(state.told.length, 1);
  state.refuse = "auth.missing";
  channel.onmessage({});
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(session.kind, "nobody");
});

test("the token is in no storage and no event", async (context) => {
  const { session } = world(context);
  await session.signIn("a@b.c", "x");
  assert.ok(!JSON.stringify(session).includes("t1"));
  assert.ok(!JSON.stringify(session.profile).includes("t1"));
});

test("where a frame may not lock, it works all the same, once", async (context) => {
  const { state } = world(context);
  const locks = { request: () => Promise.reject(new DOMException("denied", "SecurityError")) };
  const memory = { isKnown: () => false, setKnown() {} };
  const session = new Session("https://x", { locks, channel: null, memory, now: () => state.now });
  await session.asGuest("Ada");
  assert.deepEqual(state.asked, ["POST /api/session/guest -"]);
  state.refuse = "auth.missing";
  await assert.rejects(session.renew(), { code: "auth.missing" });
  assert.equal(state.asked.length, 2);
});
