// How the mesh is, on one page.

import { h } from "../dom.js";
import { maybe } from "../api.js";
import { list, overview, traffic } from "../mesh.js";
import { to } from "../routes.js";
import { facts, option } from "../parts/facts.js";
import { live, off, pairs } from "../parts/figures.js";
import { icon } from "../parts/icons.js";
import { empty } from "../parts/table.js";
import { count, tag } from "../parts/words.js";
import { problem } from "./problems.js";

/** What is shown of lists. */
const MOST = 5;

export const title = () => "Overview";

export async function load(_, signal) {
  const seen = await overview(signal);
  const [problems, figures, version] = await Promise.all([
    list("problems", { per_page: MOST }, signal),
    traffic({ page: 1, per_page: MOST }, signal, seen),
    maybe("version", signal),
  ]);
  return { seen, problems, figures, version };
}

export function render({ seen, problems, figures, version }) {
  return [
    h("h1", { tabindex: "-1" }, "Overview"),
    verdict(seen),
    figures && live("all", figures),
    h("section", { class: "entries", "aria-label": "Objects" }, cards(seen)),
    problems.total > 0 &&
      h(
        "section",
        {},
        h("h2", {}, "Problems"),
        h("ul", { class: "box problems" }, problems.items.map(problem)),
        problems.total > problems.items.length && more(["problems"], `All ${count(problems.total, "problem")}`),
      ),
    h("section", {}, h("h2", {}, "Who talks to whom"), busiest(figures)),
    h("div", { class: "pair" }, settings(seen), versions(seen, version)),
  ];
}

/** One sentence that says whether somebody must act. */
function verdict({ problems: { errors, warnings }, nodes, services }) {
  if (errors) return h("p", { class: "verdict bad" }, icon("problems"), `There ${errors === 1 ? "is" : "are"} ${count(errors, "error")}${warnings ? ` and ${count(warnings, "warning")}` : ""}.`);
  if (!nodes.total) return h("p", { class: "verdict bad" }, icon("problems"), "No proxy of the mesh runs, so its names lead nowhere.");
  if (nodes.ready < nodes.total) return h("p", { class: "verdict warn" }, icon("problems"), `${nodes.total - nodes.ready} of ${count(nodes.total, "node")} ${nodes.total - nodes.ready === 1 ? "is" : "are"} not ready.`);
  if (warnings) return h("p", { class: "verdict warn" }, icon("problems"), `All is in force, and there ${warnings === 1 ? "is" : "are"} ${count(warnings, "warning")}.`);
  return h("p", { class: "verdict good" }, icon("check"), services.total ? `All ${count(services.total, "service")} are in the mesh.` : "The mesh sees no Service yet.");
}

function cards({ services, splits, targets, nodes, pods, settings, served }) {
  const card = (path, total, noun, note, wrong) =>
    h("a", { class: "box entry", href: to(path) }, h("strong", {}, total.toLocaleString("en")), h("span", { class: "entry-name" }, total === 1 ? noun : `${noun}s`), h("span", { class: "entry-note" }, note), wrong && h("span", { class: "wrong" }, wrong));
  const wrong = (number) => number > 0 && `${number.toLocaleString("en")} with problems`;
  return [
    card(["services"], services.total, "Service", `${served.toLocaleString("en")} served, ${count(pods, "pod")} ready`, wrong(services.wrong)),
    card(["nodes"], nodes.total, "Node", `${nodes.ready.toLocaleString("en")} ready`, nodes.ready < nodes.total && `${nodes.total - nodes.ready} not ready`),
    card(["splits"], splits.total, "Split", "who answers for whom", wrong(splits.wrong)),
    card(["policies"], targets.total, "TrafficTarget", settings.acl ? "only what they allow is allowed" : "access control is off", wrong(targets.wrong)),
  ];
}

const more = (path, text) => h("p", {}, h("a", { class: "more", href: to(path) }, text, icon("next")));

function busiest(figures) {
  if (!figures) return off();
  if (!figures.traffic.length) return empty("Nothing passed through the mesh in the last minute.");
  return [pairs("The busiest", figures), more(["traffic"], `All ${count(figures.total, "pair")}`)];
}

function settings({ settings, entryPoints: { tcp, udp }, keepsFigures }) {
  const used = ({ taken, limit }) => [`${taken} of ${limit} taken`, taken >= limit && limit > 0 && [" ", tag("none is left", "warn")]];
  return facts("Settings", [
    ["Namespace", h("code", {}, settings.namespace)],
    ["Access control", option(settings.acl)],
    ["Figures", option(keepsFigures)],
    ["Traffic type unless written", h("code", {}, settings.defaultMode)],
    ["Namespaces", settings.watchNamespaces.length ? option(settings.watchNamespaces) : "all"],
    ["But not", settings.ignoreNamespaces.length > 0 && option(settings.ignoreNamespaces)],
    ["Entry points for TCP", used(tcp)],
    ["Entry points for UDP", used(udp)],
  ]);
}

function versions({ routing }, version) {
  return facts("Versions", [
    ["Controller", version && h("code", {}, version.Version)],
    ["Routing that nodes are told", h("code", {}, routing || "none yet")],
  ]);
}
