/** The words: every key that the code asks for is there, and no key is without use. */
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { explain, t, useStrings } from "../../web/app/lib/strings.js";
import { allWords } from "./all-words.mjs";

const WEB = new URL("../../web/", import.meta.url);
const strings = await allWords();
useStrings(strings);

/** Codes that servers and browsers give, and keys that are put together at run time. */
const CODES = [
  "auth.wrong", "auth.slow", "auth.expired", "full", "locked", "removed", "ended", "elsewhere", "left", "lost", "expired",
  "shutdown", "failed", "bad.name", "name.taken", "busy", "server.error", "server.starting", "forbidden", "insecure",
  "share.unsupported", "share.failed", "slow", "login.wrong", "login.again", "session.ended", "auth.missing", "code.wrong",
  "email.taken", "alias.taken", "bad.email", "bad.password", "bad.picture", "bad.size", "unlink.last", "link.taken",
  "link.unverified", "oauth.refused", "oauth.failed", "oauth.down", "oauth.expired", "oauth.exists", "not.found", "chat.file.large",
  "bad.text", "bad.emoji", "files.full", "reactions.full", "early", "timeout", "bad.settings", "bad.title", "ask",
  ...["alias", "room", "url", "type", "sdp", "message", "request", "method", "cursor", "event", "webhook", "server"].map((what) => `bad.${what}`),
  "room.taken", "e2ee.unsupported", "captions.off", "too.slow", "precondition", "precondition.missing", "unreachable",
  ...["mic", "cam", "both"].flatMap((kind) => [`perm.${kind}`, `dev.none.${kind}`, `dev.busy.${kind}`]),
];
const BUILT = [
  /^reason\./, /^background\.(server|browser)$/, /^theme\./, /^tile\.(joining|reconnecting)$/, /^(host|co-host|viewer)$/, /^bar\.(mic|cam)\.(on|off)$/,
  /^net\.(excellent|good|fair|poor)$/, /^person\./, /^wait\.(host|knock)$/, /^host\.became\./, /^asks?\.[a-z]+$/,
  /^(role|verdict|action|audit)\./, /^(prefs|panel)\./, /^check\.(camera|microphone|socket|udp|tcp|relay|speed)$/, /^quality\.(audio-only|motion)\.hint$/, /^captions\.size\./, /^sealed\.(on|alone|needs-secret|off\.[a-z]+)$/,
];

async function sources(folder = WEB) {
  const entries = await readdir(folder, { withFileTypes: true });
  const texts = entries.map((entry) => {
    const url = new URL(entry.name + (entry.isDirectory() ? "/" : ""), folder);
    if (entry.name === "node_modules") return "";
    if (entry.isDirectory()) return sources(url);
    return entry.name.endsWith(".js") ? readFile(url, "utf8") : "";
  });
  return (await Promise.all(texts)).join("\n");
}

/** Loaded later, and yet without the words of later parts. */
const WITHOUT_MORE = [
  ...["reactions", "screen-zoom", "chat-files", "meeting-options"].map((name) => `parts/${name}`),
  "lib/background", "lib/preview-background",
];

/** The modules of the screens on the way into a call and all that they import at once, with their text. */
async function loadedFirst() {
  const found = new Map();
  const wanted = ["main", "lib/join", "lib/offline", ...WITHOUT_MORE, ...["home", "prejoin", "call", "left"].map((name) => `screens/${name}`)];
  const coming = wanted.map((name) => new URL(`app/${name}.js`, WEB).href);
  for (const url of coming) {
    if (found.has(url)) continue;
    const text = await readFile(new URL(url), "utf8");
    found.set(url, text);
    const imported = [...text.matchAll(/^(?:import|export)\b(?:[\s\w{},*$]*?\bfrom)?\s*"([^"]+)"/gm)].map(([, name]) => name);
    coming.push(...imported.map((name) => (name.startsWith("/") ? new URL(`.${name}`, WEB) : new URL(name, url)).href));
  }
  return found;
}

const code = await sources();
const mentioned = new Set([...code.matchAll(/"([a-z][a-zA-Z-]*(?:\.[a-zA-Z-]+)*)"/g)].map(([, word]) => word));

test("every key that is asked for has words", () => {
  const asked = [...code.matchAll(/\bt\(\s*"([^"]+)"/g)].map(([, key]) => key);
  assert.ok(asked.length > 50);
  for (const key of [...asked, ...CODES]) assert.ok(key in strings, key);
});

test("what is loaded on the way into a call asks for words that come first", async () => {
  const first = await allWords("en", [""]);
  for (const [path, text] of await loadedFirst()) {
    for (const [, key] of text.matchAll(/\bt\(\s*"([^"]+)"/g)) assert.ok(key in first, `${path}: ${key}`);
  }
});

test("no words are left over", () => {
  const left = Object.keys(strings).map((key) => key.split("#")[0]).filter((key) => {
    const used = mentioned.has(key) || CODES.includes(key) || BUILT.some((pattern) => pattern.test(key));
    return !used;
  });
  assert.deepEqual(left, []);
});

test("placeholders are filled, and an unknown key shows itself", () => {
  assert.equal(t("people.joined", { name: "Ada" }), "Ada joined.");
  assert.equal(t("gone", { s: 4 }), "The server cannot be reached. Trying again in 4 s.");
  assert.equal(t("no.such.key"), "no.such.key");
});

test("a name with braces is only text", () => {
  assert.equal(t("dev.lost", { device: "{other}", other: "B" }), "{other} was unplugged. Using B.");
});

test("failures are explained, unknown ones too", () => {
  assert.equal(explain({ code: "auth.slow", retryAfter: 12.2 }), "Too many tries. Wait 13 s.");
  assert.match(explain({ code: "odd" }), /odd/);
});
