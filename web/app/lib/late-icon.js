/** An icon of a part that comes later: it joins the page's sprite when it is needed. */

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name @param {string} path  on a grid of 24 px, of strokes */
export function addIcon(name, path) {
  const sprite = document.querySelector("svg.sprite");
  if (!sprite || sprite.querySelector(`#icon-${name}`)) return;
  const symbol = document.createElementNS(SVG, "symbol");
  const strokes = document.createElementNS(SVG, "path");
  symbol.id = `icon-${name}`;
  symbol.setAttribute("viewBox", "0 0 24 24");
  strokes.setAttribute("d", path);
  symbol.append(strokes);
  sprite.append(symbol);
}

export function addCaptionsIcon() {
  addIcon("captions", "M5.5 5h13A2.5 2.5 0 0 1 21 7.5v9a2.5 2.5 0 0 1-2.5 2.5h-13A2.5 2.5 0 0 1 3 16.500v-9A2.5 2.5 0 0 1 5.500 5ZM6.500 12h4M13.500 12h4M6.500 15.500h7M16.500 15.500h1");
}
