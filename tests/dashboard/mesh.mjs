// What the dashboard of the mesh promises, checked in Chromium: the real controller beside a stand-in of an API server.

import assert from "node:assert/strict";
import { resolve } from "node:path";

import { check, faint, heading, opening, rows, run, shown, until } from "./browser.mjs";
import { cluster, controller } from "./cluster.mjs";
import { HOSTILE, PASSED, SERVICES, crowd, empty, report, service, shop } from "./shop.mjs";

const [program, shots] = process.argv.slice(2, 4).map((path) => resolve(path));
const [full, bare, large] = await Promise.all([shop(), empty(), crowd(1000)].map(cluster));
const seen = await controller(program, full, ["--acl", "--trafficMetrics"]);
const nothing = await controller(program, bare, []);
const lacking = await cluster({ [SERVICES]: [], "/api/v1/pods": [], "/apis/discovery.k8s.io/v1/endpointslices": [] });
const poor = await controller(program, lacking, ["--acl"]);
const many = await controller(program, large, ["--trafficMetrics"]);
const HOME = `${seen.home}/dashboard/`;
const open = opening(HOME);
const toHostile = `#/services/shop/${encodeURIComponent(HOSTILE)}`;

/** A node that counts all the time. */
let told = 0;
async function count() {
  const number = Math.floor(Date.now() / 5000) - 1;
  if (number === told) return;
  told = number;
  const crowded = Array.from({ length: 1000 }, (_, index) => ({ from: `team-${index % 40}/service-${index}`, to: `team-${((index * 7) % 1000) % 40}/service-${(index * 7) % 1000}`, success: index + 1 }));
  for (const [{ home }, flows] of [[seen, PASSED], [many, crowded]]) {
    const answer = await fetch(`${home}/api/windrose/mesh/figures`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(report(number, flows)) });
    assert.equal(answer.status, 200, await answer.text());
  }
}
const beat = setInterval(() => count().catch((error) => console.error(error)), 500);
await count();
const asked = async (path, home = seen.home) => (await fetch(`${home}/api/windrose/mesh/${path}`)).json();
await until("figures are told", async () => (await asked("traffic")).total > 0 && (await asked("traffic", many.home)).total > 0, 15_000);

