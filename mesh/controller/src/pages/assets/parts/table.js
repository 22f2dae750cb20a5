// A table of rows, which becomes a list of cards on a narrow screen.

import { h } from "../dom.js";

/** A table: columns are `{title, cell, number}`, the first of which names its row. */
export function table(caption, columns, rows) {
  const cell = (row) => ({ title, cell, number }, index) =>
    h(index ? "td" : "th", { scope: index ? null : "row", class: number && "number", "data-title": title }, h("div", {}, cell(row)));
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "list" },
      h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, columns.map(({ title, number }) => h("th", { scope: "col", class: number && "number" }, title)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(cell(row))))),
    ),
  );
}

/** Nothing is there: what that means, and what to do. */
export const empty = (...words) => h("div", { class: "empty" }, words.map((word) => (typeof word === "string" ? h("p", {}, word) : word)));

/** A command to copy. */
export const command = (text) => h("p", {}, h("code", {}, text));

export const none = () => h("span", { class: "muted" }, "–");
