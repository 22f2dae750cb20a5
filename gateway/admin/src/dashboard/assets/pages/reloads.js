// The last reloads, and what changed in each.

import { page } from "../api.js";
import { h } from "../dom.js";
import { to } from "../routes.js";
import { paging } from "../parts/paging.js";
import { tools } from "../parts/tools.js";
import { time } from "../parts/rates.js";
import { count, name, tag } from "../parts/words.js";

const SIZE = 20;
/** Changes that are shown without being asked for. */
const FEW = 6;

export const title = () => "Reloads";

export async function load({ query }, signal) {
  return page("windrose/reloads", { page: query.page, per_page: SIZE, search: query.search }, signal);
}

export const told = ({ total }) => `${count(total, "reload")} found`;

export function render({ items, total }, route) {
  const { query } = route;
  return [
    h("h1", { tabindex: "-1" }, "Reloads"),
    tools(route, { placeholder: "Name of an object", legend: "Status", choices: [] }),
    items.length ? h("ol", { class: "box problems" }, items.map(reload)) : h("p", { class: "empty" }, query.search ? "Nothing is like that." : "Nothing was reloaded yet."),
    paging({ page: Number(query.page ?? 1), size: SIZE, total, address: (number) => to(["reloads"], { ...query, page: number > 1 ? number : "" }) }),
  ];
}

const TONES = { added: "good", changed: "warn", removed: "bad" };

function reload({ number, generation, time: at, durationMs, errors, warnings, changes, more }) {
  const few = changes.slice(0, FEW);
  const rest = changes.slice(FEW);
  const wrong = [errors && count(errors, "error"), warnings && count(warnings, "warning")].filter(Boolean).join(", ");
  return h(
    "li",
    { class: "problem" },
    h("p", { class: "problem-head" }, h("strong", {}, at.slice(0, 19).replace("T", " ")), h("span", { class: "muted" }, `number ${number}, generation ${generation}, took ${time(durationMs)}`), wrong && h("a", { class: errors ? "wrong" : null, href: to(["problems"]) }, wrong)),
    changes.length === 0 && h("p", { class: "muted" }, "No object is written differently."),
    h("ul", { class: "changes" }, few.map(change)),
    rest.length > 0 && h("details", {}, h("summary", {}, `${rest.length + more} more`), h("ul", { class: "changes" }, rest.map(change), more > 0 && h("li", { class: "muted" }, `and ${more} that are not listed`))),
  );
}

const SHOWN = /^(http|tcp|udp)\.(routers|services|middlewares)$/;

function change({ section, name: id, change: became }) {
  const parts = became !== "removed" && section.match(SHOWN);
  const called = [h("span", { class: "section" }, section), " ", name(id)];
  return h("li", {}, tag(became, TONES[became]), " ", parts ? h("a", { href: to([parts[1], parts[2], id]) }, called) : called);
}
