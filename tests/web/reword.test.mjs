/** From one language to another by the words themselves: for every key, in each direction. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LANGUAGES } from "../../web/app/lib/language.js";
import { translator } from "../../web/app/lib/reword.js";
import { t, useStrings } from "../../web/app/lib/strings.js";
import { allWords } from "./all-words.mjs";

const languages = Object.keys(LANGUAGES);
const pairs = languages.flatMap((one) => languages.filter((other) => other !== one).map((other) => [one, other]));

/** What `say` says in one language, and what becomes of it in the other. */
async function between([one, other], say) {
  const [before, after] = [await allWords(one), await allWords(other)];
  useStrings(before, one);
  const said = say();
  useStrings(after, other);
  return { said, now: translator(before, t)(said), wanted: say() };
}

/** Of what is not shown anew at every change while one chooses a language. */
const STANDING = [
  "stage.label", "panel.people", "panel.chat", "panel.settings", "panel.label", "bar.label", "bar.react", "bar.more", "bar.leave",
  "chat.write", "chat.to", "chat.everyone", "chat.send", "chat.attach", "chat.log", "chat.empty", "chat.earlier", "chat.export", "chat.new",
  "people.search", "more.copy", "door.admit", "door.refuse", "door.admit.all", "door.see.all", "asks.allow", "asks.refuse",
  "host.muted", "host.unmute", "host.not-now", "host.ask-unmute", "share.own", "share.stop", "net.offer", "net.offer.not", "close", "cancel",
  "gone.now", "offline", "reconnecting", "prefs.theme", "prefs.look", "prefs.language", "theme.dark", "self.move", "pip.title",
];

test("what stands in the page is what it would be in the other language", async () => {
  for (const pair of pairs) {
    for (const key of STANDING) {
      const { said, now, wanted } = await between(pair, () => t(key));
      assert.equal(now ?? said, wanted, `${pair}: ${key}`);
    }
  }
});

test("names and figures stay, plurals are those of the other language", async () => {
  const cases = [
    () => t("door.one", { name: "Ada (Chat)" }),
    () => t("door.admit.named", { name: "People" }),
    () => t("asks.rename", { name: "Ada", value: "Countess: 100 %" }),
    () => t("chat.latest.new", { n: 3 }),
    () => t("chat.long", { n: 1 }),
    () => t("chat.file.remove", { name: "Chat.txt" }),
    () => t("net.own", { level: t("net.poor") }),
    () => t("dev.lost", { device: "Mic", other: "Headset" }),
    () => `${t("bar.react")} (E)`,
  ];
  for (const pair of pairs) {
    for (const say of cases) {
      const { said, now, wanted } = await between(pair, say);
      assert.equal(now, wanted, `${pair}: ${said}`);
    }
  }
});

test("what is no word of the page is left alone", async () => {
  for (const words of ["Ada", "", "12:03", "1 / 7", "What a day!"]) {
    const { now } = await between(["en", "es"], () => words);
    assert.equal(now, null, words);
  }
});
