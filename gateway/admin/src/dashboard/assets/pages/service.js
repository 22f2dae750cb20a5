// One service: its servers, or the services that it is made of.

import { h } from "../dom.js";
import { maybe, one } from "../api.js";
import { part, to } from "../routes.js";
import { facts, option, options } from "../parts/facts.js";
import { flow } from "../parts/flow.js";
import { rates } from "../parts/rates.js";
import { broken, errors, name, status, tag } from "../parts/words.js";
import { kindOf } from "./list.js";
import { down, serviceSteps } from "./router.js";

export const title = ({ path }) => path[2];

export async function load({ path: [protocol, , id] }, signal) {
  const service = await one(`${protocol}/services/${part(id)}`, signal);
  const [levels, traffic] = await Promise.all([
    down(protocol, [service.name], signal),
    protocol === "http" ? maybe(`windrose/rates?service=${part(id)}`, signal) : null,
  ]);
  return { service, levels, traffic };
}

export function render({ service, levels, traffic }, { path: [protocol] }) {
  const kind = service.type && kindOf(service);
  const written = kind ? (service[kind] ?? {}) : {};
  const { servers, ...rest } = written;
  return [
    h("p", { class: "crumbs" }, h("a", { href: to([protocol, "services"]) }, `${protocol.toUpperCase()} services`)),
    h("header", { class: "head" }, h("h1", { tabindex: "-1" }, name(service.name)), status(service.status)),
    errors(service.error, service.status),
    traffic && rates(`service ${service.name}`, traffic.services[service.name]),
    flow("The way of a request", [
      { title: "Used by", drawing: "routers", stops: users(protocol, service) },
      ...serviceSteps(protocol, levels, service.name),
    ]),
    servers && table(service, servers),
    h(
      "div",
      { class: "pair" },
      facts("Service", [
        ["Provider", tag(service.provider)],
        ["Kind", kind ? h("code", {}, kind) : service.provider === "internal" && "the gateway's own"],
        ["Middlewares", service.middlewares?.length > 0 && option(service.middlewares)],
        ["Used by", option((service.usedBy ?? []).slice(0, SHOWN))],
      ]),
      kind && Object.keys(rest).length > 0 && options("Options", rest),
    ),
  ];
}

/** The routers that send here; of many, the way to the list of them. */
export function users(protocol, object, query = { service: object.name }) {
  const all = object.usedBy ?? [];
  const stops = all.slice(0, SHOWN).map((id) => ({ title: id, href: to([protocol, "routers", id]) }));
  if (all.length > SHOWN) stops.push({ title: `and ${all.length - SHOWN} more`, href: to([protocol, "routers"], query) });
  return stops;
}

function table(service, servers) {
  const has = (key) => servers.some((server) => server[key] !== undefined);
  const columns = [
    ["Address", (server) => h("code", {}, broken(server.url ?? server.address ?? ""))],
    ["Status", (server) => status(service.serverStatus?.[server.url ?? server.address] ?? "unknown")],
    has("weight") && ["Weight", (server) => server.weight ?? 1],
    has("preservePath") && ["Keeps the path", (server) => option(server.preservePath ?? false)],
    has("tls") && ["TLS", (server) => option(server.tls ?? false)],
  ].filter(Boolean);
  return h(
    "section",
    {},
    h("h2", {}, "Servers"),
    servers.length
      ? h(
          "div",
          { class: "scroll" },
          h(
            "table",
            { class: "list" },
            h("thead", {}, h("tr", {}, columns.map(([title]) => h("th", { scope: "col" }, title)))),
            h("tbody", {}, servers.slice(0, MOST).map((server) => h("tr", {}, columns.map(([title, cell]) => h("td", { "data-title": title }, cell(server)))))),
          ),
        )
      : h("p", { class: "empty" }, "There are no servers: requests are answered 503."),
    servers.length > MOST && h("p", { class: "muted" }, `and ${servers.length - MOST} more`),
  );
}

/** Routers that are shown one by one. */
const SHOWN = 8;
/** Servers that are shown one by one. */
const MOST = 200;
