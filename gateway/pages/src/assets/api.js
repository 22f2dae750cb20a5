// What the API says. Only relative addresses: the same files work below any path.

/** An answer that is no answer of the API. */
export class Trouble extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The API stands beside the dashboard, or, for a dashboard at an address of its own, below the base path. */
function places() {
  const base = document.querySelector('meta[name="windrose-base"]')?.content ?? "";
  const folder = location.pathname.endsWith("/") ? location.pathname : `${location.pathname}/`;
  const own = folder.match(/^(.*\/)dashboard\/$/)?.[1];
  return [...new Set([own && `${own}api/`, `${base}/api/`].filter(Boolean))];
}

let found;

/** Where the API is: the first place that answers as it does. */
async function place() {
  for (const candidate of found ? [] : places()) {
    try {
      await read(`${candidate}version`);
      found = candidate;
      break;
    } catch (error) {
      if (error.status !== 404) throw error;
    }
  }
  if (!found) throw new Trouble(404, `There is no API at ${places().join(" or ")}.`);
  return found;
}

async function read(address, signal) {
  let answer;
  try {
    answer = await fetch(address, { signal, headers: { Accept: "application/json" }, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble(0, "Nothing answers.");
  }
  const text = await answer.text();
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Trouble(answer.ok ? 404 : answer.status, `${address} answers ${answer.status}, and nothing of the API.`);
  }
  if (!answer.ok) throw new Trouble(answer.status, value.message ?? `The API answers ${answer.status}.`);
  return { value, total: Number(answer.headers.get("Windrose-Total") ?? NaN), next: Number(answer.headers.get("X-Next-Page") ?? 1) };
}

/**
 * Server-sent events: `hear(kind, value)` for each, `begun` when there is a connection. Ends with the connection.
 */
export async function stream(path, hear, begun, signal) {
  let answer;
  try {
    answer = await fetch((await place()) + path, { signal, headers: { Accept: "text/event-stream" }, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble(0, "Nothing answers.");
  }
  if (!answer.ok) {
    const value = await answer.json().catch(() => ({}));
    throw new Trouble(answer.status, value.message ?? `The API answers ${answer.status}.`);
  }
  begun();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const kind = event.match(/^event: (.*)$/m)?.[1];
      const data = event.match(/^data: (.*)$/m)?.[1];
      if (data) hear(kind, JSON.parse(data));
    }
  }
}

/** One value. */
export async function one(path, signal) {
  return (await read((await place()) + path, signal)).value;
}

/** One value, or `null` where there is none. */
export async function maybe(path, signal) {
  try {
    return await one(path, signal);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** A page of a list: `{items, total, next}`. */
export async function page(path, query, signal) {
  const wanted = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  const { value, total, next } = await read(`${await place()}${path}?${new URLSearchParams(wanted)}`, signal);
  return { items: value, total: Number.isNaN(total) ? value.length : total, next };
}
