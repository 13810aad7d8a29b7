/** Pre-join: who you are, how you look and sound, and in. Failures stand where their cause is. */

import { TrebleError } from "/sdk/errors.js";
import { h } from "../lib/dom.js";
import { shortcuts } from "../lib/keys.js";
import { options as asked, prefs, remember } from "../lib/prefs.js";
import { Preview } from "../lib/preview.js";
import { explain, t } from "../lib/strings.js";
import { button, field, setFieldError } from "../parts/controls.js";
import { deviceFields } from "../parts/device-fields.js";
import { joinStatus } from "../parts/join-status.js";
import { pageHead } from "../parts/page-head.js";
import { passwordField } from "../parts/password-field.js";
import { previewView } from "../parts/preview-view.js";

/**
 * @typedef {import("../lib/link.js").Invitation} Invitation
 * @typedef {import("/sdk/room.js").Room} Room
 */

const NAME_CODES = new Set(["name.taken", "bad.name"]);
const LONGEST_WAIT_S = 30; // before the next try to reach the server
const OPENING_MS = 3_000; // what is not open by then is opened in the call

/**
 * @param {import("../parts/quiet-page.js").App} app
 * @param {Invitation | null} invitation  null: a new meeting
 * @param {{joined: (room: Room, invitation: Invitation) => void, room: (room: Room, invitation: Invitation) => void,
 *   failed: (error: TrebleError) => void, atOnce?: boolean}} go  `atOnce`: join as soon as the devices are open
 * @param {typeof import("../parts/meeting-options.js").meetingOptions} [meetingOptions]  of a new meeting
 */
