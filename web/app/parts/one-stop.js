/**
 * Many things, one stop of the Tab key: inside it the arrows move (a "roving tabindex"). The buttons of the one that
 * is the stop come after it.
 *
 * @param {HTMLElement} holder  its children are the things
 */
export function oneStop(holder) {
  /** @type {Element | null} */
  let current = null;

  const things = () => /** @type {HTMLElement[]} */ ([...holder.children]);

  function update() {
    if (!current || current.parentElement !== holder) current = holder.firstElementChild;
    for (const thing of things()) {
      thing.tabIndex = thing === current ? 0 : -1;
      for (const control of thing.querySelectorAll("button")) control.tabIndex = thing.tabIndex;
    }
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const all = things();
    const at = all.findIndex((thing) => thing.contains(document.activeElement));
    if (!step || at < 0) return;
    event.preventDefault();
    current = all[(at + step + all.length) % all.length];
    update();
    /** @type {HTMLElement} */ (current).focus();
  }

  holder.addEventListener("keydown", move);
  holder.addEventListener("focusin", ({ target }) => {
    current = things().find((thing) => thing.contains(/** @type {Node} */ (target))) ?? current;
    update();
  });
  return { update };
}
