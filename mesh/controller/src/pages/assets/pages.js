// Which page an address is, and what stands in the menu. A new page is a module and a line here.

import { list, overview as numbers } from "./mesh.js";
import * as nodes from "./pages/nodes.js";
import * as overview from "./pages/overview.js";
import * as policies from "./pages/policies.js";
import * as problems from "./pages/problems.js";
import * as service from "./pages/service.js";
import * as services from "./pages/services.js";
import * as splits from "./pages/splits.js";
import * as traffic from "./pages/traffic.js";

const PAGES = { "": overview, services, traffic, splits, policies, nodes, problems };

/** The page of a path: a module with `title`, `load` and `render`. */
export function find(path) {
  if (path.length === 3 && path[0] === "services") return service;
  return path.length < 2 ? PAGES[path[0] ?? ""] : undefined;
}

/** What may help, by the status of an answer that is none. */
export const HINTS = {
  0: "The controller may be restarting. This page asks again by itself.",
  401: "Sign in as whoever may see the controller.",
  403: "Whatever guards the controller does not let you in.",
  404: "Whatever is before the controller must let both /api and /dashboard through.",
  503: "It asks the API server for everything there is; its log says what it waits for.",
};

/** What counts in the menu are read from. Before the cluster was seen there is nothing but what is wrong. */
export const heard = async () => {
  const [seen, wrong] = await Promise.all([numbers().catch(() => null), list("problems", { per_page: 1 })]);
  return [seen, wrong];
};

const nothing = { total: null, errors: 0 };
const of = (key) => (seen) => (seen ? { total: seen[key].total, errors: seen[key].wrong, flag: "with problems" } : nothing);

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
        count: (_, problems) => ({ total: problems.total || null, errors: problems.items[0]?.severity === "error" ? 1 : 0, flag: "problem" }),
      },
      { title: "Traffic", drawing: "tail", path: ["traffic"] },
    ],
  },
  {
    title: "Mesh",
    items: [
      { title: "Services", drawing: "services", path: ["services"], count: of("services") },
      { title: "Splits", drawing: "split", path: ["splits"], count: of("splits") },
      { title: "Policies", drawing: "policy", path: ["policies"], count: of("targets") },
      {
        title: "Nodes",
        drawing: "server",
        path: ["nodes"],
        count: (seen) => (seen ? { total: seen.nodes.total, errors: seen.nodes.total - seen.nodes.ready, flag: "not ready" } : nothing),
      },
    ],
  },
];
