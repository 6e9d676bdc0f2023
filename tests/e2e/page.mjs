// The page around the terminal: links, frames, scripts, keyboards, screen readers, phones, looks.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { input, item, open, output, run, serve } from "./browser.mjs";
import { assert, calm, like } from "./expect.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/// What axe finds wrong with a page.
async function problems(page) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"] }));
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`));
}

async function link({ browser, url }) {
    const page = await open(browser, url);
    await run(page, "kubectl create deployment web --image=nginx --replicas=3");
    await item(page, "deployment default/web, 3/3").waitFor();
    await run(page, "kubectl create ns other");
    const shared = await page.evaluate(() => {
        const all = tabernetes.state().hash;
        return { link: tabernetes.link(), all };
    });
    assert.match(shared.link, /#v1\.[\w-]+$/);
    const friend = await open(browser, shared.link);
    const everything = "kubectl get all -A -o yaml";
    const [mine, theirs] = await Promise.all([page, friend].map((page) => page.evaluate((line) => tabernetes.exec(line), everything)));
    assert.equal(mine.code, 0);
    assert.equal(theirs.stdout, mine.stdout);
    assert.match(await output(friend).textContent(), /deployment.apps\/web created/);
    calm(page);
    calm(friend);
}

async function copying({ browser, url }) {
    const page = await open(browser, url, { permissions: ["clipboard-read", "clipboard-write"] });
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByText("Link copied.").waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /#v1\./);
    await page.getByRole("button", { name: "Dismiss" }).click();
    calm(page);
}

async function badLinks({ browser, url }) {
    for (const [fragment, says] of [
        ["#v1.AAAA", "damaged"],
        ["#v1.", "damaged"],
        ["#v2.abcdef", "newer version"],
        ["#whatever", "carries no playground"],
    ]) {
        const page = await open(browser, url + fragment);
        await page.getByRole("alert").getByText(says).waitFor();
        like(await run(page, "kubectl get po"), "No resources found in default namespace.");
        calm(page);
        await page.context().close();
    }
}

async function reload({ browser, url }) {
    const page = await open(browser, url);
    await run(page, "kubectl run hello --image=nginx");
    await page.waitForFunction(() => sessionStorage.getItem("tabernetes.session"));
    await page.reload();
    await output(page).getByText("pod/hello created").waitFor();
    // The same after a trap: the page says so and offers the very same way back.
    await page.evaluate(() => dispatchEvent(new ErrorEvent("error", { error: new WebAssembly.RuntimeError("unreachable") })));
    await page.getByRole("dialog", { name: "The playground has stopped" }).waitFor();
    await page.getByRole("button", { name: "Restore the cluster" }).click();
    await output(page).getByText("pod/hello created").waitFor();
    like(await run(page, "kubectl get po -o name"), "pod/hello");
    calm(page);
}

async function script({ browser, url }) {
    const page = await open(browser, url);
    const answers = await page.evaluate(async () => [
        await tabernetes.exec("echo hello; echo oops >&2; exit 3"),
        await tabernetes.exec("kubectl run a --image=nginx"),
    ]);
    assert.deepEqual(answers[0], { stdout: "hello\n", stderr: "oops\n", code: 3 });
    assert.equal(answers[1].stdout, "pod/a created\n");
    await page.evaluate(() => tabernetes.advance(60_000));
    await item(page, "pod default/a, Running").waitFor();
    const state = await page.evaluate(() => tabernetes.state());
    assert.ok(state.hash);
    assert.ok(state.objects.some((object) => object.kind === "Pod" && object.metadata.name === "a"));
    calm(page);
}

async function embed({ browser, url }) {
    const frame = await open(browser, `${url}?embed=1`, { width: 640, height: 400 });
    assert.equal(await frame.getByRole("button", { name: "Share" }).count(), 0);
    await item(frame, "namespace default, Active").waitFor();
    like(await run(frame, "echo in a frame"), "in a frame");
    calm(frame);

    const host = await serve({
        "/docs.html": `<!doctype html><title>Docs</title><script type="module" src="/some/where/embed.js"></script>
            <tabernetes-playground height="400">kubectl run from-the-docs --image=nginx</tabernetes-playground>`,
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${host.origin}/docs.html`);
    const inside = page.frameLocator("iframe");
    await inside.getByRole("treeitem", { name: "pod default/from-the-docs, Running", exact: true }).waitFor();
    const answer = await page.evaluate(() => document.querySelector("tabernetes-playground").exec("kubectl get po -o name"));
    assert.equal(answer.stdout, "pod/from-the-docs\n");
    host.close();
}

