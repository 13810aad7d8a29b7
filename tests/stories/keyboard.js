// What somebody at a keyboard sees of the page: where the focus is, whether it can be seen, and the next key to a control.
window.byKeys = (() => {
  const OVERLAYS = "dialog[open], [popover=auto]:popover-open";
  const COMPOSITES = "[role=menu], [role=tablist], .stage-floor";
  const PARTS = "[role^=menuitem], [role=tab], .tile";
  const STOPS = "a[href], button, input, select, textarea, summary, [tabindex]";
  const READ = "h1, main"; // where a screen begins: read, not operated

  for (const type of ["pointerdown", "mousedown", "touchstart"]) {
    const refuse = ({ isTrusted }) => {
      if (isTrusted) throw new Error(`a pointer was used: ${type}`);
    };
    addEventListener(type, refuse, { capture: true });
  }
  let used = false; // the keyboard, in this document: from then on the focus is somewhere
  addEventListener("keydown", () => (used = true), { capture: true });

  const numbers = new WeakMap();
  let count = 0;
  const numberOf = (element) => {
    if (!numbers.has(element)) numbers.set(element, (count += 1));
    return numbers.get(element);
  };
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const isLost = (element) => !element || element === document.body || element === document.documentElement || !element.checkVisibility() || element.disabled;
  const overlay = () => [...document.querySelectorAll(OVERLAYS)].at(-1) ?? null;

  function describe(element) {
    if (!element || element === document.body) return "the page itself";
    const words = element.ariaLabel || element.innerText?.trim().split("\n")[0] || element.title || "";
    const name = element.id ? `#${element.id}` : [element.localName, ...element.classList].join(".");
    return words ? `${name} "${words.slice(0, 40)}"` : name;
  }

  // Why the focus cannot be seen, or nothing.
  function unseen(element) {
    if (isLost(element) || element.matches(READ)) return "";
    if (!isShown(element)) return "is invisible";
    if (!element.matches(":focus-visible")) return "does not show that it has the focus";
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 1 || /, 0\)$/.test(outlineColor)) return "has no outline";
    if (isCutOff(element)) return "has an outline that is cut off";
    const hits = pointsOf(element).map(([x, y]) => document.elementFromPoint(x, y));
    if (!element.closest(".bar") && hits.some((hit) => hit?.closest(".bar"))) return "is under the control bar";
    return hits.some((hit) => hit && element.contains(hit)) ? "" : "is covered or out of sight";
  }

  // What scrolls holds the control and not all of the outline around it.
  function isCutOff(element) {
    const box = element.getBoundingClientRect();
    const { outlineWidth, outlineOffset } = getComputedStyle(element);
    const beyond = parseFloat(outlineWidth) + parseFloat(outlineOffset);
    for (let holder = element.parentElement; holder && holder !== document.body; holder = holder.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(holder);
      const edge = holder.getBoundingClientRect();
      const gaps = [
        ...(overflowX === "visible" ? [] : [box.left - edge.left, edge.right - box.right]),
        ...(overflowY === "visible" ? [] : [box.top - edge.top, edge.bottom - box.bottom]),
      ];
      if (gaps.some((gap) => gap >= 0 && gap < beyond - 0.5)) return true;
    }
    return false;
  }

  function pointsOf(element) {
    const { left, top, width, height } = element.getBoundingClientRect();
    const shares = [0.1, 0.3, 0.5, 0.7, 0.9];
    return shares.flatMap((across) => shares.map((down) => [left + width * across, top + height * down]));
  }

  function nextKey(active, target) {
    const composite = target.matches(PARTS) ? target.closest(COMPOSITES) : null;
    const follows = (one, other) => Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (composite?.contains(active) && composite.matches(".stage-floor")) return arrow(active.getBoundingClientRect(), target.getBoundingClientRect());
    if (composite?.contains(active)) {
      const [on, back] = composite.matches("[role=menu]") ? ["ArrowDown", "ArrowUp"] : ["ArrowRight", "ArrowLeft"];
      return follows(active, target) ? on : back;
    }
    const stop = composite ? (composite.querySelector("[tabindex='0']") ?? target) : target;
    return follows(active, stop) ? "Tab" : "Shift+Tab";
  }

  // Along the longer way first.
  function arrow(from, to) {
    const right = to.x + to.width / 2 - from.x - from.width / 2;
    const down = to.y + to.height / 2 - from.y - from.height / 2;
    if (Math.abs(right) > Math.abs(down)) return right > 0 ? "ArrowRight" : "ArrowLeft";
    return down > 0 ? "ArrowDown" : "ArrowUp";
  }

  // Everything that the Tab key has to come to, by number.
  function stops() {
    const dialog = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document;
    const isStop = (element) =>
      element.tabIndex >= 0 && !element.disabled && isShown(element) && !element.closest("[inert]") && (element.type !== "radio" || element.checked);
    return [...dialog.querySelectorAll(STOPS)].filter(isStop).map((element) => [numberOf(element), describe(element)]);
  }

  return {
    stops,
    // A resized window or a picture taken of it are no deeds of the keyboard.
    forgive: () => (used = false),
    look(selector) {
      const active = document.activeElement;
      const target = selector ? document.querySelector(selector) : null;
      const over = overlay();
      return {
        at: describe(active),
        number: active ? numberOf(active) : 0,
        id: active?.id ?? "",
        lost: isLost(active),
        used,
        unseen: unseen(active),
        field: Boolean(active?.matches("input, select, textarea, [contenteditable]")),
        exists: Boolean(target),
        there: Boolean(target) && target === active,
        next: target ? nextKey(active ?? document.body, target) : "",
        kind: !target ? "" : target.type === "checkbox" || target.type === "radio" ? "box" : target.matches("button:not([role])") ? "button" : "other",
        shortcut: target?.getAttribute("aria-keyshortcuts")?.replace(/^Enter$/, "") ?? "", // Enter works only there
        overlay: over ? describe(over) : "",
        isMenu: Boolean(over?.matches("[role=menu]")),
        covered: Boolean(over && target && !over.contains(target)),
        inside: Boolean(over?.contains(active)),
        place: [document.body.dataset.screen ?? location.pathname, document.querySelector("#panel [role=tab][aria-selected=true]")?.checkVisibility() ? document.querySelector("#panel [aria-selected=true]").id : "", over?.id ?? ""].join(" "),
      };
    },
  };
})();
