// Certificates: whose, until when, and what became of those that are to be obtained.

import { page } from "../api.js";
import { h } from "../dom.js";
import { to } from "../routes.js";
import { paging } from "../parts/paging.js";
import { tools } from "../parts/tools.js";
import { broken, count, status, tag } from "../parts/words.js";

const SIZE = 50;
const DAY = 86_400_000;
/** Days before the end from which on somebody should look. */
const SOON = 14;

export const title = () => "Certificates";

export async function load({ query }, signal) {
  return page("windrose/certificates", { page: query.page, per_page: SIZE, search: query.search }, signal);
}

export const told = ({ total }) => `${count(total, "certificate")} found`;

export function render({ items, total }, route) {
  const { query } = route;
  return [
    h("h1", { tabindex: "-1" }, "Certificates"),
    tools(route, { placeholder: "Name, issuer or place", legend: "Status", choices: [] }),
    items.length
      ? h(
          "div",
          { class: "scroll" },
          h(
            "table",
            { class: "list" },
            h("thead", {}, h("tr", {}, ["Names", "Issuer", "Ends", "Status", "From"].map((column) => h("th", { scope: "col" }, column)))),
            h("tbody", {}, items.map(row)),
          ),
        )
      : h("p", { class: "empty" }, query.search ? "Nothing is like that." : "There is no certificate: clients get one that is made here and that nobody trusts."),
    paging({ page: Number(query.page ?? 1), size: SIZE, total, address: (number) => to(["certificates"], { ...query, page: number > 1 ? number : "" }) }),
  ];
}

function row(one) {
  const days = one.notAfter && Math.floor((Date.parse(one.notAfter) - Date.now()) / DAY);
  const word = one.status === "missing" ? "missing" : days < 0 ? "expired" : days < SOON ? "soon" : "valid";
  const cell = (title, ...children) => h("td", { "data-title": title }, children);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("code", {}, broken(one.names.join(", ") || one.subject)), one.isDefault && [" ", tag("default")]),
    cell("Issuer", one.issuer || "–"),
    cell("Ends", one.notAfter ? [h("code", {}, one.notAfter.slice(0, 10)), h("p", { class: "muted" }, days < 0 ? `${-days} days ago` : `in ${days} days`)] : "–"),
    cell("Status", status(word), one.isUnderWay && [" ", tag("being obtained")], one.lastError && h("p", { class: "wrong" }, one.lastError), one.nextAttempt && h("p", { class: "muted" }, `next attempt ${moment(one.nextAttempt)}`), !one.lastError && one.renewsAt && h("p", { class: "muted" }, `renewed from ${one.renewsAt.slice(0, 10)} on`)),
    cell("From", one.resolver ? ["resolver ", h("code", {}, one.resolver)] : [tag(one.provider)], one.place && h("p", {}, h("code", { class: "place" }, broken(one.place)))),
  );
}

const moment = (text) => text.slice(0, 16).replace("T", " ");
