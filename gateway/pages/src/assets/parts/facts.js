// Options as a person reads them: names and values, tables within tables.

import { h } from "../dom.js";
import { broken, tag } from "./words.js";

/** A box of names and values. Values that are `null` are left out. */
export function facts(title, pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== false);
  if (!shown.length) return null;
  return h(
    "section",
    { class: "box" },
    h("h2", {}, title),
    h("dl", { class: "facts" }, shown.map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)])),
  );
}

/** Any value of an option. */
export function option(value) {
  if (value === true) return tag("on", "good");
  if (value === false) return tag("off");
  if (value === null || value === "") return h("span", { class: "muted" }, "empty");
  if (Array.isArray(value)) {
    if (!value.length) return h("span", { class: "muted" }, "none");
    const plain = value.every((item) => typeof item !== "object");
    return h("ul", { class: plain ? "values" : "values tall" }, value.map((item) => h("li", {}, option(item))));
  }
  if (typeof value === "object") {
    const entries = Object.entries(value);
    if (!entries.length) return h("span", { class: "muted" }, "as it is without options");
    return h("dl", { class: "facts inner" }, entries.map(([term, item]) => [h("dt", {}, spaced(term)), h("dd", {}, option(item))]));
  }
  return h("code", {}, broken(String(value)));
}

/** Options of one object in a box. */
export function options(title, value) {
  return facts(title, Object.entries(value).map(([term, item]) => [spaced(term), option(item)]));
}

/** A name of an option, which may break before a capital letter. */
function spaced(term) {
  return term.split(/(?<=[a-z-])(?=[A-Z])/).flatMap((piece, index) => (index ? [h("wbr"), piece] : [piece]));
}
