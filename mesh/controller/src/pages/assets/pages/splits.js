// Splits: who answers for whom, as it is meant and as it is.

import { h, svg } from "../dom.js";
import { list, overview, toService, traffic } from "../mesh.js";
import { to } from "../routes.js";
import { perSecond, share } from "../parts/figures.js";
import { rules } from "./policies.js";
import { paging } from "../parts/paging.js";
import { command, empty } from "../parts/table.js";
import { tools } from "../parts/tools.js";
import { broken, count, errors, status, tag } from "../parts/words.js";

const SIZE = 20;

export const title = () => "Splits";

export async function load({ query }, signal) {
  const seen = await overview(signal);
  const [splits, figures] = await Promise.all([
    list("splits", { page: query.page, per_page: SIZE, search: query.search }, signal),
    traffic({ page: 1, per_page: 1 }, signal, seen),
  ]);
  return { splits, figures };
}

export const told = ({ splits: { total } }) => `${count(total, "split")} found`;

export function render({ splits: { items, total }, figures }, route) {
  const { query } = route;
  return [
    h("h1", { tabindex: "-1" }, "Splits"),
    tools(route, { placeholder: "Name, root or backend", legend: "", choices: [] }),
    !figures && total > 0 && h("p", { class: "muted" }, "Shares are those that are meant: the mesh keeps no figures of those that are. The page of traffic says how to turn them on."),
    items.length
      ? h("div", { class: "cards" }, items.map((split) => card(split, figures)))
      : query.search
        ? empty("Nothing is like that.")
        : empty("There is no TrafficSplit.", "One shares the requests for a Service out to others, by weight or by what they ask for.", command("kubectl explain trafficsplit.spec")),
    paging({ page: Number(query.page ?? 1), size: SIZE, total, address: (number) => to(["splits"], { ...query, page: number > 1 ? number : "" }) }),
  ];
}

function card({ name, namespace, root, isFollowed, backends, rules: chosen, messages }, figures) {
  const sum = backends.reduce((all, { weight }) => all + weight, 0);
  const given = (figures?.splits ?? []).filter(({ split }) => split === `${namespace}/${name}`);
  const passed = given.reduce((all, row) => all + row.success + row.failure, 0);
  const one = ({ service, weight, isThere }) => {
    const row = given.find(({ backend }) => backend === service);
    const count = row ? row.success + row.failure : 0;
    const [meant, real] = [sum ? weight / sum : 0, passed ? count / passed : 0];
    return h(
      "li",
      {},
      isThere ? h("a", { href: toService(service) }, broken(service)) : h("span", {}, broken(service), " ", status("missing")),
      h("span", {}, `weight ${weight}, ${percent(meant)}`, passed > 0 && [h("span", { class: "muted" }, " meant; "), h("strong", {}, percent(real)), h("span", { class: "muted" }, ` now, ${perSecond(count, figures.seconds)}, `), row ? share(row) : "–"]),
      svg("svg", { class: "meter", "aria-hidden": "true" }, svg("rect", { class: "good", width: `${((passed ? real : meant) * 100).toFixed(2)}%`, height: "100%" })),
    );
  };
  return h(
    "article",
    { class: "box" },
    h("header", { class: "head" }, h("h2", {}, broken(name), h("span", { class: "provider" }, ` ${namespace}`)), status(isFollowed ? "followed" : "ignored")),
    errors(messages, isFollowed ? "warning" : "disabled"),
    h("p", {}, "Requests for ", h("a", { href: toService(root) }, broken(root)), chosen.length ? " that match" : ", all of them"),
    chosen.length > 0 && rules(chosen),
    h("h3", {}, "Go to"),
    backends.length ? h("ul", { class: "shares" }, backends.map(one)) : tag("nobody", "bad"),
  );
}

const percent = (part) => `${(part * 100).toLocaleString("en", { maximumFractionDigits: 1 })} %`;