check("the root leads to the overview", async (page) => {
  const answer = await page.goto(`${seen.home}/`);
  await shown(page, "Overview");
  assert.equal(page.url(), HOME);
  assert.match(answer.headers()["content-security-policy"], /default-src 'none'; script-src 'self'/);
  assert.match(await page.title(), /^Overview · Windrose mesh$/);
  assert.match(await page.locator(".verdict").textContent(), /There are \d+ errors/);
  assert.match(await page.locator(".entries").textContent(), /9Services.*2Nodes.*1 not ready.*2Splits.*2TrafficTargets/);
  assert.equal((await fetch(`${seen.home}/dashboard`, { redirect: "manual" })).status, 301);
  assert.equal((await fetch(`${seen.home}/dashboard/../apis`)).status, 404);
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

check("services are found by name and by kind", async (page) => {
  await open(page, "#/services");
  await rows(page).first().waitFor();
  assert.equal(await rows(page).count(), 9);
  await page.keyboard.press("/");
  await page.keyboard.type("CART", { delay: 20 });
  await until("two are found", async () => (await rows(page).count()) === 2);
  assert.match(await rows(page).first().textContent(), /^cart shop.*80 → 5000.*8443 → 5001/);
  assert.equal(await page.locator("#live").textContent(), "2 services found");
  await page.fill("#search", "");
  await page.locator(".segments label", { hasText: "With problems" }).click();
  await until("only what is wrong", async () => (await rows(page).count()) >= 1 && /broken/.test(await rows(page).first().textContent()));
});

check("a service shows how it is reached and whom it talks to", async (page) => {
  await open(page, "#/services");
  await page.locator("tbody a", { hasText: /^cart shop$/ }).click();
  await shown(page, "cart shop");
  const text = await page.locator("main").textContent();
  for (const part of ["cart.shop.traefik.mesh", "retry-attempts", "timeout-total", "Annotations without effect", "shop/cart-canary", "shop/front-to-cart"]) assert.ok(text.includes(part), part);
  const steps = await page.locator(".step h3").allTextContents();
  assert.deepEqual(steps, ["Who asks", "Service", "Shared out by", "Pods"]);
  const asks = await page.locator("section", { has: page.locator("h2", { hasText: "Whom its pods ask" }) }).locator("tbody tr").allTextContents();
  assert.ok(asks.some((row) => row.startsWith("shop/goods 80")) && asks.some((row) => row.startsWith("shop/database 5432 TCP")), asks.join("\n"));
  assert.match(await page.locator(".numbers").textContent(), /Requests[\d.,]+\/sErrors[\d.]+\/sDenied[\d.]+\/s/);
  await page.locator("main a", { hasText: "shop/goods" }).first().click();
  await shown(page, "goods shop");
  assert.equal(await page.locator("#nav a[aria-current]").textContent().then((text) => text.startsWith("Services")), true);
});

check("traffic is drawn and in a table, and follows what passes", async (page) => {
  await open(page, "#/traffic");
  await page.locator(".graph .edge").first().waitFor({ state: "attached" });
  // Ports and policies between two ends are one line.
  assert.equal(await page.locator(".graph .edge").count(), 8);
  assert.equal(await page.locator(".graph .edge.denied").count(), 1);
  const first = await rows(page).first().textContent();
  assert.match(first, /shop\/front.*shop\/cart 80.*\/s.*%.*ms/);
  const until_ = () => page.locator("main > p.muted").last().textContent();
  const before = await until_();
  await page.waitForFunction((old) => [...document.querySelectorAll("main > p.muted")].at(-1)?.textContent !== old, before, { timeout: 15_000 });
  await page.locator(".graph a.node", { hasText: "reviews" }).click();
  await shown(page, "reviews people");
  await open(page, "#/traffic?search=database");
  await until("one pair is left", async () => (await rows(page).count()) === 1);
});

check("the drawing is walked by keyboard", async (page) => {
  await open(page, "#/traffic");
  await page.locator(".graph a.node", { hasText: "goods" }).focus();
  await page.keyboard.press("Enter");
  await shown(page, "goods shop");
});

check("splits show what is meant and what is", async (page) => {
  await open(page, "#/splits");
  const canary = page.locator("article", { hasText: "cart-canary" });
  await canary.waitFor();
  assert.match(await canary.textContent(), /weight 90, 90 % meant; 88 % now/);
  assert.match(await canary.textContent(), /In force/);
  const lost = page.locator("article", { hasText: "lost" });
  assert.match(await lost.textContent(), /Not in force/);
  assert.match(await lost.textContent(), /unable to find backend Service/);
  assert.match(await lost.textContent(), /nowhereDoes not exist|nowhere Does not exist/);
});

check("policies show whom they let in, and what they denied", async (page) => {
  await open(page, "#/policies");
  const denied = page.locator("section", { has: page.locator("h2", { hasText: "What was denied" }) }).first();
  assert.match(await denied.textContent(), /no TrafficTarget: \d+ · /);
  const allowed = page.locator("article", { hasText: "front-to-cart" });
  assert.match(await allowed.textContent(), /\d+ denied · /);
  assert.match(await allowed.textContent(), /GET, HEAD/);
  assert.match(await allowed.textContent(), /authorization: \(not shown\)/);
  const broken = page.locator("article", { hasText: "cart-to-goods" });
  assert.match(await broken.textContent(), /unable to find HTTPRouteGroup/);
  assert.doesNotMatch(await page.content(), /opensesame/);
});

check("nothing secret leaves the controller by addresses of the pages", async () => {
  for (const path of ["overview", "services", "services/shop/cart", "splits", "targets", "problems", "traffic"]) {
    assert.doesNotMatch(JSON.stringify(await asked(path)), /opensesame/, path);
  }
});

check("nodes lead to what they route", async (page) => {
  await open(page, "#/nodes");
  assert.equal(await rows(page).count(), 2);
  assert.match(await rows(page).nth(1).textContent(), /b2.*10\.2\.0\.2.*Not ready/);
  assert.equal(await rows(page).first().locator("a").getAttribute("href"), "../api/status/node/traefik-mesh-proxy-a1/configuration");
});

check("every problem is a row that leads to its object", async (page) => {
  await open(page, "#/problems");
  const text = await page.locator(".problems").textContent();
  for (const part of ["Service shop/broken", "TrafficSplit shop/lost", "TrafficTarget shop/cart-to-goods", "the mesh itself"]) assert.ok(text.includes(part), part);
  await page.locator(".problem a", { hasText: "shop/broken" }).first().click();
  await shown(page, "broken shop");
  assert.match(await page.locator(".errors.bad").textContent(), /unsupported traffic type/);
});

check("a kind that the cluster lacks is a problem", async (page) => {
  await page.goto(`${poor.home}/dashboard/#/problems`);
  await page.locator(".problem").first().waitFor();
  const text = await page.locator(".problems").textContent();
  assert.match(text, /traffictargets\.access\.smi-spec\.io.*lets nobody in/);
  assert.match(text, /trafficsplits\.split\.smi-spec\.io/);
});

check("hostile names stay text", async (page) => {
  page.on("dialog", (dialog) => assert.fail(dialog.message()));
  for (const hash of ["#/services", toHostile, "#/services/shop/broken", "#/services/shop/cart", "#/traffic", "#/policies", "#/problems", "#/"]) {
    await open(page, hash);
    assert.equal(await page.locator("main img, main script").count(), 0, hash);
  }
  await open(page, toHostile);
  assert.ok((await heading(page).textContent()).startsWith(HOSTILE));
});

check("a service that is not there is told", { mayFail: 404 }, async (page) => {
  await open(page, "#/services/shop/gone");
  assert.match(await page.locator(".trouble").textContent(), /gone is not there, or not any more/);
});

check("what is not there yet says what to do", async (page) => {
  const says = async (hash, expected) => {
    await page.goto("about:blank");
    await page.goto(`${nothing.home}/dashboard/${hash}`);
    await page.locator(".empty").first().waitFor();
    assert.match((await page.locator(".empty").allTextContents()).join(" "), expected, hash);
  };
  await says("#/", /--set trafficMetrics=true/);
  await says("#/traffic", /--set trafficMetrics=true/);
  await says("#/services", /looks at all namespaces/);
  await says("#/splits", /kubectl explain trafficsplit\.spec/);
  await says("#/policies", /--set acl=true/);
  await says("#/nodes", /describe daemonset traefik-mesh-proxy/);
  await says("#/problems", /Nothing is wrong/);
});

check("a new service appears by itself", async (page) => {
  await page.goto(`${nothing.home}/dashboard/#/services`);
  await page.locator(".empty").waitFor();
  const more = empty();
  service(more, "late", { pods: 0 });
  bare.put(SERVICES, more[SERVICES][0]);
  await page.locator("tbody a", { hasText: "late shop" }).waitFor();
});

check("controls have names, and pages one heading", async (page) => {
  for (const hash of ["#/", "#/services", "#/services/shop/cart", "#/traffic", "#/splits", "#/policies", "#/nodes", "#/problems"]) {
    await open(page, hash);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("a[href], button, input, textarea")].filter((element) => !(element.textContent.trim() || element.labels?.[0]?.textContent.trim() || element.getAttribute("aria-label"))).map((element) => element.outerHTML),
    );
    assert.deepEqual(nameless, [], hash);
    assert.equal(await page.locator("h1").count(), 1, hash);
  }
});

