/** The styles: right to left turns whatever is not physical for a reason, and colours stand in tokens.css only. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const FOLDER = new URL("../../web/app/styles/", import.meta.url);
/** Where the direction of reading does not count: tiles are moved from the left edge, notches are where they are. */
const PHYSICAL = ["left: 0;", "env(safe-area-inset-left)", "env(safe-area-inset-right)"];

const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".css"));
const lines = (await Promise.all(files.map(async (name) => (await readFile(new URL(name, FOLDER), "utf8")).split("\n").map((line) => `${name}: ${line.trim()}`)))).flat();

test("sizes and places are logical", () => {
  const physical = /: (?:(?:margin|padding|border)-(?:left|right)|left|right|border-(?:top|bottom)-(?:left|right)-radius)\s*:|text-align: (?:left|right)/;
  const found = lines.filter((line) => physical.test(line) && !PHYSICAL.some((one) => line.includes(one)));
  assert.deepEqual(found, []);
});

test("four sides at once are the same on the left and on the right", () => {
  const four = /: (?:margin|padding|inset|border-width): (?:\S+(?:\([^)]*\))?) (\S+(?:\([^)]*\))?) (?:\S+(?:\([^)]*\))?) (\S+(?:\([^)]*\))?);/;
  const found = lines.filter((line) => {
    const [, right, left] = line.replace(" !important", "").match(four) ?? [];
    return right !== left;
  });
  assert.deepEqual(found, []);
});
