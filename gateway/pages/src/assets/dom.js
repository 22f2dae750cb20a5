// Elements without markup in text: nothing of a configuration can become one.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Keys that begin with `on` are listeners; `false`, `null` and `undefined` leave an attribute out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An element of a drawing. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Replaces everything inside an element. */
export function put(element, ...children) {
  element.replaceChildren(...flat(children));
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== false && child !== null && child !== undefined);
}
