// What the controller says of the mesh, and where its objects are shown.

import { one, page } from "./api.js";
import { to } from "./routes.js";

/** Everything in numbers. */
export const overview = (signal) => one("windrose/mesh/overview", signal);

/** A part of a list. */
export const list = (what, query, signal) => page(`windrose/mesh/${what}`, query, signal);

/** Who talks to whom; `null` where nothing is counted. `known` is the overview, for whoever has it. */
export async function traffic(query, signal, known) {
  const { keepsFigures } = known ?? (await overview(signal));
  if (!keepsFigures) return null;
  const wanted = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  return one(`windrose/mesh/traffic?${new URLSearchParams(wanted)}`, signal);
}

/** The page of a Service, which is called `namespace/name`. */
export const toService = (id) => to(["services", ...id.split("/")]);

/** The page of an object that has one: `{kind, namespace, name}`. */
export function toObject({ kind, namespace, name }) {
  if (kind === "Service") return to(["services", namespace, name]);
  if (kind === "TrafficSplit") return to(["splits"], { search: name });
  if (kind === "TrafficTarget") return to(["policies"], { search: name });
  return null;
}
