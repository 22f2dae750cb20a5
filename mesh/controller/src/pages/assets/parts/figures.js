// Figures as people read them: so many a second, how many went well, how long they took.

import { h } from "../dom.js";
import { toService } from "../mesh.js";
import { rates, short, time } from "./rates.js";
import { broken, tag } from "./words.js";
import { command, empty, none, table } from "./table.js";

/** What was answered, and what was not. */
const all = ({ success, failure }) => success + failure;

/** So many a second. */
export const perSecond = (count, seconds) => `${short(count / Math.max(1, seconds))}/s`;

/** How much went well; never all of it where something is missing. */
export function share(row) {
  if (!all(row)) return none();
  const percent = Math.floor((row.success / all(row)) * 10_000) / 100;
  const text = `${percent.toLocaleString("en", { maximumFractionDigits: 2 })} %`;
  return row.failure ? tag(text, percent < 99 ? "bad" : "warn") : text;
}

export const took = (micros) => (micros ? time(micros / 1000) : none());

/** A box of what passes now. */
export function live(key, { sum, seconds }) {
  const millis = (micros) => (micros ? micros / 1000 : null);
  return rates(key, {
    requests: all(sum) / seconds,
    errors: sum.failure / seconds,
    denied: sum.denied / seconds,
    p50Ms: millis(sum.p50Micros),
    p90Ms: millis(sum.p90Micros),
    p99Ms: millis(sum.p99Micros),
  });
}

/** Who asks; a link where it is a Service itself. */
export function client({ client, clientServices: services }) {
  if (!client) return h("span", { class: "muted" }, "from outside of pods");
  const called = [h("span", { class: "name" }, broken(client.name)), " ", h("span", { class: "section" }, client.kind)];
  return services.length ? h("a", { href: toService(services[0]) }, called) : h("span", {}, called);
}

/** Who is asked. */
export function asked({ service, port, protocol }) {
  if (!service) return h("span", { class: "muted" }, "not told apart");
  return [h("a", { href: toService(service) }, h("span", { class: "name" }, broken(service))), " ", h("span", { class: "section" }, `${port}${protocol === "tcp" ? " TCP" : ""}`)];
}

/** Columns of figures. */
const figures = (seconds) => [
  { title: "Rate", number: true, cell: (row) => (all(row) ? perSecond(all(row), seconds) : none()) },
  { title: "Success", number: true, cell: share },
  { title: "p50", number: true, cell: (row) => took(row.p50Micros) },
  { title: "p90", number: true, cell: (row) => took(row.p90Micros) },
  { title: "p99", number: true, cell: (row) => took(row.p99Micros) },
  { title: "Denied", number: true, cell: (row) => (row.denied ? tag(`${row.denied.toLocaleString("en")} · ${perSecond(row.denied, seconds)}`, "warn") : none()) },
];

const CLIENT = { title: "Client", cell: client };
const SERVICE = { title: "Service", cell: asked };

/** Who talks to whom, in rows. `without` leaves the end out that is the same in all of them. */
export function pairs(caption, { traffic, seconds }, without) {
  const ends = [without !== "client" && CLIENT, without !== "service" && SERVICE].filter(Boolean);
  return table(caption, [...ends, ...figures(seconds)], traffic);
}

/** What was denied, to whom and by what. */
export function denials({ traffic, seconds }) {
  return table(
    "What was denied",
    [
      CLIENT,
      { title: "Account", cell: ({ client }) => (client ? h("code", {}, broken(client.serviceAccount)) : none()) },
      SERVICE,
      { title: "Policy", cell: ({ policy }) => policy || none() },
      { title: "Denied", number: true, cell: ({ denied }) => denied.toLocaleString("en") },
      { title: "Rate", number: true, cell: ({ denied }) => perSecond(denied, seconds) },
    ],
    traffic,
  );
}

/** Nothing is counted, and what to do about it. */
export const off = () =>
  empty(
    "Nothing is counted here: the mesh keeps no figures.",
    "Turn them on with the value trafficMetrics of the chart, or the option --trafficMetrics of the controller.",
    command("helm upgrade traefik-mesh charts/windrose-mesh --reuse-values --set trafficMetrics=true"),
  );
