// A Deployment of 300 replicas from create to all ready, in the other simulator of Kubernetes for the browser and in
// ours: CPU seconds side by side. Theirs runs in Node.js as it would in a page, ours as the native binary.
//
// Theirs is no dependency of anything. Where it is wanted:
//     npm install --no-save --prefix target/peer @ngrok/webernetes@0.3.5

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const REPLICAS = 300;
const root = fileURLToPath(new URL("../..", import.meta.url));
const peer = join(root, "target/peer/node_modules/@ngrok/webernetes");
if (!existsSync(peer)) {
    console.log("the peer is not installed (npm install --no-save --prefix target/peer @ngrok/webernetes@0.3.5)");
    process.exit();
}

/// CPU seconds of the other cluster. It follows the wall clock, so this takes as long as it takes.
async function theirs() {
    // Its modules name each other without endings, which only bundlers find.
    const outfile = join(root, "target/peer/bundle.mjs");
    await build({ entryPoints: [join(peer, "dist/index.js")], outfile, bundle: true, platform: "node", format: "esm" });
    const { BaseImage, Cluster } = await import(pathToFileURL(outfile));
    class Idle extends BaseImage {
        static imageName = "idle";
        static imageVersion = "1.0";
        defaultCommand = ["idle"];
        async exec(context, words) {
            return words[0] === "idle" ? await context.waitUntilKilled() : await super.exec(context, words);
        }
    }
    const cluster = new Cluster();
    cluster.registerImage(Idle);
    await cluster.init();
    const start = process.cpuUsage();
    const ready = new Set();
    await new Promise((done) => {
        cluster.informer("pods", (_, pod) => {
            const is = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
            if (is && ready.add(pod.metadata.name).size === REPLICAS) done();
        });
        const labels = { app: "web" };
        const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "idle:1.0" }] } };
        const spec = { replicas: REPLICAS, selector: { matchLabels: labels }, template };
        cluster.apply([{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec }]);
    });
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
}

/// CPU seconds of our binary typing these lines into a fresh cluster of three nodes; with its start.
function ours() {
    const folder = mkdtempSync(join(tmpdir(), "peer-"));
    const [script, times] = [join(folder, "rollout.md"), join(folder, "times")];
    const lines = [`kubectl create deployment web --image=nginx --replicas=${REPLICAS}`, "kubectl rollout status deployment web"];
    writeFileSync(script, `nodes: node-1 node-2 node-3\n\n\`\`\`console\n${lines.map((line) => `$ ${line}\n`).join("")}\`\`\`\n`);
    const measured = `TIMEFORMAT="%U %S"; { time "$0" run "$1" >"$1.out" 2>&1; } 2>"$2"`;
    const { status } = spawnSync("bash", ["-c", measured, join(root, "target/native/tabernetes"), script, times]);
    const printed = readFileSync(`${script}.out`, "utf8");
    const [user, system] = readFileSync(times, "utf8").trim().split(" ").map(Number);
    rmSync(folder, { recursive: true });
    if (status !== 0 || !printed.includes("successfully rolled out")) throw new Error(`ours did not roll out:\n${printed}`);
    return user + system;
}

const [own, other] = [ours(), await theirs()];
console.log(`${REPLICAS} replicas from create to all ready, CPU: @ngrok/webernetes 0.3.5 in Node.js ${other.toFixed(2)} s,`);
console.log(`ours natively ${own.toFixed(2)} s: ${(other / own).toFixed(0)} times less`);
process.exit();
