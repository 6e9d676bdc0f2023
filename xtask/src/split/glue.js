// The rest of the program. It is fetched when somebody first touches the page, together with the first part if a link
// is opened, and in any case before a function in it is called.
const rest = new URL("REST_OF_THE_PROGRAM", import.meta.url);
let fetching;

function joined() {
    wasm.rest_is_here.value = 1;
}

async function fetchRest() {
    fetching ??= WebAssembly.compileStreaming(fetch(rest));
    try {
        const module = await fetching;
        while (!wasm) await new Promise((later) => setTimeout(later, 10));
        if (wasm.rest_is_here.value) return;
        await WebAssembly.instantiate(module, { first: wasm });
        joined();
    } catch {
        fetching = undefined; // the call that needs it tries again, and says what is wrong
    }
}

// Called from within the program, which cannot wait: so the request cannot either.
function loadRest() {
    const request = new XMLHttpRequest();
    request.open("GET", rest, false);
    request.overrideMimeType("text/plain; charset=x-user-defined");
    request.send();
    if (request.status !== 200) throw new WebAssembly.RuntimeError(`${rest}: HTTP status ${request.status}`);
    const bytes = Uint8Array.from(request.responseText, (character) => character.charCodeAt(0));
    new WebAssembly.Instance(new WebAssembly.Module(bytes), { first: wasm });
    joined();
}

if (location.hash.length > 1) fetchRest();
for (const touch of ["keydown", "pointerdown", "pointermove", "paste"]) {
    addEventListener(touch, fetchRest, { once: true, capture: true, passive: true });
}
