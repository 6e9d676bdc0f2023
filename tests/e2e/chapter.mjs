// A reader's afternoon with an introductory chapter on pods, labels and namespaces: every command of it, in the
// browser, with what it prints.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { input, item, open, output, printed, root, run } from "./browser.mjs";
import { assert, calm, like, text } from "./expect.mjs";

const PICTURES = join(root, "static/screenshots");

const MANUAL = text`
    apiVersion: v1
    kind: Pod
    metadata:
      name: kubia-manual
    spec:
      containers:
      - image: luksa/kubia
        name: kubia
        ports:
        - containerPort: 8080
          protocol: TCP
`;
const WITH_LABELS = MANUAL.replace("name: kubia-manual\n", "name: kubia-manual-v2\n  labels:\n    creation_method: manual\n    env: prod\n");
const GPU = text`
    apiVersion: v1
    kind: Pod
    metadata:
      name: kubia-gpu
    spec:
      nodeSelector:
        gpu: "true"
      containers:
      - image: luksa/kubia
        name: kubia
`;
const NAMESPACE = text`
    apiVersion: v1
    kind: Namespace
    metadata:
      name: custom-namespace
`;

/// Runs a line and compares what it prints.
const expects = (page) => async (line, expected, options) => like(await run(page, line, options), expected, line);

/// Writes a file as a reader would, with the page's editor.
async function write(page, name, content) {
    await page.getByRole("button", { name: "Files", exact: true }).click();
    await page.getByRole("textbox", { name: "File name" }).fill(name);
    await page.getByRole("button", { name: "New file" }).click();
    await page.locator(".cm-content").waitFor();
    await page.locator(".cm-content").fill(content);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
}

/// The tabs of the terminal, by their place.
const tab = (page, at) => page.getByRole("tablist", { name: "Terminals" }).getByRole("tab").nth(at);

