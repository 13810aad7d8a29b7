/** Blurring in small: how fast, which pixels, and what is sent meanwhile. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { blurBackground, follow } from "../../web/app/blur/mask.js";
import { Gate, Pace } from "../../web/app/blur/pace.js";
import { watch } from "../../web/app/blur/watch.js";
import { failureCode, hasFailed, outcome, tellHang } from "../../web/app/lib/background.js";
import { lateBlur } from "../../web/app/lib/late-blur.js";
import { remember, useNow } from "../../web/app/lib/prefs.js";
import { useStrings } from "../../web/app/lib/strings.js";
import { Processing } from "../../web/sdk/processing.js";

/** A picture each 50 ms that takes `ms`, for so many seconds. */
function run(pace, ms, from, to) {
  for (let at = from * 1000; at < to * 1000; at += 50) pace.take(ms, at);
  return pace.rate;
}

test("a machine that needs more than 40 ms a picture makes fewer, and one slow moment changes nothing", () => {
  const pace = new Pace();
  pace.take(900, 0); // the first one is compiled
  assert.equal(run(pace, 35, 0, 10), 24);
  pace.take(300, 10_000);
  assert.equal(run(pace, 35, 10, 20), 24);
  assert.equal(run(pace, 60, 20, 23), 12);
  assert.equal(run(pace, 60, 23, 26), 6);
  assert.equal(run(pace, 60, 26, 60), 6);
});

test("it makes more again after half a minute of ease, and later where that was wrong", () => {
  const pace = new Pace();
  run(pace, 60, 0, 3);
  assert.equal(run(pace, 10, 3, 32), 12);
  assert.equal(run(pace, 10, 32, 36), 24);
  run(pace, 60, 36, 40);
  assert.equal(run(pace, 10, 40, 75), 12);
  assert.equal(run(pace, 10, 75, 105), 24);
});

test("a call that finds the machine busy makes fewer at once", () => {
  const pace = new Pace();
  pace.setLoad(1);
  assert.equal(pace.rate, 12);
  pace.setLoad(0);
  assert.equal(pace.rate, 24);
});

test("of thirty pictures a second twenty-four are taken, of fifteen all", () => {
  const taken = (camera, rate) => {
    const gate = new Gate();
    let count = 0;
    for (let n = 0; n < 10 * camera; n += 1) count += gate.take((n * 1000) / camera, rate) ? 1 : 0;
    return count / 10;
  };
  assert.ok(Math.abs(taken(30, 24) - 24) < 1.5, `${taken(30, 24)}`);
  assert.ok(Math.abs(taken(15, 24) - 15) < 0.5);
  assert.ok(Math.abs(taken(30, 6) - 6) < 0.5);
});

const WIDTH = 16;
const HEIGHT = 9;

function picture(colour) {
  const pixels = new Uint8ClampedArray(4 * WIDTH * HEIGHT);
  for (let i = 0; i < WIDTH * HEIGHT; i += 1) pixels.set([...colour(i % WIDTH), 255], 4 * i);
  return pixels;
}

test("stripes of the background become one grey", () => {
  const pixels = picture((x) => (x % 2 ? [0, 0, 0] : [200, 200, 200]));
  blurBackground(pixels, new Float32Array(WIDTH * HEIGHT), WIDTH, 3, new Float32Array(8 * WIDTH * HEIGHT));
  for (let at = 0; at < pixels.length; at += 4) assert.ok(Math.abs(pixels[at] - 100) < 50, `${pixels[at]}`);
});

test("the person's colours do not come into the background", () => {
  const pixels = picture((x) => (x < 8 ? [255, 0, 0] : [0, 0, 255]));
  const mask = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH < 8 ? 1 : 0));
  blurBackground(pixels, mask, WIDTH, 3, new Float32Array(8 * WIDTH * HEIGHT));
  for (let x = 8; x < WIDTH; x += 1) assert.deepEqual([...pixels.slice(4 * x, 4 * x + 4)].map((v) => v > 10), [false, false, true, true]);
});

