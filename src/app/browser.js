// What is shorter in JavaScript than through bindings: animation, the lazy editor, window.tabernetes.

/// Slides every element that carries data-flip from where it was at the last call to where it is now.
export function flip(root) {
    const old = root.places ?? new Map();
    const places = (root.places = new Map());
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const elements = root.querySelectorAll("[data-flip]");
    if (elements.length > 400) return;
    const origin = root.getBoundingClientRect();
    for (const element of elements) {
        const { left, top } = element.getBoundingClientRect();
        const place = { x: left - origin.left + root.scrollLeft, y: top - origin.top + root.scrollTop };
        places.set(element, place);
        const before = old.get(element);
        if (still || !before) continue;
        const [x, y] = [before.x - place.x, before.y - place.y];
        if (Math.abs(x) + Math.abs(y) < 2) continue;
        element.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], { duration: 200, easing: "ease-out" });
    }
}

/// Fetches the editor once and mounts it into `parent`. Gives a handle, or null where it cannot be fetched.
export async function mount_editor(parent, text, label, changed, save) {
    try {
        const { mount } = await import(new URL("editor.js", document.baseURI).href);
        parent.replaceChildren();
        return mount(parent, { text, label, changed, save });
    } catch {
        return null;
    }
}

export function editor_call(handle, name, text, label) {
    handle?.[name]?.(text, label);
}

/// Documents `window.tabernetes` for docs authors, and answers frames that embed us (static/embed.js).
export function expose(call) {
    const api = {
        exec: (line) => new Promise((done) => call("exec", String(line), (json) => done(JSON.parse(json)))),
        advance: (milliseconds) => void call("advance", String(milliseconds)),
        state: () => JSON.parse(call("state", "")),
        link: () => call("link", ""),
    };
    window.tabernetes = Object.freeze(api);
    if (parent === window) return;
    const commands = { ...api, type: (line) => void call("type", String(line)) };
    addEventListener("message", async ({ source, origin, data }) => {
        if (source !== parent || !Object.hasOwn(commands, data?.tabernetes)) return;
        const value = await commands[data.tabernetes](data.argument);
        source.postMessage({ tabernetes: "answer", id: data.id, value }, origin);
    });
    parent.postMessage({ tabernetes: "ready" }, "*");
}

/// Fetches a file that lies beside the page; null where it cannot be had.
export async function fetch_text(name) {
    try {
        const response = await fetch(new URL(name, document.baseURI));
        return response.ok ? await response.text() : null;
    } catch {
        return null;
    }
}

/// Copies, and says whether that was allowed.
export async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false;
    }
}

/// Tells the guard in index.html what a panic said, before the trap that follows it.
export function panicked(message) {
    window.tabernetesPanic = message;
    console.error(message);
}
