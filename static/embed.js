// Puts a playground into a page of yours:
//
//     <script type="module" src="https://HOST/PATH/embed.js"></script>
//     <tabernetes-playground height="480" link="#v1....">
//         kubectl create deployment web --image=nginx --replicas=3
//         kubectl get pods
//     </tabernetes-playground>
//
// `link` is what "Share" copies (the whole address or only what follows `#`); without it the cluster is new.
// The element's text, if any, is typed line by line once the cluster answers. From scripts,
// `element.exec(line)` gives a promise of `{stdout, stderr, code}`, and so do `state()`, `link()` and
// `advance(milliseconds)` give promises of what `window.tabernetes` in the frame gives.

const home = new URL(".", import.meta.url);

class Playground extends HTMLElement {
    #frame;
    #ready;
    #calls = new Map();
    #next = 1;

    connectedCallback() {
        if (this.#frame) return;
        const lines = this.textContent.split("\n").map((line) => line.trim()).filter(Boolean);
        const link = this.getAttribute("link") ?? "";
        const address = new URL("index.html?embed=1", home);
        address.hash = link.slice(link.indexOf("#") + 1);

        const frame = document.createElement("iframe");
        frame.title = this.getAttribute("label") ?? "Tabernetes playground";
        frame.allow = "clipboard-write";
        frame.style.cssText = "width:100%;border:1px solid #8885;border-radius:6px;";
        frame.style.height = `${Number(this.getAttribute("height")) || 480}px`;
        frame.src = address;
        this.#frame = frame;
        this.#ready = new Promise((resolve) => {
            addEventListener("message", ({ source, data }) => {
                if (source !== frame.contentWindow || !data?.tabernetes) return;
                if (data.tabernetes === "ready") resolve();
                this.#calls.get(data.id)?.(data.value);
                this.#calls.delete(data.id);
            });
        });
        this.replaceChildren(frame);
        for (const line of lines) this.#call("type", line);
    }

    async #call(name, argument) {
        await this.#ready;
        const id = this.#next++;
        const answer = new Promise((resolve) => this.#calls.set(id, resolve));
        this.#frame.contentWindow.postMessage({ tabernetes: name, id, argument }, home.origin);
        return answer;
    }

    exec(line) {
        return this.#call("exec", line);
    }

    advance(milliseconds) {
        return this.#call("advance", milliseconds);
    }

    state() {
        return this.#call("state");
    }

    link() {
        return this.#call("link");
    }
}

customElements.define("tabernetes-playground", Playground);
