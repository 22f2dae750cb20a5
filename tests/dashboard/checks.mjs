// What the dashboard promises, checked in Chromium.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { check, faint, heading, opening, rows, run, shown, until } from "./browser.mjs";
import { gateway } from "./gateway.mjs";
import { BASED, MANY, OPEN, SHOP, SICK } from "./configurations.mjs";

const [program, shots] = process.argv.slice(2).map((path) => resolve(path));

/** A certificate that ends soon, and the routing that has it served. */
const folder = await mkdtemp(join(tmpdir(), "windrose-certificate-"));
const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => join(folder, name));
execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=shop.example.com/O=The shop", "-addext", "subjectAltName=DNS:shop.example.com,DNS:*.blog.example.com", "-keyout", key, "-out", certificate], { stdio: "ignore" });
const SERVED = `${SHOP}
tls:
  certificates: [{certFile: '${certificate}', keyFile: '${key}'}]
`;

const shop = await gateway(program, OPEN, SERVED);
const based = await gateway(program, BASED, SHOP + "");
const many = await gateway(program, OPEN, MANY);
const sick = await gateway(program, OPEN, SICK);
const HOME = `http://127.0.0.1:${shop.ports.traefik}/dashboard/`;
const CROWD = `http://127.0.0.1:${many.ports.traefik}/dashboard/`;

/** The route tester with a request that goes a long way. */
const EXPLAINED = `#/explain?${new URLSearchParams({ url: `http://shop.example.com:${shop.ports.web}/shop/cart` })}`;

const open = opening(HOME);

check("the root leads to the overview", async (page) => {
  await page.goto(`http://127.0.0.1:${shop.ports.traefik}/`);
  await shown(page, "Overview");
  assert.equal(page.url(), HOME);
  assert.match(await page.title(), /^Overview · The shop$/);
  assert.match(await page.locator(".verdict").textContent(), /disabled/);
  assert.equal(await page.locator(".entries > li").count(), 2);
});

check("every page of the menu opens", async (page) => {
  await page.goto(HOME);
  await shown(page, "Overview");
  for (const link of await page.locator("#nav a").all()) {
    await link.click();
    await until("the menu says where we are", async () => (await link.getAttribute("aria-current")) === "page");
    await heading(page).waitFor();
    await until("no page is loading", async () => !(await page.locator("main[aria-busy]").count()));
    assert.equal(await page.locator(".trouble").count(), 0, await link.textContent());
  }
});

