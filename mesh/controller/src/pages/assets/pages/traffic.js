// Who talks to whom, as nodes count it: drawn, and in a table.

import { h } from "../dom.js";
import { traffic } from "../mesh.js";
import { to } from "../routes.js";
import { live, off, pairs } from "../parts/figures.js";
import { graph } from "../parts/graph.js";
import { paging } from "../parts/paging.js";
import { command, empty } from "../parts/table.js";
import { tools } from "../parts/tools.js";
import { count } from "../parts/words.js";

const SIZE = 50;
const STRETCHES = [["15", "15 s"], ["", "1 min"], ["300", "5 min"]];

export const title = () => "Traffic";

export async function load({ query }, signal) {
  return traffic({ seconds: query.status, search: query.search, page: query.page ?? 1, per_page: SIZE }, signal);
}

export const told = (figures) => `${count(figures?.total ?? 0, "pair")} found`;

export function render(figures, route) {
  const { query } = route;
  const heading = h("h1", { tabindex: "-1" }, "Traffic");
  if (!figures) return [heading, off()];
  return [
    heading,
    tools(route, { placeholder: "Client, service or policy", legend: "How long ago", choices: STRETCHES }),
    live(`traffic ${query.search ?? ""}`, figures),
    figures.traffic.length > 0 && [graph(figures), legend()],
    figures.traffic.length
      ? h("section", {}, h("h2", {}, "In a table"), pairs(`Who talks to whom, ${count(figures.total, "pair")}`, figures))
      : query.search
        ? empty("Nothing is like that.")
        : empty("Nothing passed through the mesh.", "Clients are part of it when they ask for names of it, from any pod:", command("curl SERVICE.NAMESPACE.traefik.mesh")),
    paging({ page: Number(query.page ?? 1), size: SIZE, total: figures.total, address: (number) => to(["traffic"], { ...query, page: number > 1 ? number : "" }) }),
    h("p", { class: "muted" }, `Nodes tell every 5 seconds; figures are those of the ${figures.seconds} seconds before ${new Date(figures.until * 1000).toISOString().slice(11, 19)} UTC.`),
  ];
}

const legend = () => h("p", { class: "legend" }, "A line is as thick as what passes. Red: more than 1 % fails. Broken: a policy refuses all of it.");
