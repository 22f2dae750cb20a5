// Which page an address is, and what stands in the menu. A new page is a module and a line here.

import { one, page } from "./api.js";
import * as certificates from "./pages/certificates.js";
import * as entryPoint from "./pages/entry_point.js";
import * as explain from "./pages/explain.js";
import * as list from "./pages/list.js";
import * as middleware from "./pages/middleware.js";
import * as overview from "./pages/overview.js";
import * as problems from "./pages/problems.js";
import * as reloads from "./pages/reloads.js";
import * as router from "./pages/router.js";
import * as service from "./pages/service.js";
import * as tail from "./pages/tail.js";

const PAGES = [
  [(path) => path.length === 0, overview],
  [(path) => is(path, "problems"), problems],
  [(path) => is(path, "explain"), explain],
  [(path) => is(path, "tail"), tail],
  [(path) => is(path, "certificates"), certificates],
  [(path) => is(path, "reloads"), reloads],
  [(path) => path.length === 2 && path[0] === "entrypoints", entryPoint],
  [(path) => path.length === 2 && list.exists(path), list],
  [(path) => isOne(path, "routers"), router],
  [(path) => isOne(path, "services"), service],
  [(path) => isOne(path, "middlewares"), middleware],
];

function is(path, name) {
  return path.length === 1 && path[0] === name;
}

function isOne(path, section) {
  return path.length === 3 && path[1] === section && list.exists(path.slice(0, 2));
}

/** The page of a path: a module with `title`, `load` and `render`. */
export function find(path) {
  return PAGES.find(([fits]) => fits(path))?.[1];
}

/** What may help, by the status of an answer that is none. */
export const HINTS = {
  0: "It may be restarting. This page asks again by itself.",
  401: "Sign in as whoever may see the API.",
  403: "Whatever guards the API does not let you in.",
  404: "If this is the router of an operator's own, its rule must cover both /api and /dashboard.",
};

/** What counts in the menu are read from. */
export const heard = () => Promise.all([one("overview"), page("problems", { per_page: 1 })]);

/** The menu: groups of `{title, drawing, path, count}`; a count is read from the overview and the first problem. */
export const MENU = [
  {
    items: [
      { title: "Overview", drawing: "overview", path: [] },
      {
        title: "Problems",
        drawing: "problems",
        path: ["problems"],
        // Errors come first.
        count: (_, problems) => ({ total: problems.total || null, errors: problems.items[0]?.severity === "error" ? 1 : 0 }),
      },
      { title: "Route tester", drawing: "explain", path: ["explain"] },
      { title: "Live requests", drawing: "tail", path: ["tail"] },
      { title: "Certificates", drawing: "lock", path: ["certificates"] },
      { title: "Reloads", drawing: "reload", path: ["reloads"] },
    ],
  },
  group("http", ["routers", "services", "middlewares"]),
  group("tcp", ["routers", "services", "middlewares"]),
  group("udp", ["routers", "services"]),
];

function group(protocol, sections) {
  const items = sections.map((section) => ({
    title: section[0].toUpperCase() + section.slice(1),
    drawing: section,
    path: [protocol, section],
    count: (overview) => overview[protocol][section],
  }));
  return { title: protocol.toUpperCase(), items };
}