check("search finds by name and rule, and keeps the focus", async (page) => {
  await page.goto(`${HOME}#/http/routers`);
  await rows(page).first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("BLOG.example", { delay: 30 });
  await until("one router is found", async () => (await rows(page).count()) === 1);
  assert.match(await rows(page).first().textContent(), /^blog@file/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  assert.equal(await page.inputValue("#search"), "BLOG.example");
  assert.match(page.url(), /search=BLOG\.example/);
  assert.equal(await page.locator("#live").textContent(), "1 object found");
  await page.fill("#search", "");
  await until("all are back", async () => (await rows(page).count()) > 5);
});

check("a status is a filter", async (page) => {
  await page.goto(`${HOME}#/http/routers`);
  await rows(page).first().waitFor();
  await page.locator(".segments label", { hasText: "Disabled" }).click();
  await until("only disabled ones", async () => {
    const words = await page.locator("tbody .status").allTextContents();
    return words.length > 0 && words.every((word) => word === "Disabled");
  });
  await page.fill("#search", "nothing is like that");
  await page.locator(".empty").waitFor();
});

check("a column sorts, up and down", async (page) => {
  await page.goto(`${HOME}#/http/routers`);
  const names = () => page.locator("tbody th").allTextContents();
  await rows(page).first().waitFor();
  const up = await names();
  await page.locator("thead a", { hasText: "Name" }).click();
  await until("the order is reversed", async () => (await names()).join() === [...up].reverse().join());
  assert.equal(await page.locator("thead th").first().getAttribute("aria-sort"), "descending");
});

check("a router shows its way to the servers", async (page) => {
  await page.goto(`${HOME}#/http/routers/shop%40file`);
  await shown(page, "shop@file");
  const steps = await page.locator(".step h3").allTextContents();
  assert.deepEqual(steps, ["Entry points", "Router", "Middlewares", "Service", "Made of", "Servers"]);
  const stops = await page.locator(".stop-name").allTextContents();
  assert.deepEqual(stops, ["web", "shop@file", "strip@file", "again@file", "canary@file", "old@file", "new@file", "http://10.0.3.11:8080", "http://10.0.3.12:8080", "http://10.0.4.21:8080"]);
  await page.locator(".stop a", { hasText: "again@file" }).click();
  await shown(page, "again@file");
  assert.match(await page.locator("main").textContent(), /attempts\s*3/);
  await page.goBack();
  await shown(page, "shop@file");
  await page.locator(".stop a", { hasText: "canary@file" }).click();
  await shown(page, "canary@file");
});

// A browser itself notes on the console that something asked for is not there.
check("an error is shown with its place", { mayFail: 404 }, async (page) => {
  await page.goto(`${HOME}#/http/routers/lost%40file`);
  const errors = page.locator(".errors.bad");
  await errors.waitFor();
  assert.match(await errors.textContent(), /service nowhere@file does not exist/);
  assert.match(await errors.locator(".place").first().textContent(), /routing\.yaml:\d+:\d+$/);
  await page.goto(`${HOME}#/problems`);
  await page.locator(".problem a", { hasText: "lost@file" }).first().click();
  await shown(page, "lost@file");
});

check("routers of streams are there, too", async (page) => {
  await page.goto(`${HOME}#/tcp/routers`);
  await rows(page).first().waitFor();
  assert.match(await rows(page).first().textContent(), /postgres@file/);
});

check("what is not there is told", { mayFail: 404 }, async (page) => {
  await page.goto(`${HOME}#/http/routers/nobody%40file`);
  await shown(page, "Nothing here");
  await page.goto(`${HOME}#/no/such/page`);
  await shown(page, "This cannot be shown");
});

check("markup in a configuration stays text", async (page) => {
  await page.goto(`${HOME}#/http/routers/odd%40file`);
  await shown(page, "odd@file");
  assert.match(await page.locator(".headline").textContent(), /<img src=x onerror=alert\(1\)>/);
  assert.equal(await page.locator("main img").count(), 0);
});

check("the keyboard reaches everything", async (page) => {
  await page.goto(HOME);
  await shown(page, "Overview");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.locator("#nav a", { hasText: "Routers" }).first().focus();
  await page.keyboard.press("Enter");
  await shown(page, "HTTP routers");
  await until("the heading has the focus", () => page.evaluate(() => document.activeElement.tagName === "H1"));
  for (const wanted of ["search", "status"]) {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.name), wanted);
  }
  await page.keyboard.press("ArrowRight");
  await until("the filter follows the arrow", () => page.evaluate(() => location.hash.includes("status=enabled")));
  const outline = () => page.evaluate(() => getComputedStyle(document.activeElement.nextElementSibling ?? document.activeElement).outlineStyle);
  assert.equal(await outline(), "solid", "the focus is seen");
});

check("controls have names, and pages one heading", async (page) => {
  for (const hash of ["#/", "#/http/routers", "#/http/routers/shop%40file", "#/http/services/old%40file", "#/problems", "#/entrypoints/web", EXPLAINED, "#/tail", "#/certificates", "#/reloads"]) {
    await open(page, hash);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("a[href], button, input, textarea")].filter((element) => !(element.textContent.trim() || element.labels?.[0]?.textContent.trim() || element.getAttribute("aria-label"))).map((element) => element.outerHTML),
    );
    assert.deepEqual(nameless, [], hash);
    assert.equal(await page.locator("h1").count(), 1, hash);
  }
});

check("text stands out from its ground", { mayFail: 404 }, async (page) => {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const hash of ["#/", "#/http/routers", "#/http/routers/lost%40file", "#/http/routers/shop%40file", "#/http/services/old%40file", "#/http/middlewares/again%40file", "#/problems", "#/entrypoints/web", "#/udp/routers", EXPLAINED, "#/tail", "#/certificates", "#/reloads"]) {
      await open(page, hash);
      assert.deepEqual(await page.evaluate(faint), [], `${scheme} ${hash}`);
    }
  }
});

check("a phone needs no sideways scrolling", { viewport: { width: 360, height: 740 } }, async (page) => {
  for (const hash of ["#/", "#/http/routers", "#/http/routers/shop%40file", "#/http/services/canary%40file", "#/problems", EXPLAINED, "#/tail", "#/certificates", "#/reloads"]) {
    await open(page, hash);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(wide <= room, `${hash}: ${wide} > ${room}`);
  }
  await page.locator("#menu").click();
  await page.locator("#nav a", { hasText: "Middlewares" }).first().click();
  await shown(page, "HTTP middlewares");
  assert.equal(await page.locator("#menu").getAttribute("aria-expanded"), "false");
});