async function keyboard({ browser, url }) {
    const page = await open(browser, url);
    // Typing anywhere goes to the terminal.
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.type("kubectl run hello --image=nginx");
    await page.keyboard.press("Enter");
    await item(page, "pod default/hello, Running").waitFor();
    // Into the graph, to the pod, into the inspector, and back.
    await item(page, "namespace default, Active").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Pod hello" }).waitFor();
    await page.keyboard.press("Escape");
    assert.ok(await input(page).evaluate((element) => element === document.activeElement));
    await page.getByRole("separator", { name: "Width of the terminal" }).focus();
    const width = () => page.locator(".left").evaluate((element) => element.clientWidth);
    const before = await width();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((before) => document.querySelector(".left").clientWidth > before, before);
    // Tab leaves the terminal when there is nothing to complete.
    await input(page).focus();
    await page.keyboard.press("Tab");
    assert.ok(!(await input(page).evaluate((element) => element === document.activeElement)));
    calm(page);
}

async function accessibility({ browser, url }) {
    for (const options of [{}, { colorScheme: "dark", locale: "ko-KR" }, { width: 390, height: 844 }]) {
        const page = await open(browser, url, { reducedMotion: "reduce", ...options });
        await run(page, "kubectl run hello --image=nginx -l app=hello && kubectl get po && kubectl get po nosuch");
        if (!options.width) {
            await item(page, "pod default/hello, Running").click();
            await page.getByRole("region", { name: "Pod hello" }).waitFor();
        }
        assert.deepEqual(await problems(page), [], JSON.stringify(options));
        await page.context().close();
    }
}

async function phone({ browser, url }) {
    const page = await open(browser, url, { width: 390, height: 844, isMobile: true, hasTouch: true });
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
    await run(page, "kubectl run hello --image=nginx");
    assert.equal(await wide(), 390);
    await input(page).fill("kubectl get namesp");
    await page.getByRole("toolbar", { name: "Keys" }).getByRole("button", { name: "Tab" }).click();
    assert.equal(await input(page).inputValue(), "kubectl get namespaces ");
    await page.getByRole("button", { name: "Ctrl" }).click();
    await input(page).pressSequentially("u");
    assert.equal(await input(page).inputValue(), "");
    await page.getByRole("button", { name: "Cluster", exact: true }).click();
    await item(page, "pod default/hello, Running").click();
    await page.getByRole("region", { name: "Pod hello" }).waitFor();
    assert.equal(await wide(), 390);
    for (const name of ["Files", "Request", "Terminal"]) {
        await page.getByRole("navigation", { name: "Panes" }).getByRole("button", { name }).click();
        assert.equal(await wide(), 390);
    }
    await input(page).waitFor();
    calm(page);
}

async function looks({ browser, url }) {
    const page = await open(browser, url);
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("combobox", { name: "Theme" }).selectOption("dark");
    assert.notEqual(await background(), light);
    await page.getByRole("combobox", { name: "Language" }).selectOption("ko");
    await page.getByRole("button", { name: "공유" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "ko");
    await page.reload();
    await page.getByRole("button", { name: "공유" }).waitFor();
    assert.notEqual(await background(), light);
    calm(page);
}

async function stable({ browser, url }) {
    const page = await open(browser, url);
    for (const name of ["a", "b", "c"]) await run(page, `kubectl run ${name} --image=nginx`);
    const place = async (name) => (await item(page, `pod default/${name}, Running`).boundingBox()).x;
    const [b, c] = [await place("b"), await place("c")];
    await run(page, "kubectl delete po a --force");
    await item(page, "pod default/a, Running").waitFor({ state: "detached" });
    assert.deepEqual([await place("b"), await place("c")], [b, c]);
    calm(page);
}

async function crowd({ browser, url }) {
    const page = await open(browser, url);
    await run(page, "kubectl create deployment crowd --image=nginx --replicas=60");
    await page.waitForFunction(() => document.querySelectorAll(".pod-dot").length === 60);
    await page.locator(".pod-dot").first().click();
    await page.getByRole("region", { name: /^Pod crowd/ }).waitFor();
    calm(page);
}

export default {
    "a link opens the same cluster elsewhere": link,
    "Share copies a link": copying,
    "bad links are explained, and the playground is empty": badLinks,
    "a reload and a trap lose nothing": reload,
    "window.tabernetes": script,
    "embedding": embed,
    "the keyboard is enough": keyboard,
    "axe finds nothing": accessibility,
    "a phone shows one pane at a time": phone,
    "themes and languages": looks,
    "pods keep their places": stable,
    "many pods become dots": crowd,
};
