// One service: how it is reached, what its annotations come to, and with whom its pods talk.

import { h } from "../dom.js";
import { one } from "../api.js";
import { overview, toService, traffic } from "../mesh.js";
import { part, to } from "../routes.js";
import { facts } from "../parts/facts.js";
import { live, off, pairs } from "../parts/figures.js";
import { flow } from "../parts/flow.js";
import { command, empty, none, table } from "../parts/table.js";
import { broken, errors, status } from "../parts/words.js";
import { isServed, kind, ports } from "./services.js";

/** Pairs that are shown of each direction, and pods. */
const MOST = 25;
const PODS = 200;
/** Stops of one step of the way. */
const STOPS = 6;

export const title = ({ path: [, namespace, name] }) => `${name}.${namespace}`;

export async function load({ path: [, namespace, name] }, signal) {
  const seen = await overview(signal);
  const id = `${namespace}/${name}`;
  const of = (end) => traffic({ [end]: id, page: 1, per_page: MOST }, signal, seen);
  const [service, incoming, outgoing] = await Promise.all([one(`windrose/mesh/services/${part(namespace)}/${part(name)}`, signal), of("to"), of("from")]);
  return { service, incoming, outgoing, seen };
}

export function render({ service, incoming, outgoing, seen }) {
  const { name, namespace, annotations, messages } = service;
  return [
    h("p", { class: "crumbs" }, h("a", { href: to(["services"]) }, "Services")),
    h("header", { class: "head" }, h("h1", { tabindex: "-1" }, broken(name), h("span", { class: "provider" }, ` ${namespace}`)), status(isServed(service) ? "served" : "unserved")),
    errors(messages, isServed(service) ? "warning" : "disabled"),
    incoming && live(`service ${namespace}/${name}`, incoming),
    flow("The way of a request", way(service, incoming)),
    h(
      "div",
      { class: "pair" },
      facts("Service", [
        ["Names", h("ul", { class: "values tall" }, service.names.map((one) => h("li", {}, h("code", {}, broken(one)))))],
        ["Address", h("code", {}, service.clusterIp || "none")],
        ["Traffic type", kind(service.trafficType)],
        ["Ports", ports(service.ports)],
        ["Splits", service.splits.length > 0 && links(service.splits, "splits")],
        ["Backend of", service.backendOf.length > 0 && links(service.backendOf, "splits")],
        ["Policies", seen.settings.acl && (service.targets.length ? links(service.targets, "policies") : "no TrafficTarget: nobody is let in")],
      ]),
      h("section", { class: "box" }, h("h2", {}, "Annotations in force"), written(annotations.inForce) ?? h("p", { class: "muted" }, `None: it is served as ${seen.settings.defaultMode}, as all Services that do not say otherwise.`)),
      annotations.idle?.length > 0 && h("section", { class: "box" }, h("h2", {}, "Annotations without effect"), written(annotations.idle)),
    ),
    h("section", {}, h("h2", {}, "Who asks it"), told(incoming, "service", "Nobody asked it in the last minute.")),
    h("section", {}, h("h2", {}, "Whom its pods ask"), told(outgoing, "client", "Its pods asked no other service through the mesh in the last minute.")),
    h("section", {}, h("h2", {}, "Pods"), pods(service)),
  ];
}

/** From who asks to who answers. */
function way(service, incoming) {
  const clients = (incoming?.traffic ?? []).filter(({ client }) => client);
  const known = [...new Map(clients.map((row) => [row.client.name, row])).values()];
  const more = (all) => (all.length > STOPS ? [{ title: `and ${all.length - STOPS} more` }] : []);
  const reached = service.ports.filter(({ entryPoint }) => entryPoint !== null);
  return [
    { title: "Who asks", drawing: "entry", stops: [...known.slice(0, STOPS).map(({ client, clientServices: [own] }) => ({ title: client.name, kind: client.kind, href: own && toService(own) })), ...more(known)] },
    { title: "Service", drawing: "services", stops: [{ title: service.names[0], here: true, isAddress: true, note: reached.map(({ port }) => port).join(", "), word: isServed(service) ? undefined : "unserved" }] },
    { title: "Shared out by", drawing: "split", stops: service.splits.map((id) => ({ title: id, href: to(["splits"], { search: id.split("/")[1] }), kind: "TrafficSplit" })) },
    { title: "Pods", drawing: "pods", stops: [...service.members.slice(0, STOPS).map((pod) => ({ title: pod.name, note: pod.ip })), ...more(service.members)] },
  ];
}

const links = (ids, page) => h("ul", { class: "values" }, ids.map((id) => h("li", {}, h("a", { href: to([page], { search: id.split("/")[1] }) }, broken(id)))));

function written(annotations) {
  if (!annotations?.length) return null;
  return h("dl", { class: "facts" }, annotations.map(({ name, value }) => [h("dt", {}, broken(name.split("/")[1])), h("dd", {}, h("code", {}, broken(value)))]));
}

function told(figures, without, nothing) {
  if (!figures) return off();
  if (!figures.traffic.length) return empty(nothing);
  const rest = figures.total - figures.traffic.length;
  return [pairs("Figures of the last minute", figures, without), rest > 0 && h("p", { class: "muted" }, `and ${rest.toLocaleString("en")} more`)];
}

function pods({ members, name, namespace }) {
  if (!members.length) return empty("No pod is ready: requests are answered 503.", command(`kubectl --namespace ${namespace} describe service ${name}`));
  const columns = [
    { title: "Pod", cell: (pod) => h("span", { class: "name" }, broken(pod.name)) },
    { title: "Address", cell: ({ ip }) => (ip ? h("code", {}, ip) : none()) },
    { title: "Account", cell: ({ serviceAccount }) => (serviceAccount ? h("code", {}, serviceAccount) : none()) },
    { title: "Node", cell: ({ node }) => node || none() },
  ];
  return [table("Pods that are ready", columns, members.slice(0, PODS)), members.length > PODS && h("p", { class: "muted" }, `and ${members.length - PODS} more`)];
}
