// Checks in Chromium. Every check has a page of its own; a message on the console, an error of a script, a failed request
// or a violation of the content security policy fails it.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const { chromium } = createRequire(resolve(".peers/node/node_modules/"))(resolve(".peers/node/node_modules/playwright-core"));
const PATIENCE = 8_000;

const browser = await chromium.launch({ executablePath: resolve(".peers/bin/chromium"), args: ["--no-sandbox"] });
const checks = [];

/** A check to be run. `mayFail` is a status that the browser may complain of; other options are those of a page. */
export const check = (name, options, body) => checks.push({ name, body: body ?? options, options: body ? options : {} });

export const heading = (page) => page.locator("main h1");
export const shown = (page, text) => page.locator("main h1", { hasText: text }).waitFor();
export const rows = (page) => page.locator("table.list tbody tr");

/** Opens a page anew: another address behind `#` alone would leave the old page until the new one is there. */
export const opening = (home) => async (page, hash) => {
  await page.goto("about:blank");
  await page.goto(`${home}${hash}`);
  await heading(page).waitFor();
};

export const until = async (what, holds, patience = PATIENCE) => {
  const deadline = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
};

/** Texts whose colour is too near to that of their ground (WCAG AA). Runs in the page. */
export function faint() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const mixed = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = ([red, green, blue]) => {
    const linear = [red, green, blue].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest(".hidden, .flag, noscript, script, [aria-hidden=true]") || !element.checkVisibility()) continue;
    const grounds = [];
    for (let at = element; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    const ground = light(mixed(["white", ...grounds]));
    const text = light(mixed(["white", ...grounds, getComputedStyle(element).color]));
    const contrast = (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05);
    const size = Number.parseFloat(getComputedStyle(element).fontSize);
    if (contrast < (size >= 24 ? 3 : 4.5)) found.push(`${walker.currentNode.data.trim().slice(0, 30)}: ${contrast.toFixed(2)}`);
  }
  return [...new Set(found)];
}

/** Pictures of pages: names and addresses. */
async function pictures(shots, all, open) {
  await mkdir(shots, { recursive: true });
  for (const [kind, options] of Object.entries({
    light: { viewport: { width: 1360, height: 900 }, colorScheme: "light" },
    dark: { viewport: { width: 1360, height: 900 }, colorScheme: "dark" },
    phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  })) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    for (const [name, hash] of all) {
      await open(page, hash);
      await page.screenshot({ path: join(shots, `${name}-${kind}.png`), fullPage: kind === "phone" });
    }
    await context.close();
  }
}

/** Runs all checks, or those with a word in their name, and takes pictures; how many failed. */
export async function run(only, shots, all, open) {
  let failed = 0;
  for (const { name, body, options } of checks) {
    if (only && !name.includes(only)) continue;
    const { mayFail, ...rest } = options;
    const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...rest });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const noise = [];
    page.on("console", (message) => {
      const isMeant = mayFail && message.text().includes(`status of ${mayFail}`);
      if (!isMeant && !["debug", "log"].includes(message.type())) noise.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
    page.on("requestfailed", (request) => {
      if (request.failure()?.errorText !== "net::ERR_ABORTED") noise.push(`request: ${request.url()} ${request.failure()?.errorText}`);
    });
    await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
    const started = Date.now();
    try {
      const note = await body(page);
      assert.deepEqual(noise, []);
      console.log(`ok      ${name}${note ? ` (${note})` : ""}, ${Date.now() - started} ms`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n        ${error.message.replaceAll("\n", "\n        ")}`);
      if (noise.length) console.log(`        ${noise.join("\n        ")}`);
    }
    await context.close();
  }
  if (!only) await pictures(shots, all, open);
  await browser.close();
  return failed;
}
