// Everything that is wrong, with the object that has to be changed.

import { h } from "../dom.js";
import { list, toObject } from "../mesh.js";
import { to } from "../routes.js";
import { paging } from "../parts/paging.js";
import { empty } from "../parts/table.js";
import { tools } from "../parts/tools.js";
import { broken, count, status } from "../parts/words.js";

const SIZE = 50;

export const title = () => "Problems";

export async function load({ query }, signal) {
  return list("problems", { page: query.page, per_page: SIZE, search: query.search, status: query.status }, signal);
}

export const told = ({ total }) => `${count(total, "problem")} found`;

export function render({ items, total }, route) {
  const { query } = route;
  return [
    h("h1", { tabindex: "-1" }, "Problems"),
    tools(route, { placeholder: "Message, kind or name", legend: "Severity", choices: [["", "All"], ["error", "Errors"], ["warning", "Warnings"]] }),
    items.length ? h("ul", { class: "box problems" }, items.map(problem)) : empty(query.search || query.status ? "Nothing is like that." : "Nothing is wrong."),
    paging({ page: Number(query.page ?? 1), size: SIZE, total, address: (number) => to(["problems"], { ...query, page: number > 1 ? number : "" }) }),
    h("p", { class: "muted" }, "What is wrong with a Service, TrafficSplit or TrafficTarget is an Event on it, too: kubectl describe shows it."),
  ];
}

/** One problem in a list. */
export function problem({ severity, object, message }) {
  const link = object && toObject(object);
  const called = object ? [h("span", { class: "section" }, object.kind), " ", h("span", { class: "name" }, broken([object.namespace, object.name].filter(Boolean).join("/")))] : h("span", { class: "section" }, "the mesh itself");
  return h("li", { class: "problem" }, h("p", { class: "problem-head" }, status(severity), link ? h("a", { href: link }, called) : h("span", {}, called)), h("p", { class: "problem-text" }, message));
}
