// Search and choice above a list. They change the address; the page follows it.

import { h } from "../dom.js";
import { from, to } from "../routes.js";
import { icon } from "./icons.js";

/**
 * A search box and a choice of `[value, text]`. It outlives the lists below it, so that nobody's typing is disturbed:
 * it reads the address when it changes it, and `sync` makes it say what an address asks.
 */
export function tools(route, { placeholder, legend, choices }) {
  let waiting;
  const go = (change) => {
    clearTimeout(waiting);
    const { path, query } = from(location.hash);
    location.replace(to(path, { ...query, page: "", search: search.value.trim(), ...change }));
  };
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(go, 200, {});
  };
  const submit = (event) => {
    event.preventDefault();
    go({});
  };
  const search = h("input", {
    type: "search",
    name: "search",
    id: "search",
    placeholder,
    autocomplete: "off",
    spellcheck: "false",
    oninput: later,
  });
  const inputs = choices.map(([value]) => h("input", { type: "radio", name: "status", value, onchange: () => go({ status: value }) }));
  const form = h(
    "form",
    { class: "tools", role: "search", onsubmit: submit },
    h("label", { class: "search" }, icon("search"), h("span", { class: "hidden" }, "Search"), search, h("kbd", { "aria-hidden": "true" }, "/")),
    choices.length > 0 && h("fieldset", { class: "segments" }, h("legend", { class: "hidden" }, legend), inputs.map((input, index) => h("label", {}, input, h("span", {}, choices[index][1])))),
  );
  form.sync = ({ query }) => {
    if (document.activeElement !== search) search.value = query.search ?? "";
    for (const input of inputs) input.checked = input.value === (query.status ?? "");
  };
  form.sync(route);
  return form;
}
