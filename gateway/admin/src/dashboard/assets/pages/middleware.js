// One middleware: its options and who uses it.

import { h } from "../dom.js";
import { one } from "../api.js";
import { part, qualified, to } from "../routes.js";
import { facts, options } from "../parts/facts.js";
import { flow } from "../parts/flow.js";
import { errors, name, status, tag } from "../parts/words.js";
import { kindOf } from "./list.js";
import { users } from "./service.js";

export const title = ({ path }) => path[2];

export async function load({ path: [protocol, , id] }, signal) {
  return one(`${protocol}/middlewares/${part(id)}`, signal);
}

export function render(middleware, { path: [protocol] }) {
  const kind = middleware.type && kindOf(middleware);
  const chained = middleware.chain?.middlewares ?? [];
  return [
    h("p", { class: "crumbs" }, h("a", { href: to([protocol, "middlewares"]) }, `${protocol.toUpperCase()} middlewares`)),
    h("header", { class: "head" }, h("h1", { tabindex: "-1" }, name(middleware.name)), status(middleware.status)),
    errors(middleware.error, middleware.status),
    flow("Where it stands", [
      { title: "Used by", drawing: "routers", stops: users(protocol, middleware, { middleware: middleware.name }) },
      { title: "Middleware", drawing: "middlewares", stops: [{ title: middleware.name, kind, word: middleware.status, here: true }] },
      {
        title: "Stands for",
        drawing: "middlewares",
        ordered: true,
        stops: chained.map((id) => ({ title: qualified(id, middleware.name), href: to([protocol, "middlewares", qualified(id, middleware.name)]) })),
      },
    ]),
    h(
      "div",
      { class: "pair" },
      facts("Middleware", [
        ["Provider", tag(middleware.provider)],
        ["Kind", kind && h("code", {}, kind)],
        ["Used by", !middleware.usedBy?.length && h("span", { class: "muted" }, "nobody")],
      ]),
      kind && Object.keys(middleware[kind] ?? {}).length > 0 && options("Options", middleware[kind]),
    ),
  ];
}
