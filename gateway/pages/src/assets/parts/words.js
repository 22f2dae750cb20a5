// Small pieces of text that look the same on every page.

import { h } from "../dom.js";
import { icon } from "./icons.js";

/** `name@provider`, the name first to the eye. It may break after separators. */
export function name(text) {
  const at = text.lastIndexOf("@");
  const own = at < 0 ? text : text.slice(0, at);
  return h("span", { class: "name" }, broken(own), at >= 0 && [h("wbr"), h("span", { class: "provider" }, text.slice(at))]);
}

/** Text that may break after its separators. */
export function broken(text) {
  return text.split(/(?<=[-./_,:])/).flatMap((piece, index) => (index ? [h("wbr"), piece] : [piece]));
}

const STATUS = {
  enabled: ["good", "Enabled"],
  warning: ["warn", "Warning"],
  disabled: ["bad", "Disabled"],
  error: ["bad", "Error"],
  missing: ["bad", "Does not exist"],
  running: ["good", "Running"],
  valid: ["good", "Valid"],
  soon: ["warn", "Ends soon"],
  expired: ["bad", "Expired"],
  missed: ["bad", "Missed"],
  connected: ["good", "Connected"],
  waiting: ["warn", "Nothing heard yet"],
  failing: ["bad", "Tries again"],
  ended: ["plain", "Ended"],
  none: ["plain", "No router"],
  ready: ["good", "Ready"],
  unready: ["bad", "Not ready"],
  served: ["good", "Served"],
  unserved: ["bad", "Not served"],
  followed: ["good", "In force"],
  ignored: ["bad", "Not in force"],
  UP: ["good", "Up"],
  DOWN: ["bad", "Down"],
};

/** The status of an object, in a word and a colour. */
export function status(word) {
  const [tone, text] = STATUS[word] ?? ["plain", word];
  return h("span", { class: `status ${tone}` }, h("span", { class: "dot", "aria-hidden": "true" }), text);
}

/** A mark beside a name. */
export function tag(text, tone = "plain") {
  return h("span", { class: `tag ${tone}` }, text);
}

const PIECES = /(`[^`]*`|"(?:[^"\\]|\\.)*")|(&&|\|\||!)|([A-Za-z]+)(?=\()/g;

/** A rule, its matchers and texts told apart. */
export function rule(text) {
  const out = [];
  let last = 0;
  for (const piece of text.matchAll(PIECES)) {
    out.push(text.slice(last, piece.index));
    const kind = piece[1] ? "text" : piece[2] ? "operator" : "matcher";
    if (piece[2] && piece[2] !== "!") out.push(h("wbr"));
    out.push(h("span", { class: kind }, kind === "text" ? broken(piece[0]) : piece[0]));
    last = piece.index + piece[0].length;
  }
  out.push(text.slice(last));
  return h("code", { class: "rule" }, out);
}

const PLACE = /^(\S+:\d+(?::\d+)?): (.*)$/s;

/** What is wrong with an object, each with the place it was written at. */
export function errors(list, word) {
  if (!list?.length) return null;
  const bad = word === "disabled";
  const item = (text) => {
    const [, place, rest] = text.match(PLACE) ?? [null, null, text];
    return h("li", {}, h("p", {}, rest), place && h("code", { class: "place" }, broken(place)));
  };
  return h(
    "section",
    { class: `errors ${bad ? "bad" : "warn"}`, "aria-label": bad ? "Errors" : "Warnings" },
    h("h2", {}, icon("problems"), bad ? "Why it is disabled" : "What is to be said of it"),
    h("ul", {}, list.map(item)),
  );
}

/** A count with its noun. */
export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
