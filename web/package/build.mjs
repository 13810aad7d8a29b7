/**
 * Makes the npm package: `node web/package/build.mjs build/sdk`. Modules as they are, declarations by tsc, one element for
 * embedding, the examples. Fails where a module would not resolve inside the package.
 */

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const here = import.meta.dirname;
const web = resolve(here, "..");
const target = resolve(process.argv[2] ?? "build/sdk");
const from = (...names) => join(web, ...names);
const to = (...names) => join(target, ...names);

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
cpSync(from("sdk"), to("dist"), { recursive: true });
cpSync(from("embed"), to("embed"), { recursive: true });
cpSync(from("examples"), to("examples"), { recursive: true });
for (const name of ["package.json", "README.md"]) cpSync(join(here, name), to(name));
cpSync(resolve(web, "../LICENSE"), to("LICENSE"));

for (const folder of ["dist", "embed"]) {
  const names = readdirSync(to(folder), { recursive: true, encoding: "utf8" });
  for (const name of names) if (name.endsWith(".js")) checkImports(to(folder, name));
}
for (const folder of ["sdk", "embed"]) declare(folder, folder === "sdk" ? "dist" : folder);

/** @param {string} file */
function checkImports(file) {
  const text = readFileSync(file, "utf8");
  for (const [, name] of text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
    const isInside = /^\.\.?\//.test(name) && existsSync(resolve(dirname(file), name)) && resolve(dirname(file), name).startsWith(target);
    if (!isInside) throw new Error(`${file} imports "${name}", which the package does not hold`);
  }
}

/** @param {string} source @param {string} out */
function declare(source, out) {
  const options = ["--rootDir", from(source), "--outDir", to(out)];
  const tsc = from("node_modules/.bin/tsc");
  execFileSync(tsc, ["-p", join(here, `tsconfig.${source}.json`), ...options], { stdio: "inherit" });
}
