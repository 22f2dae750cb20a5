// The objects of a section: found, sorted and cut into pages by the gateway.

import { h } from "../dom.js";
import { page } from "../api.js";
import { qualified, to } from "../routes.js";
import { icon } from "../parts/icons.js";
import { paging } from "../parts/paging.js";
import { tools } from "../parts/tools.js";
import { count, name, rule, status, tag } from "../parts/words.js";

const SIZE = 50;
const STATUSES = [["", "All"], ["enabled", "Enabled"], ["warning", "Warning"], ["disabled", "Disabled"]];
const TITLES = { routers: "routers", services: "services", middlewares: "middlewares" };

const NAME = { key: "name", title: "Name", cell: (object, [protocol, section]) => h("a", { href: to([protocol, section, object.name]) }, name(object.name)) };
const STATUS = { key: "status", title: "Status", cell: (object) => status(object.status) };
const TYPE = { key: "type", title: "Kind", cell: (object) => (object.type ? kindOf(object) : h("span", { class: "muted" }, object.provider === "internal" ? "the gateway's own" : "unknown")) };
const USED = { title: "Used by", cell: (object) => (object.usedBy?.length ? count(object.usedBy.length, "router") : h("span", { class: "muted" }, "nobody")) };
const ENTRIES = {
  key: "entryPoints",
  title: "Entry points",
  cell: (object) => h("span", { class: "chips" }, (object.using ?? []).map((entry) => tag(object.tls ? [entry, secure()] : entry))),
};
const SERVICE = { key: "service", title: "Service", cell: (object, [protocol]) => (object.service ? service(protocol, qualified(object.service, object.name)) : none()) };
const RULE = { key: "rule", title: "Rule", cell: (object) => (object.rule ? rule(object.rule) : none()) };
const PRIORITY = { key: "priority", title: "Priority", number: true, cell: (object) => priority(object.priorityStr) };
const SERVERS = { key: "servers", title: "Servers", cell: servers };

const COLUMNS = {
  "http/routers": [NAME, STATUS, RULE, ENTRIES, SERVICE, PRIORITY],
  "http/services": [NAME, STATUS, TYPE, SERVERS, USED],
  "http/middlewares": [NAME, STATUS, TYPE, USED],
  "tcp/routers": [NAME, STATUS, RULE, ENTRIES, SERVICE, PRIORITY],
  "tcp/services": [NAME, STATUS, TYPE, SERVERS, USED],
  "tcp/middlewares": [NAME, STATUS, TYPE, USED],
  "udp/routers": [NAME, STATUS, ENTRIES, SERVICE],
  "udp/services": [NAME, STATUS, TYPE, SERVERS, USED],
};

/** Whether there is a list of that name. */
export const exists = (path) => path.join("/") in COLUMNS;

export const title = ({ path: [protocol, section] }) => `${protocol.toUpperCase()} ${TITLES[section]}`;

export async function load({ path, query }, signal) {
  const asked = {
    page: query.page,
    per_page: SIZE,
    search: query.search,
    status: query.status,
    sortBy: query.sort,
    direction: query.direction,
    serviceName: query.service,
    middlewareName: query.middleware,
  };
  return page(path.join("/"), asked, signal);
}

export function render({ items, total }, route) {
  const { path, query } = route;
  const columns = COLUMNS[path.join("/")];
  return [
    h("h1", { tabindex: "-1" }, title(route)),
    tools(route, {
      placeholder: path[1] === "routers" && path[0] !== "udp" ? "Name or rule" : "Name",
      legend: "Status",
      choices: STATUSES,
    }),
    only(route),
    items.length
      ? h(
          "div",
          { class: "scroll" },
          h(
            "table",
            { class: "list" },
            h("caption", { class: "hidden" }, `${title(route)}, ${count(total, "object")}`),
            h("thead", {}, h("tr", {}, columns.map((column) => heading(column, route)))),
            h("tbody", {}, items.map((object) => row(object, columns, path))),
          ),
        )
      : h("p", { class: "empty" }, isFiltered(query) ? "Nothing is like that." : `There are no ${title(route)}.`),
    paging({ page: Number(query.page ?? 1), size: SIZE, total, address: (number) => to(path, { ...query, page: number > 1 ? number : "" }) }),
  ];
}

/** What is read out after a search. */
export const told = ({ total }) => `${count(total, "object")} found`;

/** Filters that came with a link, and the way out of them. */
function only({ path, query }) {
  const filters = [["service", "to service"], ["middleware", "through middleware"]].filter(([key]) => query[key]);
  if (!filters.length) return null;
  return h(
    "p",
    { class: "only" },
    filters.map(([key, text]) => [`Only those ${text} `, h("code", {}, query[key]), " "]),
    h("a", { href: to(path) }, "Show all"),
  );
}

const isFiltered = (query) => ["search", "status", "service", "middleware"].some((key) => query[key]);

function heading({ key, title, number }, { path, query }) {
  const kind = number ? "number" : null;
  if (!key) return h("th", { scope: "col", class: kind }, title);
  const isSorted = (query.sort ?? "name") === key;
  const isDown = query.direction === "desc";
  const address = to(path, { ...query, page: "", sort: key, direction: isSorted && !isDown ? "desc" : "asc" });
  return h(
    "th",
    { scope: "col", class: kind, "aria-sort": isSorted ? (isDown ? "descending" : "ascending") : null },
    h("a", { href: address }, title, isSorted && icon(isDown ? "down" : "up")),
  );
}

function row(object, columns, path) {
  const cell = (column, index) =>
    h(index ? "td" : "th", { scope: index ? null : "row", class: column.number && "number", "data-title": column.title }, column.cell(object, path));
  return h("tr", { class: object.status === "disabled" ? "bad" : null }, columns.map(cell));
}

function priority(text) {
  if (text === undefined) return none();
  // What the gateway puts before everything else has a number that nobody wants to read.
  return text.length > 12 ? h("span", { title: text }, "first") : Number(text).toLocaleString("en");
}

function servers(object) {
  const all = object.loadBalancer?.servers;
  if (!all) return none();
  const down = Object.values(object.serverStatus ?? {}).filter((word) => word !== "UP").length;
  return [count(all.length, "server"), down > 0 && [" ", tag(`${down} down`, "bad")]];
}

/** The kind as it is written in a configuration: the key of its options. */
export function kindOf(object) {
  return Object.keys(object).find((key) => key.toLowerCase() === object.type) ?? object.type;
}

const service = (protocol, id) => h("a", { class: "quiet-link", href: to([protocol, "services", id]) }, name(id));

const secure = () => h("span", { class: "tls" }, icon("lock"), h("span", { class: "hidden" }, "with TLS"));

const none = () => h("span", { class: "muted" }, "–");