check("the colours that were chosen stay", async (page) => {
  await page.goto(HOME);
  await shown(page, "Overview");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.locator("#theme label[title=Dark]").click();
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await ground(), dark);
});

check("a change of the configuration appears by itself", async (page) => {
  await page.goto(`${HOME}#/http/middlewares`);
  await rows(page).first().waitFor();
  await writeFile(shop.file, SERVED.replace("    again:", "    added: {addPrefix: {prefix: /x}}\n    again:"));
  await until("the new middleware is there", async () => (await page.locator("tbody th", { hasText: "added@file" }).count()) === 1);
});

check("everything works below a base path behind a stripped prefix", async (page) => {
  const answer = await page.goto(`http://127.0.0.1:${based.ports.web}/inside/base`);
  await shown(page, "Overview");
  assert.equal(page.url(), `http://127.0.0.1:${based.ports.web}/inside/base/dashboard/`);
  assert.match(answer.headers()["content-security-policy"], /default-src 'none'/);
  await page.locator("#nav a", { hasText: "Routers" }).first().click();
  await rows(page).first().waitFor();
  await rows(page).first().locator("a").first().click();
  await page.locator(".flow").waitFor();
});

check("the service of its own works at the root of a host", async (page) => {
  await page.goto(`http://localhost:${based.ports.web}/`);
  await shown(page, "Overview");
});

check("a server that is down is shown as down wherever it is shown", async (page) => {
  const words = (hash, place) => async () => {
    await page.goto("about:blank");
    await page.goto(`http://127.0.0.1:${sick.ports.traefik}/dashboard/${hash}`);
    await page.locator(place).first().waitFor();
    return (await page.locator(place).allTextContents()).join(" ");
  };
  const way = words("#/http/routers/sick%40file", ".step:last-child .status");
  await until("the server of the first service is down", async () => (await way()) === "Down Up");
  assert.equal(await words("#/http/services/sick%40file", "table.list .status")(), "Down");
  assert.match(await words("#/http/services/sick%40file", "main")(), /prefix/);
  assert.match(await words("#/http/services", "table.list tbody")(), /1 down/);
});

check("nothing is fetched twice, and nothing from elsewhere", async (page) => {
  const seen = [];
  page.on("response", (response) => seen.push(response));
  await page.goto(HOME);
  await shown(page, "Overview");
  await until("the version is told", async () => (await page.locator("#version").textContent()) !== "");
  const files = seen.filter((response) => response.url().startsWith(HOME));
  assert.ok(seen.every((response) => new URL(response.url()).origin === new URL(HOME).origin));
  assert.equal(new Set(files.map((response) => response.url())).size, files.length);
  const sizes = await Promise.all(seen.map(async (response) => (await response.body()).length));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(bytes < 200 * 1024, `${bytes} bytes`);
  const again = await fetch(HOME, { headers: { "If-None-Match": files[0].headers().etag } });
  assert.equal(again.status, 304);
  return `${Math.round(bytes / 1024)} KiB in ${seen.length} answers`;
});

check("the first paint comes at once", async (page) => {
  const times = [];
  for (let turn = 0; turn < 5; turn += 1) {
    await page.goto("about:blank");
    await page.goto(HOME);
    await shown(page, "Overview");
    times.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0));
  }
  const median = times.sort((left, right) => left - right)[2];
  assert.ok(median > 0 && median < 300, `${median} ms`);
  return `${Math.round(median)} ms`;
});

check("ten thousand routers stay fluent", async (page) => {
  await page.goto(`${CROWD}#/http/routers`);
  await rows(page).first().waitFor();
  assert.equal(await rows(page).count(), 50);
  assert.match(await page.locator(".paging").textContent(), /of 10,00\d/);
  const started = Date.now();
  await page.locator(".paging a[rel=next]").click();
  await page.locator(".paging", { hasText: "51–100" }).waitFor();
  const turned = Date.now() - started;
  await page.fill("#search", "host-9999.");
  await until("one is found", async () => (await rows(page).count()) === 1);
  const found = Date.now() - started - turned;
  assert.ok(turned < 2000 && found < 2500, `${turned} ms, ${found} ms`);
  return `next page ${turned} ms, search ${found} ms`;
});

