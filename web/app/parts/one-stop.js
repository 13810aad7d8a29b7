/**
 * Many things, one stop of the Tab key: inside it the arrows move (a "roving tabindex").
 *
 * @param {HTMLElement} holder  its children are the things
 */
export function oneStop(holder) {
  /** @type {Element | null} */
  let current = null;

  const things = () => /** @type {HTMLElement[]} */ ([...holder.children]);

  function update() {
    if (!current || current.parentElement !== holder) current = holder.firstElementChild;
    for (const thing of things()) thing.tabIndex = thing === current ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const all = things();
    const at = all.findIndex((thing) => thing === document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    current = all[(at + step + all.length) % all.length];
    update();
    /** @type {HTMLElement} */ (current).focus();
  }

  holder.addEventListener("keydown", move);
  holder.addEventListener("focusin", ({ target }) => {
    current = things().find((thing) => thing === target) ?? current;
  });
  return { update };
}
