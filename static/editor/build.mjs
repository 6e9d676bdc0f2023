// Bundles the editor into target/editor/, from where Trunk copies it beside the page.

import { build } from "esbuild";

await build({
    entryPoints: ["static/editor/editor.mjs"],
    outfile: "target/editor/editor.js",
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    legalComments: "linked",
    logLevel: "warning",
});
