// How the gateway is, on one page.

import { h, svg } from "../dom.js";
import { maybe, one, page } from "../api.js";
import { to } from "../routes.js";
import { icon } from "../parts/icons.js";
import { rates } from "../parts/rates.js";
import { broken, count, status, tag } from "../parts/words.js";
import { entry } from "./entry_point.js";
import { problem } from "./problems.js";

const SECTIONS = {
  http: ["routers", "services", "middlewares"],
  tcp: ["routers", "services", "middlewares"],
  udp: ["routers", "services"],
};

export const title = () => "Overview";

export async function load(_, signal) {
  const [overview, entries, problems, traffic, providers, certificates] = await Promise.all([
    one("overview", signal),
    page("entrypoints", { per_page: 50 }, signal),
    page("problems", { per_page: 5 }, signal),
    maybe("windrose/rates?most=0", signal),
    maybe("windrose/providers", signal),
    page("windrose/certificates", { per_page: 3 }, signal),
  ]);
  return { overview, entries, problems, traffic, providers, certificates };
}

export function render({ overview, entries, problems, traffic, providers, certificates }) {
  return [
    h("h1", { tabindex: "-1" }, "Overview"),
    verdict(overview, problems.total),
    overview.stage !== "running" && h("p", { class: "note warn" }, `The gateway is stopping: ${overview.stage}.`),
    traffic && rates("all", traffic.total),
    h("section", { class: "protocols", "aria-label": "Objects" }, Object.keys(SECTIONS).map((protocol) => card(protocol, overview[protocol]))),
    h(
      "section",
      {},
      h("h2", {}, "Entry points"),
      h("ul", { class: "entries" }, entries.items.map(entry)),
      entries.total > entries.items.length && h("p", { class: "muted" }, `and ${entries.total - entries.items.length} more`),
    ),
    problems.total > 0 &&
      h(
        "section",
        {},
        h("h2", {}, "Problems"),
        h("ul", { class: "box problems" }, problems.items.map(problem)),
        problems.total > problems.items.length &&
          h("p", {}, h("a", { class: "more", href: to(["problems"]) }, `All ${count(problems.total, "problem")}`, icon("next"))),
      ),
    h(
      "section",
      { class: "pair" },
      h("div", { class: "box" }, h("h2", {}, "Providers"), sources(providers ?? [])),
      h("div", { class: "box" }, h("h2", {}, "Certificates"), ending(certificates)),
      h("div", { class: "box" }, h("h2", {}, "Features"), features(overview.features)),
    ),
  ];
}

/** One sentence that says whether somebody must act. */
function verdict(overview, problems) {
  const all = Object.entries(SECTIONS).flatMap(([protocol, sections]) => sections.map((section) => overview[protocol][section]));
  const sum = (key) => all.reduce((total, counts) => total + counts[key], 0);
  const [total, errors, warnings] = [sum("total"), sum("errors"), sum("warnings")];
  if (!problems && !errors && !warnings) {
    return h("p", { class: "verdict good" }, icon("check"), total ? `All ${count(total, "object")} are in force.` : "Nothing is configured yet.");
  }
  const are = (number) => (number === 1 ? "is" : "are");
  const have = (number) => (number === 1 ? "has" : "have");
  const told = (number) => number.toLocaleString("en");
  const parts = [errors && `${told(errors)} ${are(errors)} disabled`, warnings && `${told(warnings)} ${have(warnings)} a warning`].filter(Boolean);
  const text = parts.length ? `Of ${count(total, "object")} ${parts.join(", and ")}.` : `There ${are(problems)} ${count(problems, "problem")}, of no object.`;
  return h("p", { class: `verdict ${errors || !parts.length ? "bad" : "warn"}` }, icon("problems"), text);
}

function card(protocol, counts) {
  const sections = SECTIONS[protocol];
  const isEmpty = sections.every((section) => !counts[section].total);
  return h(
    "article",
    { class: `box protocol${isEmpty ? " quiet" : ""}` },
    h("h2", {}, protocol.toUpperCase()),
    isEmpty
      ? h("p", { class: "muted" }, "Nothing is configured.")
      : h("ul", { class: "counts" }, sections.map((section) => row(protocol, section, counts[section]))),
  );
}

function row(protocol, section, { total, warnings, errors }) {
  const good = total - warnings - errors;
  const link = (number, word, tone) =>
    number > 0 && h("a", { class: `part ${tone}`, href: to([protocol, section], { status: word }) }, `${number.toLocaleString("en")} ${word}`);
  return h(
    "li",
    {},
    h("a", { class: "total", href: to([protocol, section]) }, h("strong", {}, total.toLocaleString("en")), h("span", {}, total === 1 ? section.slice(0, -1) : section)),
    bar([["good", good], ["warn", warnings], ["bad", errors]], total),
    h("p", { class: "parts" }, link(errors, "disabled", "bad"), link(warnings, "warning", "warn"), !errors && !warnings && total > 0 && h("span", { class: "muted" }, "all enabled")),
  );
}

/** A bar whose parts are as long as their numbers; what is wrong never becomes too short to see. */
function bar(parts, total) {
  if (!total) return svg("svg", { class: "meter", "aria-hidden": "true" });
  const least = 0.02;
  const wanted = parts.map(([tone, number]) => [tone, number ? Math.max(number / total, least) : 0]);
  const sum = wanted.reduce((all, [, length]) => all + length, 0);
  let x = 0;
  const pieces = wanted.map(([tone, length]) => {
    const piece = svg("rect", { class: tone, x: `${(x * 100).toFixed(2)}%`, y: 0, width: `${((length / sum) * 100).toFixed(2)}%`, height: "100%" });
    x += length / sum;
    return piece;
  });
  return svg("svg", { class: "meter", "aria-hidden": "true" }, pieces);
}

/** The providers, and whether anything is heard of them. */
function sources(providers) {
  if (!providers.length) return h("p", { class: "muted" }, "No provider is switched on.");
  const word = ({ connected, state }) => (connected ? "connected" : state);
  const item = (one) =>
    h(
      "li",
      {},
      h("p", {}, tag(one.name), " ", status(one.inForce ? word(one) : "waiting")),
      h("p", { class: "muted" }, one.lastUpdate ? `${count(one.updates, "update")}, the last at ${one.lastUpdate.slice(11, 19)}` : "nothing heard yet"),
      !one.connected && one.lastError && h("p", { class: "wrong" }, one.lastError.message),
    );
  return h("ul", { class: "pieces" }, providers.map(item));
}

/** Those that end first. */
function ending({ items, total }) {
  if (!total) return h("p", { class: "muted" }, "There is none.");
  const item = (one) =>
    h("li", {}, h("p", {}, h("code", {}, broken(one.names.slice(0, 3).join(", ") || one.subject))), one.lastError ? h("p", { class: "wrong" }, one.lastError) : h("p", { class: "muted" }, `ends ${(one.notAfter ?? "").slice(0, 10)}`));
  return [h("ul", { class: "pieces" }, items.map(item)), h("p", {}, h("a", { class: "more", href: to(["certificates"]) }, `All ${count(total, "certificate")}`, icon("next")))];
}

const FEATURES = { tracing: "Tracing", metrics: "Metrics", accessLog: "Access log" };

function features(features) {
  const shown = (value) => (value ? status("enabled") : h("span", { class: "muted" }, "off"));
  return h(
    "dl",
    { class: "facts" },
    Object.entries(FEATURES).map(([key, term]) => {
      const value = features[key];
      return [h("dt", {}, term), h("dd", {}, typeof value === "string" && value ? [shown(value), " ", tag(value)] : shown(value))];
    }),
  );
}
