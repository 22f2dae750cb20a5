// Requests as they end, while somebody looks.

import { stream } from "../api.js";
import { h, put } from "../dom.js";
import { to } from "../routes.js";
import { tools } from "../parts/tools.js";
import { time } from "../parts/rates.js";
import { broken, name, status, tag } from "../parts/words.js";

/** Requests on the page. */
const MOST = 200;

export const title = () => "Live requests";

/** Nothing is asked for here: requests come by themselves. */
export const load = async () => ({});

let running;

/** Another page is shown. */
export function leave() {
  running?.abort();
  running = undefined;
}

export function render(_, route) {
  leave();
  running = new AbortController();
  const { signal } = running;
  const { query } = route;
  const words = [query.search, query.status].filter(Boolean).join(" ");
  const body = h("tbody", {});
  const note = h("p", { class: "muted", role: "status" }, "Connecting …");
  const pause = h("button", { type: "button", class: "button plain", "aria-pressed": "false", onclick: () => hold(pause.getAttribute("aria-pressed") !== "true") }, "Pause");
  const held = [];
  let dropped = 0;
  let waiting = [];
  const hold = (isHeld) => {
    pause.setAttribute("aria-pressed", String(isHeld));
    pause.textContent = isHeld ? "Go on" : "Pause";
    if (!isHeld) {
      waiting.push(...held.splice(0));
      draw();
    }
  };
  // At most one drawing for each picture of the screen, however many come.
  let isDue = false;
  const draw = () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      const fresh = waiting.splice(0).slice(-MOST).reverse();
      body.prepend(...fresh.map(row));
      while (body.rows.length > MOST) body.lastChild.remove();
      put(note, dropped ? `${dropped.toLocaleString("en")} requests could not be shown, they came too fast.` : body.rows.length ? "" : "Waiting for requests.");
    });
  };
  const hear = (kind, value) => {
    if (kind === "dropped") dropped += value.count;
    else if (pause.getAttribute("aria-pressed") === "true") {
      held.push(value);
      if (held.length > MOST) held.shift();
      pause.textContent = `Go on (${held.length === MOST ? `${MOST} or more` : held.length} waiting)`;
      return;
    } else waiting.push(value);
    draw();
  };
  listen(words, hear, note, signal);
  return [
    h("h1", { tabindex: "-1" }, "Live requests"),
    tools(route, {
      placeholder: "host:app path:/api min:250ms !client:10.",
      legend: "Status",
      choices: [["", "All"], ["status:4xx", "4xx"], ["error", "Errors"]],
    }),
    h("p", { class: "actions" }, pause, h("button", { type: "button", class: "button plain", onclick: () => put(body) }, "Clear")),
    note,
    h(
      "div",
      { class: "scroll" },
      h("table", { class: "list tail" }, h("thead", {}, h("tr", {}, COLUMNS.map((column) => h("th", { scope: "col" }, column)))), body),
    ),
  ];
}

const COLUMNS = ["Time", "Status", "Took", "Request", "Router", "Server", "Client"];

/** Listens, and again when the gateway has gone meanwhile. */
async function listen(words, hear, note, signal) {
  while (!signal.aborted) {
    try {
      await stream(`windrose/tail?${new URLSearchParams({ filter: words })}`, hear, () => put(note, "Waiting for requests."), signal);
      put(note, "The gateway has ended the connection; asking again.");
    } catch (error) {
      if (signal.aborted) return;
      put(note, error.message);
      if (error.status === 400) return;
    }
    await new Promise((done) => setTimeout(done, 2000));
  }
}

function row(line) {
  const tone = line.status >= 500 || line.status === 0 ? "error" : null;
  const cell = (title, ...children) => h("td", { "data-title": title }, children);
  return h(
    "tr",
    { class: tone },
    cell("Time", h("code", {}, line.time.slice(11, 19))),
    cell("Status", tone ? h("span", { class: "wrong" }, String(line.status)) : String(line.status), line.error && h("p", { class: "wrong" }, line.error)),
    cell("Took", time(line.durationMs)),
    cell("Request", h("code", {}, line.method, " ", line.tls && tag("TLS"), line.tls && " ", broken(`${line.host}${line.path}`))),
    cell("Router", line.router ? h("a", { href: to(["http", "routers", line.router]) }, name(line.router)) : status("none")),
    cell("Server", line.server ? h("code", {}, broken(line.server)) : line.service && name(line.service)),
    cell("Client", h("code", {}, line.client)),
  );
}
