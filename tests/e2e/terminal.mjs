// The terminal as a line editor: history, completion, keys, pasting, other writing systems.

import { input, item, open, output, printed, run } from "./browser.mjs";
import { assert, calm, like } from "./expect.mjs";

/// Puts text onto the input as pasting does.
async function paste(page, text) {
    await input(page).evaluate((element, text) => {
        const data = new DataTransfer();
        data.setData("text/plain", text);
        element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
}

async function history({ browser, url }) {
    const page = await open(browser, url);
    await run(page, "echo one");
    await run(page, "echo two");
    await input(page).fill("half");
    await input(page).press("ArrowUp");
    await input(page).press("ArrowUp");
    assert.equal(await input(page).inputValue(), "echo one");
    await input(page).press("ArrowDown");
    await input(page).press("ArrowDown");
    assert.equal(await input(page).inputValue(), "half");
    await input(page).press("Control+u");
    await input(page).press("Control+r");
    await input(page).pressSequentially("one");
    await page.getByText("(search) echo one").waitFor();
    await input(page).press("Enter");
    await page.locator(".block").nth(2).waitFor();
    like(await printed(page.locator(".block").nth(2)), "one");
    calm(page);
}

async function completion({ browser, url }) {
    const page = await open(browser, url);
    const complete = async (line) => {
        await input(page).fill(line);
        await input(page).press("Tab");
        return input(page).inputValue();
    };
    assert.equal(await complete("kubectl get namesp"), "kubectl get namespaces ");
    assert.equal(await complete("kubectl get po -n kube-sys"), "kubectl get po -n kube-system ");
    assert.equal(await complete("kubectl describe node mini"), "kubectl describe node minikube ");
    await complete("kubectl describe po -n kube-system ");
    const list = page.getByRole("listbox", { name: "Completions" });
    await list.getByRole("option", { name: "etcd-minikube" }).click();
    assert.equal(await input(page).inputValue(), "kubectl describe po -n kube-system etcd-minikube");
    await list.waitFor({ state: "detached" });
    calm(page);
}

async function keys({ browser, url }) {
    const page = await open(browser, url);
    await input(page).fill("echo a b");
    await input(page).press("Control+w");
    assert.equal(await input(page).inputValue(), "echo a ");
    await input(page).press("Control+a");
    await input(page).pressSequentially("x");
    assert.equal(await input(page).inputValue(), "xecho a ");
    await input(page).press("Control+e");
    await input(page).press("Control+u");
    assert.equal(await input(page).inputValue(), "");
    await run(page, "sleep 1000", { waits: false });
    await page.locator(".entry.busy").waitFor();
    await input(page).press("Control+c");
    await page.locator(".entry:not(.busy)").waitFor();
    await run(page, "cat", { waits: false });
    await input(page).fill("typed into cat");
    await input(page).press("Enter");
    await input(page).press("Control+d");
    await page.locator(".entry:not(.busy)").waitFor();
    assert.match(await output(page).textContent(), /typed into cat/);
    await input(page).press("Control+l");
    assert.equal(await page.locator(".block").count(), 0);
    calm(page);
}

async function pasting({ browser, url }) {
    const page = await open(browser, url);
    await paste(page, "$ echo first\nsleep 1\necho second\necho not yet");
    await output(page).getByText("second", { exact: false }).last().waitFor();
    await page.locator(".block").nth(2).waitFor();
    await page.locator(".entry:not(.busy)").waitFor();
    like(await printed(page.locator(".block").nth(0)), "first");
    like(await printed(page.locator(".block").nth(2)), "second");
    assert.equal(await input(page).inputValue(), "echo not yet");
    calm(page);
}

async function hangul({ browser, url }) {
    const page = await open(browser, url, { locale: "ko-KR" });
    like(await run(page, "echo 안녕 '<b>쿠버네티스</b>'"), "안녕 <b>쿠버네티스</b>");
    // Enter while a syllable is being composed ends the syllable, not the line.
    await input(page).fill("echo 한");
    await input(page).evaluate((element) => {
        element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, isComposing: true, bubbles: true, cancelable: true }));
    });
    assert.equal(await input(page).inputValue(), "echo 한");
    await page.getByRole("button", { name: "공유" }).waitFor();
    calm(page);
}

