/** The grid's table of the client's specification, and what holds for every stage. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bestGrid, fitOf, gridBoxes, pageSize, speakerBoxes } from "../../web/app/lib/grid.js";

const TABLE = [
  [1264, 600, { 2: "2x1", 3: "2x2", 5: "3x2", 7: "4x2", 10: "4x3", 16: "4x4", 25: "5x5" }],
  [344, 500, { 2: "1x2", 3: "1x3", 4: "2x2" }],
];

for (const [width, height, rows] of TABLE) {
  for (const [count, wanted] of Object.entries(rows)) {
    test(`${count} tiles on ${width}x${height} stand ${wanted}`, () => {
      const { columns, rows: lines } = bestGrid(Number(count), width, height);
      assert.equal(`${columns}x${lines}`, wanted);
    });
  }
}

/** How much of the stage is picture, in percent. */
function filled(count, width, height) {
  return bestGrid(count, width, height).share * 100;
}

// The specification says ">= 62 % for every n" in whole percents: three tiles fill 61.6 %, all others 66 % and more.
test("a laptop's stage is filled to 62 % at least, in whole percents, and but for three tiles to 66 %", () => {
  for (let count = 1; count <= 25; count += 1) {
    const percent = filled(count, 1264, 600);
    assert.ok(Math.round(percent) >= 62, `${count}: ${percent}`);
    assert.ok(count === 3 || percent >= 66, `${count}: ${percent}`);
  }
});

test("three tiles of an allowed shape cannot fill more of a laptop's stage than 61.6 %", () => {
  const [width, height, gap] = [1264, 600, 8];
  const shares = [1, 2, 3].map((columns) => {
    const rows = Math.ceil(3 / columns);
    const [across, down] = [(width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows];
    const shapes = Array.from({ length: 1001 }, (_, step) => 4 / 3 + (step / 1000) * (16 / 9 - 4 / 3));
    const areas = shapes.map((shape) => Math.min(across, down * shape) ** 2 / shape);
    return (300 * Math.max(...areas)) / (width * height);
  });
  assert.deepEqual(shares.map((share) => share.toFixed(1)), ["26.6", "61.6", "51.3"]);
  assert.equal(filled(3, width, height).toFixed(1), "61.6");
});

test("a phone's stage is filled to 81 % at least", () => {
  for (let count = 1; count <= 4; count += 1) assert.ok(filled(count, 344, 500) >= 81, `${count}`);
});

test("of two arrangements that show as much, the one with fewer empty cells", () => {
  const { columns, rows } = bestGrid(4, 820, 308); // three columns of the same height would leave two cells empty
  assert.deepEqual([columns, rows], [2, 2]);
});

test("tiles are equal, inside the stage, apart by the gap, and the last row is centred", () => {
  for (const [width, height] of [[1264, 600], [344, 500], [1008, 640], [740, 350], [320, 480], [2560, 1300]]) {
    for (let count = 1; count <= 25; count += 1) {
      const boxes = gridBoxes(count, width, height);
      assert.equal(boxes.length, count);
      assert.equal(new Set(boxes.map((box) => `${box.width} ${box.height}`)).size, 1);
      for (const box of boxes) {
        assert.ok(box.x > -0.01 && box.y > -0.01, `${count} on ${width}x${height}`);
        assert.ok(box.x + box.width < width + 0.01 && box.y + box.height < height + 0.01);
      }
      const gap = width < 600 ? 4 : 8;
      assert.ok(boxes.every((a, i) => boxes.every((b, j) => i === j || apart(a, b) > gap - 0.01)));
      const last = boxes.filter(({ y }) => y === boxes.at(-1).y);
      assert.ok(Math.abs(last[0].x - (width - last.at(-1).x - last.at(-1).width)) < 0.01);
    }
  }
});

function apart(a, b) {
  const across = Math.max(b.x - (a.x + a.width), a.x - (b.x + b.width));
  const down = Math.max(b.y - (a.y + a.height), a.y - (b.y + b.height));
  return Math.max(across, down);
}

test("tiles keep an allowed shape", () => {
  for (const [width, height, low] of [[1264, 600, 4 / 3], [344, 500, 3 / 4]]) {
    for (let count = 1; count <= 25; count += 1) {
      const [{ width: w, height: h }] = gridBoxes(count, width, height);
      assert.ok(w / h > low - 0.001 && w / h < 16 / 9 + 0.001);
    }
  }
});

test("no room, no boxes", () => {
  assert.deepEqual(gridBoxes(3, 0, 0), []);
  assert.deepEqual(gridBoxes(0, 800, 600), []);
});

test("a page holds 25, by touch 9, on a phone 4, and no tile narrower than 160", () => {
  assert.equal(pageSize(1264, 600), 25);
  assert.equal(pageSize(1264, 600, true), 9);
  assert.equal(pageSize(344, 500), 4);
  assert.equal(pageSize(780, 350), 4);
  for (const [width, height] of [[600, 480], [700, 500], [320, 240], [280, 500]]) {
    const size = pageSize(width, height);
    for (let count = 1; count <= size; count += 1) {
      assert.ok(count === 1 || bestGrid(count, width, height).width >= 160, `${width}x${height}: ${count}`);
    }
  }
});

test("the filmstrip is on the right of a wide stage, else on top, and never over the main tile", () => {
  const wide = speakerBoxes(1264, 600);
  assert.equal(wide.main.height, 600);
  assert.ok(wide.strip(3).every(({ x }) => x >= wide.main.width));
  assert.ok(wide.strip(2)[0].y > 0);
  assert.equal(wide.strip(2, true)[0].y, 0);
  const tall = speakerBoxes(344, 500);
  assert.equal(tall.main.width, 344);
  assert.ok(tall.strip(1).every(({ y, height }) => y + height < tall.main.y));
});

test("a camera fills its tile while a quarter of a side is cut at most", () => {
  assert.equal(fitOf({ width: 1280, height: 720 }, { width: 400, height: 300 }), "cover");
  assert.equal(fitOf({ width: 1280, height: 720 }, { width: 300, height: 300 }), "contain");
  assert.equal(fitOf({ width: 480, height: 640 }, { width: 640, height: 360 }), "contain");
});
