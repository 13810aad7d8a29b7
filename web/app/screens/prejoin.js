/** Pre-join: who you are, how you look and sound, and in. Failures stand where their cause is. */

import { TrebleError } from "/sdk/index.js";
import { h } from "../lib/dom.js";
import { joinRoom } from "../lib/join.js";
import { shortcuts } from "../lib/keys.js";
import { hostTokens, prefs, remember } from "../lib/prefs.js";
import { Preview } from "../lib/preview.js";
import { explain, t } from "../lib/strings.js";
import { button, field, setFieldError } from "../parts/controls.js";
import { deviceFields } from "../parts/device-fields.js";
import { joinStatus } from "../parts/join-status.js";
import { previewView } from "../parts/preview-view.js";
import { brand } from "./home.js";

/**
 * @typedef {import("../lib/link.js").Invitation} Invitation
 * @typedef {import("/sdk/room.js").Room} Room
 */

/**
 * @param {Invitation | null} invitation  null: a new meeting
 * @param {{joined: (room: Room, invitation: Invitation) => void, room: (room: Room) => void}} go
 */
export function prejoinScreen(invitation, go) {
  const preview = new Preview(() => render());
  const view = previewView(preview);
  const devices = deviceFields(currentDevice, chooseDevice);
  const asksPassword = Boolean(invitation && !invitation.password && !hostTokens.get(invitation.room));
  const name = nameInput();
  const password = passwordInput();
  const passwordField = field(t("prejoin.password"), password, showButton(password));
  const join = button(t(invitation ? "prejoin.join" : "prejoin.start"), {
    id: "join",
    type: "submit",
    class: "button primary large",
  });
  /** @type {Room | null} */
  let joining = null;
  const status = joinStatus({ now: () => joining?.retryNow(), cancel: () => joining?.disconnect() });
  passwordField.hidden = !asksPassword;

  const form = h(
    "form",
    { class: "card prejoin-form", novalidate: true, onsubmit: submit },
    h("h1", {}, t(invitation ? "prejoin.title" : "prejoin.title.new")),
    field(t("prejoin.name"), name),
    passwordField,
    status.element,
    join,
  );
  const element = h(
    "main",
    { class: "prejoin" },
    h("a", { class: "brand-link", href: "/", title: t("home") }, brand()),
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
    const missing = !name.value.trim() ? name : !passwordField.hidden && !password.value.trim() ? password : null;
    setFieldError(name, missing === name ? t("prejoin.name.missing") : "");
    setFieldError(password, missing === password ? t("prejoin.password.missing") : "");
    missing?.focus();
    return !missing;
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (join.disabled || !isComplete()) return;
    remember({ name: name.value.trim() });
    join.disabled = true;
    status.busy();
    try {
      const { room, invitation: entered } = await joinRoom(choices(), follow);
      go.joined(room, entered);
    } catch (error) {
      fail(error instanceof TrebleError ? error : new TrebleError("gone", { detail: String(error) }));
    }
  }

  function choices() {
    const entered = invitation && { ...invitation, password: invitation.password || password.value.trim() };
    const { mic: microphone, cam: camera } = preview.tracks;
    // The Room gets handles of its own: when it fails, the preview goes on.
    return {
      invitation: entered,
      name: name.value.trim(),
      microphone: microphone?.clone() ?? null,
      camera: camera?.clone() ?? null,
    };
  }

  /** @param {Room} room */
  function follow(room) {
    joining = room;
    room.on("retrying", status.retrying);
    go.room(room);
  }

  /** @param {TrebleError} error */
  function fail(error) {
    joining = null;
    join.disabled = false;
    if (invitation && error.code === "auth.wrong") passwordField.hidden = false;
    const ofName = error.code === "name.taken" || error.code === "bad.name";
    if (ofName) setFieldError(name, explain(error));
    status.failed(error.code === "left" || ofName ? null : error);
  }

  const stopKeys = shortcuts({ m: () => view.toggle("mic"), v: () => view.toggle("cam") });
  const onDevices = () => devices.refresh();
  navigator.mediaDevices?.addEventListener("devicechange", onDevices);
  render();
  preview.open();
  return {
    element,
    focus: () => (name.value ? join : name).focus(),
    close() {
      stopKeys();
      navigator.mediaDevices?.removeEventListener("devicechange", onDevices);
      view.close();
      preview.close();
      status.close();
    },
  };
}

function nameInput() {
  const input = h("input", {
    id: "name",
    type: "text",
    maxlength: 60,
    autocomplete: "name",
    enterkeyhint: "go",
    value: prefs.name,
    oninput: () => setFieldError(input, ""),
  });
  return input;
}

function passwordInput() {
  const input = h("input", {
    id: "password",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "none",
    enterkeyhint: "go",
    oninput: () => setFieldError(input, ""),
  });
  return input;
}

/** @param {HTMLInputElement} input */
function showButton(input) {
  const toggle = button(t("prejoin.password.show"), {
    class: "button quiet",
    onclick: () => {
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      toggle.textContent = t(shown ? "prejoin.password.show" : "prejoin.password.hide");
    },
  });
  return toggle;
}