export function prejoinScreen(app, invitation, go, meetingOptions) {
  const head = pageHead(app.session, app, { showsDevices: true });
  const preview = new Preview(() => render());
  const view = previewView(preview);
  const devices = deviceFields(currentDevice, chooseDevice);
  const name = nameInput(app.session.profile?.name);
  const { input: password, element: passwordOf } = passwordField(t("prejoin.password"), {
    id: "password",
    autocomplete: "off",
    enterkeyhint: "go",
  });
  const options = meetingOptions?.({ signedIn: app.session.kind === "account" });
  const join = button(t(invitation ? "prejoin.join" : "prejoin.start"), {
    id: "join",
    type: "submit",
    class: "button primary large",
  });
  /** @type {Room | null} */
  let joining = null;
  let tries = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let trying;
  const status = joinStatus({ now: tryNow, cancel, slow });
  passwordOf.hidden = !invitation || Boolean(invitation.password);
  passwordOf.append(h("p", { class: "hint" }, t("prejoin.password.hint")));

  const form = h(
    "form",
    { class: "card prejoin-form", novalidate: true, onsubmit: submit },
    h("h1", {}, t(invitation ? "prejoin.title" : "prejoin.title.new")),
    field(t("prejoin.name"), name),
    passwordOf,
    options?.element,
    status.element,
    join,
  );
  const element = h(
    "main",
    { class: "prejoin" },
    head.element,
    h("div", { class: "prejoin-columns" }, h("div", { class: "prejoin-media" }, view.element), form, devices.element),
  );

  function render() {
    view.render();
    devices.refresh();
  }

  /** @param {import("../parts/device-fields.js").Kind} kind */
  function currentDevice(kind) {
    if (kind === "audiooutput") return prefs.speaker;
    const own = kind === "audioinput" ? "mic" : "cam";
    return preview.tracks[own]?.getSettings().deviceId ?? prefs[own];
  }

  /** @param {import("../parts/device-fields.js").Kind} kind @param {string} device */
  function chooseDevice(kind, device) {
    if (kind === "audiooutput") remember({ speaker: device });
    else preview.use(kind === "audioinput" ? "mic" : "cam", device);
  }

  /** The first thing that is missing, said at its field. */
  function isComplete() {
    const isNamed = Boolean(name.value.trim());
    setFieldError(name, isNamed ? "" : t("prejoin.name.missing"));
    setFieldError(password, "");
    if (!isNamed) name.focus();
    return isNamed && (options?.isComplete() ?? true);
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (join.ariaDisabled === "true" || !isComplete()) return;
    remember({ name: name.value.trim() });
    tries = 0;
    attempt();
  }

  async function attempt() {
    trying = undefined;
    join.ariaDisabled = "true"; // unlike a disabled one it keeps the focus
    status.busy();
    await Promise.race([preview.settled, new Promise((done) => setTimeout(done, OPENING_MS))]);
    if (!element.isConnected) return;
    const chosen = choices();
    try {
      const { joinRoom } = await import("../lib/join.js");
      const { room, invitation: entered } = await joinRoom(chosen, follow);
      go.joined(room, entered);
    } catch (error) {
      for (const track of [chosen.microphone, chosen.camera]) track?.stop();
      const failure = error instanceof TrebleError ? error : new TrebleError("gone", { detail: String(error) });
      if (failure.code === "gone" && !joining) again();
      else fail(failure);
    }
  }

  /** The server cannot be reached: later, each time after a longer wait. */
  function again() {
    const seconds = Math.min(LONGEST_WAIT_S, 2 ** ++tries);
    status.retrying(seconds);
    trying = setTimeout(attempt, seconds * 1000);
  }

  function tryNow() {
    if (joining) return joining.retryNow();
    clearTimeout(trying);
    attempt();
  }

  function cancel() {
    clearTimeout(trying);
    if (joining) joining.disconnect();
    else fail(new TrebleError("left"));
  }

  /** What takes so long. */
  function slow() {
    return t(joining?.signal?.accepted ? "joining.slow.media" : "joining.slow");
  }

  function choices() {
    const entered = invitation && { ...invitation, password: invitation.password || password.value.trim() };
    const { mic: microphone, cam: camera } = preview.tracks;
    // The Room gets handles of its own: when it fails, the preview goes on.
    return {
      invitation: entered,
      session: app.session,
      wishes: options?.wishes() ?? {},
      name: name.value.trim(),
      microphone: microphone?.clone() ?? null,
      camera: camera?.clone() ?? null,
    };
  }

  /** @param {Room} room @param {Invitation} entered */
  function follow(room, entered) {
    joining = room;
    if (preview.wishes.mic) room.localParticipant.setMicrophoneEnabled(true);
    if (preview.wishes.cam) room.localParticipant.setCameraEnabled(true);
    room.on("retrying", status.retrying);
    go.room(room, entered);
  }

  /** @param {TrebleError} error */
  function fail(error) {
    go.failed(error);
    joining = null;
    join.ariaDisabled = "false";
    const lacks = error.code === "auth.wrong" && invitation && !invitation.password && !password.value.trim();
    const input = lacks ? password : error.code === "alias.taken" ? options?.alias : NAME_CODES.has(error.code) ? name : null;
    if (invitation && error.code === "auth.wrong") passwordOf.hidden = false;
    if (input) setFieldError(input, lacks ? t("prejoin.password.missing") : explain(error));
    (input ?? join).focus();
    status.failed(error.code === "left" || input ? null : error);
  }

  const stopKeys = shortcuts({ m: () => view.toggle("mic"), v: () => view.toggle("cam") });
  const onOnline = () => trying !== undefined && tryNow();
  const onDevices = () => void preview.lookAgain();
  navigator.mediaDevices?.addEventListener("devicechange", onDevices);
  addEventListener("online", onOnline);
  render();
  const atOnce = go.atOnce || (asked.atOnce && invitation && name.value);
  preview.open().then(() => atOnce && element.isConnected && form.requestSubmit());
  return {
    element,
    focus: () => (name.value ? join : name).focus(),
    close() {
      stopKeys();
      clearTimeout(trying);
      removeEventListener("online", onOnline);
      head.close();
      navigator.mediaDevices?.removeEventListener("devicechange", onDevices);
      view.close();
      preview.close();
      status.close();
    },
  };
}

/** @param {string} [name]  of the account */
function nameInput(name) {
  const input = h("input", {
    id: "name",
    type: "text",
    dir: "auto",
    maxlength: 60,
    autocomplete: "name",
    enterkeyhint: "go",
    value: name || prefs.name,
    oninput: () => setFieldError(input, ""),
  });
  return input;
}
