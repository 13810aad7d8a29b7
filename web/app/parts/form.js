/** A form that is sent to the server: its button rests meanwhile, and what went wrong stands where its cause is. */

import { TrebleError } from "/sdk/errors.js";
import { h } from "../lib/dom.js";
import { explain, t } from "../lib/strings.js";
import { button, setFieldError } from "./controls.js";
import { rest } from "./rest.js";

/**
 * @typedef {object} FormOptions
 * @property {string} id
 * @property {string} submit  the button's text
 * @property {string} [submitClass]
 * @property {(HTMLElement | null | false)[]} fields
 * @property {() => Promise<string | void>} send  resolves with news for the user; throws `TrebleError`
 * @property {() => {input: HTMLInputElement, text: string} | null} [missing]  what has to be filled in first
 * @property {{[code: string]: HTMLInputElement}} [at]  the fields that failures belong to
 * @property {(HTMLElement | null | false)[]} [beside]  more in the button's row
 * @property {HTMLElement | null} [cancel]  of a dialog: before the button, and both at the end
 */

/** @param {FormOptions} options */
export function form({ id, submit, submitClass = "button primary", fields, send, missing, at = {}, beside = [], cancel = null }) {
  const go = button(submit, { id: `${id}-submit`, type: "submit", class: submitClass });
  const error = h("p", { id: `${id}-error`, class: "error", role: "status", hidden: true });
  const news = h("p", { id: `${id}-news`, class: "good", role: "status", hidden: true });
  const element = h(
    "form",
    { id, class: "form", novalidate: true, onsubmit },
    ...fields,
    error,
    news,
    h("div", { class: cancel ? "row end" : "row" }, cancel, go, ...beside),
  );

  /** @param {HTMLElement} place @param {string} text */
  function say(place, text) {
    place.textContent = text;
    place.hidden = !text;
  }

  /** @param {Event} event */
  async function onsubmit(event) {
    event.preventDefault();
    say(error, "");
    say(news, "");
    const first = missing?.();
    if (first) return fail(first.input, first.text);
    rest(go, true);
    try {
      say(news, (await send()) ?? "");
    } catch (failure) {
      if (!(failure instanceof TrebleError)) throw failure;
      error.dataset.code = failure.code;
      const input = at[failure.code];
      if (input) fail(input, explain(failure));
      else say(error, explain(failure));
    } finally {
      rest(go, false);
    }
  }

  /** @param {HTMLInputElement} input @param {string} text */
  function fail(input, text) {
    setFieldError(input, text);
    input.focus();
  }

  return { element, button: go };
}

/** An e-mail's field. @param {string} id @param {string} [value] */
export function emailInput(id, value = "") {
  const input = h("input", {
    id,
    type: "email",
    autocomplete: "username",
    spellcheck: "false",
    autocapitalize: "none",
    maxlength: 254,
    value,
    oninput: () => setFieldError(input, ""),
  });
  return input;
}

/** @param {HTMLInputElement} input @param {string} key  of what to say where nothing is typed */
export function unlessFilled(input, key) {
  return input.value.trim() ? null : { input, text: t(key) };
}

/** @param {HTMLInputElement} input */
export function unlessEmail(input) {
  return /^\S+@\S+$/.test(input.value.trim()) ? null : { input, text: t("email.missing") };
}
