// Entry points: where clients connect.

import { h } from "../dom.js";
import { one } from "../api.js";
import { part, to } from "../routes.js";
import { icon } from "../parts/icons.js";
import { facts, option, options } from "../parts/facts.js";
import { broken, name, status, tag } from "../parts/words.js";

export const title = ({ path }) => path[1];

export async function load({ path: [, id] }, signal) {
  return one(`entrypoints/${part(id)}`, signal);
}

export function render(entry) {
  const { name: id, address, stage, asDefault, http = {}, transport, forwardedHeaders = {}, http2, http3, udp, proxyProtocol, observability } = entry;
  const { redirections, tls, middlewares, ...rest } = http;
  const isUdp = address?.endsWith("/udp");
  return [
    h("p", { class: "crumbs" }, h("a", { href: to([]) }, "Overview")),
    h("header", { class: "head" }, h("h1", { tabindex: "-1" }, name(id)), running(stage)),
    h("p", { class: "headline" }, h("code", {}, broken(address ?? ""))),
    h(
      "div",
      { class: "pair" },
      facts("Entry point", [
        ["Address", h("code", {}, broken(address ?? ""))],
        ["For routers that name none", option(Boolean(asDefault))],
        ["Redirects to", redirections?.entryPoint && [h("code", {}, redirections.entryPoint.to), " ", tag(redirections.entryPoint.permanent ? "for good" : "for now")]],
        ["Middlewares before all", middlewares && option(middlewares)],
        ["TLS", tls && option(tls)],
      ]),
      !isUdp && options("HTTP", rest),
      !isUdp && http2 && options("HTTP/2", http2),
      http3 && options("HTTP/3", http3),
      transport && options("Transport", transport),
      Object.keys(forwardedHeaders).length > 0 && options("Forwarded fields", forwardedHeaders),
      proxyProtocol && options("PROXY protocol", proxyProtocol),
      observability && options("Observability", observability),
      isUdp && udp && options("UDP", udp),
    ),
  ];
}

/** An entry point in the overview. */
export function entry({ name: id, address, stage, http }) {
  const redirects = http?.redirections?.entryPoint?.to;
  return h(
    "li",
    {},
    h(
      "a",
      { class: "box entry", href: to(["entrypoints", id]) },
      h("span", { class: "entry-name" }, id, http?.tls && h("span", { class: "tls" }, icon("lock"), h("span", { class: "hidden" }, "TLS"))),
      h("span", { class: "entry-address" }, broken(address ?? "")),
      redirects && h("span", { class: "entry-note" }, `redirects to ${redirects}`),
      stage && stage !== "running" && tag(stage, "warn"),
    ),
  );
}

function running(stage) {
  if (!stage) return null;
  return stage === "running" ? status(stage) : tag(stage, "warn");
}
