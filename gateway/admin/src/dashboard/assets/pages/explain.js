// The route tester: what would become of a request, and why.

import { Trouble, one } from "../api.js";
import { h } from "../dom.js";
import { from, to } from "../routes.js";
import { flow } from "../parts/flow.js";
import { icon } from "../parts/icons.js";
import { broken, name, rule, status, tag } from "../parts/words.js";

export const title = () => "Route tester";

/** What was asked is asked once: every router is looked at for it. */
export const still = true;

export async function load({ query }, signal) {
  if (!query.url) return {};
  const wanted = new URLSearchParams([["url", query.url]]);
  for (const key of ["method", "entrypoint", "from"]) if (query[key]) wanted.append(key, query[key]);
  for (const line of (query.headers ?? "").split("\n")) if (line.trim()) wanted.append("header", line.trim());
  try {
    return { found: await one(`windrose/explain?${wanted}`, signal) };
  } catch (error) {
    // What makes no request is no trouble of this page.
    if (error instanceof Trouble && error.status === 400) return { bad: error.message };
    throw error;
  }
}

export const told = ({ found, bad }) => found?.verdict.text ?? bad ?? "";

export function render({ found, bad }, route) {
  return [
    h("h1", { tabindex: "-1" }, "Route tester"),
    h("p", { class: "muted" }, "Says which router, middlewares, service and certificate a request would get. Nothing is sent."),
    form(route),
    bad && h("p", { class: "note warn", role: "alert" }, bad),
    found && explanation(found),
  ];
}

function form(route) {
  const input = (label, attributes) => {
    const field = h("input", { type: "text", autocomplete: "off", spellcheck: "false", ...attributes });
    return [h("label", { class: `field ${attributes.name}` }, h("span", {}, label), field), field];
  };
  const [urlLabel, url] = input("Address", { name: "url", inputmode: "url", placeholder: "app.example.org/login" });
  const [methodLabel, method] = input("Method", { name: "method", placeholder: "GET" });
  const [entryLabel, entrypoint] = input("Entry point", { name: "entrypoint", placeholder: "by the port" });
  const [fromLabel, client] = input("Client", { name: "from", placeholder: "127.0.0.1" });
  const headers = h("textarea", { name: "headers", rows: "2", spellcheck: "false", placeholder: "Accept: text/html" });
  const fields = { url, method, entrypoint, from: client, headers };
  const ask = (event) => {
    event.preventDefault();
    const query = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.value.trim()]));
    location.hash = to(from(location.hash).path, query);
  };
  const made = h(
    "form",
    { class: "tools ask box", onsubmit: ask },
    urlLabel,
    methodLabel,
    entryLabel,
    fromLabel,
    h("label", { class: "field headers" }, h("span", {}, "Headers, one on each line"), headers),
    h("button", { type: "submit", class: "button" }, "Explain"),
  );
  made.sync = ({ query }) => {
    for (const [key, field] of Object.entries(fields)) if (document.activeElement !== field) field.value = query[key] ?? "";
  };
  made.sync(route);
  return made;
}

const GOOD = new Set(["service", "answered", "tcp"]);

