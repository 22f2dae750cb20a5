// Who talks to whom, drawn: whoever only asks stands on the left, whoever is only asked on the right.

import { h, svg } from "../dom.js";
import { toService } from "../mesh.js";
import { perSecond } from "./figures.js";

const BOX = { wide: 170, high: 44 };
const GAP = { x: 76, y: 14 };
/** How much room a line has that passes a column by. */
const LANE = 12;
const DEEPEST = 6;

/** A drawing of rows of traffic. The same stands in a table for whoever does not see it. */
export function graph({ traffic, seconds }) {
  const { nodes, edges } = read(traffic);
  if (!edges.length) return null;
  const high = place(nodes, edges);
  const wide = Math.max(...nodes.map((node) => node.x)) + BOX.wide;
  // Lines that lead back pass below everything, each in a lane of its own.
  const back = edges.filter((edge) => edge.isCut);
  const all = high + back.length * LANE + 8;
  return h(
    "section",
    { class: "graph box", "aria-label": "Who talks to whom, drawn", tabindex: "0" },
    svg(
      "svg",
      { viewBox: `-40 -4 ${wide + 80} ${all + 8}`, width: wide + 80, height: all + 8 },
      edges.map((edge) => line(edge, seconds, high + (back.indexOf(edge) + 1) * LANE)),
      nodes.map(box),
    ),
  );
}

/** Ends, and what passed between each two of them. */
function read(traffic) {
  const nodes = new Map();
  const edges = new Map();
  const node = (id, more) => nodes.get(id) ?? nodes.set(id, { id, ...more }).get(id);
  const service = (name) => node(`service ${name}`, { name, href: toService(name), kind: "Service" });
  for (const row of traffic) {
    if (!row.service) continue;
    const { client, clientServices: own } = row;
    const from = !client ? node("outside", { name: "outside of pods", kind: "" }) : own.length ? service(own[0]) : node(`${client.kind} ${client.name}`, { name: client.name, kind: client.kind });
    const target = service(row.service);
    const key = `${from.id}\n${target.id}`;
    const edge = edges.get(key) ?? edges.set(key, { from, to: target, success: 0, failure: 0, denied: 0 }).get(key);
    for (const count of ["success", "failure", "denied"]) edge[count] += row[count];
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

/** Columns by the longest way to a node; where there is a circle it is cut. Rows near those they hear from. */
function place(nodes, edges) {
  cutCircles(nodes, edges);
  const incoming = (node) => edges.filter((edge) => edge.to === node && !edge.isCut);
  const depth = (node) => (node.depth ??= Math.min(DEEPEST, Math.max(0, ...incoming(node).map((edge) => depth(edge.from) + 1))));
  nodes.forEach(depth);
  // Whatever passes a column by has a place in it, so that no line crosses a box.
  const places = [...nodes];
  for (const edge of edges.filter(({ isCut }) => !isCut)) {
    edge.via = [];
    for (let depth = edge.from.depth + 1; depth < edge.to.depth; depth += 1) {
      const lane = { depth, name: edge.to.name, isLane: true, before: edge.via.at(-1) ?? edge.from };
      edge.via.push(lane);
      places.push(lane);
    }
  }
  const before = (node) => (node.isLane ? [node.before] : incoming(node).map((edge) => edge.via.at(-1) ?? edge.from));
  const heights = new Map();
  for (const [depth, column] of [...Map.groupBy(places, (node) => node.depth)].sort(([left], [right]) => left - right)) {
    for (const node of column) {
      const rows = before(node).map(({ y }) => y);
      node.middle = rows.length ? rows.reduce((sum, y) => sum + y, 0) / rows.length : 0;
    }
    column.sort((left, right) => left.middle - right.middle || left.name.localeCompare(right.name));
    let y = 0;
    for (const node of column) {
      Object.assign(node, { x: depth * (BOX.wide + GAP.x), y, high: node.isLane ? LANE : BOX.high });
      y += node.high + GAP.y;
    }
    heights.set(depth, y - GAP.y);
  }
  const most = Math.max(...heights.values());
  for (const node of places) node.y += (most - heights.get(node.depth)) / 2;
  return most;
}

/** Marks each edge that leads back to a node on its own way. */
function cutCircles(nodes, edges) {
  const state = new Map();
  const walk = (node) => {
    state.set(node, "open");
    for (const edge of edges.filter((edge) => edge.from === node)) {
      if (state.get(edge.to) === "open") edge.isCut = true;
      else if (!state.has(edge.to)) walk(edge.to);
    }
    state.set(node, "done");
  };
  for (const node of nodes) if (!state.has(node)) walk(node);
}

/** From the right of one box to the left of the other. */
function way({ from, to, via, isCut }, below) {
  const [x, y] = [from.x + BOX.wide, from.y + BOX.high / 2];
  const [left, top] = [to.x, to.y + BOX.high / 2];
  if (isCut) return `M${x} ${y}C${x + 40} ${y} ${x + 40} ${below} ${x} ${below}L${left} ${below}C${left - 40} ${below} ${left - 40} ${top} ${left} ${top}`;
  const bow = GAP.x / 2;
  const curve = (toX, toY, fromX, fromY) => `C${fromX + bow} ${fromY} ${toX - bow} ${toY} ${toX} ${toY}`;
  let [text, atX, atY] = [`M${x} ${y}`, x, y];
  for (const lane of via) {
    const middle = lane.y + LANE / 2;
    text += `${curve(lane.x, middle, atX, atY)}L${lane.x + BOX.wide} ${middle}`;
    [atX, atY] = [lane.x + BOX.wide, middle];
  }
  return text + curve(left, top, atX, atY);
}

function line(edge, seconds, below) {
  const { from, to, success, failure, denied } = edge;
  const passed = success + failure;
  const tone = !passed ? "denied" : failure / passed > 0.01 ? "bad" : "good";
  const width = (1.5 + Math.min(4.5, Math.log10(1 + (passed + denied) / seconds) * 1.8)).toFixed(2);
  const said = [passed && perSecond(passed, seconds), failure && `${perSecond(failure, seconds)} failed`, denied && `${perSecond(denied, seconds)} denied`].filter(Boolean).join(", ");
  return svg("path", { class: `edge ${tone}`, "stroke-width": width, d: way(edge, below) }, svg("title", {}, `${from.name} to ${to.name}: ${said}`));
}

function box({ x, y, name, kind, href }) {
  const [namespace, own] = name.includes("/") ? name.split("/") : ["", name];
  const inside = [
    svg("title", {}, name),
    svg("rect", { x, y, width: BOX.wide, height: BOX.high, rx: 8 }),
    svg("text", { x: x + 12, y: y + 19, class: "who" }, cut(own, 20)),
    svg("text", { x: x + 12, y: y + 35, class: "where" }, cut([namespace, kind].filter(Boolean).join(" · "), 26)),
  ];
  return href ? svg("a", { href, class: "node" }, inside) : svg("g", { class: "node plain" }, inside);
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
