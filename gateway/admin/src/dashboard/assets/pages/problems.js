// Everything that is wrong, with the place it was written at.

import { h } from "../dom.js";
import { page } from "../api.js";
import { to } from "../routes.js";
import { paging } from "../parts/paging.js";
import { tools } from "../parts/tools.js";
import { broken, count, name, status } from "../parts/words.js";

const SIZE = 50;

export const title = () => "Problems";

export async function load({ query }, signal) {
  return page("problems", { page: query.page, per_page: SIZE, search: query.search, status: query.status }, signal);
}

export const told = ({ total }) => `${count(total, "problem")} found`;

export function render({ items, total }, route) {
  const { query } = route;
  return [
    h("h1", { tabindex: "-1" }, "Problems"),
    tools(route, {
      placeholder: "Message, place or name",
      legend: "Severity",
      choices: [["", "All"], ["error", "Errors"], ["warning", "Warnings"]],
    }),
    items.length
      ? h("ul", { class: "box problems" }, items.map(problem))
      : h("p", { class: "empty" }, query.search || query.status ? "Nothing is like that." : "Nothing is wrong."),
    paging({ page: Number(query.page ?? 1), size: SIZE, total, address: (number) => to(["problems"], { ...query, page: number > 1 ? number : "" }) }),
  ];
}

/** One problem in a list. */
export function problem({ severity, message, place, object }) {
  const link = object && address(object);
  const called = object && [h("span", { class: "section" }, object.section), " ", name(object.name)];
  return h(
    "li",
    { class: "problem" },
    h("p", { class: "problem-head" }, status(severity), object && (link ? h("a", { href: link }, called) : h("span", {}, called))),
    h("p", { class: "problem-text" }, message),
    place && h("code", { class: "place" }, broken(place)),
  );
}

const SHOWN = /^(http|tcp|udp)\.(routers|services|middlewares)$/;

function address({ section, name: id }) {
  const parts = section.match(SHOWN);
  return parts && id.includes("@") ? to([parts[1], parts[2], id]) : null;
}