check("text stands out from its ground", async (page) => {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const hash of ["#/", "#/services", "#/services/shop/cart", "#/services/shop/broken", "#/traffic", "#/splits", "#/policies", "#/nodes", "#/problems"]) {
      await open(page, hash);
      assert.deepEqual(await page.evaluate(faint), [], `${scheme} ${hash}`);
    }
  }
});

check("a phone needs no sideways scrolling", { viewport: { width: 360, height: 740 } }, async (page) => {
  for (const hash of ["#/", "#/services", "#/services/shop/cart", toHostile, "#/traffic", "#/splits", "#/policies", "#/nodes", "#/problems"]) {
    await open(page, hash);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(wide <= room, `${hash}: ${wide} > ${room}`);
  }
});

check("nothing is fetched twice, and nothing from elsewhere", async (page) => {
  const got = [];
  page.on("response", (response) => got.push(response));
  await page.goto(HOME);
  await shown(page, "Overview");
  await until("the version is told", async () => (await page.locator("#version").textContent()) !== "");
  const files = got.filter((response) => response.url().startsWith(HOME));
  assert.ok(got.every((response) => new URL(response.url()).origin === new URL(HOME).origin));
  assert.equal(new Set(files.map((response) => response.url())).size, files.length);
  const bytes = (await Promise.all(got.map(async (response) => (await response.body()).length))).reduce((sum, size) => sum + size, 0);
  assert.ok(bytes < 200 * 1024, `${bytes} bytes`);
  assert.equal((await fetch(HOME, { headers: { "If-None-Match": files[0].headers().etag } })).status, 304);
  return `${Math.round(bytes / 1024)} KiB in ${got.length} answers`;
});

check("a thousand services stay fluent", async (page) => {
  await page.goto(`${many.home}/dashboard/#/services`);
  await rows(page).first().waitFor();
  assert.equal(await rows(page).count(), 50);
  assert.match(await page.locator(".paging").textContent(), /of 1,000/);
  const started = Date.now();
  await page.locator(".paging a[rel=next]").click();
  await page.locator(".paging", { hasText: "51–100" }).waitFor();
  const turned = Date.now() - started;
  await page.fill("#search", "service-999");
  await until("one is found", async () => (await rows(page).count()) === 1);
  const found = Date.now() - started - turned;
  await page.goto(`${many.home}/dashboard/#/traffic`);
  await page.locator(".graph .edge").first().waitFor({ state: "attached" });
  assert.match(await page.locator(".paging").textContent(), /1–50 of 1,000/);
  const drawn = Date.now() - started - turned - found;
  assert.ok(turned < 2000 && found < 2500 && drawn < 2500, `${turned} ms, ${found} ms, ${drawn} ms`);
  return `next page ${turned} ms, search ${found} ms, traffic ${drawn} ms`;
});

const PICTURES = [
  ["mesh-overview", "#/"],
  ["mesh-services", "#/services"],
  ["mesh-service", "#/services/shop/cart"],
  ["mesh-broken", "#/services/shop/broken"],
  ["mesh-traffic", "#/traffic"],
  ["mesh-splits", "#/splits"],
  ["mesh-policies", "#/policies"],
  ["mesh-nodes", "#/nodes"],
  ["mesh-problems", "#/problems"],
];

const failed = await run(process.argv[4], shots, PICTURES, open);
clearInterval(beat);
await Promise.all([seen, nothing, poor, many].map((one) => one.stop()));
await Promise.all([full, bare, lacking, large].map((one) => one.stop()));
console.log(failed ? `dashboard of the mesh: ${failed} checks FAILED` : `dashboard of the mesh: ok, screenshots in ${shots}`);
process.exit(failed ? 1 : 0);
