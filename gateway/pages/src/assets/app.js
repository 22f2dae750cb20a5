// The frame of the dashboard: menu, colours, and whichever page the address asks for.

import { Trouble, one } from "./api.js";
import { h, put } from "./dom.js";
import { HINTS, MENU, find, heard } from "./pages.js";
import { icon } from "./parts/icons.js";
import { from, to } from "./routes.js";

const main = document.getElementById("main");
const live = document.getElementById("live");
const menu = document.getElementById("menu");

/** What is on the screen: its address, its page, and the text of its data, by which a change is noticed. */
let shown = { key: null, query: null, text: null };
let asking = new AbortController();
let brand = document.getElementById("brand").textContent;

/** Shows what the address asks for. Without `isFresh` nobody asked: only what changed is painted. */
async function show(isFresh) {
  if (!isFresh && find(from(location.hash).path)?.still) return;
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const route = from(location.hash);
  const page = find(route.path);
  const key = route.path.join("\n");
  if (isFresh) choose(route.path);
  const slow = isFresh && setTimeout(() => main.setAttribute("aria-busy", "true"), 150);
  try {
    if (!page) throw new Trouble(404, "There is no such page.");
    const data = await page.load(route, signal);
    paint({ page, route, key, data });
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Trouble)) console.error(error);
    fail(error, route);
  } finally {
    clearTimeout(slow);
    if (!signal.aborted) main.removeAttribute("aria-busy");
  }
}

function paint({ page, route, key, data }) {
  const text = JSON.stringify(data);
  const query = JSON.stringify(route.query);
  const isSame = shown.key === key;
  if (isSame && shown.query === query && shown.text === text) return;
  const isFirst = shown.key === null;
  const isAsked = isSame && shown.query !== query;
  shown = { key, query, text };
  document.title = `${page.title(route)} · ${brand}`;
  const place = isSame && keep();
  const tools = isSame && main.querySelector("form.tools");
  if (!isSame) depart(page);
  const parts = page.render(data, route);
  if (tools) {
    tools.sync(route);
    // The old one stays where it is: moving it would take the focus away.
    const at = parts.findIndex((part) => part?.matches?.("form.tools"));
    while (tools.previousSibling) tools.previousSibling.remove();
    while (tools.nextSibling) tools.nextSibling.remove();
    const solid = (some) => some.flat(Infinity).filter(Boolean);
    tools.before(...solid(parts.slice(0, at)));
    tools.after(...solid(parts.slice(at + 1)));
  } else {
    put(main, parts);
  }
  if (isSame) place();
  else {
    window.scrollTo(0, 0);
    if (!isFirst) main.querySelector("h1")?.focus({ preventScroll: true });
  }
  if (isAsked && page.told) live.textContent = page.told(data);
}

/** What is left behind must not go on in secret. */
let former;
function depart(page) {
  former?.leave?.();
  former = page;
}

/** Remembers where the focus and the view are, and gives what brings them back. */
function keep() {
  const { activeElement: active } = document;
  const address = main.contains(active) && active.getAttribute("href");
  const top = window.scrollY;
  const flow = main.querySelector(".flow")?.scrollLeft ?? 0;
  return () => {
    if (address) main.querySelector(`a[href="${CSS.escape(address)}"]`)?.focus({ preventScroll: true });
    const row = main.querySelector(".flow");
    if (row) row.scrollLeft = flow;
    window.scrollTo(0, top);
  };
}