function explanation({ verdict, request, entryPoint, tls, router, middlewares, service, later, nearest, unusable }) {
  const good = GOOD.has(verdict.word);
  return h(
    "div",
    { class: "explained" },
    h("p", { class: `verdict ${good ? "good" : "bad"}` }, icon(good ? "check" : "problems"), h("span", {}, verdict.text)),
    request.host && h("p", { class: "muted" }, "Routers see host ", h("code", {}, request.host), " and path ", h("code", {}, broken(request.path)), "."),
    flow("The way of the request", [
      { title: "Entry point", drawing: "entry", stops: [{ title: entryPoint.name, kind: entryPoint.address, note: CHOICES[entryPoint.choice], href: to(["entrypoints", entryPoint.name]) }] },
      router && { title: "Router", drawing: "routers", stops: [{ title: router.name, note: `priority ${router.priority}`, word: router.problems && "warning", href: to([router.protocol, "routers", router.name]) }] },
      { title: "Middlewares", drawing: "middlewares", ordered: true, stops: middlewares.map(({ name: id, kind, word }) => ({ title: id, kind, note: WORDS[word], href: to(["http", "middlewares", id]) })) },
      ...steps(service, router?.protocol ?? "http"),
    ]),
    h(
      "div",
      { class: "pair" },
      router && piece("Router", [[router.name, rule(router.rule), router.note, router.place, router.problems]]),
      middlewares.length > 0 && piece("Middlewares", middlewares.map((one) => [one.name, one.does, null, one.place, one.problems])),
      service && piece("Service", services(service).map((one) => [one.name, [one.kind || "does not exist", one.part && `, ${one.part}`], null, one.place, one.problems])),
      tls && secure(tls),
    ),
    neighbours("Routers that match, too, and come later", later),
    neighbours("Nearest misses", nearest),
    unusable?.length > 0 && h("section", { class: "box" }, h("h2", {}, "Routers that cannot be used"), h("ul", { class: "pieces" }, unusable.map((one) => h("li", {}, name(one.name), one.problems.map((text) => h("p", { class: "wrong" }, text)))))),
  );
}

const CHOICES = { asked: null, port: "by its port", assumed: "assumed" };
const WORDS = { passes: "passes", answers: "answers", depends: "it depends", unreached: "not reached" };

function services(service) {
  return [service, ...(service.services ?? []).flatMap(services)];
}

function steps(service, protocol) {
  if (!service) return [];
  const all = services(service);
  const servers = all.flatMap((one) => one.servers ?? []);
  return [
    { title: "Service", drawing: "services", stops: all.map((one) => ({ title: one.name, kind: one.kind, note: one.part, word: one.kind ? null : "missing", href: one.kind && to([protocol, "services", one.name]) })) },
    { title: "Servers", drawing: "server", stops: servers.slice(0, 24).map(({ url, status: word }) => ({ title: url, isAddress: true, word })) },
  ];
}

/** Pieces of the way: a name, what it does, a note, the place it was written at, what is wrong. */
function piece(heading, rows) {
  const row = ([id, does, note, place, problems]) =>
    h("li", {}, h("p", {}, name(id)), h("p", {}, does), note && h("p", { class: "muted" }, note), (problems ?? []).map((text) => h("p", { class: "wrong" }, text)), place && h("code", { class: "place" }, broken(place)));
  return h("section", { class: "box" }, h("h2", {}, heading), h("ul", { class: "pieces" }, rows.map(row)));
}

function secure({ serverName, options, optionsPlace, certificate }) {
  const which = certificate?.isGenerated ? tag("made here, not trusted", "warn") : certificate?.isDefault ? tag("the default one", "warn") : null;
  return h(
    "section",
    { class: "box" },
    h("h2", {}, "TLS"),
    h("ul", { class: "pieces" }, [
      h("li", {}, h("p", {}, "Name ", h("code", {}, serverName ?? "none")), options ? h("p", {}, "Options ", h("code", {}, options)) : h("p", { class: "wrong" }, "Handshakes are refused, or not made here"), optionsPlace && h("code", { class: "place" }, broken(optionsPlace))),
      certificate && h("li", {}, h("p", {}, "Certificate ", h("code", {}, broken(certificate.names.join(", ") || certificate.subject)), " ", which), h("p", { class: "muted" }, `issued by ${certificate.issuer}, ends ${certificate.notAfter}`), certificate.place && h("code", { class: "place" }, broken(certificate.place))),
    ]),
  );
}

function neighbours(heading, all) {
  if (!all.length) return null;
  const item = (miss) =>
    h(
      "li",
      {},
      h("p", {}, h("a", { href: to(["http", "routers", miss.name]) }, name(miss.name)), " ", h("span", { class: "muted" }, `priority ${miss.priority}`)),
      h("p", {}, rule(miss.rule)),
      (miss.missed ?? []).map(({ clause, found }) => h("p", { class: "missed" }, status("missed"), " ", h("code", {}, broken(clause)), ` – ${found}`)),
      miss.place && h("code", { class: "place" }, broken(miss.place)),
    );
  return h("section", { class: "box" }, h("h2", {}, heading), h("ul", { class: "pieces" }, all.map(item)));
}
