/**
 * A list whose elements are kept as long as their item is there: focus, menus and scrolling survive an update.
 *
 * @template Item
 * @template {{element: HTMLElement, update: (item: Item) => void}} Row
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => Row} make
 */
export function keyed(keyOf, make) {
  /** @type {Map<string, Row>} */
  let rows = new Map();

  /** Show these, in this order, as the children of `holder`. @param {HTMLElement} holder @param {Item[]} items */
  function update(holder, items) {
    /** @type {Map<string, Row>} */
    const kept = new Map();
    items.forEach((item, index) => {
      const key = keyOf(item);
      const row = rows.get(key) ?? make(item);
      kept.set(key, row);
      row.update(item);
      const there = holder.children[index];
      if (there !== row.element) holder.insertBefore(row.element, there ?? null);
    });
    rows = kept;
    while (holder.children.length > items.length) holder.lastElementChild?.remove();
  }
  return { update };
}
