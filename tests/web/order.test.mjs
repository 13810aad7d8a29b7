import assert from "node:assert/strict";
import { test } from "node:test";
import { StageOrder } from "../../web/app/lib/order.js";
import { Speech } from "../../web/app/lib/speech.js";

const PRESENT = ["a", "b", "c", "d", "e"];
const PAGE = new Set(["a", "b", "c"]);

/** `who` is heard from `from` to `to`, nobody afterwards. */
function talk({ speech }, who, from, to) {
  speech.hear(who, from);
  speech.hear([], to);
}

function start() {
  const speech = new Speech();
  const order = new StageOrder(speech);
  order.arrange(PRESENT);
  return Object.assign(order, { speech });
}

test("newcomers stand at the end, and who leaves makes room", () => {
  const order = start();
  assert.deepEqual(order.arrange(["e", "d", "f", "b", "a"]), ["a", "b", "d", "e", "f"]);
});

test("a speaker from another page takes the place of who was silent longest", () => {
  const order = start();
  talk(order, ["a"], 0, 1000);
  talk(order, ["b"], 1000, 2000);
  talk(order, ["e"], 2000, 4000);
  assert.ok(order.swap(PAGE, 4000));
  assert.deepEqual(order.arrange(PRESENT), ["a", "b", "e", "d", "c"]);
});

test("a word is no speech, a breath does not end one", () => {
  const order = start();
  talk(order, ["e"], 0, 1000);
  assert.ok(!order.swap(PAGE, 1000));
  talk(order, ["e"], 1600, 1700);
  assert.ok(order.swap(PAGE, 1700));
});

test("who fell silent is not brought any more", () => {
  const order = start();
  talk(order, ["e"], 0, 2000);
  assert.ok(!order.swap(PAGE, 3000));
});

test("one swap in two seconds at most", () => {
  const order = start();
  talk(order, ["d", "e"], 0, 2000);
  assert.ok(order.swap(PAGE, 2000));
  const page = new Set(order.arrange(PRESENT).slice(0, 3));
  talk(order, ["d", "e"], 2250, 3750);
  assert.ok(!order.swap(page, 3750));
  talk(order, ["d", "e"], 4000, 4000);
  assert.ok(order.swap(page, 4000));
});

test("speakers and those who are held keep their places", () => {
  const order = start();
  talk(order, ["a", "e"], 0, 2000);
  assert.ok(!order.swap(PAGE, 2000, new Set(["b", "c"])));
  assert.ok(order.swap(PAGE, 2000, new Set(["b"])));
  assert.deepEqual(order.arrange(PRESENT), ["a", "b", "e", "d", "c"]);
});

test("who is seen and speaks stays", () => {
  const order = start();
  talk(order, ["a"], 0, 3000);
  assert.ok(!order.swap(PAGE, 3000));
  assert.deepEqual(order.arrange(PRESENT), PRESENT);
});

test("two change places and nobody else moves; who is not here changes none", () => {
  const order = start();
  order.exchange("a", "d");
  assert.deepEqual(order.arrange(PRESENT), ["d", "b", "c", "a", "e"]);
  order.exchange("a", "gone");
  assert.deepEqual(order.arrange(PRESENT), ["d", "b", "c", "a", "e"]);
});
