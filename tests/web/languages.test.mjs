/** The languages: which is spoken, plurals and numbers, names in the other direction, and that no file lacks anything. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { LANGUAGES, directionOf, languageOf, localeOf } from "../../web/app/lib/language.js";
import { pseudo } from "../../web/app/lib/pseudo.js";
import { figure, t, useStrings } from "../../web/app/lib/strings.js";
import { FOLDERS, allWords, textOf } from "./all-words.mjs";

const FOLDER = new URL("../../web/app/strings/", import.meta.url);
const all = Object.fromEntries(await Promise.all(Object.keys(LANGUAGES).map(async (language) => [language, await allWords(language)])));
const { en } = all;

const plain = (strings) => Object.keys(strings).filter((key) => !key.includes("#"));
const placeholders = (text) => [...text.matchAll(/\{\w+\}/g)].map(([one]) => one).sort();

test("there are words for each language that is offered, and no others", async () => {
  for (const folder of FOLDERS) {
    const entries = (await readdir(new URL(folder, FOLDER))).filter((name) => name.endsWith(".json"));
    assert.deepEqual(entries.map((name) => name.replace(".json", "")).sort(), Object.keys(LANGUAGES).sort());
  }
});

for (const language of Object.keys(LANGUAGES)) {
  test(`${language}: the same keys in the same order, each with words and the same placeholders`, () => {
    assert.deepEqual(plain(all[language]), plain(en));
    for (const [key, text] of Object.entries(all[language])) {
      assert.ok(text.trim(), key);
      assert.deepEqual(placeholders(text), placeholders(en[key.split("#")[0]]), key);
    }
  });

  test(`${language}: plurals are of keys that are there and of categories that the language has`, () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const key of Object.keys(all[language]).filter((one) => one.includes("#"))) {
      const [base, category] = key.split("#");
      assert.ok(base in all[language], key);
      assert.ok(category !== "other" && pluralCategories.includes(category), key);
    }
  });

  test(`${language}: no key stands twice in its files, and each in the same of both as in English`, async () => {
    for (const folder of FOLDERS) assert.deepEqual(plain(await allWords(language, [folder])), plain(await allWords("en", [folder])));
    const texts = await Promise.all(FOLDERS.map((folder) => textOf(language, folder)));
    const keys = [...texts.join("").matchAll(/^ {2}"([^"]+)":/gm)].map(([, key]) => key);
    assert.equal(keys.length, new Set(keys).size);
    assert.equal(keys.length, Object.keys(all[language]).length);
  });
}

test("words that are the same in English are few and meant so", () => {
  const same = plain(en).filter((key) => all.zh[key] === en[key] && /[a-z]{3}/i.test(en[key].replace(/\{\w+\}/g, "")));
  assert.deepEqual(same.sort(), ["app.name", "options.alias.hint", "stats.kilobits", "stats.megabits"]);
});

test("the choice comes first, then the browser's languages in their order, then English", () => {
  assert.equal(languageOf("", ["es-MX", "en"]), "es");
  assert.equal(languageOf("", ["fr", "zh-TW", "en"]), "zh");
  assert.equal(languageOf("", ["fr"]), "en");
  assert.equal(languageOf("", []), "en");
  assert.equal(languageOf("zh", ["es-MX"]), "zh");
  assert.equal(languageOf("xx", ["es-MX"]), "es");
  assert.equal(languageOf("", ["toString"]), "en");
});

test("only a debugged page takes its language from the address", () => {
  assert.equal(languageOf("", ["en"], "?debug&lang=ar-XB"), "ar-XB");
  assert.equal(languageOf("zh", ["en"], "?debug&lang=es"), "es");
  assert.equal(languageOf("", ["en"], "?lang=ar-XB"), "en");
  assert.equal(languageOf("", ["en"], "?debug&lang=xx"), "en");
});

test("dates and numbers are written as where the user lives", () => {
  assert.equal(localeOf("es", ["en-GB", "es-MX", "es"]), "es-MX");
  assert.equal(localeOf("zh", ["es-MX"]), "zh");
  assert.equal(directionOf("ar-XB"), "rtl");
  assert.equal(directionOf("es"), "ltr");
});

test("numbers and plurals follow the language", () => {
  useStrings(en);
  assert.equal(t("chat.announce", { n: 1 }), "1 new message");
  assert.equal(t("chat.announce", { n: 2 }), "2 new messages");
  assert.equal(figure(2, 1), "2.0");
  useStrings(all.es, "es", ["es-ES"]);
  assert.equal(t("chat.announce", { n: 1 }), "1 mensaje nuevo");
  assert.equal(t("chat.announce", { n: 12 }), "12 mensajes nuevos");
  assert.equal(t("stats.megabits", { n: figure(1.25, 1) }), "1,3 Mbit/s");
  assert.equal(t("stats.size", { width: 1280, height: 720, rate: 30 }), "1280 × 720, 30 fps");
  useStrings(all.zh, "zh");
  assert.equal(t("chat.announce", { n: 1 }), "1 条新消息");
});

test("names of the other direction are kept apart from the words around them", () => {
  useStrings(en);
  assert.equal(t("people.joined", { name: "Ada" }), "Ada joined.");
  assert.equal(t("people.joined", { name: "عائشة" }), "\u2068عائشة\u2069 joined.");
  useStrings({ "people.joined": "{name} joined." }, "ar-XB");
  assert.equal(t("people.joined", { name: "Ada" }), "\u2068Ada\u2069 joined.");
  useStrings(en);
});

test("words of no language keep their placeholders", () => {
  const strings = { a: "Admit {name} now", b: "{n} p" };
  assert.equal(pseudo("ar-XB", strings).a, "\u200f\u202eAdmit\u202c\u200f {name} \u200f\u202enow\u202c\u200f");
  assert.equal(pseudo("en-XA", strings).a, "Admíit {name} nóow");
  assert.deepEqual(placeholders(pseudo("ar-XB", strings).b), ["{n}"]);
});
