// Runs every end-to-end test, or those whose name contains an argument: `node tests/e2e/run.mjs chapter`.

import { readdir } from "node:fs/promises";
import { launch, serve } from "./browser.mjs";

const NOT_TESTS = ["run.mjs", "browser.mjs", "expect.mjs"];
const wanted = process.argv.slice(2);
const LIMIT = 120_000;

const files = (await readdir(new URL(".", import.meta.url))).filter((name) => name.endsWith(".mjs") && !NOT_TESTS.includes(name));
const site = await serve();
const browser = await launch();
let passed = 0;
const failed = [];

for (const file of files.sort()) {
    for (const [name, test] of Object.entries((await import(`./${file}`)).default)) {
        const title = `${file.replace(".mjs", "")}: ${name}`;
        if (wanted.length > 0 && !wanted.some((word) => title.includes(word))) continue;
        const contexts = browser.contexts();
        const start = performance.now();
        let timer;
        try {
            const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error("took too long")), LIMIT)));
            await Promise.race([test({ browser, site, url: site.url }), late]);
            passed += 1;
            console.log(`ok   ${title} (${Math.round(performance.now() - start)} ms)`);
        } catch (error) {
            failed.push(title);
            console.log(`FAIL ${title}\n${String(error.stack ?? error).replace(/^/gm, "     ")}`);
        }
        clearTimeout(timer);
        for (const context of browser.contexts()) if (!contexts.includes(context)) await context.close();
    }
}

await browser.close();
site.close();
for (const title of failed) console.log(`failed: ${title}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length === 0 && passed > 0 ? 0 : 1);
