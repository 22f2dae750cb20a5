// Chromium opens a page over HTTP/3, as people's browsers do: with QUIC from the first packet, and after Alt-Svc.
// Loads many things at once and sends a body; what the browser itself says of each transfer is looked at.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { gateway } from "./gateway.mjs";

const program = resolve(process.argv[2]);
const { chromium } = createRequire(resolve(".peers/node/node_modules/"))(resolve(".peers/node/node_modules/playwright-core"));
const PATIENCE = 20_000;
const PARTS = 100;

const folder = await mkdtemp(join(tmpdir(), "windrose-quic-"));
const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => join(folder, name));
const openssl = (args, input) => execFileSync("openssl", args, { input, stdio: ["pipe", "pipe", "ignore"] });
openssl(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/CN=a.test", "-addext", "subjectAltName=DNS:a.test", "-keyout", key, "-out", certificate]);
// What Chromium is told to trust is the hash of a key.
const spki = openssl(["dgst", "-sha256", "-binary"], openssl(["pkey", "-pubin", "-outform", "der"], openssl(["x509", "-in", certificate, "-noout", "-pubkey"])));

/** A page, its parts, and an answer that is what was sent. */
const server = createServer((request, answer) => {
  if (request.method === "POST") return request.pipe(answer);
  const isPage = request.url === "/";
  answer.setHeader("Content-Type", isPage ? "text/html" : "text/plain");
  answer.end(isPage ? "<!doctype html><link rel=icon href='data:,'><title>page</title>" : request.url);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

const install = (ports, file) => `
entryPoints:
  web: {address: '127.0.0.1:${ports.web}', http3: {}}
  traefik: {address: '127.0.0.1:${ports.traefik}'}
ping: {}
log: {level: ERROR}
providers: {file: {filename: '${file}'}}
`;
const routing = `
http:
  routers: {all: {rule: 'Host(\`a.test\`)', service: app, entryPoints: [web], tls: {}}}
  services: {app: {loadBalancer: {servers: [{url: 'http://127.0.0.1:${server.address().port}'}]}}}
tls: {certificates: [{certFile: '${certificate}', keyFile: '${key}'}]}
`;
const windrose = await gateway(program, install, routing);
const origin = `https://a.test:${windrose.ports.web}`;

/** Runs in the page: many parts at once and a body there and back; the protocols that all of it came by. */
const transfers = async (parts) => {
  const bodies = await Promise.all(Array.from({ length: parts }, async (_, n) => (await fetch(`/part/${n}`)).text()));
  const sent = "0123456789abcdef".repeat(1 << 16);
  const came = await (await fetch("/echo", { method: "POST", body: sent })).text();
  const protocols = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map((one) => one.nextHopProtocol);
  return { right: bodies.filter((body, n) => body === `/part/${n}`).length, same: came === sent, protocols: [...new Set(protocols)] };
};

const protocol = (page) => page.evaluate(() => performance.getEntriesByType("navigation")[0].nextHopProtocol);

async function browse(name, more, body) {
  // The keys that are trusted count in a browser with a folder of its own only.
  const browser = await chromium.launchPersistentContext(await mkdtemp(join(folder, "browser-")), {
    executablePath: resolve(".peers/bin/chromium"),
    args: ["--no-sandbox", "--enable-quic", "--host-resolver-rules=MAP a.test 127.0.0.1", `--ignore-certificate-errors-spki-list=${spki.toString("base64")}`, ...more],
  });
  const started = Date.now();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    await body(page);
    console.log(`ok      ${name}, ${Date.now() - started} ms`);
    return true;
  } catch (error) {
    console.log(`FAILED  ${name}\n        ${error.message.replaceAll("\n", "\n        ")}\n${windrose.log()}`);
    return false;
  } finally {
    await browser.close();
  }
}

const results = [
  await browse("HTTP/3 from the first packet", [`--origin-to-force-quic-on=a.test:${windrose.ports.web}`], async (page) => {
    await page.goto(`${origin}/`);
    assert.deepEqual(await page.evaluate(transfers, PARTS), { right: PARTS, same: true, protocols: ["h3"] });
  }),
  // Another port of the host: from then on the browser takes a certificate of nobody it knows over QUIC, too.
  await browse("HTTP/3 after Alt-Svc", ["--origin-to-force-quic-on=a.test:1"], async (page) => {
    await page.goto(`${origin}/`);
    assert.equal(await protocol(page), "h2");
    const deadline = Date.now() + PATIENCE;
    do {
      assert(Date.now() < deadline, "the browser stays with HTTP/2");
      await page.goto(`${origin}/`);
    } while ((await protocol(page)) !== "h3");
    assert.deepEqual(await page.evaluate(transfers, PARTS), { right: PARTS, same: true, protocols: ["h3"] });
  }),
];

await windrose.stop();
server.close();
await rm(folder, { recursive: true, force: true });
const failed = results.filter((result) => !result).length;
console.log(failed ? `browser over HTTP/3: ${failed} checks FAILED` : "browser over HTTP/3: ok");
process.exit(failed ? 1 : 0);