async function markup({ browser, url }) {
    const page = await open(browser, url);
    await run(page, `kubectl run hello --image=nginx --labels='a=b' && kubectl annotate po hello x='<img src=x onerror=alert(1)>'`);
    await run(page, "echo '<img src=x onerror=alert(1)>'");
    assert.equal(await page.locator("img").count(), 0);
    await item(page, "pod default/hello, Running").click();
    await page.getByRole("tab", { name: "YAML" }).click();
    await page.getByText("<img src=x onerror=alert(1)>").last().waitFor();
    assert.equal(await page.locator("img").count(), 0);
    calm(page);
}

async function names({ browser, url }) {
    const page = await open(browser, url);
    await run(page, "kubectl get ns");
    await output(page).getByText("kube-system", { exact: true }).click();
    await page.getByRole("region", { name: "Namespace kube-system" }).waitFor();
    await run(page, "kubectl get po -A");
    await output(page).getByText("etcd-minikube", { exact: true }).click();
    const inspector = page.getByRole("region", { name: "Pod etcd-minikube" });
    await inspector.getByRole("tab", { name: "YAML" }).click();
    await inspector.getByText("name: etcd-minikube").first().waitFor();
    await inspector.getByRole("tab", { name: "Events" }).click();
    await inspector.getByRole("button", { name: "Run in the terminal" }).click();
    assert.match(await output(page).textContent(), /kubectl events --for pod\/etcd-minikube -n kube-system/);
    calm(page);
}

async function folding({ browser, url }) {
    const page = await open(browser, url);
    const shown = await run(page, "seq 1000");
    assert.equal(shown.trim().split("\n").length, 100);
    await page.getByRole("button", { name: "+ 900 more lines" }).click();
    assert.equal((await printed(page.locator(".block").last())).trim().split("\n").length, 1000);
    calm(page);
}

async function editors({ browser, url }) {
    const page = await open(browser, url);
    await run(page, "vim notes.txt", { waits: false });
    await page.locator(".cm-content").fill("from vim");
    await page.locator(".cm-content").press("Control+s");
    await page.locator(".entry:not(.busy)").waitFor();
    like(await run(page, "cat notes.txt"), "from vim");
    await run(page, "kubectl edit ns default", { waits: false });
    await page.locator(".cm-content").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await output(page).getByText("Edit cancelled, no changes made.").waitFor();
    calm(page);
}

async function explaining({ browser, url }) {
    const page = await open(browser, url);
    const fetched = page.waitForResponse(/descriptions\.txt$/);
    await run(page, "kubectl explain pod.spec.nodeName");
    assert.equal((await fetched).status(), 200);
    calm(page);
}

async function tabs({ browser, url }) {
    const page = await open(browser, url);
    await run(page, "sleep 1000", { waits: false });
    await page.getByRole("tab", { name: "sleep 1000 busy" }).waitFor();
    await page.getByRole("button", { name: "New terminal" }).click();
    like(await run(page, "echo here"), "here");
    await input(page).fill("half typed");
    await page.getByRole("tab", { name: "sleep 1000 busy" }).click();
    await input(page).press("Control+c");
    await page.getByRole("tab", { name: "terminal 2" }).click();
    assert.equal(await input(page).inputValue(), "half typed");
    await page.getByRole("button", { name: "Close this terminal: terminal 2" }).click();
    await page.getByRole("tab", { name: "terminal 2" }).waitFor({ state: "detached" });
    like(await run(page, "echo back"), "back");
    calm(page);
}

export default {
    "arrows and Ctrl-R find earlier lines": history,
    "Tab completes commands, kinds and names": completion,
    "Ctrl keys edit, interrupt and clear": keys,
    "pasted lines run one after the other": pasting,
    "Hangul goes in and out": hangul,
    "markup stays text": markup,
    "names in the output open the object": names,
    "long output is folded": folding,
    "vim and kubectl edit open the editor": editors,
    "explain fetches its texts": explaining,
    "terminals are independent": tabs,
};
