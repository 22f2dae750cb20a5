// One router: the way of a request through it.

import { h } from "../dom.js";
import { maybe, one } from "../api.js";
import { part, qualified, to } from "../routes.js";
import { facts, option } from "../parts/facts.js";
import { flow } from "../parts/flow.js";
import { rates } from "../parts/rates.js";
import { broken, errors, name, rule, status, tag } from "../parts/words.js";
import { kindOf } from "./list.js";

/** More of the way than anybody looks at is not asked for. */
const LIMIT = 24;
const DEPTH = 5;

export const title = ({ path }) => path[2];

export async function load({ path: [protocol, , id] }, signal) {
  const router = await one(`${protocol}/routers/${part(id)}`, signal);
  const ask = (section, names) =>
    Promise.all(names.slice(0, LIMIT).map(async (object) => [object, await maybe(`${section}/${part(object)}`, signal)]));
  const [entries, middlewares, services, traffic] = await Promise.all([
    ask("entrypoints", router.using ?? []),
    ask(`${protocol}/middlewares`, router.middlewares ?? []),
    router.service ? down(protocol, [qualified(router.service, router.name)], signal) : [],
    protocol === "http" ? maybe(`windrose/rates?router=${part(id)}`, signal) : null,
  ]);
  return { router, entries, middlewares, services, traffic };
}

/** A service and the services that it is made of: levels of `[name, object, note]`. */
export async function down(protocol, names, signal) {
  const levels = [];
  const seen = new Set();
  let wanted = names.map((object) => [object]);
  while (wanted.length && levels.length < DEPTH) {
    const fresh = wanted.filter(([object]) => !seen.has(object) && seen.add(object)).slice(0, LIMIT);
    const ask = async ([object, note]) => [object, await maybe(`${protocol}/services/${part(object)}`, signal), note];
    const level = await Promise.all(fresh.map(ask));
    if (level.length) levels.push(level);
    wanted = level.flatMap(([object, service]) => (service ? children(service).map(([child, note]) => [qualified(child, object), note]) : []));
  }
  return levels;
}

/** The services that a service refers to, each with its part in it. */
function children({ weighted, mirroring, failover, highestRandomWeight }) {
  const shares = [weighted, highestRandomWeight].flatMap((kind) => kind?.services ?? []);
  const mirrors = mirroring?.mirrors ?? [];
  return [
    ...shares.map(({ name: child, weight }) => [child, `weight ${weight ?? 1}`]),
    ...(mirroring ? [[mirroring.service, "answers"]] : []),
    ...mirrors.map(({ name: child, percent }) => [child, `gets copies of ${percent ?? 0} %`]),
    ...(failover ? [[failover.service, "first"], [failover.fallback, "if that is down"]] : []),
  ].filter(([child]) => child);
}

export function render({ router, entries, middlewares, services, traffic }, { path: [protocol] }) {
  const { tls } = router;
  return [
    h("p", { class: "crumbs" }, h("a", { href: to([protocol, "routers"]) }, `${protocol.toUpperCase()} routers`)),
    h("header", { class: "head" }, h("h1", { tabindex: "-1" }, name(router.name)), status(router.status)),
    router.rule && h("p", { class: "headline" }, rule(router.rule)),
    errors(router.error, router.status),
    traffic && rates(`router ${router.name}`, traffic.routers[router.name]),
    flow("The way of a request", [
      entryStep(router, entries),
      { title: "Router", drawing: "routers", stops: [{ title: router.name, word: router.status, note: priority(router), here: true }] },
      { title: "Middlewares", drawing: "middlewares", ordered: true, stops: middlewares.map(([id, object]) => known(protocol, "middlewares", id, object)) },
      ...serviceSteps(protocol, services),
    ]),
    h(
      "div",
      { class: "pair" },
      facts("Router", [
        ["Provider", tag(router.provider)],
        ["Entry points", router.entryPoints && option(router.entryPoints)],
        ["Service", router.service && h("code", {}, broken(router.service))],
        ["Priority", router.priorityStr && h("code", {}, router.priorityStr)],
        ["Rule syntax", router.ruleSyntax && h("code", {}, router.ruleSyntax)],
      ]),
      tls && facts("TLS", [
        ["Passed through", tls.passthrough !== undefined && option(tls.passthrough)],
        ["Options", tls.options && h("code", {}, tls.options)],
        ["Certificate resolver", tls.certResolver && h("code", {}, tls.certResolver)],
        ["Domains", tls.domains && option(tls.domains)],
      ]),
      isSaid(router.observability) && facts("Observability", [
        ["Access logs", option(router.observability.accessLogs)],
        ["Metrics", option(router.observability.metrics)],
        ["Tracing", option(router.observability.tracing)],
        ["Verbosity of traces", h("code", {}, router.observability.traceVerbosity)],
      ]),
    ),
  ];
}

/** Whether a router records something else than everything. */
function isSaid(observability) {
  const { traceVerbosity, ...switches } = observability ?? {};
  return observability && (traceVerbosity !== "minimal" || Object.values(switches).includes(false));
}

function priority(router) {
  const text = router.priorityStr;
  return text && (text.length > 12 ? "before all others" : `priority ${text}`);
}

function entryStep(router, entries) {
  const missing = (router.entryPoints ?? []).filter((id) => !(router.using ?? []).includes(id));
  return {
    title: "Entry points",
    drawing: "entry",
    stops: [
      ...entries.map(([id, object]) => ({ title: id, kind: object?.address, note: router.tls && "TLS", href: to(["entrypoints", id]) })),
      ...missing.map((id) => ({ title: id, word: "missing" })),
    ],
  };
}

/** The steps that a service and what it is made of take, down to the servers. */
export function serviceSteps(protocol, levels, here) {
  const steps = levels.map((level, depth) => ({
    title: depth ? "Made of" : "Service",
    drawing: "services",
    stops: level.map(([id, object, note]) => ({ note, ...known(protocol, "services", id, object), here: id === here })),
  }));
  const servers = levels.flat().flatMap(([, object]) => (object?.loadBalancer?.servers ?? []).map((server) => serverStop(object, server)));
  const more = servers.length - LIMIT;
  const stops = more > 0 ? [...servers.slice(0, LIMIT), { title: `and ${more} more` }] : servers;
  return [...steps, { title: "Servers", drawing: "server", stops }];
}

function serverStop(service, server) {
  const address = server.url ?? server.address;
  return { title: address, isAddress: true, word: service.serverStatus?.[address], note: server.weight !== undefined && `weight ${server.weight}` };
}

function known(protocol, section, id, object) {
  if (!object) return { title: id, word: "missing" };
  const kind = object.type ? kindOf(object) : object.provider === "internal" ? "the gateway's own" : null;
  return { title: id, kind, word: object.status, href: to([protocol, section, id]) };
}
