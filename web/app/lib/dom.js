import { prefs } from "./prefs.js";

/**
 * Make an element: `h("button", { class: "primary", id: "join", onclick: join }, t("prejoin.join"))`.
 *
 * `class` and every plain value become attributes (true: present, false, null and undefined: absent; of `aria-...` they
 * are words), `dataset` is merged, `on...` and other functions and properties are assigned.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{[name: string]: any}} [props]
 * @param {(Node | string | null | undefined | false)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) assign(element, name, value);
  element.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child || child === "")));
  return element;
}

/** @param {HTMLElement} element @param {string} name @param {any} value */
function assign(element, name, value) {
  if (name === "dataset") Object.assign(element.dataset, value);
  else if (typeof value === "function" || PROPERTIES.has(name)) Reflect.set(element, name, value);
  else if (name.startsWith("aria-") && value !== undefined && value !== null) element.setAttribute(name, String(value));
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
}

const PROPERTIES = new Set(["value", "muted", "playsInline", "autoplay", "srcObject", "disabled", "checked"]);

const SVG = "http://www.w3.org/2000/svg";

/**
 * An icon of the page's sprite; what it means is said by the control that holds it.
 *
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Show another icon in a control made with `icon`. @param {Element} control @param {string} name */
export function setIcon(control, name) {
  control.querySelector("use")?.setAttribute("href", `#icon-${name}`);
}

/**
 * Name a control for eyes (tooltip) and screen readers, with its key.
 *
 * @param {HTMLElement} control
 * @param {string} label
 * @param {string} [key]
 */
export function setLabel(control, label, key) {
  control.setAttribute("aria-label", label);
  const works = key && (prefs.shortcuts || key.length > 1);
  control.title = works ? `${label} (${key})` : label;
  if (works) control.setAttribute("aria-keyshortcuts", key === "Esc" ? "Escape" : key);
  else control.removeAttribute("aria-keyshortcuts");
}

/**
 * Run `work` once, soon, however often it is asked for; also in hidden tabs.
 *
 * @param {() => void} work
 */
export function coalesced(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      work();
    });
  };
}
