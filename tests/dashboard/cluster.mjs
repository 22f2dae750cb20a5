// A stand-in for an API server: lists and watches of what it is given, and the mesh's controller beside it.

import { spawn } from "node:child_process";
import { createServer } from "node:http";

import { freePort } from "./gateway.mjs";

/** Starts one. `objects` are lists by path; a kind without one is a kind that the cluster lacks. */
export async function cluster(objects) {
  const watching = new Map();
  let version = 1;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://cluster");
    const say = (code, value) => {
      response.writeHead(code, { "Content-Type": "application/json" });
      response.end(JSON.stringify(value));
    };
    const refuse = (code) => say(code, { kind: "Status", apiVersion: "v1", status: "Failure", code, message: `no ${request.method} of ${pathname}` });
    if (request.method !== "GET") return refuse(403);
    if (!(pathname in objects)) return refuse(404);
    if (!searchParams.has("watch")) return say(200, { kind: "List", metadata: { resourceVersion: String(version) }, items: objects[pathname] });
    response.writeHead(200, { "Content-Type": "application/json" });
    response.flushHeaders();
    watching.set(pathname, response);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Tells whoever watches of an object. */
    put(path, object) {
      version += 1;
      watching.get(path).write(`${JSON.stringify({ type: "ADDED", object: { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } } })}\n`);
    },
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

/** Starts a controller beside a cluster, and waits until it has seen all of it. */
export async function controller(program, { url }, options) {
  const [api, metrics] = [await freePort(), await freePort()];
  const child = spawn(program, ["mesh", "controller", `--masterURL=${url}`, "--apiHost=127.0.0.1", `--apiPort=${api}`, `--metricsPort=${metrics}`, "--logLevel=error", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  const note = (text) => (log += text);
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  const ended = new Promise((done) => child.on("exit", done));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  const home = `http://127.0.0.1:${api}`;
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await fetch(`${home}/api/status/readiness`).catch(() => null);
    if (answer?.status === 200) return { home, log: () => log, stop };
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`the controller did not start; it said:\n${log}`);
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}
