// Which part of a list is shown, and the way to the others.

import { h } from "../dom.js";
import { icon } from "./icons.js";

/** The foot of a list: what is shown of how many, and the pages beside it. */
export function paging({ page, size, total, address }) {
  const pages = Math.max(1, Math.ceil(total / size));
  const [first, last] = [Math.min((page - 1) * size + 1, total), Math.min(page * size, total)];
  const step = (target, label, drawing) =>
    target < 1 || target > pages
      ? h("span", { class: "icon-button off", "aria-hidden": "true" }, icon(drawing))
      : h("a", { class: "icon-button", href: address(target), rel: drawing === "next" ? "next" : "prev" }, icon(drawing), h("span", { class: "hidden" }, label));
  const number = (value) => value.toLocaleString("en");
  return h(
    "nav",
    { class: "paging", "aria-label": "Parts of the list" },
    h("p", {}, total ? `${number(first)}–${number(last)} of ${number(total)}` : "Nothing to show"),
    pages > 1 && h("p", { class: "muted" }, `Page ${number(page)} of ${number(pages)}`),
    pages > 1 && step(page - 1, "Page before", "back"),
    pages > 1 && step(page + 1, "Next page", "next"),
  );
}
