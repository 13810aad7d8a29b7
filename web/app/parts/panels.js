/** Which panel is open: one at a time. Opening moves the focus into it, closing gives it back to its button. */

/**
 * @template {string} Name
 * @param {{[name in Name]: {focus: () => void}}} panels  by the id of their button; `focus` moves the focus into it
 * @param {() => void} changed
 */
export function openPanels(panels, changed) {
  /** @type {Name | ""} */
  let open = "";

  /** @param {Name | ""} name */
  function show(name) {
    const before = open;
    open = name;
    changed();
    if (name) queueMicrotask(() => panels[name].focus());
    else if (before) document.getElementById(before)?.focus();
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
