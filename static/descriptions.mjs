// Puts the API's descriptions, which the engine's build script has made, beside the page. They are as large as
// all else together, so the page fetches them on the first `kubectl explain`.

import { copyFile, readdir, stat } from "node:fs/promises";
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
await copyFile(made[0].path, join(process.env.TRUNK_STAGING_DIR, "descriptions.txt"));
