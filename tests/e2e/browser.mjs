// What every browser test needs: the built site on a port of its own below a path, Chromium, and a page.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

/// How long anything may take to show: pods start within seconds.
const TIMEOUT = 15_000;

export const root = fileURLToPath(new URL("../..", import.meta.url));

/// The site is served below a path, because that is how most static hosts will have it.
const BELOW = "/some/where/";
const TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
};

/// Serves dist/ (and pages of a test's own) and gives the address.
export async function serve(pages = {}) {
    const dist = process.env.DIST ?? join(root, "dist");
    if (!existsSync(join(dist, "index.html"))) throw new Error("dist/ is not built: run `cargo xtask dist`");
    const server = createServer(async (request, response) => {
        const path = new URL(request.url, "http://localhost").pathname;
        try {
            if (pages[path]) {
                response.writeHead(200, { "content-type": TYPES[".html"] }).end(pages[path]);
                return;
            }
            if (!path.startsWith(BELOW)) throw new Error("not ours");
            const name = normalize(path.slice(BELOW.length) || "index.html");
            if (name.startsWith("..")) throw new Error("not ours");
            const body = await readFile(join(dist, name));
            response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" }).end(body);
        } catch {
            response.writeHead(404).end();
        }
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    const origin = `http://127.0.0.1:${server.address().port}`;
    return { origin, url: origin + BELOW, close: () => server.close() };
}

/// Starts the browser that `CHROMIUM` names, or the first there is.
export function launch() {
    const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    const executablePath = process.env.CHROMIUM ?? usual.find(existsSync);
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
    return chromium.launch({ executablePath, args, headless: true });
}

/// A page of a fresh profile. Whatever it logs as an error fails the test that asked for it.
export async function open(browser, url, { width = 1440, height = 900, tolerant = false, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, locale: "en-US", ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT);
    page.errors = [];
    page.on("pageerror", (error) => page.errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && page.errors.push(message.text()));
    await page.goto(url);
    await input(page).waitFor();
    if (!tolerant) page.verify = true;
    return page;
}

export const input = (page) => page.getByRole("textbox", { name: "Terminal", exact: true });
export const output = (page) => page.getByRole("log", { name: "Terminal output" });
export const item = (page, name) => page.getByRole("treeitem", { name, exact: true });

/// Types a line, presses Enter and gives what it printed, once the prompt is back.
export async function run(page, line, { waits = true } = {}) {
    const blocks = output(page).locator(".block");
    const before = await blocks.count();
    await input(page).fill(line);
    await input(page).press("Enter");
    await blocks.nth(before).waitFor();
    if (waits) await page.locator(".entry:not(.busy)").waitFor();
    return printed(blocks.nth(before));
}

/// What a block of output says, without the line that was entered.
export async function printed(block) {
    return block.evaluate((element) => {
        const copy = element.cloneNode(true);
        copy.querySelectorAll("div.entered, .fold").forEach((part) => part.remove());
        return copy.textContent;
    });
}
