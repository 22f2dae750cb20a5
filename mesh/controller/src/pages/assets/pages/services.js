// All services of the mesh: found and cut into pages by the controller.

import { h } from "../dom.js";
import { list, overview } from "../mesh.js";
import { to } from "../routes.js";
import { paging } from "../parts/paging.js";
import { command, empty, none, table } from "../parts/table.js";
import { tools } from "../parts/tools.js";
import { broken, count, status, tag } from "../parts/words.js";

const SIZE = 50;

export const title = () => "Services";

export async function load({ query }, signal) {
  const asked = { page: query.page, per_page: SIZE, search: query.search, status: query.status };
  const [services, { settings }] = await Promise.all([list("services", asked, signal), overview(signal)]);
  return { services, settings };
}

export const told = ({ services: { total } }) => `${count(total, "service")} found`;

export function render({ services: { items, total }, settings }, route) {
  const { query } = route;
  return [
    h("h1", { tabindex: "-1" }, "Services"),
    tools(route, {
      placeholder: "Name or namespace",
      legend: "Kind",
      choices: [["", "All"], ["http", "HTTP"], ["tcp", "TCP"], ["udp", "UDP"], ["wrong", "With problems"]],
    }),
    items.length ? table(`Services, ${count(total, "object")}`, COLUMNS, items) : query.search || query.status ? empty("Nothing is like that.") : nobody(settings),
    paging({ page: Number(query.page ?? 1), size: SIZE, total, address: (number) => to(["services"], { ...query, page: number > 1 ? number : "" }) }),
  ];
}

const COLUMNS = [
  { title: "Service", cell: ({ namespace, name }) => h("a", { href: to(["services", namespace, name]) }, h("span", { class: "name" }, broken(name)), h("span", { class: "provider" }, ` ${namespace}`)) },
  { title: "Status", cell: (service) => status(isServed(service) ? "served" : "unserved") },
  { title: "Type", cell: ({ trafficType }) => kind(trafficType) },
  { title: "Ports", cell: ({ ports: all }) => ports(all) },
  { title: "Pods", number: true, cell: ({ pods }) => (pods ? pods.toLocaleString("en") : tag("none", "warn")) },
  { title: "Splits", number: true, cell: ({ splitCount, backendOfCount }) => splitCount + backendOfCount || none() },
  { title: "Targets", number: true, cell: ({ targetCount }) => targetCount || none() },
  { title: "Problems", number: true, cell: ({ problems }) => (problems ? tag(String(problems), "bad") : none()) },
];

/** Whether clients reach it through the mesh. */
export const isServed = ({ ports: all }) => all.some(({ entryPoint }) => entryPoint !== null);

export const kind = (word) => (word ? tag(word.toUpperCase()) : tag("not understood", "bad"));

/** Ports as clients say them, with the entry points of nodes. */
export function ports(all) {
  if (!all.length) return none();
  const one = ({ port, protocol, entryPoint }) => h("li", {}, h("code", {}, `${port}${protocol === "TCP" ? "" : `/${protocol}`}`), " ", entryPoint === null ? tag("not reached", "warn") : [h("span", { class: "muted" }, "→ "), h("code", {}, String(entryPoint))]);
  return h("ul", { class: "ports" }, all.map(one));
}

function nobody({ watchNamespaces: watched, ignoreNamespaces: ignored }) {
  const where = watched.length ? `It looks at ${watched.join(", ")} only.` : ignored.length ? `It looks at all namespaces but ${ignored.join(", ")}.` : "It looks at all namespaces.";
  return empty("The mesh sees no Service.", `${where} Each Service that comes is part of it, without any annotation.`, command("kubectl get services --all-namespaces"));
}