check("the route tester explains a request, and the two nearest misses", async (page) => {
  await open(page, "#/explain");
  await page.fill("form.ask [name=url]", `http://shop.example.com:${shop.ports.web}/shop/cart`);
  await page.keyboard.press("Enter");
  await page.locator(".explained").waitFor();
  assert.match(await page.locator(".verdict").textContent(), /goes to service canary@file/);
  assert.match(await page.locator(".explained").textContent(), /routing\.yaml:\d+:\d+/);
  assert.ok((await page.locator("section", { hasText: "Nearest misses" }).locator("li").count()) >= 2);
  await page.fill("form.ask [name=url]", "http://nobody.test/");
  await page.locator("form.ask button").click();
  await until("nobody wants it", async () => /no router wants it/.test(await page.locator(".verdict").textContent()));
  // The router of every host misses nothing but its path, and is nearer than those of other hosts.
  assert.match(await page.locator(".missed").first().textContent(), /PathPrefix\(`\/inside`\) – the path is \//);
});

check("the route tester says what makes no request", { mayFail: 400 }, async (page) => {
  await open(page, "#/explain?url=ftp%3A%2F%2Fx%2F");
  await page.locator(".note", { hasText: "is no address" }).waitFor();
});

check("requests appear as they end, and a filter chooses", async (page) => {
  await open(page, "#/tail");
  await page.locator("p[role=status]", { hasText: "Waiting" }).waitFor();
  const ask = (path) => fetch(`http://127.0.0.1:${shop.ports.web}${path}`).then((answer) => answer.text());
  const lines = page.locator("table.tail tbody tr");
  await until("a request is there", async () => {
    await ask("/nowhere?secret=1");
    return (await lines.count()) > 0;
  });
  const text = await lines.first().textContent();
  assert.match(text, /404/);
  assert.doesNotMatch(text, /secret/, "no query is shown");
  await page.fill("#search", "path:/wanted");
  await page.locator("p[role=status]", { hasText: "Waiting" }).waitFor();
  await until("the wanted one is there", async () => {
    await ask("/other");
    await ask("/wanted");
    return (await lines.count()) > 0;
  });
  assert.doesNotMatch((await lines.allTextContents()).join(" "), /other/);
});

check("a filter that cannot be understood is told", { mayFail: 400 }, async (page) => {
  await open(page, "#/tail?search=statsu%3A5xx");
  await page.locator("p[role=status]", { hasText: "unknown filter `statsu`" }).waitFor();
});

check("live rates follow the traffic", async (page) => {
  await page.goto(HOME);
  await page.locator(".rates").waitFor();
  const requests = async () => Number.parseFloat(await page.locator(".rates dd").first().textContent());
  await until("requests are counted", async () => {
    await fetch(`http://127.0.0.1:${shop.ports.web}/nowhere`).then((answer) => answer.text());
    return (await requests()) > 0;
  });
});

check("a certificate is shown with its names, its end and its place", async (page) => {
  await open(page, "#/certificates");
  const text = await rows(page).first().textContent();
  assert.match(text, /shop\.example\.com, \*\.blog\.example\.com/);
  assert.match(text, /Ends soon/);
  assert.match(text, /routing\.yaml:\d+:\d+/);
});

check("reloads say what changed", async (page) => {
  await writeFile(shop.file, SERVED.replace("    again:", "    later: {addPrefix: {prefix: /y}}\n    again:"));
  await open(page, "#/reloads");
  await until("the new middleware is told", async () => /added.*later@file/.test(await page.locator("main").textContent()));
});

const PICTURES = [
  ["overview", "#/"],
  ["routers", "#/http/routers"],
  ["router", "#/http/routers/shop%40file"],
  ["error", "#/http/routers/lost%40file"],
  ["service", "#/http/services/canary%40file"],
  ["middleware", "#/http/middlewares/again%40file"],
  ["problems", "#/problems"],
  ["entry-point", "#/entrypoints/web"],
  ["explain", EXPLAINED],
  ["explain-missed", "#/explain?url=http%3A%2F%2Fsho.example.com%2Fshop"],
  ["tail", "#/tail"],
  ["certificates", "#/certificates"],
  ["reloads", "#/reloads"],
];

const failed = await run(process.argv[4], shots, PICTURES, open);
await Promise.all([shop, based, many, sick].map((gateway) => gateway.stop()));
console.log(failed ? `dashboard: ${failed} checks FAILED` : `dashboard: ok, screenshots in ${shots}`);
await rm(folder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