test("a mask follows within some pictures and does not flicker", () => {
  const mask = new Float32Array(1);
  follow(mask, Float32Array.of(0.2));
  assert.equal(mask[0], 0);
  for (let n = 0; n < 4; n += 1) follow(mask, Float32Array.of(0.9));
  assert.ok(mask[0] > 0.95);
  follow(mask, Float32Array.of(0));
  assert.ok(mask[0] > 0.3 && mask[0] < 0.5);
});

class Fake {
  log = [];
  async init({ track }) {
    this.log.push(`init ${track.id}`);
    if (this.fails) throw new Error("no");
    this.processedTrack = { id: `${track.id}'` };
  }
  async restart({ track }) {
    this.log.push(`restart ${track.id}`);
    this.processedTrack = { id: `${track.id}'` };
  }
  async destroy() {
    this.log.push("destroy");
    this.processedTrack = undefined;
  }
}

test("with a processor a camera is sent only once it has been worked on", async () => {
  const processing = new Processing();
  const [one, two] = [{ id: "1" }, { id: "2" }];
  const fake = new Fake();
  assert.equal(processing.output("camera", one), one);
  processing.expect("camera", fake);
  assert.equal(processing.output("camera", one), null);
  await processing.apply("camera", one);
  assert.equal(processing.output("camera", one).id, "1'");
  assert.equal(processing.output("microphone", one), one);
  assert.equal(processing.output("camera", two), null); // another device
  await processing.apply("camera", two);
  assert.equal(processing.output("camera", two).id, "2'");
  await processing.apply("camera", null);
  assert.deepEqual(fake.log, ["init 1", "restart 2", "destroy"]);
});

test("a processor that fails leaves things as they were", async () => {
  const processing = new Processing();
  const camera = { id: "1" };
  const fake = Object.assign(new Fake(), { fails: true });
  await assert.rejects(processing.use("camera", fake, camera), { code: "processor.failed" });
  assert.equal(processing.output("camera", camera), camera);
  const works = new Fake();
  await processing.use("camera", works, camera);
  assert.equal(processing.output("camera", camera).id, "1'");
  await processing.use("camera", null, camera);
  assert.equal(processing.output("camera", camera), camera);
  assert.equal(works.log.at(-1), "destroy");
});

test("where this browser cannot blur no picture passes, and that is told as long as it is wanted", async () => {
  useStrings({ "background.browser": "Not by this browser." });
  remember({ background: "blur" });
  const processing = new Processing();
  const camera = { id: "1", kind: "video" };
  processing.expect("camera", lateBlur());
  await assert.rejects(processing.apply("camera", camera), { code: "processor.failed" });
  assert.equal(processing.output("camera", camera), null);
  assert.deepEqual([hasFailed(), outcome.failure, failureCode()], [true, "browser", "background.browser"]);
  useStrings({});
  assert.equal(failureCode(), "background.failed"); // as long as there are no others
  useNow({ background: "none" });
  assert.equal(hasFailed(), false);
});

test("a worker that leaves five questions open in a row hangs, and one that answers late does not", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let [asked, hung] = [0, 0];
  const watched = watch({ ask: () => (asked += 1), hangs: () => (hung += 1) });
  const pass = (seconds) => {
    for (let at = 0; at < seconds; at += 1) context.mock.timers.tick(1000);
  };
  pass(10);
  assert.deepEqual([asked, hung], [5, 0]);
  watched.answered();
  pass(10);
  assert.deepEqual([asked, hung], [10, 0]);
  pass(2);
  assert.deepEqual([asked, hung], [10, 1]);
  pass(60);
  assert.deepEqual([asked, hung], [10, 1]);
});

test("nobody asks a worker that has been ended", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const watched = watch({ ask: () => assert.fail(), hangs: () => assert.fail() });
  watched.stop();
  context.mock.timers.tick(60_000);
});

test("what hangs is begun anew once, then it has failed, and another try may hang once again", () => {
  remember({ background: "blur" });
  const told = () => {
    tellHang();
    return [outcome.hangs, hasFailed()];
  };
  assert.deepEqual(told(), [true, false]);
  assert.deepEqual(told(), [false, true]);
  assert.deepEqual(told(), [true, true]);
  remember({ background: "blur" });
  assert.deepEqual(told(), [true, false]);
  remember({ background: "none" });
  assert.deepEqual([outcome.hangs, hasFailed()], [false, false]);
});
