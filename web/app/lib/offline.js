/** Gives the service worker the words of the page that it shows when the network is gone. */

import { t } from "./strings.js";

/** Where there are service workers: not in private windows of some browsers, nor with a certificate that is not trusted. */
export async function keepOfflinePage() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  await serviceWorker.register("/service-worker.js");
  const { active } = await serviceWorker.ready;
  const { lang, dir } = document.documentElement;
  active?.postMessage({ title: t("offline.title"), text: t("offline.text"), again: t("try.again"), lang, dir });
}
