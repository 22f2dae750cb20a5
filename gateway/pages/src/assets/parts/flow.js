// The way of a request as a row of steps; each step has one or more stops.

import { h } from "../dom.js";
import { icon } from "./icons.js";
import { broken, name, status } from "./words.js";

/** The way: steps are `{title, drawing, stops}`; those without stops are left out. */
export function flow(label, steps) {
  const step = ({ title, drawing, stops, ordered }) =>
    h(
      "li",
      { class: "step" },
      h("h3", {}, icon(drawing), title),
      h(ordered ? "ol" : "ul", { class: ordered ? "stops ordered" : "stops" }, stops.map(stop)),
    );
  const shown = steps.filter((candidate) => candidate?.stops.length);
  return h("section", { class: "way", "aria-label": label }, h("ol", { class: "flow", tabindex: "0" }, shown.map(step)));
}

/** One stop: `{title, href, kind, word, note, here, isAddress}`. */
function stop({ title, href, kind, word, note, here, isAddress }) {
  const inside = [
    isAddress ? h("code", { class: "stop-name" }, broken(title)) : h("span", { class: "stop-name" }, name(title)),
    (kind || note) && h("span", { class: "stop-kind" }, [kind, note].filter(Boolean).join(" · ")),
    word && status(word),
  ];
  const tone = ["disabled", "missing", "DOWN"].includes(word) ? " bad" : word === "warning" ? " warn" : "";
  const body = href && !here ? h("a", { class: "stop-body", href }, inside) : h("div", { class: "stop-body", "aria-current": here && "true" }, inside);
  return h("li", { class: `stop${here ? " here" : ""}${tone}` }, body);
}
