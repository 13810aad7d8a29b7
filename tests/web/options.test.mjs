/** What an address asks of the page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { offered, optionsOf } from "../../web/app/lib/options.js";

test("an address without wishes changes nothing", () => {
  const options = optionsOf("?debug", false);
  assert.deepEqual([options.prefs, [...options.without], options.atOnce, options.embedder], [{}, [], false, null]);
});

test("a dozen wishes are understood, wrong ones are not", () => {
  const query = "?name=+Ada+&mic=off&camera=on&audio-only&theme=dark&lang=es&without=chat+people,nonsense";
  const options = optionsOf(query, false);
  assert.deepEqual(options.prefs, { name: "Ada", micOn: false, camOn: true, audioOnly: true, theme: "dark", language: "es" });
  assert.deepEqual([...options.without], ["chat", "people"]);
  assert.deepEqual(optionsOf("?theme=pink&mic=maybe&name=%20", false).prefs, {});
  assert.equal(optionsOf(`?name=${"x".repeat(99)}`, false).prefs.name.length, 60);
});

test("a link alone never joins by itself: only a frame of a page that says who it is", () => {
  assert.equal(optionsOf("?prejoin=off&embed=https://a.test", false).atOnce, false);
  assert.equal(optionsOf("?prejoin=off", true).atOnce, false);
  assert.equal(optionsOf("?prejoin=off&embed=https://a.test/path", true).embedder, null);
  const framed = optionsOf("?prejoin=off&embed=https://a.test", true);
  assert.deepEqual([framed.atOnce, framed.embedder], [true, "https://a.test"]);
});

test("keys of what is not offered do nothing", () => {
  const options = optionsOf("?without=share", false);
  assert.deepEqual(Object.keys(offered({ m: 1, d: 2, c: 3 }, options)), ["m", "c"]);
});
