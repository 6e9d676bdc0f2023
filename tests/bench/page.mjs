// How long a reader waits and what the page holds: numbers for the README, not a test.
//
// Measured in a fresh profile each time, as a first visit; the median of several.

import { input, launch, run, serve } from "../e2e/browser.mjs";

const VISITS = 5;
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(1);

/// Keeps the wasm memory where a script can see it. Runs before the page's own scripts.
function catchMemory() {
    for (const name of ["instantiate", "instantiateStreaming"]) {
        const real = WebAssembly[name];
        WebAssembly[name] = async (...given) => {
            const result = await real.apply(WebAssembly, given);
            // The rest of the program has no memory of its own.
            window.wasmMemory ??= (result.instance ?? result).exports.memory;
            return result;
        };
    }
}

const site = await serve();
const browser = await launch();
const visit = async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-US" });
    const page = await context.newPage();
    await page.addInitScript(catchMemory);
    return page;
};
const memory = (page) => page.evaluate(() => window.wasmMemory.buffer.byteLength);

/// CPU time of the page's process per second, in percent of one core.
async function cpu(page, seconds) {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const used = async () => {
        const { metrics } = await session.send("Performance.getMetrics");
        return metrics.find(({ name }) => name === "TaskDuration").value;
    };
    const before = await used();
    await page.evaluate((seconds) => new Promise((done) => setTimeout(done, seconds * 1000)), seconds);
    return (((await used()) - before) / seconds) * 100;
}

const times = [];
for (let at = 0; at < VISITS; at++) {
    const page = await visit();
    const start = performance.now();
    await page.goto(site.url, { waitUntil: "commit" });
    await input(page).fill("echo ready");
    await input(page).press("Enter");
    await page.waitForFunction(() => document.querySelector(".block")?.textContent.endsWith("ready\nready\n"));
    times.push(performance.now() - start);
    await page.context().close();
}
console.log(`from navigation to a prompt that has answered: ${Math.round(median(times))} ms (median of ${VISITS})`);

const page = await visit();
await page.goto(site.url);
await input(page).waitFor();
console.log(`wasm memory at the start: ${megabytes(await memory(page))} MB`);
console.log(`idle: ${(await cpu(page, 5)).toFixed(1)} % of a core`);
await run(page, "kubectl create deployment crowd --image=nginx --replicas=1000");
const start = performance.now();
console.log(`while 1,000 pods come up: ${(await cpu(page, 10)).toFixed(1)} % of a core`);
// A node takes 110 pods; the rest stay Pending, as on a real minikube.
await page.waitForFunction(() => document.querySelectorAll(".pod-dot").length >= 1000, null, { timeout: 300_000 });
console.log(`1,000 pods in the graph after ${((performance.now() - start) / 1000 + 10).toFixed(1)} s at most`);
const before = performance.now();
await run(page, "kubectl get po -o name | wc -l");
console.log(`kubectl get po over them: ${Math.round(performance.now() - before)} ms from Enter to the prompt`);
console.log(`wasm memory with 1,000 pods: ${megabytes(await memory(page))} MB`);
console.log(`idle with 1,000 pods: ${(await cpu(page, 5)).toFixed(1)} % of a core`);

await browser.close();
site.close();
