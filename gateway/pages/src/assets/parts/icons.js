// Drawings of 24 by 24, in the colour of the text around them.

import { svg } from "../dom.js";

const PATHS = {
  overview: "M4 13a8 8 0 1 1 16 0M12 13l4-4M6 18h12",
  routers: "M5 6h5l4 12h5M5 18h5l1.2-3.5M13 9.5 14 6h5M17 3.5 19.5 6 17 8.5M17 15.5l2.5 2.5-2.5 2.5",
  services: "M5 5h14v5H5zM5 14h14v5H5zM8 7.5h.01M8 16.5h.01",
  middlewares: "M4 6h16M7 12h10M10 18h4",
  entry: "M13 4h6v16h-6M4 12h10M10.5 8.5 14 12l-3.5 3.5",
  problems: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2h.01",
  server: "M5 7h14v10H5zM8 12h.01M11 12h5",
  explain: "M4 7h9M4 12h6M4 17h6M15 20a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM18 19l3 3",
  tail: "M3 12h4l2.5-6 4 12 2.5-6h5",
  reload: "M19 8a8 8 0 1 0 1 6M20 3v5h-5",
  split: "M4 12h5l5-6h6M9 12l5 6h6M17 3.5 19.5 6 17 8.5M17 15.5l2.5 2.5-2.5 2.5",
  policy: "M12 3.5 5 6v6c0 4 3 7 7 8.5 4-1.5 7-4.5 7-8.5V6ZM9 12l2 2 4-4",
  pods: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20 20",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13z",
  check: "M5 12.5 10 17.5 19.5 7",
  next: "M9 5l7 7-7 7",
  back: "M15 5l-7 7 7 7",
  up: "M6 14l6-6 6 6",
  down: "M6 10l6 6 6-6",
};

/** A drawing that says nothing to a screen reader. */
export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}
