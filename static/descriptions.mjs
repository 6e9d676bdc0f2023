// Puts the texts that the page does not start with beside it: the API's descriptions, which the engine's build
// script has made, a form feed, and kubectl's help. They are as large as all else together, so the page fetches
// them before the first line that may print some of them.

import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

const target = process.env.CARGO_TARGET_DIR ?? "target";
const made = [];
for (const profile of ["release", "debug"]) {
    const folder = join(target, "wasm32-unknown-unknown", profile, "build");
    for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name, "out/descriptions.txt");
        const file = name.startsWith("tabernetes-engine-") && (await stat(path).catch(() => null));
        if (file) made.push({ path, time: file.mtimeMs });
    }
}
made.sort((a, b) => b.time - a.time);
if (made.length === 0) throw new Error(`no descriptions.txt below ${target}`);
const texts = [await readFile(made[0].path), "\f\n", await readFile("src/engine/kubectl/help.txt")];
await writeFile(join(process.env.TRUNK_STAGING_DIR, "descriptions.txt"), texts.join(""));
