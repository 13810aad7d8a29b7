/** The pure parts of the account's screens: addresses, crops, recent meetings, browsers' names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName } from "../../web/app/lib/agent.js";
import { MIDDLE, inside, moved, squareOf } from "../../web/app/lib/crop.js";
import { MOST, forgetRoom, recentRooms, rememberRoom } from "../../web/app/lib/recent.js";
import { routeOf, safeReturn } from "../../web/app/lib/routes.js";

test("addresses lead to screens", () => {
  const at = (address) => routeOf(new URL(address, "https://x"));
  assert.deepEqual(at("/"), { screen: "home" });
  assert.deepEqual(at("/#new"), { screen: "new" });
  assert.deepEqual(at("/r/abc#pw"), { screen: "room", invitation: { room: "abc", password: "pw" } });
  assert.deepEqual(at("/account/verify#c0de"), { screen: "verify", code: "c0de" });
  assert.deepEqual(at("/account/nonsense"), { screen: "home" });
});

test("one goes on only inside this page", () => {
  assert.equal(safeReturn("/r/abc#pw"), "/r/abc#pw");
  for (const bad of [null, "", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]) {
    assert.equal(safeReturn(bad), "/");
  }
});

test("a crop is a square inside the picture, wherever it is pulled", () => {
  const wide = { width: 400, height: 200 };
  assert.deepEqual(squareOf(MIDDLE, wide), { left: 100, top: 0, side: 200 });
  assert.deepEqual(squareOf(moved(MIDDLE, wide, 9, 9), wide), { left: 0, top: 0, side: 200 });
  assert.deepEqual(squareOf(moved(MIDDLE, wide, -9, 0), wide), { left: 200, top: 0, side: 200 });
  assert.deepEqual(squareOf(inside({ ...MIDDLE, zoom: 99 }, wide), wide), { left: 175, top: 75, side: 50 });
  assert.deepEqual(squareOf(inside({ x: 0, y: 0, zoom: 0.1 }, wide), wide), { left: 0, top: 0, side: 200 });
});

function memory(text = null) {
  return { getItem: () => text, setItem: (_, value) => (text = value) };
}

test("recent meetings: the latest first, each once, a few, and forgotten when asked", () => {
  const storage = memory();
  for (let at = 0; at < MOST + 2; at += 1) rememberRoom({ room: `r${at}`, password: "", title: "", at }, storage);
  rememberRoom({ room: "r5", password: "p", title: "T", at: 99 }, storage);
  assert.equal(recentRooms(storage).length, MOST);
  assert.deepEqual(recentRooms(storage)[0], { room: "r5", password: "p", title: "T", at: 99 });
  forgetRoom("r5", storage);
  assert.ok(recentRooms(storage).every(({ room }) => room !== "r5"));
  assert.deepEqual(recentRooms(memory("no json")), []);
  assert.deepEqual(recentRooms(memory('{"a":1}')), []);
});

test("browsers are named as people name them", () => {
  const agents = {
    "Firefox · Windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Chrome · Android": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
    "Edge · Windows": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
    "Safari · iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
  };
  for (const [name, agent] of Object.entries(agents)) assert.equal(browserName(agent), name);
  assert.equal(browserName("curl/8"), null);
});
