/** A busy machine: less after a while of trouble, more only slowly. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Load, MOST_LOAD, lessened } from "../../web/sdk/load.js";

/** Readings every two seconds from `from` to `to`, in seconds; gives when the step changed. */
function run(load, busy, from, to) {
  const changes = [];
  for (let at = from; at < to; at += 2) if (load.take(busy, at * 1000)) changes.push(at);
  return changes;
}

test("one busy moment changes nothing, six seconds do", () => {
  const load = new Load();
  run(load, true, 0, 4);
  run(load, false, 4, 6);
  assert.equal(load.step, 0);
  assert.deepEqual(run(load, true, 6, 14), [12]);
  assert.equal(load.step, 1);
});

test("it goes on down to the last step and no further", () => {
  const load = new Load();
  run(load, true, 0, 200);
  assert.equal(load.step, MOST_LOAD);
});

test("it recovers after half a minute of calm, a step at a time", () => {
  const load = new Load();
  run(load, true, 0, 20);
  assert.equal(load.step, 2);
  assert.deepEqual(run(load, false, 20, 82), [50, 80]);
  assert.equal(load.step, 0);
});

test("who was wrong about being well waits twice as long the next time", () => {
  const load = new Load();
  run(load, true, 0, 8);
  assert.deepEqual(run(load, false, 8, 40), [38]);
  run(load, true, 40, 48);
  assert.equal(load.step, 1);
  assert.deepEqual(run(load, false, 48, 120), [108]);
});

test("less is asked for, in the same shape", () => {
  const tile = { participant: "a", width: 641, height: 361, priority: 1, cap: 0 };
  assert.deepEqual(lessened([tile], 0), [tile]);
  assert.deepEqual(lessened([tile], 1), [{ ...tile, width: 321, height: 181 }]);
});
