// How long a reader waits and what the page holds: numbers for the README, not a test.
//
// Measured in a fresh profile each time, as a first visit; the median of several.

import { input, launch, run, serve } from "../e2e/browser.mjs";

const VISITS = 5;
const CHAPTER = [
    "kubectl run kubia-manual --image=luksa/kubia --port=8080",
    "kubectl run kubia-manual-v2 --image=luksa/kubia -l creation_method=manual,env=prod",
    "kubectl wait --for=condition=Ready pod --all",
    "kubectl get po kubia-manual -o yaml",
    "kubectl logs kubia-manual",
    "kubectl label po kubia-manual creation_method=manual",
    "kubectl get po --show-labels",
    "kubectl label node minikube gpu=true",
    "kubectl create namespace custom-namespace",
    "kubectl run kubia-manual --image=luksa/kubia -n custom-namespace",
    "kubectl get all -A -o yaml | wc -l",
    "kubectl delete ns custom-namespace",
    "kubectl create deployment kubia --image=luksa/kubia --replicas=2",
    "kubectl delete po --all",
    "kubectl delete all --all",
];
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

// The chapter's commands are those of its end-to-end test; here only the memory at its end counts.
const reader = await visit();
await reader.goto(site.url);
await input(reader).waitFor();
console.log(`wasm memory at the start: ${megabytes(await memory(reader))} MB`);
console.log(`idle: ${(await cpu(reader, 5)).toFixed(1)} % of a core`);
await reader.getByRole("combobox", { name: "Speed" }).selectOption("10");
for (const line of CHAPTER) await run(reader, line);
console.log(`wasm memory after the chapter: ${megabytes(await memory(reader))} MB`);
await reader.context().close();

/// How long the engine takes to let `milliseconds` of the cluster's time pass: nothing else runs meanwhile.
const advance = (page, milliseconds) =>
    page.evaluate((milliseconds) => {
        const start = performance.now();
        tabernetes.advance(milliseconds);
        return performance.now() - start;
    }, milliseconds);

/// How long the engine takes to run a line, on a page whose clock stands still but for what the line takes.
const engine = (page, line) =>
    page.evaluate(async (line) => {
        const start = performance.now();
        await tabernetes.exec(line);
        return performance.now() - start;
    }, line);

// A node takes 110 pods, so a thousand need ten nodes.
const page = await visit();
await page.goto(site.url);
await input(page).waitFor();
for (let node = 2; node <= 10; node++) await page.evaluate(() => tabernetes.exec("minikube node add"));
await advance(page, 60_000);
await page.getByRole("button", { name: "Pause the cluster's time" }).click();
let spent = await engine(page, "kubectl create deployment crowd --image=nginx --replicas=1000");
const areAllReady = () =>
    tabernetes.state().objects.some(({ kind, status }) => kind === "Deployment" && status?.readyReplicas === 1000);
while (!(await page.evaluate(areAllReady))) spent += await advance(page, 1_000);
console.log(`1,000 replicas from create to all Running: ${Math.round(spent)} ms of the engine`);
const answers = [];
for (let at = 0; at < VISITS; at++) answers.push(await engine(page, "kubectl get pods"));
await page.getByRole("button", { name: "Let the cluster's time run" }).click();
console.log(`kubectl get pods over 1,000 pods: ${median(answers).toFixed(1)} ms of the engine (median of ${VISITS})`);
await page.waitForFunction(() => document.querySelectorAll(".pod-dot").length >= 1000, null, { timeout: 300_000 });
const before = performance.now();
await run(page, "kubectl get po -o name | wc -l");
console.log(`the same in the terminal: ${Math.round(performance.now() - before)} ms from Enter to the prompt`);
console.log(`wasm memory with 1,000 pods: ${megabytes(await memory(page))} MB`);
console.log(`idle with 1,000 pods: ${(await cpu(page, 5)).toFixed(1)} % of a core`);

await browser.close();
site.close();
