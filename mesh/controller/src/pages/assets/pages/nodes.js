// The proxies of the mesh, one on every node of the cluster.

import { h } from "../dom.js";
import { one } from "../api.js";
import { overview } from "../mesh.js";
import { part, to } from "../routes.js";
import { paging } from "../parts/paging.js";
import { command, empty, none, table } from "../parts/table.js";
import { tools } from "../parts/tools.js";
import { broken, count, status } from "../parts/words.js";

const SIZE = 50;

export const title = () => "Nodes";

export async function load(_, signal) {
  const [nodes, { settings }] = await Promise.all([one("status/nodes", signal), overview(signal)]);
  return { nodes, settings };
}

export const told = ({ nodes }) => count(nodes.length, "node");

export function render({ nodes, settings }, route) {
  const { query } = route;
  const search = (query.search ?? "").toLowerCase();
  const isMeant = ({ Name, IP, Ready }) => (!search || Name.toLowerCase().includes(search) || IP.includes(search)) && (!query.status || (query.status === "ready") === Ready);
  const found = nodes.filter(isMeant);
  const number = Number(query.page ?? 1);
  return [
    h("h1", { tabindex: "-1" }, "Nodes"),
    tools(route, { placeholder: "Name or address", legend: "Readiness", choices: [["", "All"], ["ready", "Ready"], ["unready", "Not ready"]] }),
    found.length
      ? table(`Nodes, ${count(found.length, "object")}`, COLUMNS, found.slice((number - 1) * SIZE, number * SIZE))
      : nodes.length
        ? empty("Nothing is like that.")
        : empty("No proxy of the mesh runs, so its names lead nowhere.", "The DaemonSet traefik-mesh-proxy of the chart starts one on every node.", command(`kubectl --namespace ${settings.namespace} describe daemonset traefik-mesh-proxy`)),
    paging({ page: number, size: SIZE, total: found.length, address: (page) => to(["nodes"], { ...query, page: page > 1 ? page : "" }) }),
  ];
}

const COLUMNS = [
  { title: "Pod", cell: ({ Name }) => h("span", { class: "name" }, broken(Name)) },
  { title: "Address", cell: ({ IP }) => (IP ? h("code", {}, IP) : none()) },
  { title: "Status", cell: ({ Ready }) => status(Ready ? "ready" : "unready") },
  { title: "Routing", cell: ({ Name, IP }) => (IP ? h("a", { href: `../api/status/node/${part(Name)}/configuration` }, "What it routes", h("span", { class: "hidden" }, `, ${Name}`)) : none()) },
];