async function chapter({ browser, url }) {
    const page = await open(browser, url);
    const check = expects(page);
    await mkdir(PICTURES, { recursive: true });

    // The cluster.
    await check("minikube status", "<lines>host: Running<lines>kubelet: Running<lines>apiserver: Running<lines>");
    await check("kubectl version", "Client Version: v1.36.2\nKustomize Version: v5.8.1\nServer Version: v1.36.2");
    await check("kubectl cluster-info", text`
        Kubernetes control plane is running at https://<ip>:8443
        <lines>
        To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.
    `);
    await check("kubectl get nodes", text`
        NAME       STATUS   ROLES           AGE   VERSION
        minikube   Ready    control-plane   <age>   v1.36.2
    `);

    // A first pod. The chapter's own listing has slips, which get what kubectl says of them.
    await write(page, "kubia-typo.yml", MANUAL.replace("    ports:", "    port:"));
    await check("kubectl create -f kubia-typo.yml",
        'Error from server (BadRequest): error when creating "kubia-typo.yml": Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containers[0].port"<lines>');
    await write(page, "kubia-manual.yml", MANUAL);
    await check("kubectl create -f ./kubia-manual.yml", "pod/kubia-manual created");
    await check("kubectl get pods", text`
        NAME           READY   STATUS              RESTARTS   AGE
        kubia-manual   0/1     ContainerCreating   0          <age>
    `);
    await item(page, "pod default/kubia-manual, Running").waitFor();
    await check("kubectl get pods", text`
        NAME           READY   STATUS    RESTARTS   AGE
        kubia-manual   1/1     Running   0          <age>
    `);
    like(await run(page, "kubectl get po kubia-manual -o yaml"), text`
        apiVersion: v1
        kind: Pod
        metadata:
        <lines>
          name: kubia-manual
          namespace: default
        <lines>
        spec:
          containers:
          - image: luksa/kubia
            imagePullPolicy: Always
            name: kubia
        <lines>
        status:
        <lines>
          phase: Running
        <lines>
    `);
    await check("kubectl logs kubia-manual", "Kubia server starting...");

    // A port, forwarded in one terminal and asked in another, and from the request panel.
    await run(page, "kubectl port-forward kubia-manual 8888:8080", { waits: false });
    await output(page).getByText("Forwarding from [::1]:8888 -> 8080").waitFor();
    await page.getByRole("button", { name: "New terminal" }).click();
    await check("curl localhost:8888", "You've hit kubia-manual");
    await check("curl localhost:9999", "<lines>curl: (7) Failed to connect to localhost port 9999<any>");
    await page.getByRole("button", { name: "Request", exact: true }).click();
    await page.getByRole("button", { name: "Send" }).click();
    const response = page.getByRole("region", { name: "Response" });
    await response.getByText("You've hit kubia-manual").waitFor();
    await response.getByText("HTTP/1.1 200 OK").waitFor();
    await page.screenshot({ path: join(PICTURES, "forward.png"), animations: "disabled" });
    await page.keyboard.press("Escape");
    await tab(page, 0).click();
    like(await printed(output(page).locator(".block").last()), text`
        Forwarding from 127.0.0.1:8888 -> 8080
        Forwarding from [::1]:8888 -> 8080
        Handling connection for 8888
        Handling connection for 8888
    `);
    await input(page).press("Control+c");
    await page.locator(".entry:not(.busy)").waitFor();
    await check("curl -s localhost:8888 || echo nobody answers", "nobody answers");

    // Labels.
    await write(page, "kubia-manual-with-labels.yml", WITH_LABELS);
    await check("kubectl create -f kubia-manual-with-labels.yml", "pod/kubia-manual-v2 created");
    await item(page, "pod default/kubia-manual-v2, Running").waitFor();
    await check("kubectl get po --show-labels", text`
        NAME              READY   STATUS    RESTARTS   AGE   LABELS
        kubia-manual      1/1     Running   0          <age>   <none>
        kubia-manual-v2   1/1     Running   0          <age>   creation_method=manual,env=prod
    `);
    await check("kubectl label po kubia-manual creation_method=manual", "pod/kubia-manual labeled");
    await check("kubectl label po kubia-manual-v2 env=debug",
        "error: 'env' already has a value (prod), and --overwrite is false");
    await check("kubectl label po kubia-manual-v2 env=debug --overwrite", "pod/kubia-manual-v2 labeled");
    await check("kubectl get po --show-labels", text`
        NAME              READY   STATUS    RESTARTS   AGE   LABELS
        kubia-manual      1/1     Running   0          <age>   creation_method=manual
        kubia-manual-v2   1/1     Running   0          <age>   creation_method=manual,env=debug
    `);
    const both = "NAME  READY  STATUS  RESTARTS  AGE\nkubia-manual  1/1  Running  0  <age>\nkubia-manual-v2  1/1  Running  0  <age>";
    const [header, first, second] = both.split("\n");
    await check("kubectl get pods -l creation_method=manual", both);
    await check("kubectl get pods -l env", `${header}\n${second}`);
    await check("kubectl get pods -l '!env'", `${header}\n${first}`);
    await check("kubectl get pods -l env=debug,creation_method=manual", `${header}\n${second}`);
    await check("kubectl get pods -l env=prod,creation_method=manual", "No resources found in default namespace.");
    await page.getByRole("textbox", { name: "Label selector" }).fill("env=debug");
    await page.getByText("1 match").waitFor();
    assert.equal(await page.locator(".pod.match").count(), 1);
    await page.getByRole("textbox", { name: "Label selector" }).fill("");
    await page.keyboard.press("Escape");

    // A label by editing.
    await run(page, "kubectl edit po kubia-manual", { waits: false });
    await page.locator(".cm-line", { hasText: "creation_method: manual" }).click();
    await page.keyboard.press("End");
    for (const _ of "manual") await page.keyboard.press("Backspace");
    await page.keyboard.type("by-hand");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await output(page).getByText("pod/kubia-manual edited").waitFor();
    await check("kubectl get po kubia-manual -L creation_method", text`
        NAME           READY   STATUS    RESTARTS   AGE   CREATION_METHOD
        kubia-manual   1/1     Running   0          <age>   by-hand
    `);

    // Nodes have labels as well.
    await check("kubectl label node minikube gpu=true", "node/minikube labeled");
    await check("kubectl get nodes -l gpu", text`
        NAME       STATUS   ROLES           AGE   VERSION
        minikube   Ready    control-plane   <age>   v1.36.2
    `);
    await write(page, "kubia-gpu.yml", GPU);
    await check("kubectl create -f kubia-gpu.yml", "pod/kubia-gpu created");
    await item(page, "pod default/kubia-gpu, Running").waitFor();
    await check("kubectl get po kubia-gpu -o jsonpath='{.spec.nodeName}{\"\\n\"}'", "minikube");

    // Namespaces.
    await check("kubectl get ns", text`
        NAME              STATUS   AGE
        default           Active   <age>
        kube-node-lease   Active   <age>
        kube-public       Active   <age>
        kube-system       Active   <age>
    `);
    const system = await run(page, "kubectl get po --namespace kube-system");
    for (const name of ["coredns-", "etcd-minikube", "kube-apiserver-minikube", "kube-controller-manager-minikube", "kube-proxy-",
        "kube-scheduler-minikube", "storage-provisioner"]) {
        assert.ok(system.includes(name), `kube-system lacks ${name}:\n${system}`);
    }
    await write(page, "custom-namespace.yml", NAMESPACE);
    await check("kubectl create -f custom-namespace.yml", "namespace/custom-namespace created");
    await check("$ kubectl create namespace custom-namespace // the same, shorter",
        'Error from server (AlreadyExists): namespaces "custom-namespace" already exists');
    await check("kubectl create -f kubia-manual.yml -n custom-namespace", "pod/kubia-manual created");
    await item(page, "pod custom-namespace/kubia-manual, Running").waitFor();
    const address = (await run(page, "kubectl get po kubia-manual -n custom-namespace -o jsonpath='{.status.podIP}'")).trim();
    await check(`kubectl exec kubia-manual -- curl -s http://${address}:8080`, "You've hit kubia-manual");
    await page.screenshot({ path: join(PICTURES, "desktop.png"), animations: "disabled" });

    const phone = await open(browser, await page.evaluate(() => tabernetes.link()), { width: 390, height: 844, isMobile: true, hasTouch: true });
    await run(phone, "kubectl get po");
    await phone.screenshot({ path: join(PICTURES, "phone-terminal.png"), animations: "disabled" });
    await phone.getByRole("button", { name: "Cluster", exact: true }).click();
    await item(phone, "pod custom-namespace/kubia-manual, Running").waitFor();
    await phone.screenshot({ path: join(PICTURES, "phone-cluster.png"), animations: "disabled" });
    await phone.context().close();

    // Deletion. Pods take their time to stop, so let the cluster's time run faster.
    await page.getByRole("combobox", { name: "Speed" }).selectOption("10");
    await page.keyboard.press("Escape");
    await check("kubectl delete po kubia-gpu", 'pod "kubia-gpu" deleted from default namespace');
    await check("kubectl delete po -l creation_method=manual", 'pod "kubia-manual-v2" deleted from default namespace');
    await check("kubectl delete ns custom-namespace", 'namespace "custom-namespace" deleted');
    await item(page, "namespace custom-namespace, Active").waitFor({ state: "detached" });
    await check("kubectl get ns custom-namespace", 'Error from server (NotFound): namespaces "custom-namespace" not found');
    await check("kubectl delete po --all", 'pod "kubia-manual" deleted from default namespace');
    await check("kubectl get po", "No resources found in default namespace.");

    // What keeps pods alive brings them back, until it is deleted itself.
    await check("kubectl create deployment kubia --image=luksa/kubia --replicas=2", "deployment.apps/kubia created");
    await item(page, "deployment default/kubia, 2/2").waitFor();
    const deleted = await run(page, "kubectl delete po --all");
    like(deleted, 'pod "kubia-<hash>-<hash>" deleted from default namespace\npod "kubia-<hash>-<hash>" deleted from default namespace');
    await item(page, "deployment default/kubia, 2/2").waitFor();
    like(await run(page, "kubectl delete all --all"), text`
        pod "kubia-<hash>-<hash>" deleted from default namespace
        pod "kubia-<hash>-<hash>" deleted from default namespace
        service "kubernetes" deleted from default namespace
        deployment.apps "kubia" deleted from default namespace
        <lines>
    `);
    await item(page, "deployment default/kubia, 2/2").waitFor({ state: "detached" });
    await check("kubectl get po", "No resources found in default namespace.");
    calm(page);
}

export default { "every command of the chapter prints what a cluster prints": chapter };
