/** The first script of the page: asks for the words of one language while the rest still loads. */

import { loadStrings } from "./lib/strings.js";

export const words = loadStrings();
words.catch(() => {}); // main.js waits for them, and fails with them
