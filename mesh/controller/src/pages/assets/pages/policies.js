// Policies: who lets whom in for what, and what was refused by each.

import { h } from "../dom.js";
import { list, overview, toService, traffic } from "../mesh.js";
import { to } from "../routes.js";
import { denials, off, perSecond } from "../parts/figures.js";
import { paging } from "../parts/paging.js";
import { command, empty } from "../parts/table.js";
import { tools } from "../parts/tools.js";
import { broken, count, errors, status, tag } from "../parts/words.js";

const SIZE = 20;
/** Denials that are shown one by one. */
const MOST = 50;

export const title = () => "Policies";

export async function load({ query }, signal) {
  const seen = await overview(signal);
  const [targets, figures] = await Promise.all([
    list("targets", { page: query.page, per_page: SIZE, search: query.search }, signal),
    traffic({ denied: true, search: query.search, page: 1, per_page: MOST }, signal, seen),
  ]);
  return { targets, figures, acl: seen.settings.acl };
}

export const told = ({ targets: { total } }) => `${count(total, "target")} found`;

export function render({ targets: { items, total }, figures, acl }, route) {
  const { query } = route;
  return [
    h("h1", { tabindex: "-1" }, "Policies"),
    tools(route, { placeholder: "Name or account", legend: "", choices: [] }),
    !acl && empty("Access control is off: everybody may talk to everybody, whatever TrafficTargets say.", "Turn it on with the value acl of the chart, or the option --acl of the controller; then only what a TrafficTarget allows is allowed.", command("helm upgrade traefik-mesh charts/windrose-mesh --reuse-values --set acl=true")),
    acl && h("section", {}, h("h2", {}, "What was denied"), denied(figures)),
    h(
      "section",
      {},
      h("h2", {}, "TrafficTargets"),
      items.length
        ? h("div", { class: "cards" }, items.map((target) => card(target, figures, acl)))
        : query.search
          ? empty("Nothing is like that.")
          : acl
            ? empty("There is no TrafficTarget: nobody may talk to anybody.", command("kubectl explain traffictarget.spec"))
            : empty("There is no TrafficTarget."),
    ),
    paging({ page: Number(query.page ?? 1), size: SIZE, total, address: (number) => to(["policies"], { ...query, page: number > 1 ? number : "" }) }),
  ];
}

function denied(figures) {
  if (!figures) return off();
  if (!figures.traffic.length) return empty("Nothing was denied in the last minute.");
  const rest = figures.total - figures.traffic.length;
  const by = ({ policy, denied }) => h("li", {}, tag(`${policy}: ${denied.toLocaleString("en")} · ${perSecond(denied, figures.seconds)}`, "warn"));
  return [h("ul", { class: "values", "aria-label": "By policy" }, figures.policies.map(by)), denials(figures), rest > 0 && h("p", { class: "muted" }, `and ${rest.toLocaleString("en")} more`)];
}

function card({ name, namespace, sources, destination, port, services, isFollowed, rules: allowed, messages }, figures, acl) {
  const refused = figures?.policies.find(({ policy }) => policy === `TrafficTarget ${namespace}/${name}`);
  const accounts = (all) => all.map((account, index) => [index > 0 && ", ", h("code", {}, broken(account))]);
  return h(
    "article",
    { class: "box" },
    h(
      "header",
      { class: "head" },
      h("h2", {}, broken(name), h("span", { class: "provider" }, ` ${namespace}`)),
      acl && status(isFollowed ? "followed" : "ignored"),
      refused && tag(`${refused.denied.toLocaleString("en")} denied · ${perSecond(refused.denied, figures.seconds)}`, "warn"),
    ),
    errors(messages, acl && !isFollowed ? "disabled" : "warning"),
    h(
      "dl",
      { class: "facts" },
      h("dt", {}, "Lets in"),
      h("dd", {}, sources.length ? accounts(sources) : tag("nobody", "warn")),
      h("dt", {}, "To"),
      h("dd", {}, h("code", {}, broken(destination)), port !== null && ` at port ${port}`),
      h("dt", {}, "For"),
      h("dd", {}, allowed.length ? rules(allowed) : "what is allowed where nothing is said"),
      h("dt", {}, "Services"),
      h("dd", {}, services.length ? h("ul", { class: "values" }, services.map((id) => h("li", {}, h("a", { href: toService(id) }, broken(id))))) : h("span", { class: "muted" }, acl ? "none has a ready pod of this account" : "not looked for while access control is off")),
    ),
  );
}

/** What objects allow or choose. */
export function rules(all) {
  return h("ul", { class: "rules" }, all.map(rule));
}

function rule({ kind, name, isThere, ports, matches }) {
  const inside = !isThere ? status("missing") : matches ? h("ul", { class: "values tall" }, matches.map((one) => h("li", {}, match(one)))) : ports.length ? `ports ${ports.join(", ")}` : "all ports";
  return h("li", {}, h("span", { class: "section" }, kind), " ", h("span", { class: "name" }, broken(name)), " ", inside);
}

/** All that is said holds. */
function match({ name, path, methods, headers }) {
  const isAny = !methods.length || methods.includes("*");
  return h(
    "code",
    { class: "rule" },
    name && [h("span", { class: "operator" }, name), ": "],
    isAny ? "any method" : h("span", { class: "matcher" }, methods.join(", ")),
    " ",
    h("span", { class: "text" }, broken(path || "any path")),
    headers.map(({ name: field, value }) => [" ", h("span", { class: "operator" }, field), value === null ? ": (not shown)" : [": ", h("span", { class: "text" }, broken(value))]]),
  );
}
