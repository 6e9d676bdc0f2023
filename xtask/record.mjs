// Opens the instrumented page, waits until its prompt has answered, and prints the numbers of the functions that ran.
// Started by `cargo xtask dist` (xtask/src/split/record.rs).

import { serve, launch, open, run } from "../tests/e2e/browser.mjs";

const site = await serve();
const browser = await launch();
try {
    const page = await open(browser, site.url);
    await page.getByRole("treeitem").first().waitFor();
    await run(page, "kubectl get pods");
    const ran = await page.evaluate(() => [...globalThis.ran]);
    console.log(ran.sort((a, b) => a - b).join("\n"));
} finally {
    await browser.close();
    site.close();
}