function fail(error, { path }) {
  const isGone = path.length > 1 && error.status === 404 && error.message.includes("not found");
  const text = isGone ? `${path.at(-1)} is not there, or not any more.` : error.message;
  const key = `trouble\n${text}`;
  if (shown.key === key) return;
  depart();
  shown = { key, query: null, text: null };
  document.title = `Trouble · ${brand}`;
  put(
    main,
    h(
      "section",
      { class: "trouble", role: "alert" },
      icon("problems"),
      h("h1", { tabindex: "-1" }, isGone ? "Nothing here" : "This cannot be shown"),
      h("p", {}, text),
      !isGone && HINTS[error.status] && h("p", { class: "muted" }, HINTS[error.status]),
      h(
        "p",
        { class: "actions" },
        h("button", { type: "button", class: "button", onclick: () => show(true) }, "Try again"),
        h("a", { class: "button plain", href: to([]) }, "Overview"),
      ),
    ),
  );
}

/** The menu, once. */
function furnish() {
  const item = ({ title, drawing, path }) =>
    h("li", {}, h("a", { href: to(path), "data-path": path.join("/") }, icon(drawing), h("span", { class: "label" }, title), h("span", { class: "flag" }), h("span", { class: "count" })));
  const group = ({ title, items }) => [title && h("h2", {}, title), h("ul", { "aria-label": title }, items.map(item))];
  put(document.getElementById("nav"), MENU.map(group));
}

/** Marks where we are. */
function choose(path) {
  for (const link of document.querySelectorAll("#nav a")) {
    const own = link.dataset.path.split("/").filter(Boolean);
    const isHere = own.length ? own.every((part, index) => part === path[index]) : !path.length;
    if (isHere) link.setAttribute("aria-current", path.length > own.length ? "true" : "page");
    else link.removeAttribute("aria-current");
  }
  close();
}

/** Counts beside the menu. They are no reason to complain: the page itself says when nothing answers. */
async function tally() {
  const told = await heard().catch(() => null);
  if (!told) return;
  for (const { path, count } of MENU.flatMap(({ items }) => items)) {
    if (!count) continue;
    const { total, errors, flag = "disabled" } = count(...told);
    const link = document.querySelector(`#nav a[data-path="${path.join("/")}"]`);
    write(link.querySelector(".count"), total === null ? "" : total.toLocaleString("en"));
    write(link.querySelector(".flag"), errors ? `${errors.toLocaleString("en")} ${flag}` : "");
    link.classList.toggle("bad", errors > 0);
  }
}

function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

async function introduce() {
  const version = await one("version").catch(() => null);
  if (!version) return;
  if (version.dashboardName) brand = version.dashboardName;
  document.getElementById("brand").textContent = brand;
  document.getElementById("version").textContent = `Windrose ${version.Version}`;
  document.title = document.title.replace(/[^·]*$/, ` ${brand}`).trim();
}

function colours() {
  const field = document.getElementById("theme");
  const theme = document.documentElement.dataset.theme ?? "auto";
  for (const input of field.querySelectorAll("input")) input.checked = input.value === theme;
  field.addEventListener("change", ({ target: { value } }) => {
    if (value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = value;
    try {
      localStorage.setItem("windrose.theme", value);
    } catch {
      // It lasts as long as the page, then.
    }
  });
}

function open(isOpen) {
  document.body.classList.toggle("open", isOpen);
  menu.setAttribute("aria-expanded", String(isOpen));
}

function close() {
  if (document.body.classList.contains("open")) open(false);
}

menu.addEventListener("click", () => open(!document.body.classList.contains("open")));
document.querySelector(".skip").addEventListener("click", (event) => {
  // The address says which page this is, so it cannot say which part of it as well.
  event.preventDefault();
  main.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("open")) {
    close();
    menu.focus();
  }
  const isTyping = event.target.matches("input, textarea, select");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.getElementById("search");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
});
window.addEventListener("hashchange", () => show(true));

const AGAIN = 5000;

/** Asks again from time to time, while somebody looks. */
async function watch() {
  if (!document.hidden) await Promise.all([show(false), tally()]);
  setTimeout(watch, AGAIN);
}
document.addEventListener("visibilitychange", () => document.hidden || show(false));

furnish();
colours();
await Promise.all([show(true), tally(), introduce()]);
setTimeout(watch, AGAIN);
