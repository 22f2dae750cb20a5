// How many requests there are now, with a small plot of the last minutes. Counted while somebody looks.

import { h, svg } from "../dom.js";

/** Samples kept of each thing: at one in five seconds, five minutes. */
const KEPT = 60;
const samples = new Map();

/** Takes a sample down, and gives all there are. */
function remember(key, rate) {
  const known = samples.get(key) ?? [];
  known.push({ requests: rate.requests, bad: rate.errors });
  if (known.length > KEPT) known.shift();
  samples.set(key, known);
  return known;
}

const NOTHING = { requests: 0, clientErrors: 0, errors: 0, bytes: 0, p50Ms: null, p99Ms: null };

/** A box of numbers and a plot for one thing; `key` tells it from others. */
export function rates(key, rate = NOTHING) {
  const known = remember(key, rate);
  return h(
    "section",
    { class: "box rates", "aria-label": "Live traffic" },
    h("dl", { class: "numbers" }, [
      number("Requests", rate.requests, "/s"),
      number("Errors", rate.errors, "/s", rate.errors > 0 && "bad"),
      rate.clientErrors !== undefined && number("Client errors", rate.clientErrors, "/s", rate.clientErrors > 0 && "warn"),
      rate.denied !== undefined && number("Denied", rate.denied, "/s", rate.denied > 0 && "warn"),
      h("div", {}, h("dt", {}, "Half within"), h("dd", {}, time(rate.p50Ms))),
      rate.p90Ms !== undefined && h("div", {}, h("dt", {}, "90 % within"), h("dd", {}, time(rate.p90Ms))),
      h("div", {}, h("dt", {}, "99 % within"), h("dd", {}, time(rate.p99Ms))),
    ]),
    plot(known),
  );
}

function number(term, value, unit, tone) {
  return h("div", {}, h("dt", {}, term), h("dd", { class: tone || null }, short(value), h("span", { class: "unit" }, unit)));
}

/** A number as short as it may be. */
export function short(value) {
  return value >= 100 || value === 0 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 ? 1 : 2);
}

/** A time in milliseconds as people say it. */
export function time(millis) {
  if (millis === null || millis === undefined) return "–";
  return millis >= 1000 ? `${(millis / 1000).toFixed(2)} s` : `${millis >= 100 ? Math.round(millis) : millis.toFixed(1)} ms`;
}

const WIDE = 240;
const HIGH = 40;

/** A line of all requests, and one of errors below it. */
function plot(known) {
  const most = Math.max(...known.map((sample) => sample.requests), 0.001);
  const at = (index) => WIDE - (known.length - 1 - index) * (WIDE / (KEPT - 1));
  const line = (of) => known.map((sample, index) => `${at(index).toFixed(1)},${(HIGH - 1 - (sample[of] / most) * (HIGH - 3)).toFixed(1)}`);
  const requests = line("requests");
  const drawing = svg(
    "svg",
    { class: "plot", viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("polygon", { class: "under", points: [`${at(0).toFixed(1)},${HIGH}`, ...requests, `${WIDE},${HIGH}`].join(" ") }),
    svg("polyline", { class: "line", points: requests.join(" ") }),
    known.some((sample) => sample.bad > 0) && svg("polyline", { class: "line bad", points: line("bad").join(" ") }),
  );
  return h("figure", {}, drawing, h("figcaption", { class: "muted" }, known.length < 2 ? "Counted from now on, while somebody looks." : `Requests per second, at most ${short(most)}`));
}
