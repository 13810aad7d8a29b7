/**
 * Which panel is open: one at a time. Opening moves the focus into it, closing gives it back to its button; from one tab
 * to the next it stays at the tabs.
 */

/**
 * @template {string} Name
 * @param {{[name in Name]: {focus: () => void, button: string}}} panels  `focus` moves the focus into it; `button`: the
 *   id of the control that opens it
 * @param {() => void} changed
 */
export function openPanels(panels, changed) {
  /** @type {Name | ""} */
  let open = "";

  /** @param {Name | ""} name */
  function show(name, focus = name && panels[name].focus) {
    const before = open;
    open = name;
    changed();
    if (focus) queueMicrotask(focus);
    else if (before) queueMicrotask(() => document.getElementById(panels[before].button)?.focus());
  }

  return {
    get open() {
      return open;
    },
    show,
    close: () => open && show(""),
    /** @param {Name} name */
    toggle: (name) => show(open === name ? "" : name),
  };
}
