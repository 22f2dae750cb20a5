// A gateway as a child process, with its configuration in a folder of its own.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

let given = 0;

/**
 * A port that nobody listens on, and that was not given before: below the range that the kernel gives to outgoing
 * connections, as `tests/kit/src/port.rs` has them.
 */
export async function freePort() {
  for (;;) {
    const port = 20_000 + ((process.pid * 61 + given++) % 12_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port) {
  return new Promise((done) => {
    const server = createServer();
    server.on("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}

/** Starts a gateway and waits until it serves. `install` and `routing` are made from its ports. */
export async function gateway(program, install, routing) {
  const folder = await mkdtemp(join(tmpdir(), "windrose-dashboard-"));
  const ports = { web: await freePort(), traefik: await freePort() };
  const file = join(folder, "routing.yaml");
  await writeFile(file, routing);
  await writeFile(join(folder, "install.yaml"), install(ports, file));
  const child = spawn(program, [`--configFile=${join(folder, "install.yaml")}`], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  const note = (text) => (log += text);
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  const ended = new Promise((done) => child.on("exit", done));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${ports.traefik}/ping`).catch(() => null);
    if (answer?.status === 200) return { ports, file, log: () => log, stop };
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`the gateway did not start; it said:\n${log}`);
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}
