/** What the connection test concludes from what gets through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mediaAt, networkRows, offers, onlyBy } from "../../web/app/lib/check-paths.js";
import { routeOf } from "../../web/app/lib/routes.js";
import { allWords } from "./all-words.mjs";

const strings = await allWords();
const ANSWER = [
  "v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=candidate:1 1 udp 2130706431 192.0.2.7 7882 typ host",
  "a=candidate:101 1 TCP 1518280447 192.0.2.7 7882 typ host tcptype passive", "a=end-of-candidates", "",
].join("\r\n");
const at = { address: "192.0.2.7", port: "7882" };
const ok = { ok: true, rtt: 12.4 };
const no = { ok: false, rtt: null };
const all = { socket: ok, udp: ok, tcp: ok, relay: null, speed: { up: 2_400, down: 2_300, rtt: 20 }, at };
const states = (found) => Object.fromEntries(Object.entries(networkRows({ ...all, ...found })).map(([name, { state }]) => [name, state]));
const key = (name, found) => networkRows({ ...all, ...found })[name].key;

test("an answer is cut down to one transport", () => {
  assert.equal(onlyBy(ANSWER, "udp").match(/a=candidate/g).length, 1);
  assert.match(onlyBy(ANSWER, "tcp"), /tcptype passive\r\na=end-of-candidates\r\n$/);
  assert.ok(offers(ANSWER, "tcp"));
  assert.ok(!offers(onlyBy(ANSWER, "udp"), "tcp"));
  assert.deepEqual(mediaAt(ANSWER), at);
  assert.deepEqual(mediaAt("v=0\r\n"), { address: "", port: "" });
});

test("where everything works, everything is green, and a relay that is not there is no fault", () => {
  assert.deepEqual(states({}), { socket: "good", udp: "good", tcp: "good", relay: "none", speed: "good" });
});

test("blocked UDP is worth a word, not an alarm, where something else gets through", () => {
  assert.deepEqual(states({ udp: no }), { socket: "good", udp: "fair", tcp: "good", relay: "none", speed: "good" });
  assert.equal(key("udp", { udp: no }), "check.udp.tcp");
  assert.equal(key("udp", { udp: no, tcp: no, relay: ok }), "check.udp.relay");
  assert.equal(key("tcp", { tcp: no }), "check.tcp.spare");
});

test("where nothing gets through it says what has to be allowed", () => {
  const found = { udp: no, tcp: no, relay: no, speed: null };
  assert.deepEqual(states(found), { socket: "good", udp: "bad", tcp: "bad", relay: "bad", speed: "none" });
  assert.deepEqual(networkRows({ ...all, ...found }).udp.values, at);
});

test("a speed is told by what it is enough for", () => {
  const speed = (up, down, rtt = 20) => key("speed", { speed: { up, down, rtt } });
  assert.equal(speed(2_400, 1_600), "check.speed.good");
  assert.equal(speed(2_400, 900), "check.speed.small");
  assert.equal(speed(200, 2_000), "check.speed.sound");
  assert.equal(speed(2_400, 2_400, 450), "check.speed.late");
});

test("every conclusion has words", () => {
  for (const udp of [ok, no]) for (const tcp of [ok, no, null]) for (const relay of [ok, no, null]) for (const speed of [null, all.speed]) {
    for (const row of Object.values(networkRows({ ...all, socket: udp, udp, tcp, relay, speed }))) assert.ok(row.key in strings, row.key);
  }
});

test("the test has an address of its own", () => {
  assert.deepEqual(routeOf({ pathname: "/check", hash: "" }), { screen: "check" });
});
