/** All words of a language: those that come first, and those that come with later parts. */
import { readFile } from "node:fs/promises";

const FOLDER = new URL("../../web/app/strings/", import.meta.url);

/** `""` comes first, `"more/"` later. */
export const FOLDERS = ["", "more/"];

export const textOf = (language, folder) => readFile(new URL(`${folder}${language}.json`, FOLDER), "utf8");

export async function allWords(language = "en", folders = FOLDERS) {
  const files = await Promise.all(folders.map(async (folder) => JSON.parse(await textOf(language, folder))));
  return Object.assign({}, ...files);
}
